#include "grapevine/io/csv.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <atomic>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "grapevine/io/file.h"
#include "grapevine/io/gzip.h"
#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::io {
namespace {

constexpr std::size_t kBlockSize = std::size_t{1} << 23;
constexpr std::int64_t kGrain = 1 << 14;  // values

bool is_gzip(const std::filesystem::path& path) { return path.extension() == ".gz"; }

/// A plain or compressed file as a stream of bytes.
class TextSource {
 public:
  explicit TextSource(const std::filesystem::path& path) {
    if (is_gzip(path)) {
      gzip_.emplace(path);
    } else {
      plain_ = std::make_unique<InputFile>(path);
    }
  }

  /// Fills the buffer; fewer bytes only at the end.
  std::size_t read(char* buffer, std::size_t count) {
    if (gzip_) {
      return gzip_->read(buffer, count);
    }
    std::size_t filled = 0;
    std::size_t got = 1;
    while (filled < count && got > 0) {
      got = plain_->read(buffer + filled, count - filled);
      filled += got;
    }
    return filled;
  }

 private:
  std::optional<GzipReader> gzip_;
  std::unique_ptr<InputFile> plain_;
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

template <typename T>
bool parse_number(std::string_view field, bool allow_missing, T& value) {
  field = trim(field);
  if (field.empty() || field == "\"\"") {
    value = std::numeric_limits<T>::quiet_NaN();
    return allow_missing && std::is_floating_point_v<T>;
  }
  if (field.size() > 1 && field.front() == '+' && field[1] != '-') {
    field.remove_prefix(1);
  }
  const char* end = field.data() + field.size();
  const auto result = std::from_chars(field.data(), end, value);
  if constexpr (std::is_floating_point_v<T>) {
    // Too small for T is 0; too large is an error.
    if (result.ec == std::errc::result_out_of_range && result.ptr == end) {
      long double wide = 0;
      std::from_chars(field.data(), end, wide);
      value = static_cast<T>(0);
      return std::fabs(wide) < 1.0L;
    }
  }
  return result.ec == std::errc() && result.ptr == end;
}

/// What a message shows of a field: short, and on one line.
std::string excerpt(std::string_view field) {
  constexpr std::size_t kLength = 24;
  std::string shown(trim(field).substr(0, kLength));
  for (char& character : shown) {
    character = character < ' ' || character > '~' ? '?' : character;
  }
  return shown + (trim(field).size() > kLength ? "..." : "");
}

/// Calls `visit(column, field)` for each field of a line until it returns false; the number of
/// fields visited.
template <typename Visit>
std::int64_t for_each_field(std::string_view line, char delimiter, const Visit& visit) {
  std::int64_t column = 0;
  while (true) {
    const std::size_t end = line.find(delimiter);
    if (!visit(column, line.substr(0, end))) {
      return column;
    }
    ++column;
    if (end == std::string_view::npos) {
      return column;
    }
    line.remove_prefix(end + 1);
  }
}

template <typename T>
class CsvParser {
 public:
  CsvParser(const std::filesystem::path& path, const CsvOptions& options)
      : name_(path.string()), source_(path), options_(options), columns_(options.columns) {}

  at::Tensor parse() {
    std::vector<char> buffer(kBlockSize);
    std::size_t filled = 0;
    bool at_end = false;
    while (!at_end) {
      filled += source_.read(buffer.data() + filled, buffer.size() - filled);
      at_end = filled < buffer.size();
      const std::string_view block(buffer.data(), filled);
      const std::size_t last = block.rfind('\n');
      check(at_end || last != std::string_view::npos, "{}: line {}: longer than {} bytes", name_,
            line_number_, kBlockSize);
      const std::size_t whole = at_end ? filled : last + 1;
      parse_block(block.substr(0, whole));
      std::memmove(buffer.data(), buffer.data() + whole, filled - whole);
      filled -= whole;
    }
    return take();
  }

 private:
  void parse_block(std::string_view block) {
    std::vector<std::string_view> lines = split(block);
    if (lines.empty()) {
      return;
    }
    if (columns_ == 0) {
      columns_ = for_each_field(lines.front(), options_.delimiter, [](auto, auto) { return true; });
    }
    const std::size_t offset = values_.size();
    const auto count = static_cast<std::int64_t>(lines.size());
    if (count > static_cast<std::int64_t>(block.size() + 1) / columns_) {
      // A value takes a byte or more, so memory is not asked for on a line's word.
      explain_short_line(lines);
    }
    values_.resize(offset + lines.size() * static_cast<std::size_t>(columns_));
    T* out = values_.data() + offset;
    std::atomic<std::int64_t> bad = count;
    parallel_for(0, count, kGrain / columns_ + 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        if (!parse_line(lines[static_cast<std::size_t>(i)], out + i * columns_)) {
          std::int64_t first = bad.load();
          while (i < first && !bad.compare_exchange_weak(first, i)) {
          }
          return;
        }
      }
    });
    if (bad < count) {
      explain(lines[static_cast<std::size_t>(bad.load())], line_number_ + bad);
    }
    line_number_ += count;
  }

  /// The lines that hold values.
  std::vector<std::string_view> split(std::string_view block) {
    std::vector<std::string_view> lines;
    while (!block.empty()) {
      const std::size_t end = block.find('\n');
      const std::string_view line = block.substr(0, end);
      block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
      if (options_.header && !header_seen_) {
        header_seen_ = true;
        ++line_number_;
        continue;
      }
      if (trim(line).empty()) {
        blank_line_ =
            blank_line_ > 0 ? blank_line_ : line_number_ + static_cast<std::int64_t>(lines.size());
        continue;
      }
      check(blank_line_ == 0, "{}: line {}: expected values, got an empty line", name_,
            blank_line_);
      lines.push_back(line);
    }
    return lines;
  }

