#include "grapevine/io/download.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <thread>

#include "grapevine/io/detail/http_get.h"
#include "grapevine/io/detail/part_file.h"
#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/io/file.h"
#include "grapevine/io/file_lock.h"
#include "grapevine/io/sha256.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;
using detail::HttpHead;
using detail::PartFile;
using detail::PartVersion;
using detail::TransferError;

constexpr std::chrono::milliseconds kLongestWait{60'000};
/// Retries start to count anew when a try has brought that many bytes.
constexpr std::uint64_t kWorthwhile = std::uint64_t{1} << 20;

void check_options(const std::string& url, const DownloadOptions& options) {
  const auto is_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  check(options.sha256.empty() ||
            (options.sha256.size() == 64 &&
             std::all_of(options.sha256.begin(), options.sha256.end(), is_digit)),
        "sha256: expected 64 hexadecimal digits, got \"{}\"", printable(options.sha256));
  check(options.max_redirects >= 0, "max_redirects: expected 0 or more, got {}",
        options.max_redirects);
  check(options.retries >= 0, "retries: expected 0 or more, got {}", options.retries);
  for (const auto& [name, time] : {std::pair("connect_timeout", options.connect_timeout),
                                   std::pair("stall_timeout", options.stall_timeout)}) {
    check(time.count() > 0, "{}: expected more than 0 ms, got {}", name, time.count());
  }
  check(options.backoff.count() >= 0, "backoff: expected 0 ms or more, got {}",
        options.backoff.count());
  try {
    detail::check_url(url);
  } catch (const TransferError& error) {
    fail("url \"{}\": {}", printable(url), error.what());
  }
}

/// `bytes FIRST-LAST/TOTAL`, of which TOTAL may be "*".
struct ContentRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> total;
};

bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

bool take_text(std::string_view& text, std::string_view expected) {
  const bool there = text.starts_with(expected);
  text.remove_prefix(there ? expected.size() : 0);
  return there;
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  ContentRange range;
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  if (!take_text(text, "bytes ") || !take_number(text, range.first) || !take_text(text, "-") ||
      !take_number(text, last) || !take_text(text, "/")) {
    return std::nullopt;
  }
  if (text == "*") {
    return range;
  }
  if (!take_number(text, total) || !text.empty() || last < range.first || last >= total) {
    return std::nullopt;
  }
  range.total = total;
  return range;
}

/// `bytes */TOTAL`: TOTAL.
std::optional<std::uint64_t> parse_unsatisfied_range(std::string_view text) {
  std::uint64_t total = 0;
  const bool has = take_text(text, "bytes */") && take_number(text, total) && text.empty();
  return has ? std::optional(total) : std::nullopt;
}

class Download {
 public:
  Download(const std::string& url, const fs::path& path, const DownloadOptions& options)
      : url_(url), path_(path), options_(options), part_(path, url) {
    total_ = options.expected_size ? options.expected_size : part_.version().total;
    if (total_ && part_.size() > *total_) {
      part_.clear();
    }
  }

  DownloadResult run() {
    std::uint64_t most = part_.size();
    int failures = 0;
    while (true) {
      try {
        fetch_rest();
        return finish();
      } catch (const TransferError& error) {
        if (part_.size() >= most + kWorthwhile) {
          most = part_.size();
          failures = 0;
        }
        if (!error.transient() || failures == options_.retries) {
          give_up(error, failures);
        }
        wait_for_retry(failures++, error.wait());
      }
    }
  }

 private:
  /// Starts over at the next try; a part that cannot be continued is of no use.
  [[noreturn]] void start_over(const std::string& reason) {
    part_.clear();
    throw TransferError(reason, true);
  }

  void fetch_rest() {
    std::uint64_t offset = part_.size();
    if (offset > 0 && !part_.version().can_resume() && options_.sha256.empty()) {
      part_.clear();
      offset = 0;
    }
    resumed_ = offset > 0;
    if (resumed_ && offset == total_) {
      return;
    }
    detail::http_get(
        {.url = url_,
         .offset = offset,
         .if_range = part_.version().validator(),
         .connect_timeout = options_.connect_timeout,
         .stall_timeout = options_.stall_timeout,
         .min_bytes_per_second = options_.min_bytes_per_second,
         .max_redirects = options_.max_redirects,
         .cancelled = options_.cancelled},
        [&](const HttpHead& head) { begin(head, offset); },
        [&](std::string_view bytes) { append(bytes); });
    if (total_ && part_.size() < *total_) {
      throw TransferError("the connection was closed", true);
    }
  }

  /// Decides what the content that follows is.
  void begin(const HttpHead& head, std::uint64_t offset) {
    if (offset > 0 && head.status == 416) {
      accept_total(parse_unsatisfied_range(head.content_range));
      start_over("the server has no such part");
    }
    if (head.status == 206 && offset > 0) {
      continue_part(head, offset);
    } else if (head.status == 200) {
      total_ = options_.expected_size;
      accept_total(head.length);
      part_.begin({.etag = head.etag, .last_modified = head.last_modified, .total = head.length});
      resumed_ = false;
    } else {
      const bool transient = head.status == 408 || head.status == 429 || head.status >= 500;
      throw TransferError(fmt::format("the server answered with status {}", head.status), transient,
                          head.retry_after);
    }
    report(part_.size(), false);
  }

