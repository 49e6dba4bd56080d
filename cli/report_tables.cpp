#include "report_tables.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace grapevine::cli {

namespace {

using Matrix = std::vector<std::vector<std::int64_t>>;

constexpr std::size_t kMaxEpochRows = 200;

/// A result: what it is, its value, and a word more.
struct Fact {
  std::string label;
  std::string value;
  std::string note;
};

std::string lookup(const std::vector<std::pair<std::string, std::string>>& pairs,
                   const std::string& key) {
  const auto found = std::ranges::find(pairs, key, &std::pair<std::string, std::string>::first);
  return found == pairs.end() ? "" : found->second;
}

double sum_of_parts(const RunFile& run, const std::string& part) {
  double sum = kMissing;
  for (const RunEpoch& epoch : run.epochs) {
    const auto found = epoch.parts.find(part);
    if (found != epoch.parts.end()) {
      sum = (std::isnan(sum) ? 0 : sum) + found->second;
    }
  }
  return sum;
}

std::vector<double> epoch_seconds(const RunFile& run) {
  std::vector<double> seconds;
  for (const RunEpoch& epoch : run.epochs) {
    if (std::isfinite(epoch.seconds)) {
      seconds.push_back(epoch.seconds);
    }
  }
  return seconds;
}

double median(std::vector<double> values) {
  if (values.empty()) {
    return kMissing;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// The first epoch of the best validation accuracy.
const RunEpoch* best_epoch(const RunFile& run) {
  const RunEpoch* best = nullptr;
  for (const RunEpoch& epoch : run.epochs) {
    if (std::isfinite(epoch.valid_acc) && (best == nullptr || epoch.valid_acc > best->valid_acc)) {
      best = &epoch;
    }
  }
  return best;
}

Fact fold_fact(const char* label, const RunFoldAccuracy& accuracy) {
  return {label, format_number(accuracy.mean, NumberStyle::kPercent),
          fmt::format("\u00b1 {} over the folds, epoch {}",
                      format_number(accuracy.deviation, NumberStyle::kPercent), accuracy.epoch)};
}

/// The same ones for every run, except that cross validations have others.
std::vector<Fact> result_facts(const RunFile& run) {
  std::vector<Fact> facts;
  const RunEpoch* best = best_epoch(run);
  if (run.best || run.last) {
    facts.push_back(fold_fact("Best validation", run.best.value_or(RunFoldAccuracy{})));
    facts.push_back(fold_fact("Last validation", run.last.value_or(RunFoldAccuracy{})));
  } else {
    facts.push_back(
        {"Test accuracy", format_number(run.test_acc, NumberStyle::kPercent),
         run.result_epoch > 0 ? fmt::format("model of epoch {}", run.result_epoch) : ""});
    facts.push_back(
        {"Best validation",
         format_number(best == nullptr ? kMissing : best->valid_acc, NumberStyle::kPercent),
         best == nullptr ? "" : fmt::format("epoch {}", best->epoch)});
  }
  const double loss = run.epochs.empty() ? kMissing : run.epochs.back().loss;
  facts.push_back({"Last training loss", format_number(loss, NumberStyle::kPlain),
                   run.epochs.empty() ? "" : fmt::format("epoch {}", run.epochs.back().epoch)});
  const std::vector<double> seconds = epoch_seconds(run);
  const double total =
      seconds.empty() ? kMissing : std::accumulate(seconds.begin(), seconds.end(), 0.0);
  facts.push_back({"Training time", format_number(total, NumberStyle::kSeconds),
                   fmt::format("{} epochs", run.epochs.size())});
  facts.push_back(
      {"Time per epoch", format_number(median(seconds), NumberStyle::kSeconds), "median"});
  facts.push_back({"Waiting for data",
                   format_number(total > 0 ? sum_of_parts(run, "wait") / total : kMissing,
                                 NumberStyle::kPercent),
                   "of the training time"});
  return facts;
}

std::string table_head(const std::vector<std::string>& columns) {
  std::string html = "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string& column : columns) {
    html += fmt::format("<th scope=\"col\">{}</th>", escape_html(column));
  }
  return html + "</tr></thead><tbody>\n";
}

constexpr const char* kTableEnd = "</tbody></table></div>";

std::string folded(const std::string& summary, const std::string& html) {
  return fmt::format("<details><summary>{}</summary>{}</details>\n", escape_html(summary), html);
}

/// "a share of b", where b may be 0.
std::string share(double part, double whole) {
  return format_number(whole > 0 ? part / whole : kMissing, NumberStyle::kPercent);
}

std::string degrees_of_bin(std::size_t bin) {
  return bin <= 1 ? std::to_string(bin)
                  : fmt::format("{} to {}", 1ULL << (bin - 1), (1ULL << bin) - 1);
}

std::int64_t column_sum(const Matrix& matrix, std::size_t column) {
  return std::accumulate(matrix.begin(), matrix.end(), std::int64_t{0},
                         [column](std::int64_t sum, const auto& row) { return sum + row[column]; });
}

std::int64_t total(const std::vector<std::int64_t>& row) {
  return std::accumulate(row.begin(), row.end(), std::int64_t{0});
}

std::string epoch_table(const RunFile& run) {
  static const std::vector<std::pair<std::string, std::string>> kParts{
      {"wait", "waiting"},
      {"forward", "forward"},
      {"backward", "backward"},
      {"step", "step"},
      {"validation", "validation"}};
  const bool has_folds = !run.epochs.empty() && run.epochs.back().fold > 0;
  std::vector<std::string> columns{"epoch", "loss", "training", "validation", "seconds"};
  if (has_folds) {
    columns.insert(columns.begin(), "fold");
  }
  std::vector<std::string> parts;
  for (const auto& [part, label] : kParts) {
    if (!std::isnan(sum_of_parts(run, part))) {
      parts.push_back(part);
      columns.push_back(label + ", s");
    }
  }
  std::string html = table_head(columns);
  const std::size_t rows = std::min(run.epochs.size(), kMaxEpochRows);
  for (std::size_t row = 0; row < rows; ++row) {
    // Evenly, with the first and the last.
    const std::size_t index = rows == 1 ? 0 : row * (run.epochs.size() - 1) / (rows - 1);
    const RunEpoch& epoch = run.epochs[index];
    html += has_folds ? fmt::format("<tr><td>{}</td><td>{}</td>", epoch.fold, epoch.epoch)
                      : fmt::format("<tr><td>{}</td>", epoch.epoch);
    html += fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td>",
                        format_number(epoch.loss, NumberStyle::kPlain),
                        format_number(epoch.train_acc, NumberStyle::kPercent),
                        format_number(epoch.valid_acc, NumberStyle::kPercent),
                        format_number(epoch.seconds, NumberStyle::kPlain));
    for (const std::string& part : parts) {
      const auto found = epoch.parts.find(part);
      html += fmt::format("<td>{}</td>",
                          format_number(found == epoch.parts.end() ? kMissing : found->second,
                                        NumberStyle::kPlain));
    }
    html += "</tr>\n";
  }
  return html + kTableEnd;
}

}  // namespace

