#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::io {

/// A mapping in a yaml file that knows where it stands, so that every message names file, line and
/// key.
class YamlMap {
 public:
  /// Reads a file that holds one mapping. Throws `Error` for a missing file and malformed yaml.
  static YamlMap load(const std::filesystem::path& path);

  /// "metadata.yaml: line 12: graph.nodes[0]", to begin a message with; with a key, that key's
  /// place.
  [[nodiscard]] std::string where(const std::string& key = {}) const;
  /// Throws `Error` that names a key outside `keys` or one given twice.
  void allow_only(std::initializer_list<std::string_view> keys) const;
  /// Whether the key is there and not null.
  [[nodiscard]] bool has(const std::string& key) const;
  /// Values by key; `Error` if the key is missing and there is no fallback, or if the value has
  /// another form.
  [[nodiscard]] std::string text(const std::string& key) const;
  [[nodiscard]] std::string text(const std::string& key, const std::string& fallback) const;
  [[nodiscard]] std::int64_t integer(const std::string& key) const;
  [[nodiscard]] bool boolean(const std::string& key, bool fallback) const;
  [[nodiscard]] YamlMap map(const std::string& key) const;
  /// A list of mappings.
  [[nodiscard]] std::vector<YamlMap> list(const std::string& key) const;

 private:
  YamlMap(YAML::Node node, std::string file, std::string path);
  [[nodiscard]] YAML::Node required(const std::string& key) const;
  [[nodiscard]] std::string path_of(const std::string& key) const;

  YAML::Node node_;
  std::string file_;
  std::string path_;
};

}  // namespace grapevine::io
