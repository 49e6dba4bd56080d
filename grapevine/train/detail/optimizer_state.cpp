#include "grapevine/train/detail/optimizer_state.h"

#include <ATen/ops/scalar_tensor.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "grapevine/train/detail/description_fields.h"
#include "grapevine/util/error.h"

namespace grapevine::train::detail {
namespace {

using torch::optim::AdamOptions;
using torch::optim::AdamParamState;

at::Tensor copy_on_cpu(const at::Tensor& tensor) {
  return tensor.detach().to(at::kCPU, at::kFloat, false, true);
}

io::StateDict state_of(const AdamParamState& state) {
  return {{"step", at::scalar_tensor(static_cast<double>(state.step()), at::kFloat)},
          {"exp_avg", copy_on_cpu(state.exp_avg())},
          {"exp_avg_sq", copy_on_cpu(state.exp_avg_sq())}};
}

const at::Tensor& tensor_at(const io::StateDict& dict, const char* name, const std::string& what) {
  const io::StateValue* value = dict.find(name);
  const at::Tensor* tensor = value == nullptr ? nullptr : value->get_if<at::Tensor>();
  check(tensor != nullptr, "{}: {}: expected a Tensor, got {}", what, name,
        value == nullptr ? "nothing" : value->type_name());
  return *tensor;
}

std::unique_ptr<AdamParamState> read_state(const io::StateDict& dict, const at::Tensor& parameter,
                                           const std::string& what) {
  auto state = std::make_unique<AdamParamState>();
  const at::Tensor& step = tensor_at(dict, "step", what);
  check(step.numel() == 1, "{}: step: expected one number, got {}", what, step.numel());
  const auto steps = step.to(at::kDouble).item<double>();
  check(steps >= 0 && steps < 0x1p53 && std::floor(steps) == steps,
        "{}: step: expected a whole number, got {}", what, steps);
  state->step(static_cast<std::int64_t>(steps));
  const auto moment = [&](const char* name) {
    const at::Tensor& value = tensor_at(dict, name, what);
    check(value.sizes() == parameter.sizes() && value.is_floating_point(),
          "{}: {}: expected floats of shape [{}], got {} [{}]", what, name,
          fmt::join(parameter.sizes(), ", "), at::toString(value.scalar_type()),
          fmt::join(value.sizes(), ", "));
    return value.to(parameter.options(), false, true).contiguous();
  };
  state->exp_avg(moment("exp_avg"));
  state->exp_avg_sq(moment("exp_avg_sq"));
  return state;
}

}  // namespace

io::StateDict optimizer_state(torch::optim::Adam& optimizer) {
  io::StateDict states;
  io::StateList groups;
  std::int64_t number = 0;
  for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) {
    io::StateList numbers;
    for (const at::Tensor& parameter : group.params()) {
      const auto found = optimizer.state().find(parameter.unsafeGetTensorImpl());
      if (found != optimizer.state().end()) {
        states.set(number, state_of(static_cast<const AdamParamState&>(*found->second)));
      }
      numbers.emplace_back(number++);
    }
    const auto& options = static_cast<const AdamOptions&>(group.options());
    const auto [beta1, beta2] = options.betas();
    groups.emplace_back(io::StateDict{{"lr", options.lr()},
                                      {"betas", io::StateTuple{{beta1, beta2}}},
                                      {"eps", options.eps()},
                                      {"weight_decay", options.weight_decay()},
                                      {"amsgrad", options.amsgrad()},
                                      {"params", numbers}});
  }
  return {{"state", states}, {"param_groups", groups}};
}

void load_optimizer_state(torch::optim::Adam& optimizer, const io::StateDict& state,
                          const std::string& what) {
  const io::StateDict* states = nullptr;
  Fields(state, what).require("state", states);
  std::vector<std::pair<void*, std::unique_ptr<AdamParamState>>> read;
  std::int64_t number = 0;
  for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) {
    for (const at::Tensor& parameter : group.params()) {
      const io::StateValue* value = states->find(number);
      if (value != nullptr) {
        const auto* dict = value->get_if<io::StateDict>();
        const std::string name = fmt::format("{}: state: {}", what, number);
        check(dict != nullptr, "{}: expected a dict, got {}", name, value->type_name());
        read.emplace_back(parameter.unsafeGetTensorImpl(), read_state(*dict, parameter, name));
      }
      ++number;
    }
  }
  check(states->entries().size() == read.size(),
        "{}: state: expected at most one entry for each of {} parameters, got {}", what, number,
        states->entries().size());
  optimizer.state().clear();
  for (auto& [parameter, values] : read) {
    optimizer.state()[parameter] = std::move(values);
  }
}

}  // namespace grapevine::train::detail
