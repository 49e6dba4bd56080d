#include "grapevine/graph/graph.h"

#include <sstream>

#include "bindings.h"
#include "grapevine/graph/graph_from_formats.h"
#include "grapevine/util/error.h"

namespace grapevine::python {
namespace {

using Edges = std::tuple<at::Tensor, at::Tensor, at::Tensor>;
using Pair = std::pair<at::Tensor, at::Tensor>;
/// A format's tensors: (rows, columns) or (offsets, indices, edge ids).
using Tensors = std::vector<std::optional<at::Tensor>>;
using Formats = std::map<std::string, Tensors>;

Edges edges(const EdgeList& list) { return {list.src, list.dst, list.eid}; }
Pair pair(const EdgePair& pair) { return {pair.src, pair.dst}; }

EdgeOrder edge_order(const std::string& order) {
  check(order == "eid" || order == "srcdst", "order: expected \"eid\" or \"srcdst\", got \"{}\"",
        order);
  return order == "eid" ? EdgeOrder::kEid : EdgeOrder::kSrcDst;
}

Tensors tensors(const ops::Csr& csr) {
  return {csr.indptr, csr.indices,
          csr.edge_ids.defined() ? std::optional(csr.edge_ids) : std::nullopt};
}

/// A relation's tensors in the formats that exist, or in those of `names`.
Formats formats(const Adjacency& edges, const std::optional<std::vector<std::string>>& names) {
  Formats result;
  for (const std::string& name : names ? *names : format_names(edges.created())) {
    if (name == "coo") {
      result[name] = {edges.coo().src, edges.coo().dst};
    } else {
      check(name == "csr" || name == "csc", "format: expected coo, csr or csc, got {}", name);
      result[name] = tensors(name == "csr" ? edges.csr() : edges.csc());
    }
  }
  return result;
}

AdjacencyParts parts(const Formats& formats) {
  AdjacencyParts result;
  for (const auto& [name, tensors] : formats) {
    if (name == "coo") {
      result.coo = ops::Coo{tensors.at(0).value(), tensors.at(1).value()};
    } else {
      const std::optional<at::Tensor> ids = tensors.size() > 2 ? tensors[2] : std::nullopt;
      ops::Csr csr{tensors.at(0).value().to(at::kLong), tensors.at(1).value(),
                   ids && ids->numel() > 0 ? *ids : at::Tensor()};
      (name == "csr" ? result.csr : result.csc) = std::move(csr);
    }
  }
  return result;
}

/// A graph of any kind from its parts, as `__setstate__`, `heterograph` and `create_block` need it.
/// Without destination counts it is no block.
Graph from_parts(const std::map<CanonicalEtype, Formats>& relations, const NodeCounts& num_src,
                 const std::optional<NodeCounts>& num_dst, at::ScalarType idtype,
                 at::Device device) {
  Adjacencies adjacencies;
  for (const auto& [etype, formats] : relations) {
    const NodeCounts& dst = num_dst ? *num_dst : num_src;
    adjacencies[etype] =
        Adjacency::from_formats(num_src.at(etype.src), dst.at(etype.dst), parts(formats));
  }
  return Graph(num_dst ? make_block_data(num_src, *num_dst, adjacencies, idtype, device)
                       : make_graph_data(num_src, adjacencies, idtype, device));
}

/// The formats that a graph is restricted to.
std::vector<std::string> allowed_formats(const Graph& graph) {
  FormatSet allowed = {true, true, true};
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    allowed = relation.adjacency->allowed();
  }
  return format_names(allowed);
}

std::vector<FramePtr> frames(const Graph& graph) {
  const GraphData& data = graph.graph_data();
  std::vector<FramePtr> result = data.src_nodes->frames;
  if (data.is_block) {
    result.insert(result.end(), data.dst_nodes->frames.begin(), data.dst_nodes->frames.end());
  }
  for (const GraphData::Relation& relation : data.relations) {
    result.push_back(relation.frame);
  }
  return result;
}

/// The graph of some relations and the node types they touch, whose features are those of `graph`.
Graph select_relations(const Graph& graph, const std::vector<CanonicalEtype>& etypes) {
  const GraphData& parent = graph.graph_data();
  NodeCounts counts;
  Adjacencies adjacencies;
  for (const CanonicalEtype& etype : etypes) {
    const GraphData::Relation& relation = parent.relation(etype);
    counts[etype.src] = relation.adjacency->num_src();
    counts[etype.dst] = relation.adjacency->num_dst();
    adjacencies[etype] = relation.adjacency;
  }
  GraphData data = *make_graph_data(counts, adjacencies, parent.idtype, parent.device);
  auto nodes = std::make_shared<GraphData::NodeSpace>(*data.src_nodes);
  for (std::size_t i = 0; i < nodes->types.size(); ++i) {
    nodes->frames[i] = parent.src_nodes->frames[parent.src_nodes->index(nodes->types[i])];
  }
  data.src_nodes = data.dst_nodes = nodes;
  for (GraphData::Relation& relation : data.relations) {
    relation.frame = parent.relation(relation.type).frame;
  }
  return Graph(std::make_shared<const GraphData>(std::move(data)));
}

/// The graph with its edges in the formats that it has, free to make the others, too.
Graph unrestricted(const Graph& graph) {
  GraphData data = graph.graph_data();
  for (GraphData::Relation& relation : data.relations) {
    const Adjacency& edges = *relation.adjacency;
    relation.adjacency = Adjacency::from_formats(edges.num_src(), edges.num_dst(),
                                                 parts(formats(edges, std::nullopt)));
  }
  return Graph(std::make_shared<const GraphData>(std::move(data)));
}

void bind_counts(py::class_<Graph>& graph) {
  graph.def(py::init<>())
      .def("handle", [](const Graph& self) { return Graph(self); })
      .def("ntypes", &Graph::ntypes)
      .def("srctypes", &Graph::srctypes)
      .def("dsttypes", &Graph::dsttypes)
      .def("etypes", &Graph::etypes)
      .def("canonical_etypes", &Graph::canonical_etypes)
      .def("to_canonical_etype", &Graph::to_canonical_etype)
      .def("is_block", &Graph::is_block)
      .def("num_nodes", &Graph::num_nodes, py::arg("ntype") = "")
      .def("num_src_nodes", &Graph::num_src_nodes, py::arg("ntype") = "")
      .def("num_dst_nodes", &Graph::num_dst_nodes, py::arg("ntype") = "")
      .def("num_edges", &Graph::num_edges, py::arg("etype") = py::none())
      .def("idtype", &Graph::idtype)
      .def("device", &Graph::device)
      .def("batch_size", &Graph::batch_size)
      .def("is_batch", [](const Graph& self) { return self.graph_data().batch != nullptr; })
      .def("batch_num_nodes", &Graph::batch_num_nodes, py::arg("ntype") = "")
      .def("batch_num_edges", &Graph::batch_num_edges, py::arg("etype") = py::none())
      .def("set_batch_num_nodes",
           py::overload_cast<const std::map<std::string, at::Tensor>&>(&Graph::set_batch_num_nodes))
      .def("set_batch_num_edges", py::overload_cast<const std::map<CanonicalEtype, at::Tensor>&>(
                                      &Graph::set_batch_num_edges));
}

void bind_structure(py::class_<Graph>& graph) {
  const auto etype = py::arg("etype") = py::none();
  graph
      .def(
          "in_degrees",
          [](const Graph& self, const std::optional<at::Tensor>& nodes, const EtypeKey& key) {
            return self.in_degrees(tensor_or_none(nodes), key);
          },
          py::arg("nodes") = py::none(), etype, ReleaseGil())
      .def(
          "out_degrees",
          [](const Graph& self, const std::optional<at::Tensor>& nodes, const EtypeKey& key) {
            return self.out_degrees(tensor_or_none(nodes), key);
          },
          py::arg("nodes") = py::none(), etype, ReleaseGil())
      .def(
          "edges",
          [](const Graph& self, const EtypeKey& key, const std::string& order) {
            return edges(self.edges(key).all(edge_order(order)));
          },
          etype, py::arg("order") = "eid", ReleaseGil())
      .def(
          "endpoints",
          [](const Graph& self, const EtypeKey& key) { return pair(self.edges(key).uv()); }, etype,
          ReleaseGil())
      .def(
          "find_edges",
          [](const Graph& self, const at::Tensor& eids, const EtypeKey& key) {
            return pair(self.find_edges(eids, key));
          },
          py::arg("eids"), etype, ReleaseGil())
      .def(
          "in_edges",
          [](const Graph& self, const at::Tensor& nodes, const EtypeKey& key) {
            return edges(self.in_edges(nodes, key));
          },
          py::arg("nodes"), etype, ReleaseGil())
      .def(
          "out_edges",
          [](const Graph& self, const at::Tensor& nodes, const EtypeKey& key) {
            return edges(self.out_edges(nodes, key));
          },
          py::arg("nodes"), etype, ReleaseGil())
      .def("has_edges_between",
           py::overload_cast<const at::Tensor&, const at::Tensor&, const EtypeKey&>(
               &Graph::has_edges_between, py::const_),
           py::arg("src"), py::arg("dst"), etype, ReleaseGil())
      .def("edge_ids",
           py::overload_cast<const at::Tensor&, const at::Tensor&, const EtypeKey&>(
               &Graph::edge_ids, py::const_),
           py::arg("src"), py::arg("dst"), etype, ReleaseGil())
      .def(
          "edges_between",
          [](const Graph& self, const at::Tensor& src, const at::Tensor& dst, const EtypeKey& key) {
            return edges(self.edges_between(src, dst, key));
          },
          py::arg("src"), py::arg("dst"), etype, ReleaseGil())
      .def("predecessors", &Graph::predecessors, py::arg("node"), etype, ReleaseGil())
      .def("successors", &Graph::successors, py::arg("node"), etype, ReleaseGil())
      .def(
          "adjacency", [](const Graph& self, const EtypeKey& key) { return self.adjacency(key); },
          etype)
      .def("adjacency_matrix", &Graph::adjacency_matrix, etype, py::arg("edge_weight") = "",
           ReleaseGil())
      .def("incidence_matrix", &Graph::incidence_matrix, py::arg("typestr"), etype, ReleaseGil())
      .def("formats",
           [](const Graph& self) {
             const FormatStatus status = self.formats();
             return std::pair(status.created, status.not_created);
           })
      .def("restrict_formats",
           py::overload_cast<const std::vector<std::string>&>(&Graph::formats, py::const_),
           ReleaseGil())
      .def("allowed_formats", &allowed_formats)
      .def("create_formats_", &Graph::create_formats_, ReleaseGil())
      .def(
          "relation_formats",
          [](const Graph& self, const EtypeKey& key,
             const std::optional<std::vector<std::string>>& names) {
            return formats(*self.adjacency(key), names);
          },
          etype, py::arg("names") = py::none(), ReleaseGil())
      .def("__getitem__", [](const Graph& self, const EtypeKey& key) { return self[key]; })
      .def(
          "to",
          [](const Graph& self, at::Device device, bool non_blocking) {
            return self.to(
                device, [&](const at::Tensor& tensor) { return tensor.to(device, non_blocking); });
          },
          py::arg("device"), py::arg("non_blocking") = false, ReleaseGil())
      .def("to_int32", &Graph::to_int32, ReleaseGil())
      .def("to_int64", &Graph::to_int64, ReleaseGil())
      .def("clone", &Graph::clone)
      .def("frames", &frames)
      .def("select_relations", &select_relations)
      .def("node_frame",
           [](const Graph& self, const std::string& type) { return self.nodes(type).data.frame(); })
      .def("src_frame", [](const Graph& self,
                           const std::string& type) { return self.srcnodes(type).data.frame(); })
      .def("dst_frame", [](const Graph& self,
                           const std::string& type) { return self.dstnodes(type).data.frame(); })
      .def("edge_frame",
           [](const Graph& self, const EtypeKey& key) { return self.edges(key).data.frame(); });
}

void bind_mutation(py::class_<Graph>& graph) {
  using Data = std::map<std::string, at::Tensor>;
  graph
      .def(
          "add_nodes",
          [](Graph& self, std::int64_t num, const Data& data, const std::string& ntype) {
            self.add_nodes(num, data, ntype);
          },
          py::arg("num"), py::arg("data"), py::arg("ntype"), ReleaseGil())
      .def("add_edges", &Graph::add_edges, py::arg("src"), py::arg("dst"), py::arg("data"),
           py::arg("etype"), ReleaseGil())
      .def(
          "remove_nodes",
          [](Graph& self, const IdList& nodes, const std::string& ntype, bool store_ids) {
            self.remove_nodes(nodes, ntype, store_ids);
          },
          py::arg("nodes"), py::arg("ntype"), py::arg("store_ids"), ReleaseGil())
      .def("remove_edges", &Graph::remove_edges, py::arg("eids"), py::arg("etype"),
           py::arg("store_ids"), ReleaseGil());
}

const Room graph_room(20, [](py::module_& module) {
  py::class_<Adjacency, std::shared_ptr<Adjacency>>(module, "Adjacency",
                                                    "The edges of one relation.")
      .def_property_readonly("num_src", &Adjacency::num_src)
      .def_property_readonly("num_dst", &Adjacency::num_dst)
      .def_property_readonly("num_edges", &Adjacency::num_edges)
      .def_static(
          "from_coo",
          [](std::int64_t num_src, std::int64_t num_dst, at::Tensor src, at::Tensor dst) {
            return std::const_pointer_cast<Adjacency>(
                Adjacency::from_coo(num_src, num_dst, std::move(src), std::move(dst)));
          },
          ReleaseGil());
  py::class_<Graph> graph(module, "Graph", "A handle to a graph: structure, types and features.");
  bind_counts(graph);
  bind_structure(graph);
  bind_mutation(graph);
  module.def(
      "graph",
      [](const at::Tensor& src, const at::Tensor& dst, std::optional<std::int64_t> num_nodes) {
        return grapevine::graph(src, dst, {.num_nodes = num_nodes});
      },
      py::arg("src"), py::arg("dst"), py::arg("num_nodes") = py::none(), ReleaseGil());
  module.def("unrestricted", &unrestricted, py::arg("graph"), ReleaseGil());
  module.def("from_parts", &from_parts, py::arg("relations"), py::arg("num_src"),
             py::arg("num_dst"), py::arg("idtype"), py::arg("device"), ReleaseGil());
});

}  // namespace
}  // namespace grapevine::python
