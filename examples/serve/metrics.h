#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serving {

/// How often values fell below each of some bounds, as Prometheus counts them.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds)
      : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

  void add(double value);
  /// Appends it in Prometheus' text format.
  void write(std::string& text, std::string_view name, std::string_view help) const;

 private:
  std::vector<double> bounds_;  // ascending
  std::vector<std::uint64_t> counts_;
  double sum_ = 0;
};

/// A value that is read when it is asked for.
struct Gauge {
  std::string_view name;
  std::string_view help;
  double value = 0;
};

/// What the service has done so far. Any number of threads at once.
class Metrics {
 public:
  /// Paths are counted by name if they are in `paths`, as "other" if not.
  explicit Metrics(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  void count_response(const std::string& path, int status);
  void add_latency(double seconds);
  void add_batch(std::size_t num_ids);
  /// All of it, and `gauges`, in Prometheus' text format (version 0.0.4).
  [[nodiscard]] std::string text(std::span<const Gauge> gauges) const;

 private:
  const std::vector<std::string> paths_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> responses_;
  Histogram latency_{{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}};
  Histogram batch_size_{{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096}};
};

}  // namespace serving
