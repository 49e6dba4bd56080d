#include "chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace grapevine::cli {

namespace {

// Sizes in the units of the viewBox, which are about a pixel.
constexpr double kChartWidth = 520;
constexpr double kChartHeight = 270;
constexpr double kChartLeft = 52;
constexpr double kChartRight = 20;
constexpr double kChartTop = 10;
constexpr double kChartBottom = 34;
constexpr std::size_t kMostPoints = 1000;
constexpr double kLogSpan = 100;

/// A number of the drawing: a tenth of a unit is enough.
std::string px(double value) {
  std::string text = fmt::format("{:.1f}", value);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

/// "1 234 567" with narrow spaces that do not break.
std::string grouped(double value) {
  const std::string digits = fmt::format("{:.0f}", value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0 && digits[i - 1] != '-') {
      text += "\u202f";
    }
    text += digits[i];
  }
  return text;
}

std::string duration(double seconds) {
  if (seconds < 60) {
    return seconds < 10 ? fmt::format("{:.2f} s", seconds) : fmt::format("{:.1f} s", seconds);
  }
  const auto whole = static_cast<std::int64_t>(std::min(std::round(seconds), 1e15));
  if (whole < 3600) {
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  }
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

/// The label of a tick, which needs only as many digits as its neighbours differ in.
std::string tick_label(double value, double step, NumberStyle style) {
  const double scale = style == NumberStyle::kPercent ? 100 : 1;
  const int digits =
      static_cast<int>(std::clamp(std::ceil(-std::log10(step * scale) - 1e-9), 0.0, 12.0));
  if (style == NumberStyle::kPercent) {
    return fmt::format("{:.{}f} %", value * scale, digits);
  }
  const bool is_long = std::abs(value) >= 1e6 || (value != 0 && std::abs(value) < 1e-3);
  const std::string text = is_long       ? fmt::format("{:.3g}", value)
                           : digits == 0 ? grouped(value)
                                         : fmt::format("{:.{}f}", value, digits);
  return style == NumberStyle::kSeconds ? text + " s" : text;
}

/// Where values stand on an axis.
struct Scale {
  double lowest;
  double highest;
  double begin;  ///< in the drawing
  double end;
  bool is_log = false;

  [[nodiscard]] double operator()(double value) const {
    const auto place = [this](double v) { return is_log ? std::log10(v) : v; };
    const double span = place(highest) - place(lowest);
    return begin + (end - begin) * (span > 0 ? (place(value) - place(lowest)) / span : 0.5);
  }
};

std::vector<double> log_ticks(double lowest, double highest) {
  std::vector<double> values;
  const int first = static_cast<int>(std::floor(std::log10(lowest)));
  const int last = static_cast<int>(std::ceil(std::log10(highest)));
  const int step = std::max(1, (last - first) / 6);
  for (int power = first; power < last + step; power += step) {
    values.push_back(std::pow(10.0, power));
  }
  return values;
}

struct Range {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (std::isfinite(value)) {
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  }
  [[nodiscard]] bool is_empty() const { return lowest > highest; }
};

std::pair<Range, Range> ranges(const LineChart& chart) {
  Range x;
  Range y;
  for (const ChartSeries& series : chart.series) {
    for (const ChartPoint& point : series.points) {
      if (std::isfinite(point.y)) {
        x.add(point.x);
        y.add(point.y);
      }
    }
    std::for_each(series.lower.begin(), series.lower.end(), [&y](double v) { y.add(v); });
    std::for_each(series.upper.begin(), series.upper.end(), [&y](double v) { y.add(v); });
  }
  return {x, y};
}

/// The lowest and highest of each of `kMostPoints / 2` stretches: what can be seen of all points.
std::vector<ChartPoint> thinned(const std::vector<ChartPoint>& points) {
  if (points.size() <= kMostPoints) {
    return points;
  }
  constexpr std::size_t kStretches = kMostPoints / 2;
  std::vector<ChartPoint> kept;
  for (std::size_t i = 0; i < kStretches; ++i) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(points.size() * i / kStretches);
    const auto end =
        points.begin() + static_cast<std::ptrdiff_t>(points.size() * (i + 1) / kStretches);
    const auto [low, high] = std::minmax_element(
        begin, end, [](const ChartPoint& a, const ChartPoint& b) { return a.y < b.y; });
    kept.push_back(*std::min(low, high));
    if (low != high) {
      kept.push_back(*std::max(low, high));
    }
  }
  return kept;
}

std::string path_of(const std::vector<ChartPoint>& points, const Scale& x, const Scale& y) {
  std::string path;
  bool is_in_line = false;
  for (const ChartPoint& point : points) {
    const bool is_shown = std::isfinite(point.y) && (!y.is_log || point.y > 0);
    if (is_shown) {
      path += fmt::format("{}{} {}", is_in_line ? "L" : "M", px(x(point.x)), px(y(point.y)));
    }
    is_in_line = is_shown;
  }
  return path;
}

std::string band_of(const ChartSeries& series, const Scale& x, const Scale& y) {
  std::vector<ChartPoint> upper;
  std::vector<ChartPoint> lower;
  for (std::size_t i = 0; i < series.lower.size(); ++i) {
    upper.push_back({series.points[i].x, series.upper[i]});
    lower.push_back({series.points[i].x, series.lower[i]});
  }
  std::string path = path_of(thinned(upper), x, y);
  lower = thinned(lower);
  std::reverse(lower.begin(), lower.end());
  std::string back = path_of(lower, x, y);
  if (path.empty() || back.empty()) {
    return "";
  }
  back.front() = 'L';
  return fmt::format(R"(<path class="band {}" d="{}{}Z"/>)", series.color, path, back);
}

std::string marks_of(const ChartSeries& series, const Scale& x, const Scale& y) {
  std::string svg;
  for (const ChartPoint& point : series.points) {
    const bool is_shown = std::isfinite(point.y) && (!y.is_log || point.y > 0);
    if (is_shown && series.is_mark) {
      svg += fmt::format(R"(<path class="mark {}" d="M{} {}l5 5l-5 5l-5 -5Z"/>)", series.color,
                         px(x(point.x)), px(y(point.y) - 5));
    } else if (is_shown) {
      svg += fmt::format(R"(<circle class="mark {}" cx="{}" cy="{}" r="2.5"/>)", series.color,
                         px(x(point.x)), px(y(point.y)));
    }
  }
  return svg;
}

std::string grid(const Scale& x, const Scale& y, const std::vector<double>& x_ticks,
                 const std::vector<double>& y_ticks, const LineChart& chart) {
  std::string svg;
  for (const double tick : y_ticks) {
    const double step = y.is_log ? tick : y_ticks[1] - y_ticks[0];
    svg += fmt::format(
        R"(<line class="grid" x1="{}" y1="{}" x2="{}" y2="{}"/><text class="end" x="{}" y="{}">{}</text>)",
        px(x.begin), px(y(tick)), px(x.end), px(y(tick)), px(x.begin - 7), px(y(tick) + 4),
        tick_label(tick, step, chart.style));
  }
  for (const double tick : x_ticks) {
    if (tick >= x.lowest && tick <= x.highest) {
      svg +=
          fmt::format(R"(<line class="axis" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>)"
                      R"(<text class="middle" x="{0}" y="{3}">{4}</text>)",
                      px(x(tick)), px(y.begin), px(y.begin + 4), px(y.begin + 17), grouped(tick));
    }
  }
  svg += fmt::format(R"(<line class="axis" x1="{}" y1="{}" x2="{}" y2="{}"/>)", px(x.begin),
                     px(y.begin), px(x.end), px(y.begin));
  svg += fmt::format(R"(<text class="end label" x="{}" y="{}">{}</text>)", px(x.end),
                     px(y.begin + 31), escape_html(chart.x_label));
  return svg;
}

std::string hover_data(const LineChart& chart, const Scale& x) {
  nlohmann::ordered_json series = nlohmann::ordered_json::array();
  for (const ChartSeries& entry : chart.series) {
    nlohmann::ordered_json points = nlohmann::ordered_json::array();
    for (const ChartPoint& point : thinned(entry.points)) {
      if (std::isfinite(point.y)) {
        points.push_back({point.x, format_number(point.y, chart.style)});
      }
    }
    series.push_back({{"name", entry.name}, {"color", entry.color}, {"points", points}});
  }
  const nlohmann::ordered_json data = {{"label", chart.x_label}, {"lowest", x.lowest},
                                       {"highest", x.highest},   {"begin", x.begin},
                                       {"end", x.end},           {"series", series}};
  std::string text = data.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
  // A "</script>" would end the element that holds this.
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;) {
    text.replace(at, 1, "\\u003c");
  }
  return text;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += (c >= 0 && c < ' ') || c == 0x7f ? ' ' : c;
    }
  }
  return escaped;
}

