#include "tests/support/small_planetoid.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <vector>

#include "tests/support/pickled.h"

namespace grapevine::testing_support {

void write_small_planetoid(const TemporaryFolder& folder, const std::string& name, int extra) {
  const std::int64_t known = 4 + extra;
  const auto put = [&](const std::string& part, const std::string& bytes) {
    folder.write("ind." + name + "." + part, bytes);
  };
  at::Tensor features = at::zeros({known, 3}, at::kFloat);
  features.select(1, 0).fill_(1);
  features.select(1, 2).copy_(at::arange(known).remainder(3));
  const at::Tensor labels =
      at::eye(2, at::kInt).index_select(0, at::arange(known).remainder(2)).contiguous();
  put("allx", pickled_csr(features));
  put("ally", pickled_array(labels));
  put("x", pickled_csr(features.narrow(0, 0, 2)));
  put("y", pickled_array(labels.narrow(0, 0, 2)));
  put("tx", pickled_csr(at::tensor({0., 1., 0., 0., 2., 2., 0., 0., 0., 1., 1., 2.}, at::kFloat)
                            .reshape({4, 3})));
  put("ty", pickled_array(at::tensor({0, 1, 1, 0, 0, 1, 1, 0}, at::kInt).reshape({4, 2})));
  put("test.index", std::to_string(known + 3) + "\n" + std::to_string(known) + "\n" +
                        std::to_string(known + 4) + "\n" + std::to_string(known + 2) + "\n");
  // A path through all nodes, with a duplicate in it, a self-loop, and the last key first.
  std::vector<NodeNeighbors> nodes = {{known + 4, {0, known + 3, 0}}};
  for (std::int64_t node = 0; node < known + 4; ++node) {
    nodes.push_back({node, {node + 1}});
  }
  nodes[3].neighbors.push_back(2);
  put("graph", pickled_graph(nodes));
}

}  // namespace grapevine::testing_support
