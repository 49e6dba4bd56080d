#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cli {

/// Text for HTML and SVG: what has a meaning there is escaped, control characters become spaces.
[[nodiscard]] std::string escape_html(std::string_view text);

/// How numbers of a chart are written.
enum class NumberStyle { kPlain, kPercent, kSeconds, kCount };

/// "0.3214", "71.4 %", "2 min 05 s", "1 234 567"; a dash for NaN.
[[nodiscard]] std::string format_number(double value, NumberStyle style);

/// Round numbers from at most `lowest` to at least `highest`, about `count` of them, which must be
/// finite. Whole numbers only, if `is_whole`.
[[nodiscard]] std::vector<double> ticks(double lowest, double highest, int count,
                                        bool is_whole = false);

struct ChartPoint {
  double x;
  double y;  ///< NaN: a gap
};

/// A line of a chart. Colours are classes of the page: `c0` to `c7` and `muted`.
struct ChartSeries {
  std::string name;
  std::string color;
  bool is_dashed = false;
  std::vector<ChartPoint> points;  ///< by rising x
  std::vector<double> lower{};     ///< of a band around the points; empty: none
  std::vector<double> upper{};
  bool is_mark = false;  ///< points only
};

struct LineChart {
  std::string title;  ///< for those who cannot see it
  std::string x_label;
  NumberStyle style = NumberStyle::kPlain;
  bool from_zero = false;   ///< the vertical axis begins at 0
  bool may_be_log = false;  ///< it is logarithmic if the values span two powers of ten
  double highest = 0;       ///< the most that a value can be; 0: anything
  std::vector<ChartSeries> series;
};

/// The chart as an SVG element, and what the page's script needs to show the values under the
/// pointer, as a JSON object. Of very many points, those that are seen.
struct RenderedChart {
  std::string svg;
  std::string data;
};
[[nodiscard]] RenderedChart render(const LineChart& chart);

/// A row of a bar that is made of parts.
struct StackedBar {
  std::string name;
  struct Part {
    std::string name;
    std::string color;
    double value;
  };
  std::vector<Part> parts;
};
/// Bars below each other on one scale, of seconds.
[[nodiscard]] std::string render_stacked_bars(const std::string& title,
                                              const std::vector<StackedBar>& bars);

/// A matrix of `[num_classes, num_classes]` counts, true class by predicted class, coloured by the
/// share of each row. Above 48 classes, those with the most nodes, and the others together.
[[nodiscard]] std::string render_confusion(const std::vector<std::vector<std::int64_t>>& counts);
/// Whether `render_confusion` puts classes together.
[[nodiscard]] bool pools_classes(std::size_t num_classes);

/// Bars of the number of nodes of in-degree 0, 1, 2 to 3, 4 to 7, ...
[[nodiscard]] std::string render_degrees(const std::vector<std::int64_t>& counts);

}  // namespace grapevine::cli
