#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint_run.h"
#include "command.h"
#include "grapevine/io/csv.h"
#include "grapevine/io/file.h"
#include "grapevine/io/npy.h"
#include "grapevine/serve/predictor.h"
#include "grapevine/util/error.h"
#include "validators.h"

namespace grapevine::cli {

namespace {

struct PredictOptions {
  CheckpointOptions run;
  std::string nodes;
  std::string out;
  std::vector<std::int64_t> fanouts;
  std::uint64_t seed = 0;
};

bool is_csv(const std::string& path) { return path.ends_with(".csv") || path.ends_with(".csv.gz"); }

/// The ids of a file, one a line, in that order.
at::Tensor read_ids(const std::string& path, std::int64_t num_nodes) {
  const at::Tensor ids = io::read_csv(path, {.dtype = at::kLong, .columns = 1}).squeeze(1);
  for (std::int64_t line = 0; line < ids.size(0); ++line) {
    const std::int64_t id = ids.const_data_ptr<std::int64_t>()[line];
    check(id >= 0 && id < num_nodes, "{}: line {}: node {} is out of range [0, {})", path, line + 1,
          id, num_nodes);
  }
  return ids;
}

/// Layer by layer, kept on the disk that the result goes to, so that only a batch is in memory.
at::Tensor scores_of_all(const CheckpointRun& run, const PredictOptions& options) {
  const std::filesystem::path folder = std::filesystem::path(options.out).parent_path();
  return scores_of(run, options.run, folder.empty() ? "." : folder);
}

/// From the neighbourhoods of these nodes alone.
at::Tensor scores_of_some(const CheckpointRun& run, const PredictOptions& options) {
  const Graph& graph = run.dataset.graph;
  const at::Tensor ids = read_ids(options.nodes, graph.num_nodes());
  const serve::Predictor predictor(
      run.checkpoint, graph,
      {.fanouts = options.fanouts, .seed = options.seed, .batch_size = options.run.batch_size});
  return predictor.predict(ids).scores;
}

void predict(const CLI::App& command, PredictOptions& options) {
  // Whole neighbourhoods of a few nodes are already large.
  if (!options.nodes.empty() && command.count("--batch-size") == 0) {
    options.run.batch_size = 1024;
  }
  if (!is_csv(options.out) && !options.out.ends_with(".npy")) {
    throw UsageError(
        fmt::format("--out: expected the name of a .npy or .csv file, got {}", options.out));
  }
  io::check_writable(options.out);
  const CheckpointRun run = open_run(options.run);
  const at::Tensor scores =
      options.nodes.empty() ? scores_of_all(run, options) : scores_of_some(run, options);
  is_csv(options.out) ? io::write_csv(options.out, scores) : io::write_npy(options.out, scores);
  fmt::print("{}: scores of {} nodes for {} classes\n", options.out, scores.size(0),
             scores.size(1));
}

}  // namespace

void add_predict(CLI::App& app, Run& run) {
  auto options = std::make_shared<PredictOptions>();
  options->run.data.memory_map = true;
  CLI::App& command = *app.add_subcommand(
      "predict", "Write the scores that a trained model gives each node for each class");
  add_checkpoint_options(command, options->run);
  CLI::Option* nodes =
      command
          .add_option("--nodes", options->nodes,
                      "A file of node ids, one a line, whose scores to write in that order, "
                      "computed on the CPU from their neighbourhoods alone; all nodes without it")
          ->type_name("FILE");
  command
      .add_option("--fanout", options->fanouts,
                  "With --nodes: neighbours to sample in each layer, the input's first; all of "
                  "them without it")
      ->delimiter(',')
      ->check(whole_number(-1))
      ->type_name("N,...")
      ->needs(nodes);
  command.add_option("--seed", options->seed, "Of what is sampled")
      ->check(whole_number(0))
      ->capture_default_str()
      ->needs(nodes);
  command
      .add_option("--out", options->out,
                  "Where to write the scores, a row for each node, as .npy or .csv")
      ->type_name("FILE")
      ->required();
  command.callback(
      [options, &command, &run] { run = [options, &command] { predict(command, *options); }; });
}

}  // namespace grapevine::cli
