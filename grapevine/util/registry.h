#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/util/error.h"

namespace grapevine {

/// Entries by name, such as functions that make something. Each implementation registers itself
/// from its own source file, so adding one edits no list; entries are added while the library is
/// loaded and only read afterwards.
///
///     static const bool registered = convs().add("sage", {...});   // in sage_conv.cpp
template <typename Entry>
class Registry {
 public:
  /// `kind` is how messages call an entry, for example "layer".
  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  /// Adds an entry; throws `Error` if the name is taken.
  bool add(const std::string& name, Entry entry) {
    check(entries_.emplace(name, std::move(entry)).second, "{} \"{}\" is registered twice", kind_,
          name);
    return true;
  }

  [[nodiscard]] bool contains(const std::string& name) const { return entries_.contains(name); }

  /// The names, sorted.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, entry] : entries_) {
      result.push_back(name);
    }
    return result;
  }

  /// The entry; throws `Error` that lists the known names.
  [[nodiscard]] const Entry& get(const std::string& name) const {
    const auto found = entries_.find(name);
    check(found != entries_.end(), "unknown {} \"{}\"; known are: {}", kind_, name,
          fmt::join(names(), ", "));
    return found->second;
  }

 private:
  std::string kind_;
  std::map<std::string, Entry> entries_;
};

}  // namespace grapevine
