#include <ATen/core/Tensor.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <memory>
#include <sstream>
#include <string>

#include "command.h"
#include "data_options.h"
#include "grapevine/datasets/node_classification.h"

namespace grapevine::cli {

namespace {

template <typename Printable>
std::string printed(const Printable& value) {
  std::ostringstream stream;
  stream << value;
  return stream.str();
}

void print_info(const DataOptions& options) {
  const datasets::NodeClassificationDataset dataset = load_quietly(options);
  fmt::print("name     {}\n", dataset.name);
  fmt::print("nodes    {}\n", dataset.graph.num_nodes());
  fmt::print("edges    {}\n", dataset.graph.num_edges());
  const FrameView features = dataset.graph.nodes(dataset.ntype).data;
  for (const std::string& name : features.keys()) {
    fmt::print("feature  {}: {} [{}]\n", name, features[name]->dtype().name(),
               fmt::join(features[name]->sizes(), ", "));
  }
  fmt::print("classes  {}\n", dataset.num_classes);
  fmt::print("train    {}\nvalid    {}\ntest     {}\n", dataset.split.train.size(0),
             dataset.split.valid.size(0), dataset.split.test.size(0));
  fmt::print("{}\n", printed(dataset.graph));
}

}  // namespace

void add_info(CLI::App& app, Run& run) {
  auto options = std::make_shared<DataOptions>();
  CLI::App& command = *app.add_subcommand("info", "Describe a data set");
  command
      .add_option("data", options->data,
                  "A data set by name (arxiv-like, ogbn-arxiv, cora ...), or a data set's folder "
                  "(planetoid: also DIR/NAME)")
      ->type_name("NAME|DIR")
      ->required();
  add_offline_flag(command, *options);
  command.callback([options, &run] { run = [options] { print_info(*options); }; });
}

}  // namespace grapevine::cli
