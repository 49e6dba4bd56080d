#include "tests/support/operators.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <sstream>
#include <utility>

#include "grapevine/ops/detail/edge_index_class.h"

namespace grapevine::testing_support {
namespace {

c10::OperatorHandle find(const std::string& name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(("grapevine::" + name).c_str(), "");
}

}  // namespace

std::string schema_of(const std::string& name) {
  std::ostringstream text;
  text << find(name).schema();
  return text.str();
}

std::vector<c10::IValue> call_boxed(const std::string& name, std::vector<c10::IValue> arguments) {
  find(name).callBoxed(arguments);
  return arguments;
}

c10::IValue boxed(const ops::EdgeIndexPtr& edges) { return ops::detail::wrap(edges); }

}  // namespace grapevine::testing_support
