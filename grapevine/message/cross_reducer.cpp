#include "grapevine/message/cross_reducer.h"

#include <array>

#include "grapevine/util/error.h"

namespace grapevine::function {
namespace {

CrossReducer::Kind kind_of(const std::string& name) {
  using Kind = CrossReducer::Kind;
  static const std::array<std::pair<const char*, Kind>, 5> kinds = {{{"sum", Kind::kSum},
                                                                     {"mean", Kind::kMean},
                                                                     {"max", Kind::kMax},
                                                                     {"min", Kind::kMin},
                                                                     {"stack", Kind::kStack}}};
  for (const auto& [known, kind] : kinds) {
    if (name == known) {
      return kind;
    }
  }
  fail("cross_reducer: expected sum, mean, max, min, stack or a function, got \"{}\"", name);
}

}  // namespace

CrossReducer::CrossReducer(const std::string& name) : kind_(kind_of(name)) {}
CrossReducer::CrossReducer(const char* name) : CrossReducer(std::string(name)) {}
CrossReducer::CrossReducer(Function function)
    : kind_(Kind::kFunction), function_(std::move(function)) {
  check(static_cast<bool>(function_), "cross_reducer: expected a function, got an empty one");
}

}  // namespace grapevine::function
