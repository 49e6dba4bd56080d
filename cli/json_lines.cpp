#include "json_lines.h"

#include <utility>

#include "grapevine/util/error.h"

namespace grapevine::cli {

JsonLines::JsonLines(const std::string& path) : path_(path) {
  if (!path_.empty()) {
    file_.open(path_, std::ios::app);
    check(file_.is_open(), "--json: cannot write to \"{}\"", path_);
  }
}

void JsonLines::write(const nlohmann::ordered_json& line) {
  if (!path_.empty()) {
    if (!std::exchange(has_lines_, true)) {
      file_.close();
      file_.open(path_, std::ios::trunc);
    }
    file_ << line.dump() << std::endl;
    check(file_.good(), "--json: cannot write to \"{}\"", path_);
  }
}

}  // namespace grapevine::cli
