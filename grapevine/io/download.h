#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace grapevine::io {

/// How far a download is.
struct DownloadProgress {
  std::uint64_t done = 0;   ///< bytes that are there
  std::uint64_t total = 0;  ///< bytes of the file; 0 while it is unknown
};

/// What a download must be, and how patient it is.
struct DownloadOptions {
  std::uint64_t size_limit = std::uint64_t{1} << 40;  ///< bytes; more is refused
  std::optional<std::uint64_t> expected_size;         ///< bytes, where it is known
  std::string sha256;  ///< expected checksum, 64 hexadecimal digits; empty: any
  std::chrono::milliseconds connect_timeout{30'000};
  std::chrono::milliseconds stall_timeout{30'000};  ///< how long nothing, or too little, may come
  std::uint64_t min_bytes_per_second = 100;         ///< less than this is too little
  int max_redirects = 5;
  int retries = 5;  ///< after that many failures in a row that a new try may heal, it gives up
  std::chrono::milliseconds backoff{1'000};  ///< wait before the first retry; doubles up to 60 s
  /// Told how far it is, at most ten times a second and once at the end.
  std::function<void(const DownloadProgress&)> progress;
  /// Asked at least once a second; true ends the download.
  std::function<bool()> cancelled;
};

/// What was downloaded.
struct DownloadResult {
  std::uint64_t size = 0;  ///< bytes
  std::string sha256;      ///< 64 lower-case hexadecimal digits
};

/// Fetches a file over HTTP or HTTPS. The content goes to `PATH.part`, whose size and checksum are
/// checked before it takes the name `path`: under that name there is never a part, even after a
/// power cut. The folder must exist.
///
/// A download that ended early goes on where it stopped, in a retry or in the next call, if the
/// server still has the version of which there is a part (its ETag or date lies beside it, in
/// `PATH.part.json`); otherwise it starts anew. Two processes that download the same file do it one
/// after the other. Redirects lead to http and https only, and never from https to http; proxies
/// are those of the environment, as for curl.
///
/// Throws `Error` that names the address, what happened, how many bytes there are of how many, and
/// what to do. The part stays for the next try unless its checksum or its size is wrong.
///
///     io::download("https://example.org/graph.zip", "graph.zip", {.size_limit = 1 << 30});
DownloadResult download(const std::string& url, const std::filesystem::path& path,
                        const DownloadOptions& options = {});

}  // namespace grapevine::io
