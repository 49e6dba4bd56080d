#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace grapevine::io {

/// How a `SummaryWriter` begins.
struct SummaryWriterOptions {
  /// For a run that goes on after a kill: TensorBoard then leaves out of the folder's earlier files
  /// what they say of this step and later ones, which this run says again.
  std::optional<std::int64_t> purge_step{};
};

/// Writes an event file for TensorBoard, as PyTorch's class of this name does: what a run says
/// goes, with the step that it belongs to, to a file in `log_dir`, which
/// `tensorboard --logdir log_dir` shows while it grows.
///
/// Each call hands its record to the system before it returns, so a killed program leaves a file
/// that can be read to its last record. Another writer in the same folder makes another file, which
/// TensorBoard reads after the earlier ones. One thread at a time may use a writer.
///
/// Every method throws `Error` that names the file and the reason if the file cannot be written,
/// and leaves in it only whole records; so it does after `close`, and for an empty tag and a
/// negative step. Format: TFRecord (length and CRC-32C, masked, of each record) of `Event` protocol
/// buffers, of TensorFlow's `event.proto` and `summary.proto`.
///
///     io::SummaryWriter writer("runs/sage");
///     writer.add_scalar("loss/train", loss, epoch);
class SummaryWriter {
 public:
  /// Makes the folder, if need be, and in it `events.out.tfevents.<seconds>.<host>`, whose seconds
  /// since 1970 are later than those of every such file there.
  explicit SummaryWriter(std::filesystem::path log_dir, const SummaryWriterOptions& options = {});
  ~SummaryWriter();
  SummaryWriter(const SummaryWriter&) = delete;
  SummaryWriter& operator=(const SummaryWriter&) = delete;

  /// A point of the curve `tag`; "loss/train" and "loss/valid" stand side by side. The value is
  /// kept as float32 and may be NaN or infinite.
  void add_scalar(std::string_view tag, double value, std::int64_t step);
  /// A point of each of several curves on one chart: each has a writer of its own, in the folder
  /// `<tag>_<name>` of `log_dir`, where "/" is written "_".
  void add_scalars(std::string_view tag, const std::map<std::string, double>& values,
                   std::int64_t step);
  /// A text, read as Markdown.
  void add_text(std::string_view tag, std::string_view text, std::int64_t step);
  /// How values are distributed, in buckets that are 10 % wide, from 1e-12 on, on both sides of
  /// zero. Values that are not finite are not counted.
  void add_histogram(std::string_view tag, std::span<const double> values, std::int64_t step);
  void add_histogram(std::string_view tag, std::span<const float> values, std::int64_t step);

  /// Waits until what was written would outlast a power cut.
  void flush();
  /// Flushes and closes. The destructor closes too, without waiting and without a word.
  void close();

  /// The event file.
  [[nodiscard]] const std::filesystem::path& path() const;
  [[nodiscard]] const std::filesystem::path& log_dir() const { return log_dir_; }

 private:
  class EventFile;

  std::filesystem::path log_dir_;
  SummaryWriterOptions options_;
  std::unique_ptr<EventFile> file_;
  std::map<std::string, std::unique_ptr<SummaryWriter>> curves_;  ///< of `add_scalars`, by folder
};

}  // namespace grapevine::io
