#include "grapevine/util/error.h"

namespace grapevine::detail {

void throw_error(fmt::string_view format, fmt::format_args args) {
  std::string message = fmt::vformat(format, args);
  for (char& character : message) {  // a value in it may come from a file
    const bool is_control = static_cast<unsigned char>(character) < ' ';
    character = is_control ? ' ' : character;
  }
  throw Error(message);
}

}  // namespace grapevine::detail