std::string run_title(const RunFile& run, const std::string& name) {
  const std::string data = lookup(run.about, "data name");
  const std::string model = lookup(run.config, "model");
  return data.empty() || model.empty() ? name : fmt::format("{}, {}", data, model);
}

std::string run_facts(const RunFile& run) {
  std::vector<std::string> facts;
  const auto add = [&](const char* key, const char* format) {
    const std::string value = lookup(run.about, key);
    if (!value.empty()) {
      const bool is_count =
          value.find_first_not_of("0123456789") == std::string::npos && value.size() <= 15;
      facts.push_back(
          fmt::format(fmt::runtime(format),
                      is_count ? format_number(std::stod(value), NumberStyle::kCount) : value));
    }
  };
  add("data graphs", "{} graphs");
  add("data nodes", "{} nodes");
  add("data edges", "{} edges");
  add("data features", "{} features");
  add("data classes", "{} classes");
  const std::string data = fmt::format("{}", fmt::join(facts, ", "));
  facts.clear();
  add("started", "{}");
  add("version", "Grapevine {}");
  add("device", "{}");
  add("threads", "{} threads");
  add("cores", "{} cores");
  const std::string machine = fmt::format("{}", fmt::join(facts, ", "));
  std::string html;
  for (const std::string& line : {data, machine, run.path}) {
    html += line.empty() ? "" : fmt::format("<p class=\"facts\">{}</p>", escape_html(line));
  }
  return html;
}

