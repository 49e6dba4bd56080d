#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace grapevine::cli {

/// A file of one JSON object a line, each flushed as it is written; nothing if no path is given.
class JsonLines {
 public:
  /// Opens the file now, so that a long run does not end with nowhere to write; what is in it goes
  /// with the first line, so that a run which is refused leaves it. Throws `Error`.
  explicit JsonLines(const std::string& path);
  /// Throws `Error` if the line does not reach the file.
  void write(const nlohmann::ordered_json& line);

 private:
  std::string path_;
  std::ofstream file_;
  bool has_lines_ = false;
};

}  // namespace grapevine::cli
