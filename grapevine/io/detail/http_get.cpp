#include "grapevine/io/detail/http_get.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <limits>
#include <memory>
#include <utility>

#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/util/error.h"

namespace grapevine::io::detail {
namespace {

using Clock = std::chrono::steady_clock;

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
    return {};
  }
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
  return text;
}

/// "http" or "https"; `TransferError` if the address may not be fetched.
std::string scheme_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (!parsed || url.find('\0') != std::string::npos ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
          CURLUE_OK) {
    throw TransferError("it is not an address of the form https://HOST/PATH", false);
  }
  const std::string scheme = url_part(parsed.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    throw TransferError(
        fmt::format("only http and https are fetched, not \"{}\"", printable(scheme)), false);
  }
  if (!url_part(parsed.get(), CURLUPART_USER).empty() ||
      !url_part(parsed.get(), CURLUPART_PASSWORD).empty()) {
    throw TransferError("an address with a user name or a password in it is refused", false);
  }
  return scheme;
}

/// A name that cannot be resolved is none of them: most often there is no network, and waiting
/// would keep that from the user.
bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

/// One answer, which may be a redirect.
class Exchange {
 public:
  Exchange(const HttpRequest& request, const std::string& url,
           const std::function<void(const HttpHead&)>& on_head,
           const std::function<void(std::string_view)>& on_body)
      : request_(request),
        url_(url),
        on_head_(on_head),
        on_body_(on_body),
        handle_(curl_easy_init(), curl_easy_cleanup) {
    check(handle_ != nullptr, "{}: libcurl cannot be started", request.url);
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_NOSIGNAL, 1L);  // signals are the host program's
    set(CURLOPT_USERAGENT, "grapevine");
    set(CURLOPT_BUFFERSIZE, 256L * 1024);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_ERRORBUFFER, error_);
    set(CURLOPT_HEADERFUNCTION, &Exchange::header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Exchange::body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_XFERINFOFUNCTION, &Exchange::progress);
    set(CURLOPT_XFERINFODATA, this);
    if (request.offset > 0) {
      set(CURLOPT_RANGE, fmt::format("{}-", request.offset).c_str());
      if (!request.if_range.empty()) {
        headers_.reset(curl_slist_append(nullptr, ("If-Range: " + request.if_range).c_str()));
        check(headers_ != nullptr, "{}: out of memory", request.url);
        set(CURLOPT_HTTPHEADER, headers_.get());
      }
    }
  }

  /// Where the server sends us instead, or "".
  std::string run() {
    const CURLcode code = curl_easy_perform(handle_.get());
    if (thrown_) {
      std::rethrow_exception(thrown_);
    }
    if (!target_.empty()) {
      return target_;
    }
    if (code != CURLE_OK) {
      const std::string reason = error_[0] != '\0' ? error_ : curl_easy_strerror(code);
      throw TransferError(printable_line(reason), is_transient(code));
    }
    deliver_head();
    return target_;
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    check(curl_easy_setopt(handle_.get(), option, value) == CURLE_OK,
          "{}: libcurl does not know option {}", request_.url, static_cast<int>(option));
  }

  static std::string printable_line(std::string_view text) {
    std::string line(text.substr(0, 200));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return line;
  }

  /// Runs a callback of libcurl's; what it throws waits for `run`.
  template <typename Result, typename Work>
  Result guarded(Result failed, const Work& work) {
    try {
      return work();
    } catch (...) {
      thrown_ = std::current_exception();
      return failed;
    }
  }

  static std::size_t header(char* text, std::size_t, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    return exchange.guarded(std::size_t{0}, [&] {
      exchange.read_header({text, count});
      return count;
    });
  }

  static std::size_t body(char* bytes, std::size_t, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    return exchange.guarded(std::size_t{0}, [&] {
      exchange.deliver_head();
      if (!exchange.target_.empty()) {
        return std::size_t{0};  // The content of a redirect is not wanted.
      }
      exchange.on_body_({bytes, count});
      return count;
    });
  }

  static int progress(void* self, curl_off_t, curl_off_t done, curl_off_t, curl_off_t) {
    auto& exchange = *static_cast<Exchange*>(self);
    return exchange.guarded(1, [&] {
      if (exchange.request_.cancelled && exchange.request_.cancelled()) {
        throw TransferError(kCancelled, false);
      }
      exchange.check_speed(static_cast<std::uint64_t>(done));
      return 0;
    });
  }

  void read_header(std::string_view line) {
    if (head_done_) {
      return;  // a trailer
    }
    if (line.starts_with("HTTP/")) {
      head_ = {};
      location_.clear();
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      return;
    }
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string_view value = line.substr(colon + 1);
    const std::size_t begin = value.find_first_not_of(" \t\r\n");
    const std::size_t end = value.find_last_not_of(" \t\r\n");
    value = begin == std::string_view::npos ? "" : value.substr(begin, end - begin + 1);
    if (name == "etag") {
      head_.etag = value;
    } else if (name == "last-modified") {
      head_.last_modified = value;
    } else if (name == "content-range") {
      head_.content_range = value;
    } else if (name == "location") {
      location_ = value;
    }
  }

  void deliver_head() {
    if (head_done_) {
      return;
    }
    head_done_ = true;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &head_.status);
    if (head_.status >= 300 && head_.status < 400 && !location_.empty()) {
      target_ = redirect_target(url_, location_);
      return;
    }
    curl_off_t number = -1;
    curl_easy_getinfo(handle_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &number);
    if (number >= 0) {
      head_.length = static_cast<std::uint64_t>(number);
    }
    number = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &number);
    head_.retry_after = std::chrono::seconds(std::clamp<curl_off_t>(number, 0, 60));
    on_head_(head_);
  }

  /// Throws when too little has come since a stall's time ago.
  void check_speed(std::uint64_t done) {
    curl_off_t connected = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected);
    const auto now = Clock::now();
    if (connected == 0 || window_begin_ == Clock::time_point()) {
      window_begin_ = now;
      window_bytes_ = done;
      return;
    }
    const auto passed = now - window_begin_;
    if (passed < request_.stall_timeout) {
      return;
    }
    const std::chrono::duration<double> seconds = passed;
    if (static_cast<double>(done - window_bytes_) <
        seconds.count() * static_cast<double>(request_.min_bytes_per_second)) {
      throw TransferError(fmt::format("the server sent {} bytes in {:.0f} seconds",
                                      done - window_bytes_, seconds.count()),
                          true);
    }
    window_begin_ = now;
    window_bytes_ = done;
  }

  const HttpRequest& request_;
  const std::string& url_;
  const std::function<void(const HttpHead&)>& on_head_;
  const std::function<void(std::string_view)>& on_body_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_{nullptr,
                                                                       curl_slist_free_all};
  char error_[CURL_ERROR_SIZE] = {};
  HttpHead head_;
  bool head_done_ = false;
  std::string location_;
  std::string target_;  ///< where a redirect leads
  std::exception_ptr thrown_;
  Clock::time_point window_begin_;
  std::uint64_t window_bytes_ = 0;
};

}  // namespace

