#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "grapevine/nn/conv.h"
#include "grapevine/util/registry.h"

namespace grapevine::nn {

/// A setting of a layer for those who make it by name, such as the command line.
struct ConvOption {
  std::string name;           ///< "heads"
  std::string default_value;  ///< "8"
  std::string description;    ///< "attention heads"
};

/// What is asked of a layer that is made by name.
struct ConvArguments {
  std::int64_t in_feats = 1;    ///< width of the input
  std::int64_t out_feats = 1;   ///< width of the output, of each head if it has any
  std::int64_t edge_feats = 0;  ///< width of the edge features; 0: none are given
  bool is_last = true;          ///< whether its output is the model's
  std::map<std::string, std::string> options{};  ///< by `ConvOption::name`

  // The value of an option; `make_conv` has put defaults where none was given. They throw `Error`
  // that names the option for a value of another kind.
  [[nodiscard]] const std::string& text(const std::string& name) const;
  [[nodiscard]] std::int64_t integer(const std::string& name) const;
  [[nodiscard]] double number(const std::string& name) const;
  [[nodiscard]] bool flag(const std::string& name) const;  ///< "true", "false", "1" or "0"
};

/// A layer that can be made by name.
struct ConvEntry {
  std::string description;  ///< a line: what it is, and whose
  std::vector<ConvOption> options;
  std::function<std::shared_ptr<Conv>(const ConvArguments&)> make;
};

/// The layers by name: "sage", "gcn", "mlp", ...
[[nodiscard]] Registry<ConvEntry>& convs();

/// `given` and, of the `known` options that it lacks, the defaults. Throws `Error` that lists the
/// known ones for any other; `kind` and `name` say who has them, as in `layer "gat"`.
[[nodiscard]] std::map<std::string, std::string> complete_options(
    std::string_view kind, const std::string& name, const std::vector<ConvOption>& known,
    const std::map<std::string, std::string>& given);

/// Makes a layer. Throws `Error` for an unknown name and for options that the layer does not have;
/// each time it lists the known ones.
///
///     auto conv = make_conv("gat", {.in_feats = 128, .out_feats = 16, .options = {{"heads",
///     "4"}}});
[[nodiscard]] std::shared_ptr<Conv> make_conv(const std::string& name, ConvArguments arguments);

}  // namespace grapevine::nn
