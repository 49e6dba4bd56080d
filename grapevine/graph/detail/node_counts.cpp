#include "grapevine/graph/detail/node_counts.h"

#include <fmt/format.h>

#include <limits>

#include "grapevine/util/error.h"

namespace grapevine::detail {

std::int64_t nodes_shown_by(const at::Tensor& ids, const char* name) {
  if (!ids.defined() || ids.numel() == 0 ||
      !at::isIntegralType(ids.scalar_type(), /*includeBool=*/false)) {
    return 0;
  }
  const auto largest = ids.max().item<std::int64_t>();
  check(largest < std::numeric_limits<std::int64_t>::max(), "{}: node id {} is out of range", name,
        largest);
  return largest + 1;
}

void check_node_count(std::int64_t given, std::int64_t shown, const std::string& what) {
  check(given >= 0, "num_nodes: expected 0 or more{}, got {}", what, given);
  check(given >= shown,
        "num_nodes{} must be larger than the largest id in the edges, but got {} and {}", what,
        given, shown - 1);
}

NodeCounts complete_node_counts(NodeCounts shown, const NodeCounts& given) {
  for (const auto& [type, count] : given) {
    check(!type.empty(), "num_nodes: the name of a node type must not be empty");
    check_node_count(count, shown[type], fmt::format(" of node type \"{}\"", type));
    shown[type] = count;
  }
  return shown;
}

}  // namespace grapevine::detail
