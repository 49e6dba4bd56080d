#pragma once

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <concepts>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/util/error.h"

// What the programs made of the documentation's pages call; see cmake/snippets.awk.
namespace snippet {

inline bool failed = false;
inline std::ostringstream printed;

inline void expect_equal(std::string_view place, std::string_view got, std::string_view expected) {
  if (got != expected) {
    failed = true;
    std::cerr << place << ": the page says\n" << expected << "\nbut it is\n" << got << "\n";
  }
}

template <typename Value>
std::string show(const Value& value);

template <typename List>
std::string show_list(const List& list) {
  std::string text = "[";
  for (const auto& each : list) {
    text += (text.size() > 1 ? ", " : "") + show(each);
  }
  return text + "]";
}

inline std::string show_tensor(const at::Tensor& tensor) {
  if (!tensor.defined()) {
    return "undefined";
  }
  if (tensor.dim() > 0) {
    return show_list(tensor.unbind());
  }
  const at::Tensor value = tensor.cpu();
  if (value.scalar_type() == at::kBool) {
    return show(value.item<bool>());
  }
  return value.is_floating_point() ? show(value.item<double>()) : show(value.item<std::int64_t>());
}

/// A value as pages write it: `3`, `0.3333`, `true`, `"name"`, `[0, 1]`, `{"a": [1]}`, tensors as
/// nested lists.
template <typename Value>
std::string show(const Value& value) {
  if constexpr (std::same_as<Value, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::same_as<Value, at::ScalarType>) {
    return at::toString(value);
  } else if constexpr (std::same_as<Value, at::Device>) {
    return value.str();
  } else if constexpr (std::integral<Value>) {
    return fmt::format("{}", value);
  } else if constexpr (std::floating_point<Value>) {
    return fmt::format("{:.4g}", value);
  } else if constexpr (std::convertible_to<Value, std::string_view>) {
    return fmt::format("\"{}\"", std::string_view(value));
  } else if constexpr (std::same_as<Value, grapevine::CanonicalEtype>) {
    return grapevine::to_string(value);
  } else if constexpr (std::same_as<Value, grapevine::EdgePair>) {
    return fmt::format("({}, {})", show(value.src), show(value.dst));
  } else if constexpr (std::same_as<Value, grapevine::EdgeList>) {
    return fmt::format("({}, {}, {})", show(value.src), show(value.dst), show(value.eid));
  } else if constexpr (std::convertible_to<Value, at::Tensor>) {
    return show_tensor(value);
  } else if constexpr (requires { typename Value::mapped_type; }) {
    std::string text = "{";
    for (const auto& [key, each] : value) {
      text += (text.size() > 1 ? ", " : "") + show(key) + ": " + show(each);
    }
    return text + "}";
  } else {
    return show_list(value);
  }
}

template <typename Value>
void expect_value(std::string_view place, const Value& value, std::string_view expected) {
  expect_equal(place, show(value), expected);
}

inline void expect_error(std::string_view place, const std::function<void()>& action,
                         std::string_view words) {
  try {
    action();
    expect_equal(place, "no error", words);
  } catch (const grapevine::Error& error) {
    if (std::string_view(error.what()).find(words) == std::string_view::npos) {
      expect_equal(place, error.what(), words);
    }
  }
}

/// What was printed since the last call.
inline void expect_printed(std::string_view place, std::string_view expected) {
  expect_equal(place, printed.str(), expected);
  printed.str("");
}

/// Runs a page's sections; the exit status says whether the page is right.
inline int run(const std::vector<void (*)()>& sections) {
  std::streambuf* const screen = std::cout.rdbuf(printed.rdbuf());
  for (const auto section : sections) {
    try {
      section();
    } catch (const std::exception& error) {
      failed = true;
      std::cerr << "a section of the page ended with: " << error.what() << "\n";
    }
    printed.str("");
  }
  std::cout.rdbuf(screen);
  return failed || sections.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace snippet
