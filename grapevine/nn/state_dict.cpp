#include "grapevine/nn/state_dict.h"

#include <ATen/core/grad_mode.h>

#include "grapevine/util/error.h"

namespace grapevine::nn {
namespace {

using TensorDict = torch::OrderedDict<std::string, at::Tensor>;

/// A module's own, then those of its children.
void add_state(const torch::nn::Module& module, const std::string& prefix, TensorDict& result) {
  const auto add = [&](const TensorDict& tensors) {
    for (const auto& item : tensors) {
      if (item.value().defined()) {
        result.insert(prefix + item.key(), item.value().detach());
      }
    }
  };
  add(module.named_parameters(/*recurse=*/false));
  add(module.named_buffers(/*recurse=*/false));
  for (const auto& child : module.named_children()) {
    add_state(*child.value(), prefix + child.key() + ".", result);
  }
  if (const auto* tied = dynamic_cast<const TiedParameters*>(&module)) {
    for (const auto& [name, registered] : tied->tied_parameters()) {
      const at::Tensor value = result[prefix + registered];
      result.insert(prefix + name, value);
    }
  }
}

void check_matches(const at::Tensor& target, const at::Tensor& value, const std::string& name,
                   std::string_view what) {
  check(value.sizes() == target.sizes(), "{}: \"{}\": expected shape [{}], got [{}]", what, name,
        fmt::join(target.sizes(), ", "), fmt::join(value.sizes(), ", "));
  check(value.is_floating_point() == target.is_floating_point() &&
            (value.scalar_type() == at::kBool) == (target.scalar_type() == at::kBool),
        "{}: \"{}\": expected {}, got {}", what, name, at::toString(target.scalar_type()),
        at::toString(value.scalar_type()));
}

}  // namespace

TensorDict state_dict(const torch::nn::Module& module) {
  TensorDict result;
  add_state(module, "", result);
  return result;
}

void load_state_dict(torch::nn::Module& module, const TensorDict& values, std::string_view what) {
  const TensorDict targets = state_dict(module);
  for (const auto& item : targets) {
    const at::Tensor* value = values.find(item.key());
    check(value != nullptr, "{}: \"{}\" of the model is missing", what, item.key());
    check_matches(item.value(), *value, item.key(), what);
  }
  for (const auto& item : values) {
    check(targets.contains(item.key()), "{}: the model has no \"{}\"", what, item.key());
  }
  const at::NoGradGuard no_grad;
  for (const auto& item : targets) {
    at::Tensor target = item.value();
    target.copy_(values[item.key()]);
  }
}

}  // namespace grapevine::nn
