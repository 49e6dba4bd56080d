#include <fmt/core.h>

#include <memory>
#include <string>

#include "command.h"
#include "data_options.h"
#include "grapevine/datasets/arxiv_like.h"
#include "grapevine/io/ogb.h"
#include "grapevine/io/ondisk.h"
#include "validators.h"

namespace grapevine::cli {

namespace {

struct GenerateOptions {
  std::string name;
  std::string out;
  std::string format;
  datasets::ArxivLikeOptions graph;
};

void run_generate(const GenerateOptions& options) {
  const datasets::NodeClassificationDataset dataset = datasets::arxiv_like(options.graph);
  if (options.format == "ogb") {
    io::write_ogb(dataset, options.out);
  } else {
    io::write_ondisk(dataset, options.out);
  }
  fmt::print("wrote {}: {} nodes, {} edges, {} features, {} classes to {} ({})\n", options.name,
             dataset.graph.num_nodes(), dataset.graph.num_edges(), options.graph.num_features,
             dataset.num_classes, options.out, options.format);
}

}  // namespace

void add_generate(CLI::App& app, Run& run) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App& command = *app.add_subcommand("generate", "Write a generated data set to a folder");
  command.add_option("name", options->name, "Which generator: arxiv-like")
      ->check(CLI::IsMember({"arxiv-like"}))
      ->required();
  command.add_option("--out", options->out, "The folder to write")->type_name("DIR")->required();
  command.add_option("--format", options->format, "The folder's format")
      ->check(CLI::IsMember({"ogb", "ondisk"}))
      ->required();
  datasets::ArxivLikeOptions& graph = options->graph;
  const auto add_size = [&command](const char* name, std::int64_t& size, const char* what) {
    command.add_option(name, size, what)->check(whole_number(1))->capture_default_str();
  };
  add_size("--nodes", graph.num_nodes, "Nodes");
  add_size("--edges", graph.num_edges, "Directed edges");
  add_size("--features", graph.num_features, "Features of a node");
  add_size("--classes", graph.num_classes, "Classes");
  command.add_option("--seed", graph.seed, "Seed of the generator")
      ->check(whole_number(0))
      ->capture_default_str();
  command.callback([options, &run] { run = [options] { run_generate(*options); }; });
}

}  // namespace grapevine::cli
