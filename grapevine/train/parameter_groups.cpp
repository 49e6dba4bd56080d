#include "grapevine/train/parameter_groups.h"

#include <cmath>
#include <memory>

#include "grapevine/util/error.h"

namespace grapevine::train {

std::vector<torch::optim::OptimizerParamGroup> parameter_groups(
    const torch::nn::Module& module, const torch::optim::AdamOptions& options,
    const std::map<std::string, double>& weight_decay_of) {
  for (const auto& [prefix, value] : weight_decay_of) {
    check(value >= 0 && std::isfinite(value), "weight_decay_of: {}: expected 0 or more, got {}",
          prefix, value);
  }
  std::map<std::string, std::vector<at::Tensor>> tensors;
  std::vector<at::Tensor> others;
  std::vector<std::string> names;
  for (const auto& parameter : module.named_parameters()) {
    const std::string* longest = nullptr;
    for (const auto& [prefix, value] : weight_decay_of) {
      if (parameter.key().starts_with(prefix) &&
          (longest == nullptr || prefix.size() > longest->size())) {
        longest = &prefix;
      }
    }
    (longest == nullptr ? others : tensors[*longest]).push_back(parameter.value());
    names.push_back(parameter.key());
  }
  const auto group = [&options](std::vector<at::Tensor> members, double weight_decay) {
    auto own = std::make_unique<torch::optim::AdamOptions>(options);
    own->weight_decay(weight_decay);
    return torch::optim::OptimizerParamGroup(std::move(members), std::move(own));
  };
  std::vector<torch::optim::OptimizerParamGroup> groups;
  if (!others.empty()) {
    groups.push_back(group(others, options.weight_decay()));
  }
  for (const auto& [prefix, value] : weight_decay_of) {
    const auto found = tensors.find(prefix);
    check(found != tensors.end(),
          "weight_decay_of: expected the beginning of a parameter's name ({}), got \"{}\"",
          fmt::join(names, ", "), prefix);
    groups.push_back(group(found->second, value));
  }
  return groups;
}

}  // namespace grapevine::train
