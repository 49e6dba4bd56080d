#include <ATen/ops/_unique2.h>
#include <ATen/ops/arange.h>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/graph.h"
#include "grapevine/message/detail/message_plan.h"
#include "grapevine/message/detail/user_calls.h"
#include "grapevine/message/function.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

using detail::MessagePlan;
using detail::MessageScope;
using function::ApplyFunction;
using function::MessageFunction;
using function::ReduceFunction;

void update(const GraphData& graph, const GraphData::Relation& relation, const MessageScope& scope,
            const MessagePlan& plan) {
  detail::store(*graph.dst_nodes->frames[relation.dst], scope.dst_ids, detail::run(scope, plan));
}

void update_all(const Graph& graph, const MessagePlan& plan, const EtypeKey& etype) {
  const GraphData& data = graph.graph_data();
  const GraphData::Relation& relation = data.relation(etype);
  update(data, relation, detail::whole_relation(data, relation), plan);
}

void send_and_recv(const Graph& graph, const at::Tensor& eids, const MessagePlan& plan,
                   const EtypeKey& etype) {
  if (eids.numel() > 0) {
    const GraphData& data = graph.graph_data();
    const GraphData::Relation& relation = data.relation(etype);
    update(data, relation, detail::some_edges(data, relation, eids), plan);
  }
}

void check_nodes(const Graph& graph, const at::Tensor& nodes, const char* caller,
                 std::int64_t count) {
  check_ids(nodes, caller, "node", count, graph.idtype(), graph.device());
}

void check_edges(const Graph& graph, const at::Tensor& eids, const char* caller,
                 const EtypeKey& etype) {
  check_ids(eids, caller, "edge", graph.graph_data().relation(etype).adjacency->num_edges(),
            graph.idtype(), graph.device());
}

void send_and_recv_checked(const Graph& graph, const at::Tensor& eids, const MessagePlan& plan,
                           const EtypeKey& etype) {
  check_edges(graph, eids, "send_and_recv", etype);
  send_and_recv(graph, eids, plan, etype);
}

/// The edges between pairs of nodes, of parallel ones the first.
at::Tensor ids_of(const Graph& graph, const EdgePair& edges, const char* caller,
                  const EtypeKey& etype) {
  try {
    return graph.edge_ids(edges.src, edges.dst, etype);
  } catch (const Error& error) {
    fail("{}: {}", caller, error.what());
  }
}

void push(const Graph& graph, const at::Tensor& nodes, const MessagePlan& plan,
          const EtypeKey& etype) {
  check_nodes(graph, nodes, "push", graph.adjacency(etype)->num_src());
  send_and_recv(graph, graph.out_edges(nodes, etype).eid, plan, etype);
}

void pull(const Graph& graph, const at::Tensor& nodes, const MessagePlan& plan,
          const EtypeKey& etype) {
  const GraphData& data = graph.graph_data();
  const GraphData::Relation& relation = data.relation(etype);
  check_nodes(graph, nodes, "pull", relation.adjacency->num_dst());
  if (nodes.numel() == 0) {
    return;
  }
  const at::Tensor receivers = std::get<0>(at::_unique2(nodes));
  const at::Tensor eids = graph.in_edges(receivers, relation.type).eid;
  update(data, relation, detail::some_edges(data, relation, eids, receivers), plan);
}

void prop_nodes(const Graph& graph, const std::vector<at::Tensor>& frontiers,
                const MessagePlan& plan, const EtypeKey& etype) {
  for (const at::Tensor& nodes : frontiers) {
    check_nodes(graph, nodes, "prop_nodes", graph.adjacency(etype)->num_dst());
  }
  for (const at::Tensor& nodes : frontiers) {
    pull(graph, nodes, plan, etype);
  }
}

void prop_edges(const Graph& graph, const std::vector<at::Tensor>& frontiers,
                const MessagePlan& plan, const EtypeKey& etype) {
  for (const at::Tensor& eids : frontiers) {
    check_edges(graph, eids, "prop_edges", etype);
  }
  for (const at::Tensor& eids : frontiers) {
    send_and_recv(graph, eids, plan, etype);
  }
}

}  // namespace

void Graph::update_all(const MessageFunction& message, const ReduceFunction& reduce,
                       const EtypeKey& etype) const {
  grapevine::update_all(*this, {message, reduce}, etype);
}

void Graph::update_all(const MessageFunction& message, const ReduceFunction& reduce,
                       const ApplyFunction& apply, const EtypeKey& etype) const {
  grapevine::update_all(*this, {message, reduce, &apply}, etype);
}

void Graph::apply_edges(const MessageFunction& message, const EtypeKey& etype) const {
  apply_edges(message, at::Tensor(), etype);
}

