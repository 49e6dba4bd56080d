#include "grapevine/train/detail/description_state.h"

#include <cstdint>

#include "grapevine/nn/model_registry.h"
#include "grapevine/util/error.h"
#include "grapevine/version.h"

namespace grapevine::train::detail {
namespace {

constexpr std::int64_t kFormatVersion = 1;
constexpr const char* kTask = "nodes";

}  // namespace

std::map<std::string, std::string> all_options(const ModelDescription& description) {
  const nn::ConvStackOptions& options = description.options;
  return nn::complete_options("model", options.conv, nn::model_entry(options.conv).options,
                              options.conv_options);
}

io::StateDict to_state(const ModelDescription& description) {
  const nn::ConvStackOptions& options = description.options;
  io::StateDict own;
  for (const auto& [name, value] : all_options(description)) {
    own.set(name, option_value(value));
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

ModelDescription description_from(const Fields& fields) {
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

}  // namespace grapevine::train::detail
