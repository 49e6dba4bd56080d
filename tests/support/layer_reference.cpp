#include "tests/support/layer_reference.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace grapevine::testing_support {
namespace {

at::Tensor to_tensor(const nlohmann::json& value) {
  const auto shape = value["shape"].get<std::vector<std::int64_t>>();
  const nlohmann::json& data = value["data"];
  const bool is_integer = !data.empty() && data.front().is_number_integer();
  return (is_integer ? at::tensor(data.get<std::vector<std::int64_t>>(), at::kLong)
                     : at::tensor(data.get<std::vector<double>>(), at::kDouble).to(at::kFloat))
      .view(shape);
}

std::map<std::string, at::Tensor> to_tensors(const nlohmann::json& values) {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, value] : values.items()) {
    tensors[name] = to_tensor(value);
  }
  return tensors;
}

Graph to_graph(const nlohmann::json& value) {
  const at::Tensor src = at::tensor(value["src"].get<std::vector<std::int64_t>>(), at::kLong);
  const at::Tensor dst = at::tensor(value["dst"].get<std::vector<std::int64_t>>(), at::kLong);
  const auto num_src = value["num_src"].get<std::int64_t>();
  const auto num_dst = value["num_dst"].get<std::int64_t>();
  if (value["kind"] == "full") {
    return graph(src, dst, {.num_nodes = num_src});
  }
  if (value["kind"] == "block") {
    return create_block(src, dst, num_src, num_dst);
  }
  return heterograph({{{"a", "r", "b"}, {src, dst}}}, {{"a", num_src}, {"b", num_dst}});
}

}  // namespace

at::Tensor LayerCase::input(const std::string& input_name) const {
  const auto found = inputs.find(input_name);
  return found == inputs.end() ? at::Tensor() : found->second;
}

nn::NodeFeatures node_features(const LayerCase& layer_case) {
  const at::Tensor feat = layer_case.input("feat");
  return feat.defined()
             ? nn::NodeFeatures(feat)
             : nn::NodeFeatures(layer_case.input("feat_src"), layer_case.input("feat_dst"));
}

std::vector<LayerCase> layer_cases(const std::string& name) {
  std::ifstream file(GRAPEVINE_SOURCE_DIR "/tests/nn/reference/" + name + ".json");
  if (!file) {
    ADD_FAILURE() << "tests/nn/reference/" << name << ".json cannot be read";
    return {};
  }
  std::vector<LayerCase> cases;
  const nlohmann::json recorded = nlohmann::json::parse(file);
  for (const nlohmann::json& value : recorded["cases"]) {
    LayerCase read;
    read.name = value["name"];
    read.options = value["options"];
    if (value.contains("graph")) {
      read.graph = to_graph(value["graph"]);
      read.kind = value["graph"]["kind"];
    }
    if (value.contains("batch_num_nodes")) {
      read.batch_num_nodes = value["batch_num_nodes"].get<std::vector<std::int64_t>>();
    }
    read.inputs = to_tensors(value["inputs"]);
    read.parameters = to_tensors(value["parameters"]);
    for (const nlohmann::json& output : value["outputs"]) {
      read.outputs.push_back(to_tensor(output));
    }
    cases.push_back(std::move(read));
  }
  EXPECT_FALSE(cases.empty()) << name;
  return cases;
}

void load_parameters(torch::nn::Module& module, const LayerCase& layer_case) {
  const at::NoGradGuard no_grad;
  std::set<std::string> missing;
  for (const auto& [name, value] : layer_case.parameters) {
    missing.insert(name);
  }
  const auto load = [&](const std::string& name, at::Tensor& target) {
    const auto found = layer_case.parameters.find(name);
    if (found == layer_case.parameters.end()) {
      ADD_FAILURE() << "DGL's layer has no " << name;
      return;
    }
    missing.erase(name);
    ASSERT_EQ(target.sizes(), found->second.sizes()) << name;
    target.copy_(found->second);
  };
  for (auto& parameter : module.named_parameters()) {
    load(parameter.key(), parameter.value());
  }
  for (auto& buffer : module.named_buffers()) {
    load(buffer.key(), buffer.value());
  }
  for (const std::string& name : missing) {
    ADD_FAILURE() << "the layer lacks DGL's " << name;
  }
}

void expect_as_recorded(const std::string& name,
                        const std::function<std::vector<at::Tensor>(const LayerCase&)>& compute) {
  for (const LayerCase& layer_case : layer_cases(name)) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, name + ": " + layer_case.name);
    const std::vector<at::Tensor> outputs = compute(layer_case);
    ASSERT_EQ(outputs.size(), layer_case.outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      ASSERT_EQ(outputs[i].sizes(), layer_case.outputs[i].sizes());
      EXPECT_TRUE(at::allclose(outputs[i], layer_case.outputs[i], 1e-5, 1e-5))
          << "expected\n"
          << layer_case.outputs[i] << "\ngot\n"
          << outputs[i];
    }
  }
}

}  // namespace grapevine::testing_support