void check_url(const std::string& url) { scheme_of(url); }

std::string redirect_target(const std::string& url, const std::string& location) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  std::string target = location;
  if (parsed && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_set(parsed.get(), CURLUPART_URL, location.c_str(), CURLU_NON_SUPPORT_SCHEME) ==
          CURLUE_OK) {
    target = url_part(parsed.get(), CURLUPART_URL);
  }
  std::string reason;
  try {
    const bool less_safe = scheme_of(target) == "http" && scheme_of(url) == "https";
    reason = less_safe ? "from https to http is refused" : "";
  } catch (const TransferError& error) {
    reason = error.what();
  }
  if (!reason.empty()) {
    throw TransferError(fmt::format("redirected to {}: {}", printable(target), reason), false);
  }
  return target;
}

void http_get(const HttpRequest& request, const std::function<void(const HttpHead&)>& on_head,
              const std::function<void(std::string_view)>& on_body) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  check(started == CURLE_OK, "{}: libcurl cannot be started", request.url);
  check_url(request.url);
  std::string url = request.url;
  for (int redirects = 0;; ++redirects) {
    const std::string target = Exchange(request, url, on_head, on_body).run();
    if (target.empty()) {
      return;
    }
    if (redirects == request.max_redirects) {
      throw TransferError(fmt::format("redirected more than {} times, at last to {}",
                                      request.max_redirects, printable(target)),
                          false);
    }
    url = target;
  }
}

}  // namespace grapevine::io::detail
