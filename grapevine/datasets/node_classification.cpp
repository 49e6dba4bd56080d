#include "grapevine/datasets/node_classification.h"

#include <array>
#include <filesystem>
#include <system_error>

#include "grapevine/io/ogb.h"
#include "grapevine/io/ondisk.h"
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

constexpr std::array kFormats = {FolderFormat{io::is_ondisk, read_ondisk},
                                 FolderFormat{io::is_ogb, read_ogb}};

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
  check(!name_or_folder.empty() && fs::is_directory(folder, error),
        "data \"{}\": neither a folder nor a known data set; known are: {}", name_or_folder,
        fmt::join(registry.names(), ", "));
  for (const FolderFormat& format : kFormats) {
    if (format.matches(folder)) {
      return format.read(folder, options);
    }
  }
  fail("data \"{}\": expected metadata.yaml (OnDiskDataset) or raw/ and split/ (OGB) in the folder",
       folder.string());
}

}  // namespace grapevine::datasets
