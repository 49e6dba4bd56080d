#include "grapevine/train/detail/training_fields.h"

#include <cstdint>

#include "grapevine/util/error.h"

namespace grapevine::train::detail {
namespace {

io::StateDict to_state(const EpochReport& report) {
  return {{"epoch", report.epoch},          {"loss", report.loss},
          {"train_acc", report.train_acc},  {"valid_acc", report.valid_acc},
          {"seconds", report.seconds},      {"batches", report.batches},
          {"wait_share", report.wait_share}};
}

EpochReport report_from(const Fields& fields) {
  EpochReport report{};
  fields.require("epoch", report.epoch);
  fields.require("loss", report.loss);
  fields.require("train_acc", report.train_acc);
  fields.require("valid_acc", report.valid_acc);
  fields.require("seconds", report.seconds);
  fields.require("batches", report.batches);
  fields.require("wait_share", report.wait_share);
  return report;
}

std::vector<EpochReport> reports_from(const io::StateList& list, const std::string& what) {
  std::vector<EpochReport> reports;
  for (const io::StateValue& value : list) {
    const std::string name = fmt::format("{}: {}", what, reports.size());
    const auto* dict = value.get_if<io::StateDict>();
    check(dict != nullptr, "{}: expected a dict, got {}", name, value.type_name());
    reports.push_back(report_from(Fields(*dict, name)));
    check(reports.back().epoch == static_cast<std::int64_t>(reports.size()),
          "{}: epoch: expected {}, got {}", name, reports.size(), reports.back().epoch);
  }
  return reports;
}

io::StateDict to_state(const EpochTotals& totals) {
  return {{"loss", totals.loss},       {"correct", totals.correct},
          {"nodes", totals.nodes},     {"batches", totals.batches},
          {"seconds", totals.seconds}, {"wait_seconds", totals.wait_seconds}};
}

EpochTotals totals_from(const Fields& fields) {
  EpochTotals totals;
  fields.require("loss", totals.loss);
  fields.require("correct", totals.correct);
  fields.require("nodes", totals.nodes);
  fields.require("batches", totals.batches);
  fields.require("seconds", totals.seconds);
  fields.require("wait_seconds", totals.wait_seconds);
  return totals;
}

}  // namespace

io::StateDict to_state(const TrainingState::Weights& weights) {
  io::StateDict state;
  for (const auto& item : weights) {
    state.set(item.key(), item.value());
  }
  return state;
}

TrainingState::Weights weights_from(const io::StateDict& state, const std::string& what) {
  TrainingState::Weights weights;
  for (const auto& [key, value] : state.entries()) {
    const auto* name = std::get_if<std::string>(&key);
    const auto* tensor = value.get_if<at::Tensor>();
    check(name != nullptr && tensor != nullptr,
          "{}: expected a state dict of Tensors under str, got {} under {}", what,
          value.type_name(), name == nullptr ? "int" : "\"" + *name + "\"");
    weights.insert(*name, *tensor);
  }
  return weights;
}

io::StateDict to_state(const SavedRun& run) {
  const TrainingState& state = run.state;
  io::StateList epochs;
  for (const EpochReport& report : state.epochs) {
    epochs.emplace_back(to_state(report));
  }
  io::StateDict dict = {{"options", run.identity.options},
                        {"data", run.identity.data},
                        {"epochs", epochs},
                        {"totals", to_state(state.totals)},
                        {"model", to_state(state.model)},
                        {"optimizer", state.optimizer},
                        {"rng", state.rng},
                        {"best_model", to_state(state.best_model)}};
  if (state.device_rng.defined()) {
    dict.set("device_rng", state.device_rng);
  }
  return dict;
}

SavedRun run_from(const Fields& fields) {
  const auto dict = [&fields](const char* name) -> const io::StateDict& {
    const io::StateDict* value = nullptr;
    fields.require(name, value);
    return *value;
  };
  const auto named = [&fields](const char* name) { return fields.what() + ": " + name; };
  SavedRun run;
  run.identity = {dict("options"), dict("data")};
  const io::StateList* epochs = nullptr;
  fields.require("epochs", epochs);
  run.state.epochs = reports_from(*epochs, named("epochs"));
  run.state.totals = totals_from(Fields(dict("totals"), named("totals")));
  run.state.model = weights_from(dict("model"), named("model"));
  run.state.optimizer = dict("optimizer");
  fields.require("rng", run.state.rng);
  fields.read("device_rng", run.state.device_rng);
  run.state.best_model = weights_from(dict("best_model"), named("best_model"));
  return run;
}

}  // namespace grapevine::train::detail
