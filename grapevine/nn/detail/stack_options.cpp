#include "grapevine/nn/detail/stack_options.h"

#include <ATen/ops/elu.h>
#include <fmt/format.h>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/choice.h"
#include "grapevine/util/error.h"

namespace grapevine::nn::detail {

void check_stack_options(std::string_view model, const ConvStackOptions& options) {
  check_positive(fmt::format("{}: layers", model), options.layers);
  check_positive(fmt::format("{}: hidden", model), options.hidden);
  check(options.edge_feats >= 0, "{}: edge_feats: expected 0 or more, got {}", model,
        options.edge_feats);
  check_dropout(fmt::format("{}: input_dropout", model), options.input_dropout);
  check_dropout(fmt::format("{}: dropout", model), options.dropout);
  static_cast<void>(named_activation(model, options.activation));
  check(options.norm == "batch" || options.norm == "layer" || options.norm == "none",
        "{}: norm: expected one of [batch, layer, none], got \"{}\"", model, options.norm);
}

void check_plain_options(std::string_view model, const ConvStackOptions& options) {
  check_stack_options(model, options);
  check(options.norm == "none", "{}: norm: this model has none, got \"{}\"", model, options.norm);
  check(!options.residual, "{}: residual: this model has no such option", model);
}

Activation named_activation(std::string_view model, const std::string& name) {
  return choose<Activation>(fmt::format("{}: activation", model), name,
                            {{"relu", [](const at::Tensor& h) { return h.relu(); }},
                             {"elu", [](const at::Tensor& h) { return at::elu(h); }},
                             {"none", {}}});
}

}  // namespace grapevine::nn::detail