  bool parse_line(std::string_view line, T* out) const {
    bool numbers = true;
    const std::int64_t fields =
        for_each_field(line, options_.delimiter, [&](std::int64_t column, std::string_view field) {
          numbers = column < columns_ && parse_number(field, options_.allow_missing, out[column]);
          return numbers;
        });
    return numbers && fields == columns_;
  }

  [[noreturn]] void explain(std::string_view line, std::int64_t number) const {
    const std::int64_t fields =
        for_each_field(line, options_.delimiter, [](auto, auto) { return true; });
    check(fields == columns_, "{}: line {}: expected {} values, got {}", name_, number, columns_,
          fields);
    for_each_field(line, options_.delimiter, [&](std::int64_t column, std::string_view field) {
      T value;
      check(parse_number(field, options_.allow_missing, value),
            "{}: line {}, column {}: \"{}\" is not {}", name_, number, column + 1, excerpt(field),
            std::is_floating_point_v<T> ? "a number" : "an integer");
      return true;
    });
    fail("{}: line {}: malformed", name_, number);
  }

  [[noreturn]] void explain_short_line(const std::vector<std::string_view>& lines) const {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (for_each_field(lines[i], options_.delimiter, [](auto, auto) { return true; }) !=
          columns_) {
        explain(lines[i], line_number_ + static_cast<std::int64_t>(i));
      }
    }
    fail("{}: line {}: malformed", name_, line_number_);
  }

  at::Tensor take() {
    const std::int64_t rows =
        columns_ > 0 ? static_cast<std::int64_t>(values_.size()) / columns_ : 0;
    if (rows == 0) {
      return at::empty({0, columns_}, options_.dtype);
    }
    auto values = std::make_shared<std::vector<T>>(std::move(values_));
    T* data = values->data();
    return at::from_blob(
        data, {rows, columns_}, [values](void*) mutable { values.reset(); },
        at::TensorOptions(options_.dtype));
  }

  std::string name_;
  TextSource source_;
  CsvOptions options_;
  std::int64_t columns_;
  std::vector<T> values_;
  std::int64_t line_number_ = 1;
  std::int64_t blank_line_ = 0;
  bool header_seen_ = false;
};

template <typename T>
std::string format_rows(const T* values, std::int64_t rows, std::int64_t columns) {
  constexpr std::size_t kLongest = 32;
  std::string text;
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    const std::size_t size = text.size();
    text.resize(size + kLongest);
    const auto result = std::to_chars(text.data() + size, text.data() + text.size(), values[i]);
    *result.ptr = (i + 1) % columns == 0 ? '\n' : ',';
    text.resize(static_cast<std::size_t>(result.ptr - text.data()) + 1);
  }
  return text;
}

template <typename T>
void write_table(const std::filesystem::path& path, const at::Tensor& table) {
  const T* values = table.const_data_ptr<T>();
  const std::int64_t rows = table.size(0);
  const std::int64_t columns = table.size(1);
  // Chunks depend on the table alone, so the file does not depend on the number of threads.
  const std::int64_t chunk =
      std::max<std::int64_t>(1, (1 << 19) / std::max<std::int64_t>(1, columns));
  const std::int64_t chunks = std::max<std::int64_t>(1, (rows + chunk - 1) / chunk);
  const auto text_of = [&](std::int64_t i) {
    const std::int64_t first = i * chunk;
    std::string text =
        format_rows(values + first * columns, std::min(chunk, rows - first), columns);
    return is_gzip(path) ? gzip_compress(text) : text;
  };
  // A few chunks at a time, so that a table that is not in memory does not get there as text.
  constexpr std::int64_t kAtOnce = 16;
  std::int64_t done = 0;
  write_file(path, [&]() -> std::optional<std::string> {
    if (done >= chunks) {
      return std::nullopt;
    }
    const std::int64_t count = std::min(kAtOnce, chunks - done);
    std::vector<std::string> pieces(static_cast<std::size_t>(count));
    parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        pieces[static_cast<std::size_t>(i)] = text_of(done + i);
      }
    });
    done += count;
    std::string content;
    for (std::string& piece : pieces) {
      content += std::exchange(piece, {});
    }
    return content;
  });
}

}  // namespace

at::Tensor read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  check(options.columns >= 0, "columns: expected 0 or more, got {}", options.columns);
  switch (options.dtype) {
    case at::kFloat:
      return CsvParser<float>(path, options).parse();
    case at::kDouble:
      return CsvParser<double>(path, options).parse();
    case at::kLong:
      return CsvParser<std::int64_t>(path, options).parse();
    default:
      fail("dtype: expected float32, float64 or int64, got {}", c10::toString(options.dtype));
  }
}

void write_csv(const std::filesystem::path& path, const at::Tensor& table) {
  check(table.defined() && (table.dim() == 1 || table.dim() == 2),
        "{}: expected a table [lines, columns] or [lines] to write, got {} dimensions",
        path.string(), table.defined() ? table.dim() : 0);
  at::Tensor data = table.detach().to(at::kCPU);
  data = (data.dim() == 1 ? data.unsqueeze(1) : data).contiguous();
  check(data.size(1) > 0, "{}: expected at least one column to write, got none", path.string());
  switch (data.scalar_type()) {
    case at::kFloat:
      return write_table<float>(path, data);
    case at::kDouble:
      return write_table<double>(path, data);
    default:
      check(!data.is_floating_point() && !data.is_complex(),
            "{}: expected float32, float64 or integers to write, got {}", path.string(),
            c10::toString(data.scalar_type()));
      return write_table<std::int64_t>(path, data.to(at::kLong));
  }
}

}  // namespace grapevine::io
