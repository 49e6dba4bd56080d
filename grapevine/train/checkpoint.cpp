#include "grapevine/train/checkpoint.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <set>
#include <string_view>

#include "grapevine/io/state_file.h"
#include "grapevine/nn/model_registry.h"
#include "grapevine/nn/state_dict.h"
#include "grapevine/train/detail/description_fields.h"
#include "grapevine/util/error.h"
#include "grapevine/version.h"

namespace grapevine::train {
namespace {

constexpr std::int64_t kFormatVersion = 1;
constexpr const char* kTask = "nodes";

/// Sizes below this are never refused for what the weights take.
constexpr std::int64_t kSmallSize = 1 << 16;

std::map<std::string, std::string> all_options(const ModelDescription& description) {
  const nn::ConvStackOptions& options = description.options;
  return nn::complete_options("model", options.conv, nn::model_entry(options.conv).options,
                              options.conv_options);
}

io::StateDict to_state(const ModelDescription& description) {
  const nn::ConvStackOptions& options = description.options;
  io::StateDict own;
  for (const auto& [name, value] : all_options(description)) {
    own.set(name, detail::option_value(value));
  }
  return {{"format_version", kFormatVersion},
          {"library_version", GRAPEVINE_VERSION},
          {"task", kTask},
          {"model", options.conv},
          {"options", own},
          {"in_feats", description.in_feats},
          {"out_feats", description.out_feats},
          {"layers", options.layers},
          {"hidden", options.hidden},
          {"edge_feats", options.edge_feats},
          {"input_dropout", options.input_dropout},
          {"dropout", options.dropout},
          {"activation", options.activation},
          {"norm", options.norm},
          {"residual", options.residual},
          {"feature", description.feature},
          {"edge_feature", description.edge_feature},
          {"reverse_edges", description.reverse_edges},
          {"self_loops", description.self_loops}};
}

ModelDescription description_from(const detail::Fields& fields) {
  std::int64_t version = kFormatVersion;
  std::string task = kTask;
  fields.read("format_version", version);
  check(version == kFormatVersion, "{}: format_version {}: this version of grapevine ({}) reads {}",
        fields.what(), version, GRAPEVINE_VERSION, kFormatVersion);
  fields.read("task", task);
  check(task == kTask, "{}: task: expected \"{}\", got \"{}\"", fields.what(), kTask, task);
  ModelDescription description;
  nn::ConvStackOptions& options = description.options;
  fields.require("model", options.conv);
  fields.require("in_feats", description.in_feats);
  fields.require("out_feats", description.out_feats);
  fields.read("options", options.conv_options);
  fields.read("layers", options.layers);
  fields.read("hidden", options.hidden);
  fields.read("edge_feats", options.edge_feats);
  fields.read("input_dropout", options.input_dropout);
  fields.read("dropout", options.dropout);
  fields.read("activation", options.activation);
  fields.read("norm", options.norm);
  fields.read("residual", options.residual);
  fields.read("feature", description.feature);
  fields.read("edge_feature", description.edge_feature);
  fields.read("reverse_edges", description.reverse_edges);
  fields.read("self_loops", description.self_loops);
  return description;
}

torch::OrderedDict<std::string, at::Tensor> weights_from(const io::StateDict& state,
                                                         const std::string& what) {
  torch::OrderedDict<std::string, at::Tensor> weights;
  for (const auto& [key, value] : state.entries()) {
    const auto* name = std::get_if<std::string>(&key);
    const auto* tensor = value.get_if<at::Tensor>();
    check(name != nullptr && tensor != nullptr,
          "{}: model: expected a state dict of Tensors under str, got {} under {}", what,
          value.type_name(), name == nullptr ? "int" : "\"" + *name + "\"");
    weights.insert(*name, *tensor);
  }
  return weights;
}

bool exceeds(std::int64_t a, std::int64_t b, std::int64_t limit) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) || product > limit;
}

