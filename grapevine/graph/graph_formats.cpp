#include "grapevine/graph/graph.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

FormatSet parse_formats(const std::vector<std::string>& names) {
  FormatSet formats;
  for (const std::string& name : names) {
    check(name == "coo" || name == "csr" || name == "csc",
          "formats: expected \"coo\", \"csr\" or \"csc\", got \"{}\"", name);
    bool& named = name == "coo" ? formats.coo : name == "csr" ? formats.csr : formats.csc;
    named = true;
  }
  check(formats != FormatSet{}, "formats: expected \"coo\", \"csr\" or \"csc\", got none");
  return formats;
}

}  // namespace

FormatStatus Graph::formats() const {
  FormatSet created = {true, true, true};
  FormatSet allowed = {true, true, true};
  const auto meet = [](FormatSet& all, const FormatSet& one) {
    all = {all.coo && one.coo, all.csr && one.csr, all.csc && one.csc};
  };
  for (const GraphData::Relation& relation : data_->relations) {
    meet(created, relation.adjacency->created());
    meet(allowed, relation.adjacency->allowed());
  }
  const FormatSet missing = {allowed.coo && !created.coo, allowed.csr && !created.csr,
                             allowed.csc && !created.csc};
  return {format_names(created), format_names(missing)};
}

Graph Graph::formats(const std::vector<std::string>& formats) const {
  const FormatSet allowed = parse_formats(formats);
  auto restricted = std::make_shared<GraphData>(*data_);
  for (GraphData::Relation& relation : restricted->relations) {
    relation.adjacency = relation.adjacency->restrict_to(allowed);
  }
  return Graph(std::move(restricted));
}

void Graph::create_formats_() const {
  for (const GraphData::Relation& relation : data_->relations) {
    const Adjacency& adjacency = *relation.adjacency;
    const FormatSet allowed = adjacency.allowed();
    if (allowed.coo) {
      static_cast<void>(adjacency.coo());
    }
    if (allowed.csr) {
      static_cast<void>(adjacency.csr());
    }
    if (allowed.csc) {
      static_cast<void>(adjacency.csc());
    }
  }
}

}  // namespace grapevine
