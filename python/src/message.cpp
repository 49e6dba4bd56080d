#include "bindings.h"
#include "grapevine/graph/graph.h"
#include "grapevine/message/cross_reducer.h"
#include "grapevine/message/function.h"
#include "grapevine/message/user_function.h"
#include "grapevine/util/error.h"
#include "names.h"

namespace grapevine::python {
namespace {

using function::ApplyFunction;
using function::EtypeUpdate;
using function::MessageFunction;
using function::ReduceFunction;
/// A relation and its functions.
using Update = std::tuple<EtypeKey, MessageFunction, ReduceFunction, std::optional<ApplyFunction>>;

/// Calls a member of `Graph` that takes an optional apply function before its relation.
template <typename Call>
void with_apply(const std::optional<ApplyFunction>& apply, const Call& call) {
  if (apply) {
    call(*apply);
  } else {
    call();
  }
}

at::Tensor feature(const BatchFeatures& features, const std::string& name) {
  if (!features.contains(name)) {
    throw py::key_error(name);
  }
  return features[name];
}

void bind_functions(py::module_& module) {
  py::class_<BatchFeatures>(module, "BatchFeatures", "What a user function reads: tensors by name.")
      .def("__getitem__", &feature)
      .def("__contains__", &BatchFeatures::contains)
      .def("__len__", [](const BatchFeatures& self) { return self.keys().size(); })
      .def("names", &BatchFeatures::keys);
  py::class_<EdgeBatch>(module, "EdgeBatch", "The edges a message function is called on.")
      .def_property_readonly("src", [](const EdgeBatch& self) { return self.src; })
      .def_property_readonly("dst", [](const EdgeBatch& self) { return self.dst; })
      .def_property_readonly("data", [](const EdgeBatch& self) { return self.data; })
      .def_property_readonly("canonical_etype", &EdgeBatch::canonical_etype)
      .def("batch_size", &EdgeBatch::batch_size)
      .def("edges", [](const EdgeBatch& self) {
        return std::tuple(self.edges().src, self.edges().dst, self.edges().eid);
      });
  py::class_<NodeBatch>(module, "NodeBatch", "The nodes a reduce or apply function is called on.")
      .def_property_readonly("data", [](const NodeBatch& self) { return self.data; })
      .def_property_readonly("mailbox", [](const NodeBatch& self) { return self.mailbox; })
      .def_property_readonly("ntype", &NodeBatch::ntype)
      .def("batch_size", &NodeBatch::batch_size)
      .def("nodes", &NodeBatch::nodes);
  py::class_<MessageFunction>(module, "MessageFunction", "What an edge sends.")
      .def(py::init([](const std::string& target, std::string field, std::string out) {
        return MessageFunction({target_from(target), std::move(field)}, std::move(out));
      }))
      .def(py::init([](const std::string& op, const std::string& lhs_target, std::string lhs,
                       const std::string& rhs_target, std::string rhs, std::string out) {
        return MessageFunction(binary_op_from(op), {target_from(lhs_target), std::move(lhs)},
                               {target_from(rhs_target), std::move(rhs)}, std::move(out));
      }))
      .def(py::init<EdgeFunction>())
      .def_property_readonly("name", &MessageFunction::name);
  py::class_<ReduceFunction>(module, "ReduceFunction", "How a node combines messages.")
      .def(py::init([](const std::string& reduce, std::string field, std::string out) {
        return ReduceFunction(reduce_from(reduce), std::move(field), std::move(out));
      }))
      .def(py::init<NodeFunction>())
      .def_property_readonly("name", &ReduceFunction::name);
  py::class_<ApplyFunction>(module, "ApplyFunction", "What is done to nodes last.")
      .def(py::init<NodeFunction>());
}

void update_all(const Graph& self, const MessageFunction& message, const ReduceFunction& reduce,
                const std::optional<ApplyFunction>& apply, const EtypeKey& etype) {
  with_apply(apply, [&](const auto&... last) { self.update_all(message, reduce, last..., etype); });
}

void multi_update_all(const Graph& self, const std::vector<Update>& updates,
                      const std::variant<std::string, function::CrossReducer::Function>& cross,
                      const std::optional<ApplyFunction>& apply) {
  std::vector<EtypeUpdate> parts;
  for (const auto& [etype, message, reduce, each] : updates) {
    parts.push_back({etype, message, reduce, each});
  }
  const function::CrossReducer reducer = std::visit(
      [](const auto& name_or_function) { return function::CrossReducer(name_or_function); }, cross);
  with_apply(apply, [&](const auto&... last) { self.multi_update_all(parts, reducer, last...); });
}

void bind_passing(py::module_& module) {
  const auto message = py::arg("message");
  const auto reduce = py::arg("reduce");
  const auto apply = py::arg("apply") = py::none();
  const auto etype = py::arg("etype") = py::none();
  module.def("update_all", &update_all, py::arg("graph"), message, reduce, apply, etype,
             ReleaseGil());
  module.def("multi_update_all", &multi_update_all, py::arg("graph"), py::arg("updates"),
             py::arg("cross_reducer"), apply, ReleaseGil());
  module.def(
      "apply_edges",
      [](const Graph& self, const MessageFunction& function, const std::optional<at::Tensor>& eids,
         const EtypeKey& key) {
        if (eids) {
          self.apply_edges(function, *eids, key);
        } else {
          self.apply_edges(function, key);
        }
      },
      py::arg("graph"), message, py::arg("eids") = py::none(), etype, ReleaseGil());
  module.def(
      "apply_nodes",
      [](const Graph& self, const ApplyFunction& function, const std::optional<at::Tensor>& nodes,
         const std::string& ntype) { self.apply_nodes(function, tensor_or_none(nodes), ntype); },
      py::arg("graph"), py::arg("apply"), py::arg("nodes") = py::none(), py::arg("ntype") = "",
      ReleaseGil());
  module.def(
      "send_and_recv",
      [](const Graph& self, const at::Tensor& eids, const MessageFunction& function,
         const ReduceFunction& reducer, const std::optional<ApplyFunction>& last_function,
         const EtypeKey& key) {
        with_apply(last_function, [&](const auto&... last) {
          self.send_and_recv(eids, function, reducer, last..., key);
        });
      },
      py::arg("graph"), py::arg("eids"), message, reduce, apply, etype, ReleaseGil());
  module.def(
      "pull",
      [](const Graph& self, const at::Tensor& nodes, const MessageFunction& function,
         const ReduceFunction& reducer, const std::optional<ApplyFunction>& last_function,
         const EtypeKey& key) {
        with_apply(last_function,
                   [&](const auto&... last) { self.pull(nodes, function, reducer, last..., key); });
      },
      py::arg("graph"), py::arg("nodes"), message, reduce, apply, etype, ReleaseGil());
}

const Room message_room(30, [](py::module_& module) {
  bind_functions(module);
  bind_passing(module);
});

}  // namespace
}  // namespace grapevine::python
