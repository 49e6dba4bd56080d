#include <ATen/ops/stack.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "grapevine/io/detail/names.h"
#include "grapevine/io/file.h"
#include "grapevine/io/npy.h"
#include "grapevine/io/ondisk.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;

class OnDiskWriter {
 public:
  OnDiskWriter(const NodeClassificationDataset& dataset, const fs::path& folder)
      : dataset_(dataset),
        graph_(dataset.graph),
        folder_(folder),
        typed_(!graph_.is_homogeneous()) {}

  void write() {
    check(!graph_.is_block(), "graph: a block cannot be written as a data set");
    check_names();
    make_folder(folder_);
    text_ = fmt::format("dataset_name: \"{}\"\ngraph:\n  nodes:\n", dataset_.name);
    for (const std::string& ntype : graph_.ntypes()) {
      text_ += fmt::format("    - num: {}\n", graph_.num_nodes(ntype));
      text_ += type_line("      ", ntype);
    }
    text_ += "  edges:\n";
    for (const CanonicalEtype& etype : graph_.canonical_etypes()) {
      write_edges(etype);
    }
    write_features();
    text_ += fmt::format("tasks:\n  - name: node_classification\n    num_classes: {}\n",
                         dataset_.num_classes);
    write_set("train_set", "train", dataset_.split.train);
    write_set("validation_set", "val", dataset_.split.valid);
    write_set("test_set", "test", dataset_.split.test);
    write_file(folder_ / "metadata.yaml", {text_});
  }

 private:
  void check_names() const {
    check_file_name(dataset_.name, "data set");
    for (const std::string& ntype : graph_.ntypes()) {
      check_file_name(ntype, "node type");
    }
    for (const CanonicalEtype& etype : graph_.canonical_etypes()) {
      check_file_name(etype.name, "edge type");
    }
  }

  /// Nothing for a homogeneous graph, whose types need not be named.
  [[nodiscard]] std::string type_line(const std::string& indent, const std::string& type) const {
    return typed_ ? fmt::format("{}type: \"{}\"\n", indent, type) : "";
  }

  [[nodiscard]] static std::string joined(const CanonicalEtype& etype, char separator) {
    return fmt::format("{}{}{}{}{}", etype.src, separator, etype.name, separator, etype.dst);
  }

  /// A file for `what` of a type; `Error` if the folder already has one of that name.
  [[nodiscard]] std::string file_name(const std::string& type, const std::string& what) {
    std::string name = typed_ ? fmt::format("{}-{}.npy", type, what) : what + ".npy";
    check(files_.insert(name).second, "feature \"{}\": its file {} is needed for something else",
          what, name);
    return name;
  }

  void write_edges(const CanonicalEtype& etype) {
    const EdgePair edges = graph_.edges(etype).uv();
    const std::string file = file_name(joined(etype, '-'), "edges");
    write_npy(folder_ / file, at::stack({edges.src, edges.dst}));
    text_ += fmt::format("    - format: numpy\n      path: \"{}\"\n", file);
    text_ += type_line("      ", joined(etype, ':'));
  }

  void write_features() {
    std::string before = "feature_data:\n";
    std::swap(text_, before);
    const std::size_t empty = text_.size();
    for (const std::string& ntype : graph_.ntypes()) {
      const FrameView frame = graph_.nodes(ntype).data;
      for (const std::string& name : frame.keys()) {
        write_feature("node", ntype, name, frame[name]);
      }
      if (ntype == dataset_.ntype && !frame.contains("label")) {
        write_feature("node", ntype, "label", dataset_.labels);
      }
    }
    for (const CanonicalEtype& etype : graph_.canonical_etypes()) {
      const FrameView frame = graph_.edges(etype).data;
      for (const std::string& name : frame.keys()) {
        write_feature("edge", joined(etype, ':'), name, frame[name]);
      }
    }
    text_ = before + (text_.size() > empty ? text_ : "");
  }

  void write_feature(const std::string& domain, const std::string& type, const std::string& name,
                     const at::Tensor& values) {
    check_file_name(name, "feature");
    std::string owner = type;
    std::replace(owner.begin(), owner.end(), ':', '-');
    const std::string file = file_name(owner, domain == "node" ? name : "edge-" + name);
    write_npy(folder_ / file, values);
    text_ += fmt::format(
        "  - domain: {}\n    name: \"{}\"\n    format: numpy\n    in_memory: true\n"
        "    path: \"{}\"\n",
        domain, name, file);
    text_ += type_line("    ", type);
  }

  void write_set(const std::string& key, const std::string& name, const at::Tensor& seeds) {
    if (!seeds.defined()) {
      return;
    }
    write_npy(folder_ / (name + "_seeds.npy"), seeds);
    write_npy(folder_ / (name + "_labels.npy"), dataset_.labels.index_select(0, seeds));
    text_ += fmt::format("    {}:\n      - data:\n", key);
    for (const char* what : {"seeds", "labels"}) {
      text_ += fmt::format(
          "          - name: {}\n            format: numpy\n            path: \"{}_{}.npy\"\n",
          what, name, what);
    }
    text_ += type_line("        ", dataset_.ntype);
  }

  const NodeClassificationDataset& dataset_;
  const Graph& graph_;
  fs::path folder_;
  bool typed_;
  std::set<std::string> files_ = {"train_seeds.npy", "train_labels.npy", "val_seeds.npy",
                                  "val_labels.npy",  "test_seeds.npy",   "test_labels.npy"};
  std::string text_;
};

}  // namespace

void write_ondisk(const NodeClassificationDataset& dataset, const fs::path& folder) {
  OnDiskWriter(dataset, folder).write();
}

}  // namespace grapevine::io
