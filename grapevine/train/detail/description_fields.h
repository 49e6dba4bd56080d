#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

#include "grapevine/io/state_file.h"

namespace grapevine::train::detail {

/// Reads values by name from a dict of a file; messages begin with `what`.
class Fields {
 public:
  Fields(const io::StateDict& dict, std::string what) : dict_(dict), what_(std::move(what)) {}

  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] bool has(const std::string& name) const { return dict_.find(name) != nullptr; }

  /// Sets `target` to the value of that name, if there is one. Throws `Error` for another type:
  /// bool for an int, say. An int is also a float.
  void read(const std::string& name, bool& target) const;
  void read(const std::string& name, std::int64_t& target) const;
  void read(const std::string& name, double& target) const;
  void read(const std::string& name, std::string& target) const;
  void read(const std::string& name, const io::StateDict*& target) const;
  void read(const std::string& name, const io::StateList*& target) const;
  void read(const std::string& name, at::Tensor& target) const;
  /// A dict of options: str, int, float or bool, as the command line would have them.
  void read(const std::string& name, std::map<std::string, std::string>& target) const;

  /// The same for a value that must be there.
  template <typename Target>
  void require(const std::string& name, Target& target) const {
    check_has(name);
    read(name, target);
  }

 private:
  void check_has(const std::string& name) const;
  [[noreturn]] void refuse(const std::string& name, const io::StateValue& value,
                           const char* expected) const;

  const io::StateDict& dict_;
  std::string what_;
};

/// An option as Python has it: "true" and "false" as bool, numbers as int or float.
[[nodiscard]] io::StateValue option_value(const std::string& text);

/// Whether the text is a whole number above `limit`.
[[nodiscard]] bool is_whole_number_above(const std::string& text, std::int64_t limit);

}  // namespace grapevine::train::detail
