#include "grapevine/io/download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "grapevine/io/detail/http_get.h"
#include "grapevine/io/file.h"
#include "grapevine/io/file_lock.h"
#include "grapevine/io/sha256.h"
#include "tests/support/expect_error.h"
#include "tests/support/http_server.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using namespace std::chrono_literals;
using testing_support::HttpServer;
using testing_support::HttpServerAnswer;
using testing_support::HttpServerRequest;
using testing_support::TemporaryFolder;

/// Bytes that do not repeat, so that a part in the wrong place is noticed.
std::string content_of(std::size_t size, unsigned seed = 1) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<char>(seed >> 24U);
  }
  return bytes;
}

const std::string kTag = "ETag: \"v1\"";

class Download : public testing::Test {
 protected:
  /// Names of what is in the folder, sorted.
  [[nodiscard]] std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  void expect_only_the_file(const std::string& content) const {
    EXPECT_EQ(read_file(path_), content);
    EXPECT_THAT(left(), testing::ElementsAre("data.bin"));
  }

  /// The value of a header of each request, "" where it had none.
  [[nodiscard]] static std::vector<std::string> asked(const HttpServer& server,
                                                      const std::string& header) {
    std::vector<std::string> values;
    for (const HttpServerRequest& request : server.requests()) {
      const auto found = request.headers.find(header);
      values.push_back(found == request.headers.end() ? "" : found->second);
    }
    return values;
  }

  testing_support::ScopedEnvironment no_proxy_{"no_proxy", "127.0.0.1"};
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "data.bin";
  std::string content_ = content_of(300'000);
  DownloadOptions quick_ = {
      .connect_timeout = 2s, .stall_timeout = 1s, .retries = 2, .backoff = 1ms};
};

TEST_F(Download, WritesTheWholeFileAndSaysWhatItIs) {
  const HttpServer server([&](const auto&) { return HttpServerAnswer{.body = content_}; });
  std::vector<DownloadProgress> told;
  DownloadOptions options = quick_;
  options.expected_size = content_.size();
  options.sha256 = sha256(content_);
  std::transform(options.sha256.begin(), options.sha256.end(), options.sha256.begin(), ::toupper);
  options.progress = [&](const DownloadProgress& progress) { told.push_back(progress); };
  const DownloadResult result = download(server.url("/data.bin"), path_, options);
  EXPECT_EQ(result.size, content_.size());
  EXPECT_EQ(result.sha256, sha256(content_));
  expect_only_the_file(content_);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().done, content_.size());
  for (const DownloadProgress& progress : told) {
    EXPECT_LE(progress.done, progress.total);
    EXPECT_EQ(progress.total, content_.size());
  }
}

TEST_F(Download, ReplacesAnOldFileAndKnowsEmptyOnes) {
  folder_.write("data.bin", "old");
  const HttpServer server([](const auto&) { return HttpServerAnswer{}; });
  EXPECT_EQ(download(server.url(), path_, quick_).size, 0U);
  expect_only_the_file("");
}

