#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/conv_stack.h"
#include "grapevine/nn/model.h"
#include "grapevine/util/registry.h"

namespace grapevine::nn {

/// A model that can be made by name.
struct ModelEntry {
  std::string description;  ///< a line: what it is, and whose
  std::vector<ConvOption> options;
  /// `arguments` has sizes and options, `stack` the rest of what is asked for.
  std::function<std::shared_ptr<Model>(const ConvArguments& arguments,
                                       const ConvStackOptions& stack)>
      make;
};

/// The models that are more than a stack of one layer: "appnp", "gcnii", ...
[[nodiscard]] Registry<ModelEntry>& models();

/// All names that `make_model` knows, sorted: those of `models()`, and those of the layers in
/// `convs()`, each of which is a model as a stack.
[[nodiscard]] std::vector<std::string> model_names();

/// The entry of a model or of a layer's stack. Throws `Error` that lists the known names.
[[nodiscard]] ModelEntry model_entry(const std::string& name);

/// Makes the model `options.conv` with `options.conv_options`, and with what else `options` asks
/// for. Throws `Error` for an unknown name, for options that the model does not have, each time
/// listing the known ones, and for values out of range.
///
///     std::shared_ptr<Model> model = make_model(1433, 7, {.conv = "appnp", .hidden = 64});
///     at::Tensor logits = model->forward(graph, graph.ndata()["feat"]);
[[nodiscard]] std::shared_ptr<Model> make_model(std::int64_t in_feats, std::int64_t out_feats,
                                                const ConvStackOptions& options = {});

}  // namespace grapevine::nn
