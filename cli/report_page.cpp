#include "report_page.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "chart.h"
#include "report_tables.h"

namespace grapevine::cli {

namespace {

/// What a curve is made of.
using EpochNumber = double RunEpoch::*;

std::string color_of(std::size_t run) { return fmt::format("c{}", run); }

/// A number of each epoch: of several folds their mean, in a band from the lowest to the highest.
ChartSeries curve(const RunFile& run, EpochNumber number) {
  std::map<std::int64_t, std::vector<double>> folds;
  for (const RunEpoch& epoch : run.epochs) {
    std::vector<double>& values = folds[epoch.epoch];
    if (std::isfinite(epoch.*number)) {
      values.push_back(epoch.*number);
    }
  }
  ChartSeries series;
  const bool has_folds = !run.epochs.empty() && run.epochs.front().fold != run.epochs.back().fold;
  for (const auto& [epoch, values] : folds) {
    const double mean = values.empty() ? kMissing
                                       : std::accumulate(values.begin(), values.end(), 0.0) /
                                             static_cast<double>(values.size());
    series.points.push_back({static_cast<double>(epoch), mean});
    if (has_folds) {
      series.lower.push_back(values.empty() ? mean : *std::ranges::min_element(values));
      series.upper.push_back(values.empty() ? mean : *std::ranges::max_element(values));
    }
  }
  return series;
}

bool has_values(const ChartSeries& series) {
  return std::ranges::any_of(series.points,
                             [](const ChartPoint& point) { return std::isfinite(point.y); });
}

std::string legend_entry(const ChartSeries& series) {
  const std::string key =
      series.is_mark
          ? fmt::format(R"(<path class="mark {}" d="M11 0l5 5l-5 5l-5 -5Z"/>)", series.color)
          : fmt::format(R"(<path class="line {}{}" d="M1 5H21"/>)", series.color,
                        series.is_dashed ? " dashed" : "");
  return fmt::format(R"(<li><svg viewBox="0 0 22 10" aria-hidden="true">{}</svg>{}</li>)", key,
                     escape_html(series.name));
}

std::string legend(const std::vector<ChartSeries>& entries) {
  std::string html = "<ul class=\"legend\">";
  for (const ChartSeries& entry : entries) {
    html += legend_entry(entry);
  }
  return html + "</ul>";
}

std::string figure(const std::string& heading, const LineChart& chart,
                   const std::vector<ChartSeries>& entries) {
  const RenderedChart drawn = render(chart);
  const std::string hover =
      drawn.data.empty()
          ? ""
          : fmt::format(
                R"(<script type="application/json">{}</script><div class="tip" hidden></div>)",
                drawn.data);
  return fmt::format(
      "<figure{}><figcaption><h2>{}</h2>{}</figcaption><div class=\"scroll\">{}</div>{}</figure>\n",
      drawn.data.empty() ? "" : " data-hover", heading, entries.size() > 1 ? legend(entries) : "",
      drawn.svg, hover);
}

std::string figure(const std::string& heading, const LineChart& chart) {
  return figure(heading, chart, chart.series);
}

/// A chart of one number for each run.
LineChart chart_of(const std::vector<RunFile>& runs, const std::vector<std::string>& names,
                   EpochNumber number) {
  LineChart chart{.x_label = "epoch"};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    ChartSeries series = curve(runs[i], number);
    series.name = names[i];
    series.color = color_of(i);
    if (has_values(series)) {
      chart.series.push_back(std::move(series));
    }
  }
  return chart;
}

LineChart loss_chart(const std::vector<RunFile>& runs, const std::vector<std::string>& names) {
  LineChart chart = chart_of(runs, names, &RunEpoch::loss);
  chart.title = "Training loss by epoch";
  chart.may_be_log = true;
  return chart;
}

LineChart seconds_chart(const std::vector<RunFile>& runs, const std::vector<std::string>& names) {
  LineChart chart = chart_of(runs, names, &RunEpoch::seconds);
  chart.title = "Seconds of training by epoch";
  chart.style = NumberStyle::kSeconds;
  chart.from_zero = true;
  return chart;
}

/// Validation as a line, training dotted, and the test as a mark.
LineChart accuracy_chart(const std::vector<RunFile>& runs, const std::vector<std::string>& names) {
  LineChart chart{.title = "Accuracy by epoch",
                  .x_label = "epoch",
                  .style = NumberStyle::kPercent,
                  .highest = 1};
  const auto add = [&](std::size_t run, ChartSeries series, const char* what) {
    series.name = runs.size() > 1 ? fmt::format("{}, {}", names[run], what) : what;
    if (series.color.empty()) {
      series.color = color_of(run);
    }
    if (has_values(series)) {
      chart.series.push_back(std::move(series));
    }
  };
  for (std::size_t i = 0; i < runs.size(); ++i) {
    add(i, curve(runs[i], &RunEpoch::valid_acc), "validation");
    ChartSeries training = curve(runs[i], &RunEpoch::train_acc);
    training.is_dashed = true;
    training.color = runs.size() > 1 ? "" : "muted";
    add(i, training, "training");
    add(i,
        {.color = runs.size() > 1 ? "" : "c1",
         .points = {{static_cast<double>(runs[i].result_epoch), runs[i].test_acc}},
         .is_mark = true},
        "test");
  }
  return chart;
}

/// Of several runs their colours, and what the kinds of lines are.
std::string accuracy_figure(const std::vector<RunFile>& runs,
                            const std::vector<std::string>& names) {
  const LineChart chart = accuracy_chart(runs, names);
  if (runs.size() == 1) {
    return figure("Accuracy", chart);
  }
  std::vector<ChartSeries> entries;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    entries.push_back({.name = names[i], .color = color_of(i)});
  }
  entries.push_back({.name = "validation", .color = "muted"});
  entries.push_back({.name = "training", .color = "muted", .is_dashed = true});
  entries.push_back({.name = "test", .color = "muted", .is_mark = true});
  return figure("Accuracy", chart, entries);
}

