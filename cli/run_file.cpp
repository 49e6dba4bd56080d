#include "run_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxRunSize = std::uint64_t{1} << 28;
constexpr std::size_t kMaxText = 300;
constexpr std::size_t kMaxPairs = 300;
constexpr std::size_t kMaxDegreeBins = 64;
constexpr std::size_t kMaxLine = std::size_t{1} << 24;
// Of which a confusion matrix may be full without its sum passing 64 bits.
constexpr std::int64_t kMaxCount = std::int64_t{1} << 40;
constexpr double kMaxNumber = 1e100;

/// One line's object, whose members are checked as they are read.
class RunLine {
 public:
  RunLine(const std::string& file, std::size_t line, const Json& object)
      : where_(fmt::format("{}: line {}", file, line)), object_(object) {}

  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }
  [[nodiscard]] const std::string& where() const { return where_; }

  /// A whole number that must be there.
  [[nodiscard]] std::int64_t count(const char* key, std::int64_t lowest) const {
    check(has(key), "{}: expected \"{}\"", where_, key);
    return count_of(object_[key], key, lowest);
  }

  /// A number from 0 to `highest`; `kMissing` for none and for null, which stands for NaN.
  [[nodiscard]] double number(const char* key, double highest = kMaxNumber) const {
    if (!has(key) || object_[key].is_null()) {
      return kMissing;
    }
    const Json& value = object_[key];
    const bool fits =
        value.is_number() && value.get<double>() >= 0 && value.get<double>() <= highest;
    check(fits, "{}: {}: expected a number from 0 to {}, got {}", where_, key, highest,
          shown(value));
    return value.get<double>();
  }

  [[nodiscard]] RunLine object(const char* key) const {
    check(object_[key].is_object(), "{}: {}: expected an object, got {}", where_, key,
          shown(object_[key]));
    return {where_ + ": " + key, object_[key]};
  }

  [[nodiscard]] std::vector<std::int64_t> counts(const char* key, std::size_t most) const {
    return counts_of(object_[key], key, most);
  }

  /// Rows of as many counts as there are rows.
  [[nodiscard]] std::vector<std::vector<std::int64_t>> square(const char* key) const {
    const Json& rows = object_[key];
    check(rows.is_array() && rows.size() <= kMaxConfusionClasses,
          "{}: {}: expected a list of at most {} rows, got {}", where_, key, kMaxConfusionClasses,
          rows.is_array() ? fmt::format("{} of them", rows.size()) : shown(rows));
    std::vector<std::vector<std::int64_t>> matrix;
    for (const Json& row : rows) {
      matrix.push_back(counts_of(row, key, rows.size()));
      check(matrix.back().size() == rows.size(), "{}: {}: expected {} numbers in each row, got {}",
            where_, key, rows.size(), matrix.back().size());
    }
    return matrix;
  }

  /// All members as texts, after `prefix`.
  void append_texts(std::vector<std::pair<std::string, std::string>>& texts,
                    const std::string& prefix = "") const {
    check(object_.size() <= kMaxPairs, "{}: expected at most {} members, got {}", where_, kMaxPairs,
          object_.size());
    for (const auto& [key, value] : object_.items()) {
      if (!value.is_null()) {
        texts.emplace_back(prefix + cut(key), cut(text_of(value)));
      }
    }
  }

  /// The members that are no lists and objects.
  void append_scalars(std::vector<std::pair<std::string, std::string>>& texts) const {
    Json scalars = Json::object();
    for (const auto& [key, value] : object_.items()) {
      if (value.is_primitive()) {
        scalars[key] = value;
      }
    }
    RunLine(where_, scalars).append_texts(texts);
  }

 private:
  RunLine(std::string where, const Json& object) : where_(std::move(where)), object_(object) {}

  [[nodiscard]] std::vector<std::int64_t> counts_of(const Json& list, const char* key,
                                                    std::size_t most) const {
    check(list.is_array() && list.size() <= most,
          "{}: {}: expected a list of at most {} numbers, got {}", where_, key, most,
          list.is_array() ? fmt::format("{} of them", list.size()) : shown(list));
    std::vector<std::int64_t> counts;
    for (const Json& value : list) {
      counts.push_back(count_of(value, key, 0));
    }
    return counts;
  }

  [[nodiscard]] std::int64_t count_of(const Json& value, const char* key,
                                      std::int64_t lowest) const {
    const bool fits = value.is_number_integer() && value <= kMaxCount && value >= lowest;
    check(fits, "{}: {}: expected a whole number from {} to {}, got {}", where_, key, lowest,
          kMaxCount, shown(value));
    return value.get<std::int64_t>();
  }

  /// "4, 4" of a list, "conv=0.01" of an object.
  static std::string text_of(const Json& value) {
    if (!value.is_structured()) {
      return value.is_string() ? value.get<std::string>() : value.dump();
    }
    std::string text;
    for (const auto& [key, entry] : value.items()) {
      text += (text.empty() ? "" : ", ") + (value.is_object() ? key + "=" : "");
      text += entry.is_string() ? entry.get<std::string>() : entry.dump();
    }
    return text;
  }

  static std::string cut(const std::string& text) {
    if (text.size() <= kMaxText) {
      return text;
    }
    std::size_t end = kMaxText;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
      --end;  // not within a character
    }
    return text.substr(0, end) + "...";
  }

  static std::string shown(const Json& value) {
    constexpr std::size_t kLength = 40;
    if (value.is_structured()) {
      return value.is_array() ? "a list" : "an object";
    }
    const std::string text = value.dump(-1, ' ', true);
    return text.size() > kLength ? text.substr(0, kLength) + "..." : text;
  }

  std::string where_;
  const Json& object_;
};

