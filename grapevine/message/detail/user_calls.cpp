#include "grapevine/message/detail/user_calls.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/unique_consecutive.h>
#include <ATen/ops/zeros.h>

#include <utility>
#include <vector>

#include "grapevine/ops/csr.h"
#include "grapevine/util/error.h"

namespace grapevine::detail {
namespace {

/// The batch of a call, as messages speak of it.
struct Batch {
  const char* function;
  const char* entity;
  std::int64_t size;
  at::Device device;
};

FeatureMap checked(FeatureMap result, const Batch& batch) {
  for (const auto& [name, data] : result) {
    check(data.defined(), "{} function: feature \"{}\": expected a tensor, got an undefined one",
          batch.function, name);
    check(data.dim() > 0 && data.size(0) == batch.size,
          "{} function: feature \"{}\": expected {} rows, one for each {} of the batch, got {}",
          batch.function, name, batch.size, batch.entity,
          data.dim() == 0 ? "a scalar" : std::to_string(data.size(0)));
    check(data.device() == batch.device,
          "{} function: feature \"{}\": expected a tensor on {}, as the graph is, got one on {}",
          batch.function, name, batch.device.str(), data.device().str());
  }
  return result;
}

at::Tensor graph_ids(const at::Tensor& ids, const at::Tensor& rows) {
  return ids.defined() ? ids.index_select(0, rows) : rows;
}

/// The destination nodes of a scope by ascending in-degree, and their messages in the same order.
struct Buckets {
  at::Tensor nodes;                        ///< those with in-edges
  at::Tensor lonely;                       ///< those without
  at::Tensor message_rows;                 ///< node after node, by ascending edge id
  std::vector<std::int64_t> degrees;       ///< of each bucket
  std::vector<std::int64_t> num_of_nodes;  ///< in each bucket
};

/// In-edges grouped by node, each node's by ascending id in the graph; `edge_ids` are rows of
/// messages.
ops::Csr group_messages(const MessageScope& scope) {
  const ops::Coo& coo = scope.adjacency->coo();
  if (!scope.edge_ids.defined()) {
    const at::Tensor rows = at::arange(coo.dst.numel(), coo.dst.options());
    ops::Csr grouped = ops::coo_to_csr(coo.dst, rows, scope.adjacency->num_dst());
    grouped.edge_ids = grouped.indices;
    return grouped;
  }
  const at::Tensor rows = at::argsort(scope.edge_ids, /*stable=*/true).to(coo.dst.scalar_type());
  ops::Csr grouped =
      ops::coo_to_csr(coo.dst.index_select(0, rows), rows, scope.adjacency->num_dst());
  grouped.edge_ids = grouped.indices;
  return grouped;
}

Buckets make_buckets(const MessageScope& scope) {
  const ops::Csr grouped = group_messages(scope);
  const at::Tensor degrees = grouped.indptr.diff();
  const at::Tensor order = at::argsort(degrees, /*stable=*/true);
  const std::int64_t num_lonely = degrees.eq(0).sum().item<std::int64_t>();
  Buckets buckets;
  buckets.lonely = order.narrow(0, 0, num_lonely);
  buckets.nodes = order.narrow(0, num_lonely, order.numel() - num_lonely);

  const at::Tensor counts = degrees.index_select(0, buckets.nodes);
  const at::Tensor owner =
      at::arange(buckets.nodes.numel(), counts.options()).repeat_interleave(counts);
  const at::Tensor shift =
      grouped.indptr.index_select(0, buckets.nodes) - (counts.cumsum(0) - counts);
  buckets.message_rows = grouped.edge_ids.index_select(
      0, at::arange(owner.numel(), counts.options()) + shift.index_select(0, owner));

  const auto [distinct, inverse, sizes] =
      at::unique_consecutive(counts, /*return_inverse=*/false, /*return_counts=*/true);
  const at::Tensor degree_list = distinct.cpu();
  const at::Tensor size_list = sizes.cpu();
  for (std::int64_t i = 0; i < degree_list.numel(); ++i) {
    buckets.degrees.push_back(degree_list.const_data_ptr<std::int64_t>()[i]);
    buckets.num_of_nodes.push_back(size_list.const_data_ptr<std::int64_t>()[i]);
  }
  return buckets;
}

/// The mailboxes `[num_of_nodes, degree, *feature_shape]` of each bucket. Split at once: the
/// gradient is then one concatenation. Not as views, so that a reducer may write into its mailbox.
std::vector<at::Tensor> mailboxes_of(const at::Tensor& messages, const Buckets& buckets) {
  std::vector<std::int64_t> sizes;
  for (std::size_t i = 0; i < buckets.degrees.size(); ++i) {
    sizes.push_back(buckets.degrees[i] * buckets.num_of_nodes[i]);
  }
  std::vector<at::Tensor> mailboxes =
      messages.index_select(0, buckets.message_rows).unsafe_split_with_sizes(sizes);
  for (std::size_t i = 0; i < mailboxes.size(); ++i) {
    at::DimVector shape = {buckets.num_of_nodes[i], buckets.degrees[i]};
    shape.append(messages.sizes().begin() + 1, messages.sizes().end());
    mailboxes[i] = mailboxes[i].view(shape);
  }
  return mailboxes;
}

void check_alike(const FeatureMap& first, const FeatureMap& other, std::int64_t first_degree,
                 std::int64_t degree) {
  const auto names = [](const FeatureMap& features) {
    std::vector<std::string> result;
    for (const auto& [name, data] : features) {
      result.push_back(name);
    }
    return result;
  };
  check(names(first) == names(other),
        "reduce function: expected the same features for every in-degree, got [{}] for {} and [{}] "
        "for {}",
        fmt::join(names(first), ", "), first_degree, fmt::join(names(other), ", "), degree);
  for (const auto& [name, data] : other) {
    const at::Tensor& expected = first.at(name);
    check(data.sizes().slice(1) == expected.sizes().slice(1) &&
              data.scalar_type() == expected.scalar_type(),
          "reduce function: feature \"{}\": expected one shape and type for every in-degree, got "
          "[{}] {} for {} and [{}] {} for {}",
          name, fmt::join(expected.sizes().slice(1), ", "), at::toString(expected.scalar_type()),
          first_degree, fmt::join(data.sizes().slice(1), ", "), at::toString(data.scalar_type()),
          degree);
  }
}

/// Puts the buckets' rows, of `buckets.nodes` in their order, where they belong.
at::Tensor merge(const std::vector<at::Tensor>& parts, const Buckets& buckets) {
  const at::Tensor rows = parts.size() == 1 ? parts.front() : at::cat(parts);
  at::DimVector shape(rows.sizes().begin(), rows.sizes().end());
  shape[0] = buckets.nodes.numel() + buckets.lonely.numel();
  return at::zeros(shape, rows.options()).index_copy(0, buckets.nodes, rows);
}

}  // namespace

FeatureMap call_on_edges(const MessageScope& scope, const EdgeFunction& function) {
  const ops::Coo& coo = scope.adjacency->coo();
  const EdgeBatch batch(
      rows_of(*scope.src, coo.src), rows_of(*scope.dst, coo.dst), scope.edges,
      {graph_ids(scope.src_ids, coo.src), graph_ids(scope.dst_ids, coo.dst),
       scope.edge_ids.defined() ? scope.edge_ids : at::arange(coo.src.numel(), coo.src.options())},
      scope.etype);
  return checked(function(batch), {"message", "edge", batch.batch_size(), scope.edges->device()});
}

FeatureMap call_on_mailboxes(const MessageScope& scope, const NodeFunction& function,
                             const FeatureMap& messages) {
  const Buckets buckets = make_buckets(scope);
  std::map<std::string, std::vector<at::Tensor>> mailboxes;
  for (const auto& [name, data] : messages) {
    mailboxes[name] = mailboxes_of(data, buckets);
  }
  std::map<std::string, std::vector<at::Tensor>> parts;
  FeatureMap first_result;
  std::int64_t first_node = 0;
  for (std::size_t i = 0; i < buckets.degrees.size(); ++i) {
    const std::int64_t degree = buckets.degrees[i];
    const std::int64_t count = buckets.num_of_nodes[i];
    const at::Tensor nodes = buckets.nodes.narrow(0, first_node, count);
    const auto mailbox = std::make_shared<Frame>(count, "message", scope.dst->device());
    for (const auto& [name, data] : mailboxes) {
      mailbox->set(name, data[i]);
    }
    const at::Tensor rows = nodes.to(scope.adjacency->idtype());
    const NodeBatch batch(rows_of(*scope.dst, rows), mailbox, graph_ids(scope.dst_ids, rows),
                          scope.etype.dst);
    const FeatureMap result =
        checked(function(batch), {"reduce", "node", count, scope.dst->device()});
    if (i == 0) {
      first_result = result;
    }
    check_alike(first_result, result, buckets.degrees.front(), degree);
    for (const auto& [name, data] : result) {
      parts[name].push_back(data);
    }
    first_node += count;
  }
  FeatureMap merged;
  for (const auto& [name, rows] : parts) {
    merged[name] = merge(rows, buckets);
  }
  return merged;
}

FeatureMap call_on_nodes(const NodeScope& nodes, const NodeFunction& function) {
  const auto no_messages =
      std::make_shared<Frame>(nodes.ids.numel(), "message", nodes.features->device());
  const NodeBatch batch(nodes.features, no_messages, nodes.ids, nodes.ntype);
  return checked(function(batch), {"apply", "node", batch.batch_size(), nodes.features->device()});
}

}  // namespace grapevine::detail
