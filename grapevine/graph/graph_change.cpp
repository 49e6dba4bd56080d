#include "grapevine/graph/graph.h"
#include "grapevine/graph/transform/add_edges.h"
#include "grapevine/graph/transform/add_nodes.h"
#include "grapevine/graph/transform/remove_edges.h"
#include "grapevine/graph/transform/remove_nodes.h"

namespace grapevine {

void Graph::add_nodes(std::int64_t num, const std::map<std::string, at::Tensor>& data,
                      std::string_view ntype) {
  *this = grapevine::add_nodes(*this, num, data, ntype);
}

void Graph::add_edges(const IdList& src, const IdList& dst,
                      const std::map<std::string, at::Tensor>& data, const EtypeKey& etype) {
  *this = grapevine::add_edges(*this, src, dst, data, etype);
}

void Graph::remove_nodes(const IdList& nodes, std::string_view ntype, bool store_ids) {
  *this = grapevine::remove_nodes(*this, nodes, ntype, store_ids);
}

void Graph::remove_edges(const IdList& eids, const EtypeKey& etype, bool store_ids) {
  *this = grapevine::remove_edges(*this, eids, etype, store_ids);
}

}  // namespace grapevine
