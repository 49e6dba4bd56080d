#pragma once

#include <cstdint>
#include <vector>

#include "backend.h"
#include "grapevine/serve/predictor.h"

namespace serving {

/// A `grapevine::serve::Predictor`, without its tensors.
class PredictorBackend final : public Backend {
 public:
  explicit PredictorBackend(grapevine::serve::Predictor& predictor) : predictor_(predictor) {}

  [[nodiscard]] Scores predict(const std::vector<std::int64_t>& ids) const override;
  [[nodiscard]] GraphSize size() const override;
  GraphSize append(const Addition& addition) override;

 private:
  grapevine::serve::Predictor& predictor_;
};

}  // namespace serving