/// Refuses sizes that cannot be those of a model of these weights before memory is taken for it:
/// each layer has weights of its own, and the widths between layers are those of a matrix.
void check_sizes_borne_out(const Checkpoint& checkpoint, const std::string& what) {
  const nn::ConvStackOptions& options = checkpoint.description.options;
  std::set<const void*> storages;
  std::int64_t bytes = kSmallSize;
  for (const auto& item : checkpoint.model) {
    if (storages.insert(item.value().storage().data()).second) {
      bytes += static_cast<std::int64_t>(item.value().storage().nbytes());
    }
  }
  const std::int64_t in = checkpoint.description.in_feats;
  const std::int64_t out = checkpoint.description.out_feats;
  const bool fits = options.layers <= static_cast<std::int64_t>(checkpoint.model.size()) + 1 &&
                    std::max({in, out, options.hidden, options.edge_feats}) <= bytes &&
                    (options.layers <= 1 ||
                     (!exceeds(in, options.hidden, bytes) && !exceeds(options.hidden, out, bytes)));
  check(fits,
        "{}: description: {} layers from {} over {} to {} values are more than the weights of the "
        "file",
        what, options.layers, in, options.hidden, out);
  for (const auto& [name, value] : options.conv_options) {
    check(!detail::is_whole_number_above(value, bytes),
          "{}: description: option \"{}\" of {} is more than the weights of the file", what, name,
          value);
  }
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  io::StateDict model;
  for (const auto& item : checkpoint.model) {
    model.set(item.key(), item.value());
  }
  io::StateDict metrics;
  for (const auto& [name, value] : checkpoint.metrics) {
    metrics.set(name, value);
  }
  io::save_state(path, io::StateDict{{"model", model},
                                     {"description", to_state(checkpoint.description)},
                                     {"epoch", checkpoint.epoch},
                                     {"metrics", metrics}});
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  const std::string what = path.string();
  const io::StateValue state = io::load_state(path);
  const auto* root = state.get_if<io::StateDict>();
  check(root != nullptr, "{}: expected a dict with \"model\" and \"description\", got a {}", what,
        state.type_name());
  const detail::Fields fields(*root, what);
  const io::StateDict* description = nullptr;
  const io::StateDict* model = nullptr;
  const io::StateDict* metrics = nullptr;
  fields.require("description", description);
  fields.require("model", model);
  Checkpoint checkpoint;
  const detail::Fields described(*description, what + ": description");
  checkpoint.description = description_from(described);
  checkpoint.model = weights_from(*model, what);
  try {
    checkpoint.description.options.conv_options = all_options(checkpoint.description);
  } catch (const Error& error) {
    fail("{}: description: {}", what, error.what());
  }
  if (!described.has("self_loops")) {
    checkpoint.description.self_loops = restore_model(checkpoint, what)->wants_self_loops();
  }
  fields.read("epoch", checkpoint.epoch);
  fields.read("metrics", metrics);
  if (metrics != nullptr) {
    const detail::Fields values(*metrics, what + ": metrics");
    for (const auto& [key, value] : metrics->entries()) {
      if (const auto* name = std::get_if<std::string>(&key)) {
        values.require(*name, checkpoint.metrics[*name]);
      }
    }
  }
  return checkpoint;
}

std::shared_ptr<nn::Model> restore_model(const Checkpoint& checkpoint, const std::string& what) {
  check_sizes_borne_out(checkpoint, what);
  std::shared_ptr<nn::Model> model;
  try {
    model = make_model(checkpoint.description);
  } catch (const Error& error) {
    fail("{}: description: {}", what, error.what());
  } catch (const c10::Error&) {
    fail("{}: description: there is no memory for such a model", what);
  } catch (const std::bad_alloc&) {
    fail("{}: description: there is no memory for such a model", what);
  }
  nn::load_state_dict(model->module(), checkpoint.model, what + ": model");
  return model;
}

}  // namespace grapevine::train
