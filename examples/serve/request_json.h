#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backend.h"

namespace serving {

/// The body of POST /predict.
struct PredictRequest {
  std::vector<std::int64_t> ids;
  bool scores = false;
};

/// Reads `{"ids": [...], "scores": true}`. Throws `grapevine::Error` that says
/// what is wrong.
[[nodiscard]] PredictRequest parse_predict(const std::string& body, std::size_t max_ids);

/// Reads `{"features": [[...]], "src": [...], "dst": [...], "edge_features":
/// [...]}`, of which everything may be missing. Throws `grapevine::Error` that
/// says what is wrong.
[[nodiscard]] Addition parse_append(const std::string& body);

/// `{"version": 3, "classes": [...]}`, with `scores` if they are asked for.
[[nodiscard]] std::string predict_json(const Scores& scores, bool with_scores);

}  // namespace serving
