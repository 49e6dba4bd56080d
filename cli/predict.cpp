#include <fmt/core.h>

#include <memory>
#include <string>

#include "checkpoint_run.h"
#include "command.h"
#include "grapevine/io/csv.h"
#include "grapevine/io/file.h"
#include "grapevine/io/npy.h"
#include "grapevine/util/error.h"

namespace grapevine::cli {

namespace {

struct PredictOptions {
  CheckpointOptions run;
  std::string nodes;
  std::string out;
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

void predict(const PredictOptions& options) {
  if (!is_csv(options.out) && !options.out.ends_with(".npy")) {
    throw UsageError(
        fmt::format("--out: expected the name of a .npy or .csv file, got {}", options.out));
  }
  io::check_writable(options.out);
  const ScoredDataset scored = score(options.run);
  at::Tensor scores = scored.scores;
  if (!options.nodes.empty()) {
    scores = scores.index_select(0, read_ids(options.nodes, scores.size(0)));
  }
  is_csv(options.out) ? io::write_csv(options.out, scores) : io::write_npy(options.out, scores);
  fmt::print("{}: scores of {} nodes for {} classes\n", options.out, scores.size(0),
             scores.size(1));
}

}  // namespace

void add_predict(CLI::App& app, Run& run) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App& command = *app.add_subcommand(
      "predict", "Write the scores that a trained model gives each node for each class");
  add_checkpoint_options(command, options->run);
  command
      .add_option("--nodes", options->nodes,
                  "A file of node ids, one a line, whose scores to write in that order; all nodes "
                  "without it")
      ->type_name("FILE");
  command
      .add_option("--out", options->out,
                  "Where to write the scores, a row for each node, as .npy or .csv")
      ->type_name("FILE")
      ->required();
  command.callback([options, &run] { run = [options] { predict(*options); }; });
}

}  // namespace grapevine::cli