  void continue_part(const HttpHead& head, std::uint64_t offset) {
    const std::optional<ContentRange> range = parse_content_range(head.content_range);
    if (!range || range->first != offset) {
      start_over(fmt::format("asked for the bytes from {} on, the server sent \"{}\"", offset,
                             printable(head.content_range)));
    }
    const PartVersion& version = part_.version();
    const bool other_tag = !head.etag.empty() && !version.etag.empty() && head.etag != version.etag;
    const bool other_size = range->total && version.total && *range->total != *version.total;
    if (other_tag || other_size) {
      start_over("the file has changed on the server");
    }
    accept_total(range->total);
  }

  void accept_total(std::optional<std::uint64_t> total) {
    if (!total) {
      return;
    }
    check(!options_.expected_size || *total == *options_.expected_size,
          "{}: expected {} bytes, the server has {}: it is not the file that is wanted; get it "
          "elsewhere and put it at {}",
          url_, options_.expected_size.value_or(0), *total, path_.string());
    check(*total <= options_.size_limit, "{}: has {} bytes, more than the limit of {} (size_limit)",
          url_, *total, options_.size_limit);
    total_ = total;
  }

  void append(std::string_view bytes) {
    const std::uint64_t size = part_.size() + bytes.size();
    const std::uint64_t most = std::min(options_.size_limit, total_.value_or(options_.size_limit));
    if (size > most) {
      part_.clear();
      fail("{}: the server sends more than {} bytes, {}; the part was removed", url_, most,
           total_ ? "the size of the file" : "the limit (size_limit)");
    }
    part_.append(bytes);
    report(part_.size(), false);
  }

  DownloadResult finish() {
    const std::uint64_t size = part_.size();
    part_.sync();
    const std::string digest = sha256_of_file(part_.path(), options_.cancelled);
    std::string expected = options_.sha256;
    std::transform(expected.begin(), expected.end(), expected.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    if (!expected.empty() && digest != expected) {
      if (resumed_) {
        // Perhaps the first part was of another version, or damaged by a power cut.
        start_over("the parts do not fit together");
      }
      part_.clear();
      fail(
          "{}: expected the SHA-256 checksum {}, got {}: {} bytes came that are not the file that "
          "is wanted, and were removed; try again, or get it elsewhere and put it at {}",
          url_, expected, digest, size, path_.string());
    }
    part_.commit();
    total_ = size;
    report(size, true);
    return {.size = size, .sha256 = digest};
  }

  void report(std::uint64_t done, bool last) {
    const auto now = std::chrono::steady_clock::now();
    if (!options_.progress || (!last && now - reported_ < std::chrono::milliseconds(100))) {
      return;
    }
    reported_ = now;
    options_.progress({.done = done, .total = total_.value_or(0)});
  }

  void wait_for_retry(int failures, std::chrono::milliseconds asked) const {
    const auto doubled = options_.backoff * (std::int64_t{1} << std::min(failures, 16));
    const auto end = std::chrono::steady_clock::now() +
                     std::max(asked, std::min<std::chrono::milliseconds>(doubled, kLongestWait));
    while (std::chrono::steady_clock::now() < end) {
      if (options_.cancelled && options_.cancelled()) {
        give_up(TransferError(detail::kCancelled, false), 0);
      }
      std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(
          std::chrono::milliseconds(50),
          std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now())));
    }
  }

  [[noreturn]] void give_up(const TransferError& error, int failures) const {
    const std::string tries = failures > 0 ? fmt::format(", in {} tries", failures + 1) : "";
    const std::string total = total_ ? fmt::format("{}", *total_) : "an unknown number of";
    const std::string advice =
        part_.size() > 0 ? fmt::format("the part is kept as {}; try again to go on from there",
                                       part_.path().string())
        : std::string_view(error.what()) == detail::kCancelled
            ? "try again to start anew"
            : fmt::format("check the address and the network, or put the file at {} by hand",
                          path_.string());
    fail("{}: {} (got {} of {} bytes{}); {}", url_, error.what(), part_.size(), total, tries,
         advice);
  }

  const std::string& url_;
  const fs::path& path_;
  const DownloadOptions& options_;
  PartFile part_;
  bool resumed_ = false;  ///< whether some of the part is from an earlier answer or call
  std::optional<std::uint64_t> total_;
  std::chrono::steady_clock::time_point reported_;
};

}  // namespace

DownloadResult download(const std::string& url, const fs::path& path,
                        const DownloadOptions& options) {
  check_options(url, options);
  check(path.has_filename(), "path: expected the path of a file, got \"{}\"", path.string());
  const FileLock lock(fs::path(path) += ".lock", options.cancelled);
  return Download(url, path, options).run();
}

}  // namespace grapevine::io
