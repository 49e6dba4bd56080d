#include "grapevine/io/summary_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

constexpr std::string_view kEventFilePrefix = "events.out.tfevents.";

/// CRC-32C (Castagnoli, reflected) of each byte.
constexpr std::array<std::uint32_t, 256> kCrc32cTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    }
    table[byte] = crc;
  }
  return table;
}();

/// As a TFRecord stores it: turned and shifted, so that a record of records is no fixed point.
std::uint32_t masked_crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc = (crc >> 8) ^ kCrc32cTable[(crc ^ static_cast<unsigned char>(c)) & 0xffU];
  }
  return std::rotr(~crc, 15) + 0xa282ead8U;
}

template <typename Unsigned>
void append_little_endian(std::string& bytes, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(value); ++i) {
    bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xffU));
  }
}

/// The fields of a protocol buffer, in the order in which they are added.
class Message {
 public:
  Message& integer(int field, std::int64_t value) {
    key(field, 0);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real(int field, double value) {
    key(field, 1);
    append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real32(int field, float value) {
    key(field, 5);
    append_little_endian(bytes_, std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  /// A string, or a message within this one.
  Message& text(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& message(int field, const Message& value) { return text(field, value.bytes_); }
  Message& reals(int field, const std::vector<double>& values) {
    std::string packed;
    for (const double value : values) {
      append_little_endian(packed, std::bit_cast<std::uint64_t>(value));
    }
    return text(field, packed);
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void key(int field, unsigned wire_type) {
    varint(static_cast<std::uint64_t>(field) << 3U | wire_type);
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) {
      bytes_.push_back(static_cast<char>(value | 0x80U));
    }
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
};

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Message event(std::int64_t step) {
  return Message().real(1, seconds_since_1970()).integer(2, step);
}

Message version_event(std::int64_t step) { return event(step).text(3, "brain.Event:2"); }

/// The first message of a summary's value.
Message tagged(std::string_view tag, std::int64_t step) {
  check(!tag.empty(), "tag: expected a name, got \"\"");
  check(step >= 0, "step: expected 0 or more, got {}", step);
  return Message().text(1, tag);
}

Message summary_event(std::int64_t step, const Message& value) {
  return event(step).message(5, Message().message(1, value));
}

/// Upper ends of a histogram's buckets: +-1e-12 * 1.1^i and 0, then what is left.
const std::vector<double>& bucket_limits() {
  static const std::vector<double> limits = [] {
    std::vector<double> positive;
    for (double limit = 1e-12; limit < 1e20; limit *= 1.1) {
      positive.push_back(limit);
    }
    std::vector<double> all(positive.rbegin(), positive.rend());
    std::transform(all.begin(), all.end(), all.begin(), std::negate<>());
    all.push_back(0);
    all.insert(all.end(), positive.begin(), positive.end());
    all.push_back(std::numeric_limits<double>::max());
    return all;
  }();
  return limits;
}

template <typename Value>
Message histogram(std::span<const Value> values) {
  const std::vector<double>& limits = bucket_limits();
  std::vector<double> counts(limits.size());
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  double number = 0;
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) {
      continue;
    }
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
    number += 1;
    sum += value;
    squares += value * value;
    const auto bucket = std::upper_bound(limits.begin(), limits.end() - 1, value);
    counts[static_cast<std::size_t>(bucket - limits.begin())] += 1;
  }
  // Of neighbours that are all empty, the last bucket's end says it for all.
  std::vector<double> ends;
  std::vector<double> sizes;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const bool next_is_empty = i + 1 < limits.size() && counts[i + 1] == 0;
    if (counts[i] > 0 || !next_is_empty) {
      ends.push_back(limits[i]);
      sizes.push_back(counts[i]);
    }
  }
  if (number == 0) {
    lowest = highest = 0;
  }
  return Message()
      .real(1, lowest)
      .real(2, highest)
      .real(3, number)
      .real(4, sum)
      .real(5, squares)
      .reals(6, ends)
      .reals(7, sizes);
}

/// The seconds in an event file's name; 0 for other files.
std::int64_t seconds_of(const std::string& name) {
  constexpr std::ptrdiff_t kDigits = 10;
  std::int64_t seconds = 0;
  if (name.starts_with(kEventFilePrefix)) {
    const char* begin = name.data() + kEventFilePrefix.size();
    const char* end = std::from_chars(begin, name.data() + name.size(), seconds).ptr;
    // TensorBoard reads the files in the order of their names: another length would not be later.
    if (end - begin != kDigits) {
      return 0;
    }
  }
  return seconds;
}

std::int64_t latest_seconds(const std::filesystem::path& folder) {
  std::int64_t latest = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    latest = std::max(latest, seconds_of(entry->path().filename().string()));
  }
  check(!error, "{}: cannot be read: {}", folder.string(), error.message());
  return latest;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data()
                                                                             : "localhost";
}

}  // namespace

/// The file of records.
class SummaryWriter::EventFile {
 public:
  explicit EventFile(const std::filesystem::path& folder) {
    std::int64_t seconds =
        std::max(static_cast<std::int64_t>(seconds_since_1970()), latest_seconds(folder) + 1);
    // Two runs that begin at once must not share a file.
    do {
      path_ = folder / fmt::format("{}{:010}.{}", kEventFilePrefix, seconds++, host_name());
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);
    check(descriptor_ >= 0, "{}: cannot be written: {}", path_.string(), reason());
  }
  ~EventFile() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  void append(const Message& event) {
    check_open();
    std::string record;
    append_little_endian(record, std::uint64_t{event.bytes().size()});
    append_little_endian(record, masked_crc32c(record));
    record += event.bytes();
    append_little_endian(record, masked_crc32c(event.bytes()));
    const std::string failure = write(record);
    if (!failure.empty()) {
      // A part of a record would hide all that follows it.
      if (::ftruncate(descriptor_, size_) != 0) {
        ::close(std::exchange(descriptor_, -1));
      }
      fail("{}: cannot be written: {}", path_.string(), failure);
    }
    size_ += static_cast<off_t>(record.size());
  }

