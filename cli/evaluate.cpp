#include <fmt/core.h>

#include <memory>
#include <string>
#include <utility>

#include "checkpoint_run.h"
#include "command.h"
#include "grapevine/train/metrics.h"
#include "json_lines.h"

namespace grapevine::cli {

namespace {

struct EvaluateOptions {
  CheckpointOptions run;
  std::string json;
};

void evaluate(const EvaluateOptions& options) {
  JsonLines json(options.json);
  const CheckpointRun run = open_run(options.run);
  const datasets::NodeClassificationDataset& dataset = run.dataset;
  const at::Tensor scores = scores_of(run, options.run);
  nlohmann::ordered_json line = {{"epoch", run.checkpoint.epoch}};
  for (const auto& [name, nodes] :
       {std::pair("train_acc", dataset.split.train), std::pair("valid_acc", dataset.split.valid),
        std::pair("test_acc", dataset.split.test)}) {
    line[name] =
        train::accuracy(scores.index_select(0, nodes), dataset.labels.index_select(0, nodes));
    fmt::print("{} {:.4f}\n", name, line[name].get<double>());
  }
  json.write(line);
}

}  // namespace

void add_evaluate(CLI::App& app, Run& run) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App& command = *app.add_subcommand(
      "evaluate", "Print the accuracy of a trained model on the parts of a data set");
  add_checkpoint_options(command, options->run);
  command.add_option("--json", options->json, "Write the accuracies as one line to this file")
      ->type_name("FILE");
  command.callback([options, &run] { run = [options] { evaluate(*options); }; });
}

}  // namespace grapevine::cli