void Graph::apply_edges(const MessageFunction& message, const at::Tensor& eids,
                        const EtypeKey& etype) const {
  const GraphData::Relation& relation = data_->relation(etype);
  if (eids.defined()) {
    check_edges(*this, eids, "apply_edges", relation.type);
  }
  const MessageScope scope = eids.defined() ? detail::some_edges(*data_, relation, eids)
                                            : detail::whole_relation(*data_, relation);
  detail::store(*relation.frame, scope.edge_ids, detail::send(scope, message));
}

void Graph::apply_edges(const MessageFunction& message, const EdgePair& edges,
                        const EtypeKey& etype) const {
  apply_edges(message, ids_of(*this, edges, "apply_edges", etype), etype);
}

void Graph::apply_nodes(const ApplyFunction& function, const at::Tensor& nodes,
                        std::string_view ntype) const {
  check(!is_block(),
        "apply_nodes: a block has separate source and destination nodes; set "
        "features in srcdata or dstdata");
  const GraphData::NodeSpace& space = *data_->src_nodes;
  const std::size_t type = space.index(ntype);
  const FramePtr& frame = space.frames[type];
  if (nodes.defined()) {
    check_nodes(*this, nodes, "apply_nodes", space.counts[type]);
  }
  const at::Tensor ids = nodes.defined() ? nodes
                                         : at::arange(space.counts[type],
                                                      at::TensorOptions(idtype()).device(device()));
  const FeatureMap result = detail::call_on_nodes(
      {nodes.defined() ? detail::rows_of(*frame, nodes) : frame, ids, space.types[type]},
      function.function());
  detail::store(*frame, nodes, result);
}

// Each of the following is offered with and without an apply function.

void Graph::send_and_recv(const at::Tensor& eids, const MessageFunction& message,
                          const ReduceFunction& reduce, const EtypeKey& etype) const {
  send_and_recv_checked(*this, eids, {message, reduce}, etype);
}

void Graph::send_and_recv(const at::Tensor& eids, const MessageFunction& message,
                          const ReduceFunction& reduce, const ApplyFunction& apply,
                          const EtypeKey& etype) const {
  send_and_recv_checked(*this, eids, {message, reduce, &apply}, etype);
}

void Graph::send_and_recv(const EdgePair& edges, const MessageFunction& message,
                          const ReduceFunction& reduce, const EtypeKey& etype) const {
  send_and_recv(ids_of(*this, edges, "send_and_recv", etype), message, reduce, etype);
}

void Graph::send_and_recv(const EdgePair& edges, const MessageFunction& message,
                          const ReduceFunction& reduce, const ApplyFunction& apply,
                          const EtypeKey& etype) const {
  send_and_recv(ids_of(*this, edges, "send_and_recv", etype), message, reduce, apply, etype);
}

void Graph::push(const at::Tensor& nodes, const MessageFunction& message,
                 const ReduceFunction& reduce, const EtypeKey& etype) const {
  grapevine::push(*this, nodes, {message, reduce}, etype);
}

void Graph::push(const at::Tensor& nodes, const MessageFunction& message,
                 const ReduceFunction& reduce, const ApplyFunction& apply,
                 const EtypeKey& etype) const {
  grapevine::push(*this, nodes, {message, reduce, &apply}, etype);
}

void Graph::pull(const at::Tensor& nodes, const MessageFunction& message,
                 const ReduceFunction& reduce, const EtypeKey& etype) const {
  grapevine::pull(*this, nodes, {message, reduce}, etype);
}

void Graph::pull(const at::Tensor& nodes, const MessageFunction& message,
                 const ReduceFunction& reduce, const ApplyFunction& apply,
                 const EtypeKey& etype) const {
  grapevine::pull(*this, nodes, {message, reduce, &apply}, etype);
}

void Graph::prop_nodes(const std::vector<at::Tensor>& frontiers, const MessageFunction& message,
                       const ReduceFunction& reduce, const EtypeKey& etype) const {
  grapevine::prop_nodes(*this, frontiers, {message, reduce}, etype);
}

void Graph::prop_nodes(const std::vector<at::Tensor>& frontiers, const MessageFunction& message,
                       const ReduceFunction& reduce, const ApplyFunction& apply,
                       const EtypeKey& etype) const {
  grapevine::prop_nodes(*this, frontiers, {message, reduce, &apply}, etype);
}

void Graph::prop_edges(const std::vector<at::Tensor>& frontiers, const MessageFunction& message,
                       const ReduceFunction& reduce, const EtypeKey& etype) const {
  grapevine::prop_edges(*this, frontiers, {message, reduce}, etype);
}

void Graph::prop_edges(const std::vector<at::Tensor>& frontiers, const MessageFunction& message,
                       const ReduceFunction& reduce, const ApplyFunction& apply,
                       const EtypeKey& etype) const {
  grapevine::prop_edges(*this, frontiers, {message, reduce, &apply}, etype);
}

}  // namespace grapevine