std::string result_tiles(const RunFile& run) {
  std::string html = "<dl class=\"tiles\">\n";
  for (const Fact& fact : result_facts(run)) {
    html += fmt::format(
        "<div><dt>{}</dt><dd class=\"value\">{}</dd><dd class=\"under\">{}</dd></div>\n",
        fact.label, fact.value, fact.note);
  }
  return html + "</dl>\n";
}

std::string result_table(const std::vector<RunFile>& runs, const std::vector<std::string>& names) {
  std::vector<std::vector<Fact>> facts;
  std::ranges::transform(runs, std::back_inserter(facts), result_facts);
  std::vector<std::string> columns{"run"};
  for (const Fact& fact : facts[0]) {
    columns.push_back(fact.label);
  }
  std::string html = "<div class=\"card wide\">" + table_head(columns);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    html += fmt::format("<tr><th scope=\"row\">{}{}</th>", swatch(fmt::format("c{}", i)),
                        escape_html(names[i]));
    // A cross validation has other results: what it does not have stays empty.
    for (std::size_t column = 0; column < facts[0].size(); ++column) {
      const auto fact = std::ranges::find(facts[i], facts[0][column].label, &Fact::label);
      html += fact == facts[i].end() ? "<td>\u2013</td>"
                                     : fmt::format("<td>{}<br><span class=\"note\">{}</span></td>",
                                                   fact->value, fact->note);
    }
    html += "</tr>\n";
  }
  return html + kTableEnd + "</div>\n";
}

std::string swatch(const std::string& color) {
  return fmt::format(
      R"(<span class="swatch"><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{}" width="10" height="10" rx="2"/></svg></span>)",
      color);
}

std::vector<StackedBar::Part> time_parts(const RunFile& run) {
  const std::vector<double> seconds = epoch_seconds(run);
  if (seconds.empty()) {
    return {};
  }
  std::vector<StackedBar::Part> parts;
  double rest = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  bool knows_steps = false;
  for (const auto& [part, label, color] :
       {std::tuple("wait", "waiting for data", "c4"), std::tuple("forward", "forward", "c0"),
        std::tuple("backward", "backward", "c5"), std::tuple("step", "optimizer step", "c2")}) {
    const double sum = sum_of_parts(run, part);
    if (!std::isnan(sum)) {
      parts.push_back({label, color, sum});
      rest -= sum;
      knows_steps = knows_steps || parts.size() > 1;
    }
  }
  if (rest > 0) {
    parts.push_back(knows_steps ? StackedBar::Part{"other", "muted", rest}
                                : StackedBar::Part{"computing", "c0", rest});
  }
  const double validation = sum_of_parts(run, "validation");
  if (!std::isnan(validation)) {
    parts.push_back({"validation", "c3", validation});
  }
  return parts;
}

std::string time_table(const std::vector<StackedBar>& bars) {
  std::vector<std::string> columns{""};
  std::vector<std::pair<std::string, std::string>> labels;  // with colours, each once
  for (const StackedBar& bar : bars) {
    columns.push_back(bars.size() > 1 ? bar.name : "time");
    for (const StackedBar::Part& part : bar.parts) {
      if (std::ranges::find(labels, std::pair(part.name, part.color)) == labels.end()) {
        labels.emplace_back(part.name, part.color);
      }
    }
  }
  if (bars.size() == 1) {
    columns.emplace_back("share");
  }
  std::string html = table_head(columns);
  for (const auto& [label, color] : labels) {
    html += fmt::format("<tr><th scope=\"row\">{}{}</th>", swatch(color), label);
    for (const StackedBar& bar : bars) {
      const auto part = std::ranges::find(bar.parts, label, &StackedBar::Part::name);
      const double seconds = part == bar.parts.end() ? kMissing : part->value;
      html += fmt::format("<td>{}</td>", format_number(seconds, NumberStyle::kSeconds));
      if (bars.size() == 1) {
        const double all = std::accumulate(
            bar.parts.begin(), bar.parts.end(), 0.0,
            [](double sum, const StackedBar::Part& entry) { return sum + entry.value; });
        html += fmt::format("<td>{}</td>", share(seconds, all));
      }
    }
    html += "</tr>\n";
  }
  return html + kTableEnd;
}

