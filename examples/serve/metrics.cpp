#include "metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace serving {
namespace {

void write_head(std::string& text, std::string_view name, std::string_view help,
                std::string_view type) {
  fmt::format_to(std::back_inserter(text), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

void Histogram::add(double value) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  ++counts_[static_cast<std::size_t>(bound - bounds_.begin())];
  sum_ += value;
}

void Histogram::write(std::string& text, std::string_view name, std::string_view help) const {
  write_head(text, name, help, "histogram");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    below += counts_[i];
    fmt::format_to(std::back_inserter(text), "{}_bucket{{le=\"{}\"}} {}\n", name,
                   i < bounds_.size() ? fmt::format("{}", bounds_[i]) : "+Inf", below);
  }
  fmt::format_to(std::back_inserter(text), "{}_sum {}\n{}_count {}\n", name, sum_, name, below);
}

void Metrics::count_response(const std::string& path, int status) {
  const bool is_known = std::find(paths_.begin(), paths_.end(), path) != paths_.end();
  const std::lock_guard lock(mutex_);
  ++responses_[{is_known ? path : "other", status}];
}

void Metrics::add_latency(double seconds) {
  const std::lock_guard lock(mutex_);
  latency_.add(seconds);
}

void Metrics::add_batch(std::size_t num_ids) {
  const std::lock_guard lock(mutex_);
  batch_size_.add(static_cast<double>(num_ids));
}

std::string Metrics::text(std::span<const Gauge> gauges) const {
  std::string text;
  for (const Gauge& gauge : gauges) {
    write_head(text, gauge.name, gauge.help, "gauge");
    fmt::format_to(std::back_inserter(text), "{} {}\n", gauge.name, gauge.value);
  }
  const std::lock_guard lock(mutex_);
  write_head(text, "grapevine_requests_total", "Responses by path and status.", "counter");
  for (const auto& [key, count] : responses_) {
    fmt::format_to(std::back_inserter(text),
                   "grapevine_requests_total{{path=\"{}\",status=\"{}\"}} {}\n", key.first,
                   key.second, count);
  }
  latency_.write(text, "grapevine_predict_seconds",
                 "Time from a prediction's request to its response.");
  batch_size_.write(text, "grapevine_batch_ids", "Ids that were predicted together.");
  return text;
}

}  // namespace serving
