#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/util/error.h"

namespace grapevine {

/// Factories by name. Each implementation registers itself from its own source file, so adding one
/// edits no list; entries are added while the library is loaded and only read afterwards.
///
///     static const bool registered = convs().add("sage", make_sage);   // in sage_conv.cpp
template <typename Signature>
class Registry {
 public:
  using Factory = std::function<Signature>;

  /// `kind` is how messages call an entry, for example "layer".
  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  /// Adds an entry; throws `Error` if the name is taken.
  bool add(const std::string& name, Factory factory) {
    check(factories_.emplace(name, std::move(factory)).second, "{} \"{}\" is registered twice",
          kind_, name);
    return true;
  }

  [[nodiscard]] bool contains(const std::string& name) const { return factories_.contains(name); }

  /// The names, sorted.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, factory] : factories_) {
      result.push_back(name);
    }
    return result;
  }

  /// The entry's factory; throws `Error` that lists the known names.
  [[nodiscard]] const Factory& get(const std::string& name) const {
    const auto found = factories_.find(name);
    check(found != factories_.end(), "unknown {} \"{}\"; known are: {}", kind_, name,
          fmt::join(names(), ", "));
    return found->second;
  }

 private:
  std::string kind_;
  std::map<std::string, Factory> factories_;
};

}  // namespace grapevine