std::string mistakes_table(const Matrix& confusion) {
  constexpr std::size_t kShown = 8;
  std::vector<std::tuple<std::int64_t, std::size_t, std::size_t>> mistakes;
  for (std::size_t row = 0; row < confusion.size(); ++row) {
    for (std::size_t column = 0; column < confusion.size(); ++column) {
      if (row != column && confusion[row][column] > 0) {
        mistakes.emplace_back(-confusion[row][column], row, column);
      }
    }
  }
  const std::size_t count = std::min(kShown, mistakes.size());
  std::ranges::partial_sort(mistakes, mistakes.begin() + static_cast<std::ptrdiff_t>(count));
  std::string html = table_head({"true class", "predicted", "nodes", "of the class"});
  for (std::size_t i = 0; i < count; ++i) {
    const auto [negative, row, column] = mistakes[i];
    const auto nodes = static_cast<double>(-negative);
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", row, column,
                        format_number(nodes, NumberStyle::kCount),
                        share(nodes, static_cast<double>(total(confusion[row]))));
  }
  return html + kTableEnd;
}

std::string class_table(const Matrix& confusion) {
  std::string html = table_head({"class", "nodes", "recall", "precision", "most often taken for"});
  for (std::size_t i = 0; i < confusion.size(); ++i) {
    const auto nodes = static_cast<double>(total(confusion[i]));
    const auto right = static_cast<double>(confusion[i][i]);
    std::vector<std::int64_t> wrong = confusion[i];
    wrong[i] = 0;
    const auto most = std::ranges::max_element(wrong);
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", i,
                        format_number(nodes, NumberStyle::kCount), share(right, nodes),
                        share(right, static_cast<double>(column_sum(confusion, i))),
                        *most > 0 ? std::to_string(most - wrong.begin()) : "\u2013");
  }
  return folded("Each class", html + kTableEnd);
}

std::string degree_table(const std::vector<std::int64_t>& counts) {
  const auto all = static_cast<double>(total(counts));
  std::string html = table_head({"in-degree", "nodes", "share"});
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    const auto count = static_cast<double>(counts[bin]);
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", degrees_of_bin(bin),
                        format_number(count, NumberStyle::kCount), share(count, all));
  }
  return folded("The numbers", html + kTableEnd);
}

std::string config_card(const std::vector<RunFile>& runs, const std::vector<std::string>& names) {
  std::vector<std::string> options;  // of all runs, each once
  for (const RunFile& run : runs) {
    for (const auto& [option, value] : run.config) {
      if (std::ranges::find(options, option) == options.end()) {
        options.push_back(option);
      }
    }
  }
  if (options.empty()) {
    return "";
  }
  std::string html =
      "<section class=\"card wide options\"><div class=\"caption\"><h2>Configuration</h2></div>";
  if (runs.size() == 1) {
    html += "<dl class=\"pairs\">\n";
    for (const auto& [option, value] : runs[0].config) {
      html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(option),
                          escape_html(value));
    }
    return html + "</dl></section>\n";
  }
  std::vector<std::string> columns = names;
  columns.insert(columns.begin(), "option");
  html += table_head(columns);
  for (const std::string& option : options) {
    std::set<std::string> distinct;
    std::string cells;
    for (const RunFile& run : runs) {
      const std::string value = lookup(run.config, option);
      distinct.insert(value);
      cells += fmt::format("<td>{}</td>", value.empty() ? "\u2013" : escape_html(value));
    }
    html +=
        fmt::format("<tr{}><th scope=\"row\">{}</th>{}</tr>\n",
                    distinct.size() > 1 ? " class=\"differs\"" : "", escape_html(option), cells);
  }
  return html + kTableEnd + "</section>\n";
}

std::string epoch_tables(const std::vector<RunFile>& runs, const std::vector<std::string>& names) {
  std::string html =
      "<section class=\"card wide\"><div class=\"caption\"><h2>Epochs in numbers</h2></div>";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::size_t epochs = runs[i].epochs.size();
    const std::string which = epochs > kMaxEpochRows
                                  ? fmt::format("{} of {} epochs", kMaxEpochRows, epochs)
                                  : fmt::format("{} epochs", epochs);
    html += folded(runs.size() > 1 ? fmt::format("{}: {}", names[i], which) : which,
                   epoch_table(runs[i]));
  }
  return html + "</section>\n";
}

}  // namespace grapevine::cli
