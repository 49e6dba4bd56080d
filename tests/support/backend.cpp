#include "tests/support/backend.h"

#include <ATen/Context.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include "tests/support/pretend_device.h"

namespace grapevine::testing_support {
namespace {

at::Device device_of(Backend backend) {
  switch (backend) {
    case Backend::kPretendDevice:
      return pretend_device::device();
    case Backend::kCuda:
      return {at::kCUDA, 0};
    default:
      return at::kCPU;
  }
}

using Compare = std::function<bool(const at::Tensor&, const at::Tensor&)>;

void expect_alike(Backend backend, const std::function<NamedTensors(at::Device)>& compute,
                  const Compare& alike) {
  const NamedTensors expected = compute(at::kCPU);
  const BackendScope scope(backend);
  const NamedTensors actual = compute(scope.device());
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, wanted] = expected[i];
    const at::Tensor& got = actual[i].second;
    ASSERT_EQ(actual[i].first, name);
    ASSERT_EQ(got.defined(), wanted.defined()) << name;
    if (!wanted.defined()) {
      continue;
    }
    EXPECT_EQ(got.device(), scope.device()) << name;
    EXPECT_EQ(got.scalar_type(), wanted.scalar_type()) << name;
    ASSERT_EQ(got.sizes(), wanted.sizes()) << name;
    const at::Tensor here = got.detach().to(at::kCPU);
    EXPECT_TRUE(alike(here, wanted.detach())) << name << ": " << here << " is not " << wanted;
  }
}

void append_frame(NamedTensors& tensors, const std::string& prefix, const Frame& frame) {
  for (const std::string& name : frame.names()) {
    tensors.emplace_back(prefix + " feature " + name, frame.get(name));
  }
}

}  // namespace

std::vector<Backend> backends() {
  std::vector<Backend> result = {Backend::kCpu, Backend::kFallback, Backend::kPretendDevice};
  if (at::hasCUDA()) {
    result.push_back(Backend::kCuda);
  }
  return result;
}

std::vector<at::Device> other_devices() {
  std::vector<at::Device> result;
  for (const Backend backend : backends()) {
    if (!device_of(backend).is_cpu()) {
      result.push_back(device_of(backend));
    }
  }
  return result;
}

std::ostream& operator<<(std::ostream& stream, Backend backend) {
  switch (backend) {
    case Backend::kCpu:
      return stream << "Cpu";
    case Backend::kFallback:
      return stream << "Fallback";
    case Backend::kPretendDevice:
      return stream << "PretendDevice";
    case Backend::kCuda:
      return stream << "Cuda";
  }
  return stream;
}

BackendScope::BackendScope(Backend backend) : device_(device_of(backend)) {
  if (backend == Backend::kFallback) {
    fallback_.emplace();
  }
}

NamedTensors parts_of(const Graph& graph) {
  const GraphData& data = graph.graph_data();
  NamedTensors result;
  for (std::size_t i = 0; i < data.src_nodes->types.size(); ++i) {
    const std::string& type = data.src_nodes->types[i];
    result.emplace_back("sources " + type, graph.srcnodes(type).ids());
    append_frame(result, "source " + type, *data.src_nodes->frames[i]);
  }
  for (std::size_t i = 0; graph.is_block() && i < data.dst_nodes->types.size(); ++i) {
    const std::string& type = data.dst_nodes->types[i];
    result.emplace_back("destinations " + type, graph.dstnodes(type).ids());
    append_frame(result, "destination " + type, *data.dst_nodes->frames[i]);
  }
  for (const GraphData::Relation& relation : data.relations) {
    const std::string type = to_string(relation.type);
    const EdgePair edges = graph.edges(relation.type).uv();
    result.emplace_back(type + " src", edges.src);
    result.emplace_back(type + " dst", edges.dst);
    append_frame(result, type, *relation.frame);
  }
  return result;
}

void append(NamedTensors& tensors, const std::string& prefix, const NamedTensors& more) {
  for (const auto& [name, tensor] : more) {
    tensors.emplace_back(prefix + ": " + name, tensor);
  }
}

void BackendTest::expect_equal(const Computation& compute) {
  expect_alike(GetParam(), compute, [](const at::Tensor& got, const at::Tensor& wanted) {
    return at::equal(got, wanted);
  });
}

void BackendTest::expect_close(const Computation& compute) {
  expect_alike(GetParam(), compute, [](const at::Tensor& got, const at::Tensor& wanted) {
    return at::allclose(got, wanted, /*rtol=*/1e-5, /*atol=*/1e-5);
  });
}

}  // namespace grapevine::testing_support
