#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "tests/cli/run_cli.h"
#include "tests/support/http_server.h"
#include "tests/support/scoped_environment.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliDataByName : public CliTest {
 protected:
  ScopedEnvironment no_proxy_{"no_proxy", "127.0.0.1"};
  ScopedEnvironment data_{"GRAPEVINE_DATA", (folder_ / "data").string()};
  ScopedEnvironment online_{"GRAPEVINE_OFFLINE", ""};
};

TEST_F(CliDataByName, DownloadsNothingOffline) {
  const std::string folder = (folder_ / "data/citeseer").string();
  expect_failure("info citeseer --offline", 1, {"citeseer", folder, "downloads are switched off"});
  for (const char* command : {"train", "sample"}) {
    expect_failure(command + std::string(" --data ogbn-arxiv --offline"), 1, {"ogbn-arxiv"});
  }
  const ScopedEnvironment offline("GRAPEVINE_OFFLINE", "1");
  expect_failure("info citeseer", 1, {"citeseer", "GRAPEVINE_OFFLINE"});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data"));
}

TEST_F(CliDataByName, NamesTheServerThatDoesNotHaveIt) {
  const HttpServer server([](const auto&) { return HttpServerAnswer{.status = 404}; });
  const ScopedEnvironment mirror("GRAPEVINE_MIRROR", server.url());
  expect_failure("info ogbn-arxiv", 1, {server.url("/ogbn-arxiv/arxiv.zip"), "status 404"});
}

TEST_F(CliDataByName, TrainsOnWhatItDownloadedOnce) {
  const std::filesystem::path files =
      std::filesystem::path(GRAPEVINE_SOURCE_DIR) / "../shared/data/planetoid";
  if (!std::filesystem::exists(files)) {
    GTEST_SKIP() << files << " is not there";
  }
  auto server = std::make_unique<HttpServer>([&](const HttpServerRequest& request) {
    return HttpServerAnswer{.body = io::read_file(files / request.path.substr(6))};  // "/cora/"
  });
  const ScopedEnvironment mirror("GRAPEVINE_MIRROR", server->url());
  const Outcome outcome = run_cli("info cora");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("cora: downloading 1 MB to "));
  EXPECT_THAT(outcome.output, HasSubstr("edges    10556\n"));
  EXPECT_EQ(server->requests().size(), 8U);
  server.reset();
  const Outcome again = run_cli("train --data cora --full-graph --model gcn --epochs 1 --offline");
  EXPECT_EQ(again.status, 0) << again.errors;
  EXPECT_THAT(again.output, HasSubstr("2708 nodes, 10556 edges"));
  EXPECT_EQ(again.output.find("downloading"), std::string::npos);
}

}  // namespace
}  // namespace grapevine