RunEpoch epoch_of(const RunLine& line) {
  RunEpoch epoch = {.fold = line.has("fold") ? line.count("fold", 1) : 0,
                    .epoch = line.count("epoch", 1),
                    .loss = line.number("loss"),
                    .train_acc = line.number("train_acc", 1),
                    .valid_acc = line.number("valid_acc", 1),
                    .seconds = line.number("seconds")};
  for (const char* part : {"wait", "forward", "backward", "step", "validation"}) {
    const double seconds = line.number((std::string(part) + "_seconds").c_str());
    if (!std::isnan(seconds)) {
      epoch.parts[part] = seconds;
    }
  }
  const double wait_share = line.number("wait_share", 1);
  if (!epoch.parts.contains("wait") && !std::isnan(wait_share * epoch.seconds)) {
    epoch.parts["wait"] = wait_share * epoch.seconds;
  }
  return epoch;
}

RunFoldAccuracy fold_accuracy_of(const RunLine& line) {
  return {.epoch = line.count("epoch", 1),
          .mean = line.number("mean", 1),
          .deviation = line.number("deviation", 1)};
}

/// Adds what a line says.
class RunBuilder {
 public:
  explicit RunBuilder(RunFile& run) : run_(run) {}

  void add(const RunLine& line) {
    if (line.has("config")) {
      add_header(line);
    } else if (line.has("loss")) {
      add_epoch(line);
    } else if (line.has("test_acc") || line.has("best")) {
      add_result(line);
    } else {
      fail(
          "{}: expected a line that train --json writes: with \"config\", \"loss\" or \"test_acc\"",
          line.where());
    }
  }

 private:
  /// A run that went on has a header of its own again.
  void add_header(const RunLine& line) {
    goes_on_ = !run_.epochs.empty();
    run_.about.clear();
    run_.config.clear();
    if (line.has("data")) {
      line.object("data").append_texts(run_.about, "data ");
    }
    line.append_scalars(run_.about);
    line.object("config").append_texts(run_.config);
  }

  void add_epoch(const RunLine& line) {
    const RunEpoch epoch = epoch_of(line);
    if (goes_on_) {
      std::erase_if(run_.epochs, [&epoch](const RunEpoch& earlier) {
        return earlier.fold == epoch.fold && earlier.epoch >= epoch.epoch;
      });
      goes_on_ = false;
    }
    if (!run_.epochs.empty()) {
      const RunEpoch& last = run_.epochs.back();
      check(std::pair(epoch.fold, epoch.epoch) > std::pair(last.fold, last.epoch),
            "{}: epoch: expected one after {}, got {}", line.where(), last.epoch, epoch.epoch);
    }
    run_.epochs.push_back(epoch);
  }

  void add_result(const RunLine& line) {
    if (line.has("best")) {
      run_.best = fold_accuracy_of(line.object("best"));
    }
    if (line.has("last")) {
      run_.last = fold_accuracy_of(line.object("last"));
    }
    run_.test_acc = line.number("test_acc", 1);
    run_.result_epoch = line.has("epoch") ? line.count("epoch", 0) : 0;
    if (line.has("confusion")) {
      run_.confusion = line.square("confusion");
    }
    if (line.has("in_degrees")) {
      run_.in_degrees = line.counts("in_degrees", kMaxDegreeBins);
    }
  }

  RunFile& run_;
  bool goes_on_ = false;
};

/// What the parser says, without its own number and position.
std::string parse_message(const std::string& text) {
  constexpr std::size_t kLength = 100;
  const std::size_t end_of_id = text.find("] ");
  std::string message = end_of_id == std::string::npos ? text : text.substr(end_of_id + 2);
  std::replace_if(
      message.begin(), message.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return message.size() > kLength ? message.substr(0, kLength) + "..." : message;
}

}  // namespace

RunFile read_run(const std::string& path) {
  const std::string content = io::read_file(path, kMaxRunSize);
  RunFile run;
  run.path = path;
  RunBuilder builder(run);
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    const std::string_view text(content.data() + begin, end - begin);
    ++number;
    begin = end + 1;
    check(text.size() <= kMaxLine, "{}: line {}: expected at most {} bytes, got {}", path, number,
          kMaxLine, text.size());
    Json line;
    try {
      line = Json::parse(text);
    } catch (const Json::exception& error) {
      if (end == content.size() && number > 1) {
        run.is_cut_off = true;
        break;
      }
      fail("{}: line {}: not JSON: {}", path, number, parse_message(error.what()));
    }
    check(line.is_object(), "{}: line {}: expected a JSON object", path, number);
    builder.add(RunLine(path, number, line));
  }
  check(number > 0, "{}: line 1: expected what train --json writes, got an empty file", path);
  return run;
}

}  // namespace grapevine::cli
