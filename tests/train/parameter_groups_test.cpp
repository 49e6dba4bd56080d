#include "grapevine/train/parameter_groups.h"

#include <gtest/gtest.h>

#include <limits>

#include "grapevine/nn/gcnii.h"
#include "tests/support/expect_error.h"

namespace grapevine::train {
namespace {

using torch::optim::AdamOptions;

nn::GCNII model() { return nn::GCNII(5, 3, nn::GCNIIOptions{.stack = {.layers = 2, .hidden = 4}}); }

/// The weight decay of each parameter, by name.
std::map<std::string, double> decays(const torch::nn::Module& module,
                                     const std::map<std::string, double>& weight_decay_of) {
  const auto groups =
      parameter_groups(module, AdamOptions(0.01).weight_decay(0.5), weight_decay_of);
  std::map<std::string, double> result;
  for (const auto& parameter : module.named_parameters()) {
    for (const auto& group : groups) {
      const auto& options = static_cast<const AdamOptions&>(group.options());
      EXPECT_EQ(options.lr(), 0.01);
      for (const at::Tensor& member : group.params()) {
        if (member.is_same(parameter.value())) {
          EXPECT_TRUE(result.emplace(parameter.key(), options.weight_decay()).second);
        }
      }
    }
  }
  return result;
}

TEST(ParameterGroups, WithoutPrefixesAllHaveOneWeightDecay) {
  for (const auto& [name, value] : decays(*model(), {})) {
    EXPECT_EQ(value, 0.5) << name;
  }
}

TEST(ParameterGroups, ThePrefixDecidesAndTheLongestCounts) {
  const auto found = decays(*model(), {{"conv", 0.1}, {"conv2", 0.2}});
  EXPECT_EQ(found, (std::map<std::string, double>{{"input.weight", 0.5},
                                                  {"input.bias", 0.5},
                                                  {"conv1.weight1", 0.1},
                                                  {"conv2.weight1", 0.2},
                                                  {"output.weight", 0.5},
                                                  {"output.bias", 0.5}}));
}

TEST(ParameterGroups, EveryParameterMayHaveAPrefix) {
  const auto found = decays(*model(), {{"", 0}});
  EXPECT_EQ(found.size(), 6u);
  EXPECT_EQ(found.at("input.bias"), 0);
}

TEST(ParameterGroups, RefusesWhatDoesNotFit) {
  const auto groups = [](const std::string& prefix, double value) {
    return parameter_groups(*model(), AdamOptions(), {{prefix, value}});
  };
  EXPECT_ERROR(groups("layer", 0.1), "weight_decay_of", "layer", "conv1.weight1");
  EXPECT_ERROR(groups("conv", -1), "weight_decay_of", "conv", "-1");
  EXPECT_ERROR(groups("conv", std::numeric_limits<double>::infinity()), "conv", "inf");
}

}  // namespace
}  // namespace grapevine::train
