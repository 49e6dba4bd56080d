#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

// One GET request over HTTP or HTTPS, on libcurl.
namespace grapevine::io::detail {

struct HttpRequest {
  std::string url;
  std::uint64_t offset = 0;  ///< of the first byte that is wanted
  std::string if_range;      ///< validator of the version of which a part is wanted; empty: any
  std::chrono::milliseconds connect_timeout{0};
  std::chrono::milliseconds stall_timeout{0};
  std::uint64_t min_bytes_per_second = 0;  ///< less, for the time of a stall, is one
  int max_redirects = 0;
  std::function<bool()> cancelled;
};

/// What a server says before the content.
struct HttpHead {
  long status = 0;
  std::optional<std::uint64_t> length;  ///< of the content that follows
  std::string etag;
  std::string last_modified;
  std::string content_range;
  std::chrono::seconds retry_after{0};
};

/// The reason of a `TransferError` where `cancelled` said so.
inline constexpr const char* kCancelled = "cancelled";

/// What hinders a transfer, as a part of a sentence; `transient` if trying again may help.
class TransferError : public std::runtime_error {
 public:
  TransferError(const std::string& reason, bool transient, std::chrono::seconds wait = {})
      : std::runtime_error(reason), transient_(transient), wait_(wait) {}
  [[nodiscard]] bool transient() const { return transient_; }
  /// How long the server asks to wait before the next try.
  [[nodiscard]] std::chrono::seconds wait() const { return wait_; }

 private:
  bool transient_;
  std::chrono::seconds wait_;
};

/// Throws `TransferError` unless the text is an address that may be fetched: http or https, without
/// a user's name or password in it, which would end up in messages.
void check_url(const std::string& url);

/// Where a redirect from `url` leads, whose `Location` may be relative. Throws `TransferError`
/// unless it leads to http or https, and for one from https to http.
[[nodiscard]] std::string redirect_target(const std::string& url, const std::string& location);

/// Sends the request and follows redirects. Calls `on_head` once, for the last answer, and then
/// `on_body` with its content, piece by piece; what they throw ends the transfer and comes out of
/// here. Throws `TransferError` for all else that goes wrong; an answer of any status is no error
/// here.
void http_get(const HttpRequest& request, const std::function<void(const HttpHead&)>& on_head,
              const std::function<void(std::string_view)>& on_body);

}  // namespace grapevine::io::detail
