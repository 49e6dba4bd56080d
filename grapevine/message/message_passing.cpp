#include <fmt/ranges.h>

#include "grapevine/graph/graph.h"
#include "grapevine/message/function.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

using function::Field;
using function::MessageFunction;
using function::ReduceFunction;

const Frame& frame_of(const GraphData& graph, const GraphData::Relation& relation,
                      ops::Target target) {
  switch (target) {
    case ops::Target::kSrc:
      return *graph.src_nodes->frames[relation.src];
    case ops::Target::kDst:
      return *graph.dst_nodes->frames[relation.dst];
    case ops::Target::kEdge:
      break;
  }
  return *relation.frame;
}

ops::Operand read(const GraphData& graph, const GraphData::Relation& relation,
                  const MessageFunction& message, const Field& field) {
  const Frame& frame = frame_of(graph, relation, field.target);
  check(frame.contains(field.name),
        "{} on {}: there is no {} feature \"{}\" (\"{}\" in the name); there are: {}",
        message.name(), to_string(relation.type), frame.entity(), field.name,
        ops::name(field.target),
        frame.columns().empty() ? "none" : fmt::format("{}", fmt::join(frame.names(), ", ")));
  return {field.target, frame.get(field.name)};
}

struct Operands {
  ops::Operand lhs;
  ops::Operand rhs;
};

Operands read_operands(const GraphData& graph, const GraphData::Relation& relation,
                       const MessageFunction& message) {
  Operands operands{read(graph, relation, message, message.lhs()), {}};
  if (message.op() != ops::BinaryOp::kCopyLhs) {
    operands.rhs = read(graph, relation, message, message.rhs());
  }
  return operands;
}

}  // namespace

void Graph::update_all(const MessageFunction& message, const ReduceFunction& reduce,
                       const EtypeKey& etype) const {
  check(message.out() == reduce.msg_field(),
        "invalid message ({}) and reduce ({}) function pair: the message writes \"{}\" but the "
        "reducer reads \"{}\"",
        message.name(), reduce.name(), message.out(), reduce.msg_field());
  const GraphData::Relation& relation = data_->relation(etype);
  const Operands operands = read_operands(*data_, relation, message);
  data_->dst_nodes->frames[relation.dst]->set(
      reduce.out(),
      ops::gspmm(relation.adjacency, message.op(), reduce.reduce(), operands.lhs, operands.rhs));
}

void Graph::apply_edges(const MessageFunction& message, const EtypeKey& etype) const {
  const GraphData::Relation& relation = data_->relation(etype);
  const Operands operands = read_operands(*data_, relation, message);
  relation.frame->set(message.out(),
                      ops::gsddmm(relation.adjacency, message.op(), operands.lhs, operands.rhs));
}

}  // namespace grapevine
