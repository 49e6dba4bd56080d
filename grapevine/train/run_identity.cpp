#include "grapevine/train/run_identity.h"

#include <vector>

#include "grapevine/train/detail/description_state.h"
#include "grapevine/train/detail/fingerprint.h"
#include "grapevine/util/error.h"
#include "grapevine/version.h"

namespace grapevine::train {
namespace {

std::string text_of(const io::StateValue& value);

std::string key_text(const io::StateKey& key) {
  const auto* name = std::get_if<std::string>(&key);
  return name != nullptr ? *name : std::to_string(std::get<std::int64_t>(key));
}

std::string text_of(const io::StateDict& dict) {
  std::vector<std::string> entries;
  for (const auto& [key, value] : dict.entries()) {
    entries.push_back(key_text(key) + "=" + text_of(value));
  }
  return entries.empty() ? "none" : fmt::format("{}", fmt::join(entries, ", "));
}

std::string text_of(const io::StateValue& value) {
  if (const auto* flag = value.get_if<bool>()) {
    return *flag ? "yes" : "no";
  }
  if (const auto* number = value.get_if<std::int64_t>()) {
    return std::to_string(*number);
  }
  if (const auto* number = value.get_if<double>()) {
    return fmt::format("{}", *number);
  }
  if (const auto* text = value.get_if<std::string>()) {
    return text->empty() ? "none" : *text;
  }
  if (const auto* list = value.get_if<io::StateList>()) {
    std::vector<std::string> items;
    for (const io::StateValue& item : *list) {
      items.push_back(text_of(item));
    }
    return fmt::format("{}", fmt::join(items, ","));
  }
  const auto* dict = value.get_if<io::StateDict>();
  return dict != nullptr ? text_of(*dict) : std::string(value.type_name());
}

/// Everything of `now` that is different there.
void add_differences(const io::StateDict& there, const io::StateDict& now,
                     std::vector<std::string>& differences) {
  for (const auto& [key, value] : now.entries()) {
    const io::StateValue* other = there.find(key);
    const std::string text = text_of(value);
    const std::string other_text = other == nullptr ? "nothing" : text_of(*other);
    if (text != other_text) {
      differences.push_back(fmt::format("{}: {} there, {} now", key_text(key), other_text, text));
    }
  }
}

}  // namespace

RunIdentity identify_run(const datasets::NodeClassificationDataset& dataset,
                         const NodeClassificationOptions& options) {
  RunIdentity identity;
  identity.options = detail::to_state(describe_model(dataset, options));
  // How the graph was prepared shows in the data.
  io::StateList fanouts(options.fanouts.begin(), options.fanouts.end());
  io::StateDict weight_decay_of;
  for (const auto& [prefix, value] : options.weight_decay_of) {
    weight_decay_of.set(prefix, value);
  }
  const bool is_half = options.precision == Precision::kBFloat16;
  const bool selects = options.select == Selection::kBestValid;
  for (const auto& [name, value] : std::vector<std::pair<std::string, io::StateValue>>{
           {"full_graph", options.full_graph},
           {"fanouts", options.full_graph ? io::StateList() : fanouts},
           {"batch_size", options.full_graph ? 0 : options.batch_size},
           {"lr", options.lr},
           {"weight_decay", options.weight_decay},
           {"weight_decay_of", weight_decay_of},
           {"select", selects ? "best-valid" : "last"},
           {"seed", std::to_string(options.seed)},
           {"precision", is_half ? "bfloat16" : "float32"}}) {
    identity.options.set(name, value);
  }
  identity.data = {{"nodes", dataset.graph.num_nodes()},
                   {"edges", dataset.graph.num_edges()},
                   {"classes", dataset.num_classes},
                   {"training_nodes", dataset.split.train.numel()},
                   {"validation_nodes", dataset.split.valid.numel()},
                   {"test_nodes", dataset.split.test.numel()},
                   {"content", detail::fingerprint(dataset)}};
  return identity;
}

void check_same_run(const RunIdentity& there, const RunIdentity& now, const std::string& what) {
  std::vector<std::string> differences;
  add_differences(there.options, now.options, differences);
  add_differences(there.data, now.data, differences);
  check(differences.empty(), "{}: this is another run: {}", what, fmt::join(differences, "; "));
}

}  // namespace grapevine::train
