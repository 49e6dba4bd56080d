#include "grapevine/datasets/node_classification.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <vector>

#include "grapevine/io/dataset_file.h"
#include "grapevine/io/ogb.h"
#include "grapevine/io/ondisk.h"
#include "grapevine/io/planetoid.h"
#include "grapevine/util/error.h"

namespace grapevine::datasets {
namespace {

namespace fs = std::filesystem;

/// A form that a folder can have.
struct FolderFormat {
  bool (*matches)(const fs::path& folder);
  NodeClassificationDataset (*read)(const fs::path& folder, const LoadOptions& options);
};

NodeClassificationDataset read_ondisk(const fs::path& folder, const LoadOptions& options) {
  return io::read_ondisk(folder, {.memory_map = options.memory_map});
}

NodeClassificationDataset read_ogb(const fs::path& folder, const LoadOptions& options) {
  return io::read_ogb(folder, {.split = options.split, .cache = options.cache});
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

bool holds_planetoid(const fs::path& folder) { return !io::planetoid_names(folder).empty(); }

NodeClassificationDataset read_planetoid(const fs::path& folder, const LoadOptions&) {
  const std::vector<std::string> names = io::planetoid_names(folder);
  check(names.size() == 1, "data \"{}\": the folder holds several data sets; add one of: {}",
        folder.string(), fmt::join(names, ", "));
  return io::read_planetoid(folder, {.name = names.front()});
}

constexpr std::array kFormats = {FolderFormat{io::is_ondisk, read_ondisk},
                                 FolderFormat{io::is_ogb, read_ogb},
                                 FolderFormat{holds_planetoid, read_planetoid}};

/// Whether the last part of the path names one of the planetoid data sets in the folder before it.
bool names_planetoid(const fs::path& path) {
  const std::vector<std::string> names = io::planetoid_names(folder_of(path));
  return std::binary_search(names.begin(), names.end(), path.filename().string());
}

NodeClassificationDataset read_folder(const fs::path& folder, const LoadOptions& options) {
  for (const FolderFormat& format : kFormats) {
    if (format.matches(folder)) {
      return format.read(folder, options);
    }
  }
  fail(
      "data \"{}\": expected metadata.yaml (OnDiskDataset), raw/ and split/ (OGB) or ind.NAME.* "
      "(planetoid) in the folder",
      folder.string());
}

/// Names of data sets that need no folder, sorted.
std::vector<std::string> known_names() {
  std::vector<std::string> names = node_classification_datasets().names();
  const std::vector<std::string> remote = remote_datasets().names();
  names.insert(names.end(), remote.begin(), remote.end());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Registry<NodeClassificationLoader>& node_classification_datasets() {
  static Registry<NodeClassificationLoader> registry("data set");
  return registry;
}

NodeClassificationDataset load_node_classification(const std::string& name_or_folder,
                                                   const LoadOptions& options) {
  const auto& registry = node_classification_datasets();
  if (registry.contains(name_or_folder)) {
    return registry.get(name_or_folder)(options);
  }
  const fs::path folder = fs::path(options.root) / name_or_folder;
  std::error_code error;
  if (!fs::is_directory(folder, error) && names_planetoid(folder)) {
    return io::read_planetoid(folder_of(folder), {.name = folder.filename().string()});
  }
  if (!name_or_folder.empty() && fs::is_directory(folder, error)) {
    return read_folder(folder, options);
  }
  if (!name_or_folder.empty() && io::is_graph_file(folder)) {
    return io::read_dataset_file(folder, {.memory_map = options.memory_map});
  }
  check(remote_datasets().contains(name_or_folder),
        "data \"{}\": neither a folder nor a known data set, and there are no planetoid files "
        "ind.{}.*; known are: {}",
        name_or_folder, folder.filename().string(), fmt::join(known_names(), ", "));
  const fs::path home = options.root.empty() ? data_home() : fs::path(options.root);
  return read_folder(fetch(name_or_folder, home, options.download), options);
}

}  // namespace grapevine::datasets