  void sync() const {
    check_open();
    check(::fsync(descriptor_) == 0, "{}: cannot be written: {}", path_.string(), reason());
  }

  void close() {
    if (descriptor_ >= 0) {
      sync();
      check(::close(std::exchange(descriptor_, -1)) == 0, "{}: cannot be written: {}",
            path_.string(), reason());
    }
  }

 private:
  static std::string reason() { return std::generic_category().message(errno); }

  void check_open() const {
    check(descriptor_ >= 0, "{}: cannot be written: it was closed", path_.string());
  }

  /// Why it failed; empty if it did not.
  [[nodiscard]] std::string write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) {
        return reason();
      }
      bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return "";
  }

  std::filesystem::path path_;
  int descriptor_ = -1;
  off_t size_ = 0;
};

SummaryWriter::SummaryWriter(std::filesystem::path log_dir, const SummaryWriterOptions& options)
    : log_dir_(std::move(log_dir)), options_(options) {
  const std::int64_t purge_step = options_.purge_step.value_or(0);
  check(purge_step >= 0, "purge_step: expected 0 or more, got {}", purge_step);
  make_folder(log_dir_);
  file_ = std::make_unique<EventFile>(log_dir_);
  file_->append(version_event(purge_step));
  if (options_.purge_step) {
    constexpr std::int64_t kStart = 1;  // SessionLog.START
    file_->append(event(purge_step).message(7, Message().integer(1, kStart)));
  }
}

SummaryWriter::~SummaryWriter() = default;

void SummaryWriter::add_scalar(std::string_view tag, double value, std::int64_t step) {
  file_->append(summary_event(step, tagged(tag, step).real32(2, static_cast<float>(value))));
}

void SummaryWriter::add_scalars(std::string_view tag, const std::map<std::string, double>& values,
                                std::int64_t step) {
  for (const auto& [name, value] : values) {
    check(!tag.empty() && !name.empty(), "tag: expected a name, got \"\"");
    std::string folder = fmt::format("{}_{}", tag, name);
    std::replace(folder.begin(), folder.end(), '/', '_');
    std::unique_ptr<SummaryWriter>& curve = curves_[folder];
    if (curve == nullptr) {
      curve = std::make_unique<SummaryWriter>(log_dir_ / folder, options_);
    }
    curve->add_scalar(tag, value, step);
  }
}

void SummaryWriter::add_text(std::string_view tag, std::string_view text, std::int64_t step) {
  constexpr std::int64_t kString = 7;  // DT_STRING
  check(!tag.empty(), "tag: expected a name, got \"\"");
  const Message plugin = Message().text(1, "text");
  const Message shape = Message().message(2, Message().integer(1, 1));  // of one dimension, 1
  const Message tensor = Message().integer(1, kString).message(2, shape).text(8, text);
  file_->append(summary_event(step, tagged(fmt::format("{}/text_summary", tag), step)
                                        .message(8, tensor)
                                        .message(9, Message().message(1, plugin))));
}

void SummaryWriter::add_histogram(std::string_view tag, std::span<const double> values,
                                  std::int64_t step) {
  file_->append(summary_event(step, tagged(tag, step).message(5, histogram(values))));
}

void SummaryWriter::add_histogram(std::string_view tag, std::span<const float> values,
                                  std::int64_t step) {
  file_->append(summary_event(step, tagged(tag, step).message(5, histogram(values))));
}

void SummaryWriter::flush() {
  file_->sync();
  for (const auto& [folder, curve] : curves_) {
    curve->flush();
  }
}

void SummaryWriter::close() {
  file_->close();
  for (const auto& [folder, curve] : curves_) {
    curve->close();
  }
}

const std::filesystem::path& SummaryWriter::path() const { return file_->path(); }

}  // namespace grapevine::io