std::string format_number(double value, NumberStyle style) {
  if (!std::isfinite(value)) {
    return "\u2013";
  }
  switch (style) {
    case NumberStyle::kPercent:
      return fmt::format("{:.1f} %", 100 * value);
    case NumberStyle::kSeconds:
      return duration(value);
    case NumberStyle::kCount:
      return grouped(value);
    case NumberStyle::kPlain:
      break;
  }
  return fmt::format("{:.4g}", value);
}

std::vector<double> ticks(double lowest, double highest, int count, bool is_whole) {
  if (!(highest > lowest)) {
    const double half = is_whole ? 1 : std::max(std::abs(lowest) / 2, 1e-9);
    lowest -= half;
    highest += half;
  }
  // Halves first: the span of all doubles is no double.
  const double rough = std::max((highest / 2 - lowest / 2) / count * 2, is_whole ? 1.0 : 1e-300);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> values;
  const double first = std::floor(lowest / step + 1e-9);
  const double last = std::ceil(highest / step - 1e-9);
  for (double i = first; i <= last && values.size() < 100; ++i) {
    values.push_back(i * step);
  }
  return values;
}

RenderedChart render(const LineChart& chart) {
  const std::string head =
      fmt::format(R"(<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">)",
                  kChartWidth, kChartHeight, escape_html(chart.title));
  auto [x_range, y_range] = ranges(chart);
  if (x_range.is_empty()) {
    return {head + R"(<text class="middle" x="260" y="130">no values</text></svg>)", ""};
  }
  const bool is_log =
      chart.may_be_log && y_range.lowest > 0 && y_range.highest > kLogSpan * y_range.lowest;
  // A flat curve close to zero says less than one that shows how close.
  if (chart.from_zero ||
      (!is_log && y_range.lowest > 0 && y_range.lowest < 0.4 * y_range.highest)) {
    y_range.lowest = std::min(y_range.lowest, 0.0);
  }
  std::vector<double> y_ticks = is_log ? log_ticks(y_range.lowest, y_range.highest)
                                       : ticks(y_range.lowest, y_range.highest, 5);
  std::erase_if(y_ticks, [&](double tick) {
    return tick < -1e-12 || (chart.highest > 0 && tick > chart.highest * (1 + 1e-9));
  });
  if (y_ticks.size() < 2) {
    y_ticks = {0, chart.highest > 0 ? chart.highest : 1};
  }
  if (x_range.lowest == x_range.highest) {
    x_range.lowest -= 1;
    x_range.highest += 1;
  }
  const std::vector<double> x_ticks = ticks(x_range.lowest, x_range.highest, 8, true);
  const Scale x{x_range.lowest, x_range.highest, kChartLeft, kChartWidth - kChartRight};
  const Scale y{y_ticks.front(), y_ticks.back(), kChartHeight - kChartBottom, kChartTop, is_log};
  std::string svg = head + fmt::format("<title>{}</title>", escape_html(chart.title)) +
                    grid(x, y, x_ticks, y_ticks, chart);
  for (const ChartSeries& series : chart.series) {
    svg += band_of(series, x, y);
  }
  for (const ChartSeries& series : chart.series) {
    constexpr std::size_t kFew = 2;
    if (!series.is_mark) {
      svg += fmt::format(R"(<path class="line {}{}" d="{}"/>)", series.color,
                         series.is_dashed ? " dashed" : "", path_of(thinned(series.points), x, y));
    }
    if (series.is_mark || series.points.size() <= kFew) {
      svg += marks_of(series, x, y);
    }
  }
  svg +=
      fmt::format(R"(<line class="rule" x1="0" x2="0" y1="{}" y2="{}" visibility="hidden"/></svg>)",
                  px(kChartTop), px(y.begin));
  return {svg, hover_data(chart, x)};
}

}  // namespace grapevine::cli
