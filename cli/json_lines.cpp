#include "json_lines.h"

#include "grapevine/util/error.h"

namespace grapevine::cli {

JsonLines::JsonLines(const std::string& path) : path_(path) {
  if (!path_.empty()) {
    file_.open(path_);
    check(file_.is_open(), "--json: cannot write to \"{}\"", path_);
  }
}

void JsonLines::write(const nlohmann::ordered_json& line) {
  if (!path_.empty()) {
    file_ << line.dump() << std::endl;
    check(file_.good(), "--json: cannot write to \"{}\"", path_);
  }
}

}  // namespace grapevine::cli
