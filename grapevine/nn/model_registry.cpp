#include "grapevine/nn/model_registry.h"

#include <algorithm>
#include <utility>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {
namespace {

std::shared_ptr<Model> make_stack(const ConvArguments& arguments, const ConvStackOptions& stack) {
  return ConvStack(arguments.in_feats, arguments.out_feats, stack).ptr();
}

}  // namespace

Registry<ModelEntry>& models() {
  static Registry<ModelEntry> registry("model");
  return registry;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names = models().names();
  for (std::string& name : convs().names()) {
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

ModelEntry model_entry(const std::string& name) {
  if (models().contains(name)) {
    return models().get(name);
  }
  check(convs().contains(name), "unknown model \"{}\"; known are: {}", name,
        fmt::join(model_names(), ", "));
  const ConvEntry& conv = convs().get(name);
  return {.description = conv.description, .options = conv.options, .make = make_stack};
}

std::shared_ptr<Model> make_model(std::int64_t in_feats, std::int64_t out_feats,
                                  const ConvStackOptions& options) {
  const ModelEntry entry = model_entry(options.conv);
  detail::check_positive("model: in_feats", in_feats);
  detail::check_positive("model: out_feats", out_feats);
  return entry.make(
      {.in_feats = in_feats,
       .out_feats = out_feats,
       .edge_feats = options.edge_feats,
       .options = complete_options("model", options.conv, entry.options, options.conv_options)},
      options);
}

}  // namespace grapevine::nn
