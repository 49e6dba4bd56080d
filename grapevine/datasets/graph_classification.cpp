#include "grapevine/datasets/graph_classification.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "grapevine/io/tu.h"
#include "grapevine/util/error.h"

namespace grapevine::datasets {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// The file in the text format that a path stands for, if it does.
std::optional<fs::path> text_file(const fs::path& path) {
  const std::string name =
      (path.has_filename() ? path : path.parent_path()).filename().string() + ".txt";
  for (const fs::path& file : {path, path.parent_path() / name, path / name}) {
    if (is_file(file)) {
      return file;
    }
  }
  return std::nullopt;
}

}  // namespace

Registry<GraphClassificationLoader>& graph_classification_datasets() {
  static Registry<GraphClassificationLoader> registry("data set of graphs");
  return registry;
}

GraphClassificationDataset load_graph_classification(const std::string& name_or_path,
                                                     const LoadOptions& options) {
  const auto& registry = graph_classification_datasets();
  if (registry.contains(name_or_path)) {
    return registry.get(name_or_path)(options);
  }
  const fs::path path = fs::path(options.root) / name_or_path;
  if (!name_or_path.empty()) {
    if (is_folder(path) && !io::tu_names(path).empty()) {
      return io::read_tu_folder(path);
    }
    if (const std::optional<fs::path> file = text_file(path)) {
      return io::read_tu_text(*file);
    }
  }
  fail(
      "data \"{}\": expected a folder with NAME_A.txt (TUDataset), a text file of graphs or a "
      "known "
      "data set; known are: {}",
      path.string(), fmt::join(registry.names(), ", "));
}

}  // namespace grapevine::datasets