std::string time_card(const std::vector<RunFile>& runs, const std::vector<std::string>& names) {
  std::vector<StackedBar> bars;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    bars.push_back({runs.size() > 1 ? names[i] : "all epochs", time_parts(runs[i])});
  }
  if (std::ranges::all_of(bars, [](const StackedBar& bar) { return bar.parts.empty(); })) {
    return "";
  }
  return fmt::format("<figure><figcaption><h2>Where the time went</h2></figcaption>{}{}</figure>\n",
                     render_stacked_bars("Where the time went", bars), time_table(bars));
}

std::string confusion_section(const RunFile& run, const std::string& name, bool is_one) {
  const auto num_classes = run.confusion.size();
  std::string note =
      "The stronger the colour, the larger the share of the true class. Blue is right, orange is "
      "wrong.";
  if (pools_classes(num_classes)) {
    note += fmt::format(" The matrix has the classes with the most nodes of {}; the table has all.",
                        num_classes);
  }
  return fmt::format(
      "<figure><figcaption><h2>Confusion on the test nodes{}</h2></figcaption>"
      "<div class=\"scroll\">{}</div><p class=\"note\">{}</p></figure>\n"
      "<div class=\"stack\"><div class=\"card\"><div class=\"caption\"><h2>Most frequent "
      "mistakes{}</h2></div>{}{}</div>",
      is_one ? "" : ": " + escape_html(name), render_confusion(run.confusion), note,
      is_one ? "" : ": " + escape_html(name), mistakes_table(run.confusion),
      class_table(run.confusion));
}

std::string degree_figure(const RunFile& run, const std::string& heading) {
  return fmt::format(
      "<figure><figcaption><h2>{}</h2></figcaption><div class=\"scroll\">{}</div>{}</figure>\n",
      escape_html(heading), render_degrees(run.in_degrees), degree_table(run.in_degrees));
}

/// Confusion matrices, each beside what it says, and the degrees of each graph once.
std::string matrices_and_degrees(const std::vector<RunFile>& runs,
                                 const std::vector<std::string>& names) {
  std::string html;
  std::set<std::vector<std::int64_t>> seen;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunFile& run = runs[i];
    const bool has_degrees = !run.in_degrees.empty() && seen.insert(run.in_degrees).second;
    const std::string degrees =
        has_degrees ? degree_figure(run, seen.size() == 1 ? "In-degree of the nodes"
                                                          : "In-degree of the nodes: " + names[i])
                    : "";
    if (!run.confusion.empty()) {
      html += "<section class=\"grid\">\n" + confusion_section(run, names[i], runs.size() == 1) +
              degrees + "</div></section>\n";
    } else if (has_degrees) {
      html += "<section class=\"grid\">\n" + degrees + "</section>\n";
    }
  }
  return html;
}

/// The files' names without what they all share: "sage" of "runs/sage.jsonl".
std::vector<std::string> run_names(const std::vector<RunFile>& runs) {
  std::vector<std::string> names;
  std::set<std::string> distinct;
  for (const RunFile& run : runs) {
    names.push_back(std::filesystem::path(run.path).stem().string());
    distinct.insert(names.back());
  }
  if (distinct.size() < runs.size()) {
    std::ranges::transform(runs, names.begin(), [](const RunFile& run) { return run.path; });
  }
  return names;
}

std::string warnings(const std::vector<RunFile>& runs, const std::vector<std::string>& names) {
  std::string html;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].is_cut_off) {
      html +=
          fmt::format("<p class=\"warning\">{}: the last line was cut off and is left out.</p>\n",
                      escape_html(names[i]));
    } else if (std::isnan(runs[i].test_acc) && !runs[i].best) {
      html += fmt::format("<p class=\"warning\">{}: the run has not ended.</p>\n",
                          escape_html(names[i]));
    }
  }
  return html;
}

}  // namespace

std::string report_page(const std::vector<RunFile>& runs) {
  const std::vector<std::string> names = run_names(runs);
  const std::string title = escape_html(
      runs.size() == 1 ? run_title(runs[0], names[0])
                       : fmt::format("{} runs: {}", runs.size(), fmt::join(names, ", ")));
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<main>\n"
      "<header><p class=\"kicker\">Grapevine training report</p><h1>{0}</h1>{2}{3}</header>\n",
      title, kReportStyle, runs.size() == 1 ? run_facts(runs[0]) : "", warnings(runs, names));
  html += runs.size() == 1 ? result_tiles(runs[0]) : result_table(runs, names);
  html += "<section class=\"grid\">\n" + figure("Training loss", loss_chart(runs, names)) +
          accuracy_figure(runs, names) + "</section>\n";
  const std::string time = time_card(runs, names);
  if (!time.empty()) {
    html += "<section class=\"grid\">\n" + time +
            figure("Seconds per epoch", seconds_chart(runs, names)) + "</section>\n";
  }
  html += matrices_and_degrees(runs, names);
  html += config_card(runs, names) + epoch_tables(runs, names);
  html += fmt::format("</main>\n<script>{}</script>\n</body>\n</html>\n", kReportScript);
  return html;
}

}  // namespace grapevine::cli
