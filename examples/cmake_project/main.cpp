// What a program needs to use an installed Grapevine: one message-passing step on a small graph.
// The last line is:   grapevine 0.1.0: 1 1.5 0
#include <ATen/ops/tensor.h>
#include <grapevine/graph/graph.h>
#include <grapevine/message/function.h>
#include <grapevine/version.h>

#include <iostream>

int main() {
  static_assert(GRAPEVINE_VERSION_NUMBER >= 100);
  const grapevine::Graph graph = grapevine::graph({0, 1, 0}, {1, 0, 1}, {.num_nodes = 3});
  graph.ndata()["h"] = at::tensor({1.5F, 1.0F, 7.0F});
  graph.update_all(grapevine::function::copy_u("h", "m"), grapevine::function::mean("m", "h"));
  const at::Tensor h = graph.ndata()["h"];
  std::cout << "grapevine " << GRAPEVINE_VERSION << ":";
  for (int node = 0; node < 3; ++node) {
    std::cout << " " << h[node].item<float>();
  }
  std::cout << "\n";
}
