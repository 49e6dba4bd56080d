#include "grapevine/util/error.h"

namespace grapevine::detail {

void throw_error(fmt::string_view format, fmt::format_args args) {
  throw Error(fmt::vformat(format, args));
}

}  // namespace grapevine::detail
