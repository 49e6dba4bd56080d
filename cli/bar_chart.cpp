#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "chart.h"

namespace grapevine::cli {

namespace {

constexpr double kBarChartWidth = 520;
constexpr double kRowHeight = 46;
constexpr double kThickness = 18;
constexpr double kDegreeHeight = 250;
constexpr double kDegreeTop = 22;
constexpr double kDegreeBottom = 40;
constexpr double kGapAfterZero = 8;
constexpr double kRightOfBars = 14;  ///< half of the last label

double sum_of(const StackedBar& bar) {
  return std::accumulate(bar.parts.begin(), bar.parts.end(), 0.0,
                         [](double sum, const StackedBar::Part& part) { return sum + part.value; });
}

/// "1", "512", "2k", "16M": short enough for the side of a bar.
std::string short_power(std::size_t exponent) {
  static constexpr const char* kUnits[] = {"", "k", "M", "G", "T", "P", "E"};
  return fmt::format("{}{}", 1ULL << (exponent % 10), kUnits[exponent / 10]);
}

std::string bin_name(std::size_t bin) {
  if (bin <= 1) {
    return std::to_string(bin);
  }
  return fmt::format("{}\u2013{}", 1ULL << (bin - 1), (1ULL << bin) - 1);
}

}  // namespace

std::string render_stacked_bars(const std::string& title, const std::vector<StackedBar>& bars) {
  double longest = 0;
  for (const StackedBar& bar : bars) {
    longest = std::max(longest, sum_of(bar));
  }
  const double height = kRowHeight * static_cast<double>(bars.size());
  std::string svg = fmt::format(
      R"(<svg class="chart bars" viewBox="0 0 {0} {1}" role="img" aria-label="{2}"><title>{2}</title>)",
      kBarChartWidth, height, escape_html(title));
  for (std::size_t row = 0; row < bars.size(); ++row) {
    const double top = kRowHeight * static_cast<double>(row);
    svg += fmt::format(
        R"(<text x="0" y="{}">{}</text><text class="end strong" x="{}" y="{}">{}</text>)", top + 13,
        escape_html(bars[row].name), kBarChartWidth, top + 13,
        format_number(sum_of(bars[row]), NumberStyle::kSeconds));
    double x = 0;
    for (const StackedBar::Part& part : bars[row].parts) {
      const double width = longest > 0 ? kBarChartWidth * part.value / longest : 0;
      if (width > 0) {
        // A line of the background between the parts.
        svg += fmt::format(
            R"(<rect class="{}" x="{:.2f}" y="{}" width="{:.2f}" height="{}"><title>{}: {}</title></rect>)",
            part.color, x, top + 19, std::max(width - 1, 0.3), kThickness, escape_html(part.name),
            format_number(part.value, NumberStyle::kSeconds));
      }
      x += width;
    }
  }
  return svg + "</svg>";
}

std::string render_degrees(const std::vector<std::int64_t>& counts) {
  std::size_t bins = counts.size();
  while (bins > 0 && counts[bins - 1] == 0) {
    --bins;
  }
  const std::string head = fmt::format(
      R"(<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="Nodes by in-degree"><title>Nodes by in-degree</title>)",
      kBarChartWidth, kDegreeHeight);
  if (bins == 0) {
    return head + R"(<text class="middle" x="260" y="125">no nodes</text></svg>)";
  }
  const auto highest = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  // The nodes without neighbours stand apart: on a logarithmic axis there is no place for them.
  const double width = (kBarChartWidth - kGapAfterZero - kRightOfBars) /
                       static_cast<double>(std::max<std::size_t>(bins, 6));
  const double base = kDegreeHeight - kDegreeBottom;
  std::string svg = head;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double x = width * static_cast<double>(bin) + (bin > 0 ? kGapAfterZero : 0);
    const auto count = static_cast<double>(counts[bin]);
    const double height = (base - kDegreeTop) * count / highest;
    svg += fmt::format(
        R"(<rect class="c0" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>in-degree {}: {} nodes ({})</title></rect>)",
        x + 1, base - height, width - 2, height, bin_name(bin),
        format_number(count, NumberStyle::kCount),
        format_number(count / total, NumberStyle::kPercent));
    constexpr double kWidthOfLabel = 34;
    if (count > 0 && width >= kWidthOfLabel) {
      svg += fmt::format(R"(<text class="middle small" x="{:.1f}" y="{:.1f}">{}</text>)",
                         x + width / 2, base - height - 5,
                         format_number(count / total, NumberStyle::kPercent));
    }
    if (bin == 0) {
      svg +=
          fmt::format(R"(<text class="middle" x="{:.1f}" y="{}">0</text>)", width / 2, base + 17);
    }
  }
  // Where a bar begins; where all labels would touch, every other one.
  constexpr double kWidthOfPower = 26;
  for (std::size_t edge = 0; edge < bins; edge += width >= kWidthOfPower ? 1 : 2) {
    const double x = width * static_cast<double>(edge + 1) + kGapAfterZero;
    svg += fmt::format(
        R"(<line class="axis" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/><text class="middle" x="{0:.1f}" y="{3}">{4}</text>)",
        x, base, base + 4, base + 17, short_power(edge));
  }
  svg += fmt::format(R"(<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>)", base,
                     kBarChartWidth);
  return svg + fmt::format(R"(<text class="end label" x="{}" y="{}">in-degree</text></svg>)",
                           kBarChartWidth, base + 35);
}

}  // namespace grapevine::cli
