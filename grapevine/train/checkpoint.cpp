#include "grapevine/train/checkpoint.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <set>
#include <string_view>

#include "grapevine/io/state_file.h"
#include "grapevine/nn/state_dict.h"
#include "grapevine/train/detail/description_fields.h"
#include "grapevine/train/detail/description_state.h"
#include "grapevine/train/detail/training_fields.h"
#include "grapevine/util/error.h"

namespace grapevine::train {
namespace {

/// Sizes below this are never refused for what the weights take.
constexpr std::int64_t kSmallSize = 1 << 16;

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
  io::StateDict metrics;
  for (const auto& [name, value] : checkpoint.metrics) {
    metrics.set(name, value);
  }
  io::StateDict root = {{"model", detail::to_state(checkpoint.model)},
                        {"description", detail::to_state(checkpoint.description)},
                        {"epoch", checkpoint.epoch},
                        {"metrics", metrics}};
  if (checkpoint.run) {
    root.set("run", detail::to_state(*checkpoint.run));
  }
  io::save_state(path, root);
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
  checkpoint.description = detail::description_from(described);
  checkpoint.model = detail::weights_from(*model, what + ": model");
  try {
    checkpoint.description.options.conv_options = detail::all_options(checkpoint.description);
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
  const io::StateDict* run = nullptr;
  fields.read("run", run);
  if (run != nullptr) {
    checkpoint.run = detail::run_from(detail::Fields(*run, what + ": run"));
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
