#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "chart.h"

namespace grapevine::cli {

namespace {

constexpr std::size_t kMostClasses = 48;
constexpr std::size_t kFewClasses = 12;  ///< whose cells have room for a number
constexpr double kMatrixSize = 456;
constexpr double kMatrixLeft = 42;
constexpr double kMatrixTop = 34;

using ClassCounts = std::vector<std::vector<std::int64_t>>;

struct ShownMatrix {
  std::vector<std::string> names;
  ClassCounts counts;
};

std::int64_t row_sum(const std::vector<std::int64_t>& row) {
  return std::accumulate(row.begin(), row.end(), std::int64_t{0});
}

ShownMatrix shown_matrix(const ClassCounts& counts) {
  std::vector<std::size_t> classes(counts.size());
  std::iota(classes.begin(), classes.end(), std::size_t{0});
  ShownMatrix shown;
  if (pools_classes(counts.size())) {
    std::stable_sort(classes.begin(), classes.end(), [&counts](std::size_t a, std::size_t b) {
      return row_sum(counts[a]) > row_sum(counts[b]);
    });
    std::sort(classes.begin(), classes.begin() + (kMostClasses - 1));
  }
  const std::size_t size = std::min(counts.size(), kMostClasses);
  shown.counts.assign(size, std::vector<std::int64_t>(size));
  for (std::size_t i = 0; i < classes.size(); ++i) {
    for (std::size_t j = 0; j < classes.size(); ++j) {
      shown.counts[std::min(i, size - 1)][std::min(j, size - 1)] += counts[classes[i]][classes[j]];
    }
    if (i < size) {
      shown.names.push_back(std::to_string(classes[i]));
    }
  }
  if (pools_classes(counts.size())) {
    shown.names.back() = "other";
  }
  return shown;
}

}  // namespace

bool pools_classes(std::size_t num_classes) { return num_classes > kMostClasses; }

std::string render_confusion(const std::vector<std::vector<std::int64_t>>& counts) {
  const ShownMatrix matrix = shown_matrix(counts);
  const std::size_t size = matrix.counts.size();
  const double cell = kMatrixSize / static_cast<double>(std::max<std::size_t>(size, 2));
  std::string svg = fmt::format(
      R"(<svg class="chart matrix" viewBox="0 0 520 494" role="img" aria-label="Confusion matrix"><title>Confusion matrix</title>)"
      R"(<text class="label" x="{0}" y="11">predicted class</text><text class="label" transform="translate(11 {1}) rotate(-90) " text-anchor="end">true class</text>)",
      kMatrixLeft, kMatrixTop);
  const double end = cell * static_cast<double>(size);
  svg += fmt::format(R"(<rect class="ground" x="{}" y="{}" width="{:.2f}" height="{:.2f}"/>)",
                     kMatrixLeft, kMatrixTop, end, end);
  // As many names as do not touch, the last one always.
  std::size_t letters = 0;
  for (const std::string& name : matrix.names) {
    letters = std::max(letters, name.size());
  }
  const double name_width = std::max(15.0, 6.5 * static_cast<double>(letters) + 6);
  const auto every_row = static_cast<std::size_t>(std::ceil(15 / cell));
  const auto every_column = static_cast<std::size_t>(std::ceil(name_width / cell));
  const auto is_named = [size, &matrix](std::size_t index, std::size_t every) {
    const bool is_last = index + 1 == size;
    return (is_last && matrix.names[index] == "other") ||
           (index % every == 0 && (index + every < size || matrix.names.back() != "other"));
  };
  for (std::size_t row = 0; row < size; ++row) {
    const double y = kMatrixTop + cell * static_cast<double>(row);
    const double middle = cell * (static_cast<double>(row) + 0.5);
    const std::int64_t sum = row_sum(matrix.counts[row]);
    if (is_named(row, every_row)) {
      svg += fmt::format(R"(<text class="end small" x="{}" y="{:.1f}">{}</text>)", kMatrixLeft - 5,
                         kMatrixTop + middle + 3.5, matrix.names[row]);
    }
    if (is_named(row, every_column)) {
      svg += fmt::format(R"(<text class="middle small" x="{:.1f}" y="{}">{}</text>)",
                         kMatrixLeft + middle, kMatrixTop - 6, matrix.names[row]);
    }
    for (std::size_t column = 0; column < size; ++column) {
      const std::int64_t count = matrix.counts[row][column];
      if (count == 0) {
        continue;
      }
      const double share = static_cast<double>(count) / static_cast<double>(sum);
      // Small shares stay visible.
      const double strength = 0.08 + 0.92 * std::pow(share, 0.7);
      const double x = kMatrixLeft + cell * static_cast<double>(column);
      svg += fmt::format(
          R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill-opacity="{:.2f}"><title>{} as {}: {} ({})</title></rect>)",
          row == column ? "hit" : "miss", x, y, cell, cell, strength, matrix.names[row],
          matrix.names[column], count, format_number(share, NumberStyle::kPercent));
      if (size <= kFewClasses) {
        svg += fmt::format(R"(<text class="middle small {}" x="{:.1f}" y="{:.1f}">{:.0f}</text>)",
                           strength > 0.55 ? "on" : "ink", x + cell / 2, y + cell / 2 + 4,
                           100 * share);
      }
    }
  }
  // Lines between the classes: all where there are few, else every fifth.
  const std::size_t step = size <= kFewClasses ? 1 : 5;
  for (std::size_t i = 0; i <= size; i += step) {
    const double at = cell * static_cast<double>(i);
    svg += fmt::format(R"(<path class="cut" d="M{0:.1f} {1}v{2:.1f}M{3} {4:.1f}h{2:.1f}"/>)",
                       kMatrixLeft + at, kMatrixTop, end, kMatrixLeft, kMatrixTop + at);
  }
  return svg + "</svg>";
}

}  // namespace grapevine::cli
