#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grapevine/util/error.h"

namespace grapevine::nn::detail {

/// The value that goes by `name`. Throws `Error` that lists the names if there is none; `what` is
/// how the message calls the choice.
///
///     choose<Mode>("layer option \"mode\"", text, {{"fast", Mode::kFast}, {"slow", Mode::kSlow}});
template <typename Value>
[[nodiscard]] Value choose(std::string_view what, std::string_view name,
                           std::initializer_list<std::pair<std::string_view, Value>> choices) {
  std::vector<std::string_view> known;
  for (const auto& [text, value] : choices) {
    if (text == name) {
      return value;
    }
    known.push_back(text);
  }
  fail("{}: expected one of [{}], got \"{}\"", what, fmt::join(known, ", "), name);
}

}  // namespace grapevine::nn::detail