TEST_F(Download, GoesOnWhereTheConnectionWasCut) {
  const HttpServer server([&](const HttpServerRequest& request) {
    return HttpServerAnswer{.headers = {kTag},
                            .body = content_,
                            .cut_after = request.number < 2 ? 100'000U : ~std::size_t{0}};
  });
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
  EXPECT_THAT(asked(server, "range"), testing::ElementsAre("", "bytes=100000-", "bytes=200000-"));
  EXPECT_THAT(asked(server, "if-range"), testing::ElementsAre("", "\"v1\"", "\"v1\""));
}

TEST_F(Download, KeepsThePartForTheNextCall) {
  std::atomic<bool> broken = true;
  const HttpServer server([&](const auto&) {
    return HttpServerAnswer{
        .headers = {kTag}, .body = content_, .cut_after = broken ? 50'000U : ~std::size_t{0}};
  });
  quick_.retries = 0;
  EXPECT_ERROR(download(server.url(), path_, quick_), server.url(), "got 50000 of 300000 bytes",
               "data.bin.part", "try again to go on from there");
  EXPECT_THAT(left(), testing::ElementsAre("data.bin.part", "data.bin.part.json"));
  broken = false;
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
  EXPECT_EQ(asked(server, "range").back(), "bytes=50000-");
}

TEST_F(Download, StartsOverWhereTheServerIgnoresRanges) {
  const HttpServer server([&](const HttpServerRequest& request) {
    return HttpServerAnswer{.headers = {kTag},
                            .body = content_,
                            .ranges = false,
                            .cut_after = request.number == 0 ? 100'000U : ~std::size_t{0}};
  });
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
  EXPECT_THAT(asked(server, "range"), testing::ElementsAre("", "bytes=100000-"));
}

TEST_F(Download, NeverMixesTwoVersions) {
  const std::string newer = content_of(300'000, 2);
  const HttpServer server([&](const HttpServerRequest& request) {
    return request.number == 0
               ? HttpServerAnswer{.headers = {kTag}, .body = content_, .cut_after = 100'000}
               : HttpServerAnswer{.headers = {"ETag: \"v2\""}, .body = newer};
  });
  download(server.url(), path_, quick_);
  expect_only_the_file(newer);
  EXPECT_THAT(asked(server, "if-range"), testing::ElementsAre("", "\"v1\""));
}

TEST_F(Download, DoesNotTrustAServerThatSendsAnotherPart) {
  for (const std::string answer : {"bytes 7-299999/300000", "bytes 100000-299999/300001",
                                   "nonsense", "bytes 100000-99/300000"}) {
    const HttpServer server([&](const HttpServerRequest& request) {
      if (request.number == 1) {
        return HttpServerAnswer{.status = 206,
                                .headers = {"Content-Range: " + answer, kTag},
                                .body = content_.substr(100'000)};
      }
      return HttpServerAnswer{.headers = {kTag},
                              .body = content_,
                              .cut_after = request.number == 0 ? 100'000U : ~std::size_t{0}};
    });
    download(server.url(), path_, quick_);
    expect_only_the_file(content_);
    EXPECT_THAT(asked(server, "range"), testing::ElementsAre("", "bytes=100000-", "")) << answer;
  }
  // The right place, but of another version.
  const HttpServer server([&](const HttpServerRequest& request) {
    if (request.number == 1) {
      return HttpServerAnswer{
          .status = 206,
          .headers = {"Content-Range: bytes 100000-299999/300000", "ETag: \"v2\""},
          .body = content_of(200'000, 2)};
    }
    return HttpServerAnswer{.headers = {kTag},
                            .body = content_,
                            .cut_after = request.number == 0 ? 100'000U : ~std::size_t{0}};
  });
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
}

TEST_F(Download, ContinuesWithoutAVersionOnlyUnderAChecksum) {
  const auto handler = [&](const HttpServerRequest& request) {
    return HttpServerAnswer{.body = content_,
                            .cut_after = request.number == 0 ? 100'000U : ~std::size_t{0}};
  };
  {
    const HttpServer server(handler);
    download(server.url(), path_, quick_);
    expect_only_the_file(content_);
    EXPECT_THAT(asked(server, "range"), testing::ElementsAre("", ""));
  }
  quick_.sha256 = sha256(content_);
  const HttpServer server(handler);
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
  EXPECT_THAT(asked(server, "range"), testing::ElementsAre("", "bytes=100000-"));
}

TEST_F(Download, StartsOverWhenTheSumOfPartsIsWrong) {
  // The server says that nothing has changed, but it has.
  const HttpServer server([&](const HttpServerRequest& request) {
    return HttpServerAnswer{.headers = {kTag},
                            .body = request.number == 0 ? content_of(300'000, 2) : content_,
                            .cut_after = request.number == 0 ? 100'000U : ~std::size_t{0}};
  });
  quick_.sha256 = sha256(content_);
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
  EXPECT_THAT(asked(server, "range"), testing::ElementsAre("", "bytes=100000-", ""));
}

TEST_F(Download, RemovesAFileWithTheWrongChecksum) {
  const HttpServer server(
      [&](const auto&) { return HttpServerAnswer{.headers = {kTag}, .body = "other"}; });
  quick_.sha256 = sha256(content_);
  EXPECT_ERROR(download(server.url(), path_, quick_), server.url(), quick_.sha256, sha256("other"),
               "5 bytes", "removed");
  EXPECT_THAT(left(), testing::IsEmpty());
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(Download, GivesUpOnAServerThatStalls) {
  const HttpServer server([&](const auto&) {
    return HttpServerAnswer{.headers = {kTag}, .body = content_, .stall_after = 70'000};
  });
  quick_.retries = 0;
  quick_.stall_timeout = 100ms;
  EXPECT_ERROR(download(server.url(), path_, quick_), server.url(), "the server sent",
               "got 70000 of 300000 bytes", "try again");
  EXPECT_THAT(left(), testing::ElementsAre("data.bin.part", "data.bin.part.json"));
}

TEST_F(Download, GoesOnAfterAStall) {
  const HttpServer server([&](const HttpServerRequest& request) {
    return HttpServerAnswer{.headers = {kTag},
                            .body = content_,
                            .stall_after = request.number == 0 ? 70'000U : ~std::size_t{0}};
  });
  quick_.stall_timeout = 100ms;
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
  EXPECT_THAT(asked(server, "range"), testing::ElementsAre("", "bytes=70000-"));
}

TEST_F(Download, NoticesALengthThatIsTooLarge) {
  const HttpServer server([&](const auto&) {
    return HttpServerAnswer{
        .headers = {kTag}, .body = content_, .ranges = false, .claimed_size = 400'000};
  });
  EXPECT_ERROR(download(server.url(), path_, quick_), "got 300000 of 400000 bytes", "in 3 tries");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Download, NoticesALengthThatIsTooSmall) {
  const HttpServer server(
      [&](const auto&) { return HttpServerAnswer{.body = content_, .claimed_size = 1'000}; });
  quick_.sha256 = sha256(content_);
  EXPECT_ERROR(download(server.url(), path_, quick_), quick_.sha256, "1000 bytes");
  quick_.expected_size = content_.size();
  EXPECT_ERROR(download(server.url(), path_, quick_), "expected 300000 bytes", "has 1000");
  EXPECT_THAT(left(), testing::IsEmpty());
}

TEST_F(Download, ChecksTheSizeWhereTheServerNamesNone) {
  const HttpServer server([&](const auto&) {
    return HttpServerAnswer{.headers = {kTag}, .body = content_, .claimed_size = -2};
  });
  EXPECT_EQ(download(server.url(), path_, quick_).size, content_.size());
  quick_.expected_size = content_.size() - 1;
  EXPECT_ERROR(download(server.url(), path_, quick_), "more than 299999 bytes");
  quick_.expected_size.reset();
  quick_.size_limit = 1'000;
  EXPECT_ERROR(download(server.url(), path_, quick_), "more than 1000 bytes", "size_limit");
  expect_only_the_file(content_);
  quick_ = {.expected_size = content_.size() + 1, .retries = 1, .backoff = 1ms};
  EXPECT_ERROR(download(server.url(), path_, quick_), "expected 300001 bytes", "has 300000");
}

TEST_F(Download, RefusesAFileThatIsTooLarge) {
  const HttpServer server([&](const auto&) { return HttpServerAnswer{.body = content_}; });
  quick_.size_limit = content_.size() - 1;
  EXPECT_ERROR(download(server.url(), path_, quick_), server.url(), "300000 bytes", "299999",
               "size_limit");
  EXPECT_THAT(left(), testing::IsEmpty());
  quick_.size_limit = content_.size();
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
}

TEST_F(Download, FollowsRedirects) {
  const HttpServer server([&](const HttpServerRequest& request) {
    if (request.path == "/old") {
      return HttpServerAnswer{.status = 302, .headers = {"Location: /new"}, .body = "moved"};
    }
    return HttpServerAnswer{.headers = {kTag},
                            .body = content_,
                            .cut_after = request.number == 0 ? 100'000U : ~std::size_t{0}};
  });
  download(server.url("/old"), path_, quick_);
  expect_only_the_file(content_);
  EXPECT_THAT(asked(server, "range"),
              testing::ElementsAre("", "", "bytes=100000-", "bytes=100000-"));
}

TEST_F(Download, RefusesRedirectsInCirclesAndToOtherSchemes) {
  const HttpServer server([&](const HttpServerRequest& request) {
    return HttpServerAnswer{
        .status = 301,
        .headers = {"Location: " + (request.path == "/file"   ? "file:///etc/passwd"
                                    : request.path == "/ftp"  ? "ftp://127.0.0.1/x"
                                    : request.path == "/user" ? "http://a:b@127.0.0.1/x"
                                                              : request.path)}};
  });
  EXPECT_ERROR(download(server.url("/loop"), path_, quick_), "redirected more than 5 times",
               "/loop");
  EXPECT_EQ(server.requests().size(), 6U);
  EXPECT_ERROR(download(server.url("/file"), path_, quick_), "file:///etc/passwd",
               "only http and https");
  EXPECT_ERROR(download(server.url("/ftp"), path_, quick_), "only http and https");
  EXPECT_ERROR(download(server.url("/user"), path_, quick_), "user name or a password");
  EXPECT_THAT(left(), testing::IsEmpty());
}

TEST(RedirectTarget, IsNeverLessSafeThanWhereItCameFrom) {
  using detail::redirect_target;
  EXPECT_EQ(redirect_target("https://a.org/x/y", "../z"), "https://a.org/z");
  EXPECT_EQ(redirect_target("https://a.org/x", "//b.org/z"), "https://b.org/z");
  EXPECT_EQ(redirect_target("http://a.org/x", "https://b.org/z"), "https://b.org/z");
  EXPECT_EQ(redirect_target("http://a.org/x", "http://b.org/z"), "http://b.org/z");
  for (const char* location : {"http://a.org/x", "HTTP://a.org/x", "file:///etc/passwd",
                               "https://name@a.org/", "data:,x", "https://"}) {
    EXPECT_THROW(static_cast<void>(redirect_target("https://a.org/x", location)),
                 detail::TransferError)
        << location;
  }
}

TEST_F(Download, SaysWhichStatusCameInstead) {
  const HttpServer server([&](const HttpServerRequest& request) {
    return request.path == "/none" ? HttpServerAnswer{.status = 404, .body = "<html>"}
                                   : HttpServerAnswer{.status = 503, .body = "busy"};
  });
  EXPECT_ERROR(download(server.url("/none"), path_, quick_), server.url("/none"), "status 404",
               "got 0 of", "check the address", path_.string());
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_ERROR(download(server.url("/busy"), path_, quick_), "status 503", "in 3 tries");
  EXPECT_EQ(server.requests().size(), 4U);
  EXPECT_THAT(left(), testing::IsEmpty());
}

TEST_F(Download, TriesAgainWhatMayPass) {
  const HttpServer server([&](const HttpServerRequest& request) {
    constexpr int kStatus[] = {500, 429};
    return request.number < 2 ? HttpServerAnswer{.status = kStatus[request.number], .body = "later"}
                              : HttpServerAnswer{.body = content_};
  });
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
}

TEST_F(Download, NamesAServerThatIsNotThere) {
  std::string url;
  {
    const HttpServer server([](const auto&) { return HttpServerAnswer{}; });
    url = server.url("/x");
  }
  EXPECT_ERROR(download(url, path_, quick_), url, "in 3 tries", "check the address");
  EXPECT_THAT(left(), testing::IsEmpty());
}

TEST_F(Download, StopsWhenToldTo) {
  std::atomic<bool> stop = false;
  const HttpServer server([&](const auto&) {
    return HttpServerAnswer{.headers = {kTag}, .body = content_, .stall_after = 200'000};
  });
  quick_.stall_timeout = 60s;
  quick_.progress = [&](const DownloadProgress& progress) { stop = progress.total > 0; };
  quick_.cancelled = [&] { return stop.load(); };
  EXPECT_ERROR(download(server.url(), path_, quick_), "cancelled", "of 300000 bytes");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Download, StopsWhileItWaitsForARetry) {
  int asked = 0;
  const HttpServer server([](const auto&) { return HttpServerAnswer{.status = 500}; });
  quick_.backoff = 60s;
  quick_.cancelled = [&] { return ++asked > 10; };
  EXPECT_ERROR(download(server.url(), path_, quick_), "cancelled");
}

TEST_F(Download, GoesOnFromWhatAnotherAddressLeftOnlyIfItIsTheSame) {
  const HttpServer server([&](const HttpServerRequest& request) {
    return HttpServerAnswer{.headers = {kTag},
                            .body = content_,
                            .cut_after = request.path == "/a" ? 50'000U : ~std::size_t{0}};
  });
  quick_.retries = 0;
  EXPECT_ERROR(download(server.url("/a"), path_, quick_), "got 50000");
  download(server.url("/b"), path_, quick_);
  expect_only_the_file(content_);
  EXPECT_THAT(asked(server, "range"), testing::ElementsAre("", ""));
}

TEST_F(Download, DistrustsNotesThatAreDamaged) {
  for (const std::string notes : {"", "{", "[]", R"({"url": 7})", R"({"url":"x","etag":""})"}) {
    const HttpServer server(
        [&](const auto&) { return HttpServerAnswer{.headers = {kTag}, .body = content_}; });
    folder_.write("data.bin.part", "something");
    folder_.write("data.bin.part.json", notes);
    download(server.url(), path_, quick_);
    expect_only_the_file(content_);
    EXPECT_THAT(asked(server, "range"), testing::ElementsAre(""));
  }
}

TEST_F(Download, TakesAPartThatIsComplete) {
  const HttpServer server(
      [&](const auto&) { return HttpServerAnswer{.headers = {kTag}, .body = content_}; });
  folder_.write("data.bin.part", content_);
  folder_.write("data.bin.part.json",
                fmt::format(R"({{"url":"{}","etag":"\"v1\"","last_modified":"","total":300000}})",
                            server.url()));
  download(server.url(), path_, quick_);
  expect_only_the_file(content_);
  EXPECT_THAT(server.requests(), testing::IsEmpty());
}

TEST_F(Download, WaitsForAnotherOneOfTheSameFile) {
  const HttpServer server([&](const auto&) { return HttpServerAnswer{.body = content_}; });
  std::atomic<bool> done = false;
  std::thread other;
  {
    const FileLock lock(folder_ / "data.bin.lock");
    other = std::thread([&] {
      download(server.url(), path_, quick_);
      done = true;
    });
    std::this_thread::sleep_for(50ms);
    EXPECT_FALSE(done);
    EXPECT_THAT(server.requests(), testing::IsEmpty());
    EXPECT_ERROR(FileLock(folder_ / "data.bin.lock", [] { return true; }), "data.bin.lock",
                 "cancelled");
  }
  other.join();
  expect_only_the_file(content_);
}

TEST_F(Download, ChecksItsArguments) {
  for (const char* url : {"", "data.zip", "file:///etc/passwd", "ftp://host/x", "http://",
                          "https://name:secret@host/x", "gopher://host"}) {
    EXPECT_ERROR(download(url, path_, quick_), "url");
  }
  const std::string url = "http://127.0.0.1:1/x";
  EXPECT_ERROR(download(url, path_, {.sha256 = "abc"}), "sha256", "\"abc\"");
  EXPECT_ERROR(download(url, path_, {.connect_timeout = 0ms}), "connect_timeout", "got 0");
  EXPECT_ERROR(download(url, path_, {.stall_timeout = -1ms}), "stall_timeout", "got -1");
  EXPECT_ERROR(download(url, path_, {.max_redirects = -1}), "max_redirects", "got -1");
  EXPECT_ERROR(download(url, path_, {.retries = -2}), "retries", "got -2");
  EXPECT_ERROR(download(url, path_, {.backoff = -3ms}), "backoff", "got -3");
  EXPECT_ERROR(download(url, folder_ / "", quick_), "path");
  EXPECT_ERROR(download(url, folder_ / "none/x", quick_), "none/x");
  EXPECT_THAT(left(), testing::IsEmpty());
}

TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const TemporaryFolder folder;
  const std::string content = content_of((3 << 20) + 17);
  const auto path = folder.write("file", content);
  EXPECT_EQ(sha256_of_file(path), sha256(content));
  EXPECT_ERROR(sha256_of_file(path, [] { return true; }), "file", "cancelled");
  EXPECT_ERROR(sha256_of_file(folder / "none"), "none");
}

}  // namespace
}  // namespace grapevine::io
