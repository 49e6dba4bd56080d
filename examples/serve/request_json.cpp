#include "request_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "grapevine/util/error.h"

namespace serving {
namespace {

using Json = nlohmann::json;
using grapevine::check;
using grapevine::fail;

/// A value as a message shows it.
std::string shown(const Json& value) {
  constexpr std::size_t kMost = 40;
  std::string text = value.is_structured()
                         ? (value.is_array() ? "a list" : "an object")
                         : value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() > kMost ? text.substr(0, kMost) + "..." : text;
}

/// The object of a body that has no other keys than these.
Json parse_object(const std::string& body, std::initializer_list<std::string_view> keys) {
  Json object;
  try {
    object = Json::parse(body);
  } catch (const Json::parse_error& error) {
    fail("the body is not JSON: it cannot be read on from byte {}", error.byte);
  } catch (const Json::exception&) {
    fail("the body is not JSON that can be read");
  }
  check(object.is_object(), "expected an object, got {}", shown(object));
  for (const auto& [key, value] : object.items()) {
    check(std::find(keys.begin(), keys.end(), key) != keys.end(), "unknown key {}: there are {}",
          shown(Json(key)), fmt::join(keys, ", "));
  }
  return object;
}

/// The list under a key, empty if there is none.
const Json& list_of(const Json& object, const char* key) {
  static const Json none = Json::array();
  const auto found = object.find(key);
  if (found == object.end()) {
    return none;
  }
  check(found->is_array(), "{}: expected a list, got {}", key, shown(*found));
  return *found;
}

std::vector<std::int64_t> whole_numbers(const Json& list, const char* key) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(list.size());
  for (const Json& value : list) {
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() ||
                       value.get<std::uint64_t>() <=
                           static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    check(fits, "{}[{}]: expected a whole number, got {}", key, numbers.size(), shown(value));
    numbers.push_back(value.get<std::int64_t>());
  }
  return numbers;
}

void append_floats(std::vector<float>& numbers, const Json& list, const std::string& name) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    check(list[i].is_number(), "{}[{}]: expected a number, got {}", name, i, shown(list[i]));
    numbers.push_back(list[i].get<float>());
  }
}

void append_number(std::string& text, float value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(text), "{}", value);
  } else {
    text += "null";  // JSON has no other name for it
  }
}

}  // namespace

PredictRequest parse_predict(const std::string& body, std::size_t max_ids) {
  const Json object = parse_object(body, {"ids", "scores"});
  check(object.contains("ids"), "\"ids\" is missing");
  const Json& ids = list_of(object, "ids");
  check(ids.size() <= max_ids, "ids: expected at most {}, got {}", max_ids, ids.size());
  PredictRequest request = {.ids = whole_numbers(ids, "ids")};
  if (object.contains("scores")) {
    const Json& scores = object["scores"];
    check(scores.is_boolean(), "scores: expected true or false, got {}", shown(scores));
    request.scores = scores.get<bool>();
  }
  return request;
}

Addition parse_append(const std::string& body) {
  const Json object = parse_object(body, {"features", "src", "dst", "edge_features"});
  Addition addition;
  const Json& rows = list_of(object, "features");
  addition.num_nodes = rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    check(rows[i].is_array() && rows[i].size() == rows[0].size(),
          "features[{}]: expected a list of {} numbers", i,
          rows[0].is_array() ? rows[0].size() : 0);
    append_floats(addition.feat, rows[i], fmt::format("features[{}]", i));
  }
  addition.src = whole_numbers(list_of(object, "src"), "src");
  addition.dst = whole_numbers(list_of(object, "dst"), "dst");
  append_floats(addition.edge_feat, list_of(object, "edge_features"), "edge_features");
  return addition;
}

std::string predict_json(const Scores& scores, bool with_scores) {
  const std::size_t width = scores.num_classes;
  const std::size_t rows = width == 0 ? 0 : scores.values.size() / width;
  const float* values = scores.values.data();
  std::string text = fmt::format("{{\"version\":{},\"classes\":[", scores.version);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* first = values + row * width;
    fmt::format_to(std::back_inserter(text), "{}{}", row == 0 ? "" : ",",
                   std::max_element(first, first + width) - first);
  }
  text += "]";
  if (with_scores) {
    text += ",\"scores\":[";
    for (std::size_t i = 0; i < rows * width; ++i) {
      text += i % width > 0 ? "," : (i > 0 ? "],[" : "[");
      append_number(text, values[i]);
    }
    text += rows > 0 ? "]]" : "]";
  }
  return text + "}";
}

}  // namespace serving
