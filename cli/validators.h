#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>

namespace grapevine::cli {

/// Rejects what is not a whole number from `lowest` to `highest`.
[[nodiscard]] CLI::Validator whole_number(std::int64_t lowest, std::int64_t highest = INT64_MAX);

/// Rejects what is not a positive number.
[[nodiscard]] CLI::Validator positive_number();

/// Rejects what is not a number of at least 0, and below `bound`.
[[nodiscard]] CLI::Validator number_below(double bound);

}  // namespace grapevine::cli
