#include "grapevine/datasets/planetoid.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace grapevine::datasets {
namespace {

NodeClassificationDataset read(const std::filesystem::path& raw_dir, std::string name,
                               const CitationGraphOptions& options) {
  return io::read_planetoid(raw_dir,
                            {.name = std::move(name), .row_normalize = options.row_normalize});
}

/// DGL calls its files of Cora "cora_v2".
std::string cora_name(const std::filesystem::path& raw_dir) {
  const std::vector<std::string> names = io::planetoid_names(raw_dir);
  const bool has = std::binary_search(names.begin(), names.end(), "cora");
  return !has && std::binary_search(names.begin(), names.end(), "cora_v2") ? "cora_v2" : "cora";
}

}  // namespace

CoraGraphDataset::CoraGraphDataset(const std::filesystem::path& raw_dir,
                                   const CitationGraphOptions& options)
    : NodeClassificationDataset(read(raw_dir, cora_name(raw_dir), options)) {}

CiteseerGraphDataset::CiteseerGraphDataset(const std::filesystem::path& raw_dir,
                                           const CitationGraphOptions& options)
    : NodeClassificationDataset(read(raw_dir, "citeseer", options)) {}

PubmedGraphDataset::PubmedGraphDataset(const std::filesystem::path& raw_dir,
                                       const CitationGraphOptions& options)
    : NodeClassificationDataset(read(raw_dir, "pubmed", options)) {}

}  // namespace grapevine::datasets
