#include "grapevine/io/detail/yaml_map.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <set>
#include <system_error>
#include <utility>

#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 24;

std::string place(const std::string& file, const YAML::Mark& mark, const std::string& path) {
  std::string text = file;
  if (!mark.is_null()) {
    text += fmt::format(": line {}", mark.line + 1);
  }
  return path.empty() ? text : text + ": " + path;
}

std::string one_line(std::string text) {
  constexpr std::size_t kLength = 60;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > kLength ? text.substr(0, kLength) + "..." : text;
}

}  // namespace

YamlMap YamlMap::load(const std::filesystem::path& path) {
  const std::string file = path.string();
  const std::string content = read_file(path, kMaxSize);
  YAML::Node node;
  try {
    node = YAML::Load(content);
  } catch (const YAML::Exception& error) {
    fail("{}: malformed yaml: {}", place(file, error.mark, ""), one_line(error.msg));
  } catch (const std::exception& error) {
    fail("{}: malformed yaml: {}", file, one_line(error.what()));
  }
  return {node, file, ""};
}

YamlMap::YamlMap(YAML::Node node, std::string file, std::string path)
    : node_(std::move(node)), file_(std::move(file)), path_(std::move(path)) {
  check(node_.IsMap(), "{}: expected a mapping of keys to values", where());
}

std::string YamlMap::path_of(const std::string& key) const {
  return path_.empty() || key.empty() ? path_ + key : path_ + "." + key;
}

std::string YamlMap::where(const std::string& key) const {
  const YAML::Node value = key.empty() ? node_ : std::as_const(node_)[key];
  return place(file_, value.IsDefined() ? value.Mark() : node_.Mark(), path_of(key));
}

void YamlMap::allow_only(std::initializer_list<std::string_view> keys) const {
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "(not a name)";
    check(std::find(keys.begin(), keys.end(), key) != keys.end(),
          "{}: unknown key \"{}\"; known are: {}", place(file_, entry.first.Mark(), path_),
          one_line(key), fmt::join(keys, ", "));
    check(seen.insert(key).second, "{}: key \"{}\" is given twice",
          place(file_, entry.first.Mark(), path_), key);
  }
}

bool YamlMap::has(const std::string& key) const {
  const YAML::Node value = std::as_const(node_)[key];
  return value.IsDefined() && !value.IsNull();
}

YAML::Node YamlMap::required(const std::string& key) const {
  check(has(key), "{}: missing key \"{}\"", where(), key);
  return std::as_const(node_)[key];
}

std::string YamlMap::text(const std::string& key) const {
  const YAML::Node value = required(key);
  check(value.IsScalar(), "{}: expected a text", where(key));
  return value.Scalar();
}

std::string YamlMap::text(const std::string& key, const std::string& fallback) const {
  return has(key) ? text(key) : fallback;
}

std::int64_t YamlMap::integer(const std::string& key) const {
  const std::string value = text(key);
  std::int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto result = std::from_chars(value.data(), end, number);
  check(result.ec == std::errc() && result.ptr == end, "{}: expected an integer, got \"{}\"",
        where(key), one_line(value));
  return number;
}

bool YamlMap::boolean(const std::string& key, bool fallback) const {
  if (!has(key)) {
    return fallback;
  }
  const std::string value = text(key);
  const bool is_true = value == "true" || value == "True";
  check(is_true || value == "false" || value == "False", "{}: expected true or false, got \"{}\"",
        where(key), one_line(value));
  return is_true;
}

YamlMap YamlMap::map(const std::string& key) const { return {required(key), file_, path_of(key)}; }

std::vector<YamlMap> YamlMap::list(const std::string& key) const {
  const YAML::Node value = required(key);
  check(value.IsSequence(), "{}: expected a list", where(key));
  std::vector<YamlMap> entries;
  for (const YAML::Node& entry : value) {
    entries.push_back(YamlMap(entry, file_, fmt::format("{}[{}]", path_of(key), entries.size())));
  }
  return entries;
}

}  // namespace grapevine::io
