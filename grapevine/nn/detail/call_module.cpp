#include "grapevine/nn/detail/call_module.h"

#include <c10/util/Exception.h>

#include <string>

#include "grapevine/util/error.h"

namespace grapevine::nn::detail {

at::Tensor call_module(std::string_view name, torch::nn::AnyModule& module,
                       const at::Tensor& input) {
  try {
    return module.forward(input);
  } catch (const c10::Error& error) {
    const std::string reason = error.what_without_backtrace();
    fail("{}: the module does not take a tensor of shape [{}]: {}", name,
         fmt::join(input.sizes(), ", "), reason.substr(0, reason.find('\n')));
  }
}

}  // namespace grapevine::nn::detail
