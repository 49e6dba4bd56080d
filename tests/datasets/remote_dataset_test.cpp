#include "grapevine/datasets/remote_dataset.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/io/ogb.h"
#include "grapevine/io/planetoid.h"
#include "grapevine/io/sha256.h"
#include "tests/support/expect_error.h"
#include "tests/support/http_server.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/small_dataset.h"
#include "tests/support/small_planetoid.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::datasets {
namespace {

namespace fs = std::filesystem;
using testing_support::expect_same_dataset;
using testing_support::HttpServer;
using testing_support::HttpServerAnswer;
using testing_support::HttpServerRequest;
using testing_support::ScopedEnvironment;
using testing_support::small_dataset;
using testing_support::TemporaryFolder;

/// A zip archive of the folder's files, below "top/".
std::string zipped(const fs::path& folder) {
  const TemporaryFolder scratch;
  const fs::path path = scratch / "a.zip";
  const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(),
                                                                    archive_write_free);
  archive_write_set_format_zip(out.get());
  check(archive_write_open_filename(out.get(), path.c_str()) == ARCHIVE_OK, "zip");
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) {
      continue;
    }
    const std::string content = io::read_file(file.path());
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              archive_entry_free);
    archive_entry_set_pathname(entry.get(),
                               ("top/" + fs::relative(file.path(), folder).string()).c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    check(archive_write_header(out.get(), entry.get()) == ARCHIVE_OK, "zip");
    check(archive_write_data(out.get(), content.data(), content.size()) >= 0, "zip");
  }
  check(archive_write_close(out.get()) == ARCHIVE_OK, "zip");
  return io::read_file(path);
}

/// Registers a data set under a new name, as registries have no way back.
std::string registered(const RemoteDataset& dataset) {
  static std::atomic<int> counter = 0;
  const std::string name = fmt::format("remote-test-{}", counter++);
  remote_datasets().add(name, dataset);
  return name;
}

class RemoteDatasets : public testing::Test {
 protected:
  RemoteDatasets() {
    const TemporaryFolder folder;
    io::write_ogb(small_dataset(), folder.path());
    archive_ = zipped(folder.path());
  }

  [[nodiscard]] static RemoteDataset archive_at(const std::string& url) {
    return {.files = {{.name = "small.zip", .url = url}},
            .archive_folder = "top",
            .content = {"raw/edge.csv.gz"}};
  }

  /// Names of what is in the home, sorted.
  [[nodiscard]] std::vector<std::string> left() const {
    std::vector<std::string> names;
    if (fs::exists(home_)) {
      for (const auto& entry : fs::directory_iterator(home_)) {
        names.push_back(entry.path().filename().string());
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  ScopedEnvironment no_proxy_{"no_proxy", "127.0.0.1"};
  ScopedEnvironment no_mirror_{"GRAPEVINE_MIRROR", ""};
  ScopedEnvironment online_{"GRAPEVINE_OFFLINE", ""};
  TemporaryFolder folder_;
  fs::path home_ = folder_ / "home/data";
  ScopedEnvironment data_{"GRAPEVINE_DATA", (folder_ / "home/data").string()};
  std::string archive_;
};

TEST_F(RemoteDatasets, KnowTheirNames) {
  for (const char* name : {"ogbn-arxiv", "ogbn-products", "cora", "citeseer", "pubmed"}) {
    const RemoteDataset& dataset = remote_datasets().get(name);
    EXPECT_FALSE(dataset.content.empty());
    for (const RemoteFile& file : dataset.files) {
      EXPECT_TRUE(file.url.starts_with("https://")) << file.url;
      EXPECT_TRUE(file.url.ends_with("/" + file.name)) << file.url;
      EXPECT_EQ(file.sha256.size(), 64U) << file.url;
      EXPECT_LT(file.size, dataset.max_bytes) << file.url;
    }
  }
}

TEST_F(RemoteDatasets, AreThereWithoutANetworkOnceTheyWereLoaded) {
  std::string name;
  std::uint64_t told = 0;
  {
    const HttpServer server([&](const auto&) { return HttpServerAnswer{.body = archive_}; });
    name = registered(archive_at(server.url("/small.zip")));
    LoadOptions options;
    options.download.progress = [&](const io::DownloadProgress& progress) {
      told = progress.done;
      EXPECT_EQ(progress.total, archive_.size());
    };
    const NodeClassificationDataset dataset = load_node_classification(name, options);
    expect_same_dataset(dataset, small_dataset());
    EXPECT_EQ(dataset.name, name);
    EXPECT_EQ(server.requests().size(), 1U);
  }
  EXPECT_EQ(told, archive_.size());
  EXPECT_THAT(left(), testing::ElementsAre(name, name + ".source.json"));
  EXPECT_THAT(io::read_file(home_ / (name + ".source.json")),
              testing::HasSubstr(io::sha256(archive_)));
  expect_same_dataset(load_node_classification(name), small_dataset());
  expect_same_dataset(load_node_classification(name, {.download = {.offline = true}}),
                      small_dataset());
}

TEST_F(RemoteDatasets, GoToTheRootThatIsNamed) {
  const HttpServer server([&](const auto&) { return HttpServerAnswer{.body = archive_}; });
  const std::string name = registered(archive_at(server.url("/small.zip")));
  expect_same_dataset(load_node_classification(name, {.root = (folder_ / "root").string()}),
                      small_dataset());
  EXPECT_TRUE(fs::is_directory(folder_ / "root" / fs::path(name)));
  EXPECT_FALSE(fs::exists(home_));
}

TEST_F(RemoteDatasets, AreSeveralFilesOrAnArchive) {
  const TemporaryFolder source;
  testing_support::write_small_planetoid(source, "tiny");
  RemoteDataset dataset;
  const HttpServer server([&](const HttpServerRequest& request) {
    return HttpServerAnswer{.body = io::read_file(source / request.path.substr(1))};
  });
  for (const auto& entry : fs::directory_iterator(source.path())) {
    const std::string file = entry.path().filename().string();
    dataset.files.push_back({.name = file,
                             .url = server.url("/" + file),
                             .size = entry.file_size(),
                             .sha256 = io::sha256_of_file(entry.path())});
  }
  expect_same_dataset(load_node_classification(registered(dataset)),
                      io::read_planetoid(source.path()));
  EXPECT_EQ(server.requests().size(), 8U);
}

TEST_F(RemoteDatasets, ComeFromAMirrorWithTheSameChecksums) {
  RemoteDataset dataset = archive_at("http://127.0.0.1:1/small.zip");
  dataset.files[0].sha256 = io::sha256(archive_);
  const std::string name = registered(dataset);
  const std::string path = "/mirror/" + name + "/small.zip";
  std::string sent = "not the archive";
  const HttpServer server([&](const HttpServerRequest& request) {
    return request.path == path ? HttpServerAnswer{.body = sent} : HttpServerAnswer{.status = 404};
  });
  EXPECT_ERROR(fetch(name, home_, {.mirror = server.url("/mirror/")}), name, path,
               dataset.files[0].sha256);
  EXPECT_THAT(left(), testing::IsEmpty());
  sent = archive_;
  const ScopedEnvironment mirror("GRAPEVINE_MIRROR", server.url("/mirror"));
  EXPECT_EQ(fetch(name, home_), home_ / name);
}

TEST_F(RemoteDatasets, AreNotDownloadedOffline) {
  const HttpServer server([&](const auto&) { return HttpServerAnswer{.body = archive_}; });
  const std::string name = registered(archive_at(server.url()));
  EXPECT_ERROR(load_node_classification(name, {.download = {.offline = true}}), name,
               (home_ / name).string(), "downloads are switched off");
  const ScopedEnvironment offline("GRAPEVINE_OFFLINE", "1");
  EXPECT_ERROR(load_node_classification(name), name, "GRAPEVINE_OFFLINE");
  EXPECT_THAT(server.requests(), testing::IsEmpty());
  EXPECT_THAT(left(), testing::IsEmpty());
}

TEST_F(RemoteDatasets, GiveWayToFoldersAndFilesOfTheirName) {
  const ScopedEnvironment offline("GRAPEVINE_OFFLINE", "1");
  const std::string root = (folder_ / "root").string();
  const TemporaryFolder files;
  testing_support::write_small_planetoid(files, "cora");
  expect_same_dataset(load_node_classification("cora", {.root = files.path().string()}),
                      io::read_planetoid(files.path()));
  io::write_ogb(small_dataset(), folder_ / "root/cora");
  expect_same_dataset(load_node_classification("cora", {.root = root}), small_dataset());
  EXPECT_ERROR(load_node_classification("citeseer", {.root = root}), root + "/citeseer",
               "downloads are switched off");
  EXPECT_THAT(left(), testing::IsEmpty());
  EXPECT_ERROR(load_node_classification("corra"), "known are:", "arxiv-like", "cora", "ogbn-arxiv");
}

TEST_F(RemoteDatasets, GoOnAfterAFailure) {
  std::atomic<bool> whole = false;
  const HttpServer server([&](const HttpServerRequest& request) {
    if (!whole && request.number > 0) {
      return HttpServerAnswer{.status = 403};
    }
    return HttpServerAnswer{
        .headers = {"ETag: \"1\""}, .body = archive_, .cut_after = whole ? ~std::size_t{0} : 100U};
  });
  const std::string name = registered(archive_at(server.url()));
  EXPECT_ERROR(fetch(name, home_), name, "status 403", "got 100 of");
  EXPECT_FALSE(fs::exists(home_ / name));
  whole = true;
  fetch(name, home_);
  EXPECT_EQ(server.requests().back().headers.at("range"), "bytes=100-");
  EXPECT_THAT(left(), testing::ElementsAre(name, name + ".source.json"));
}

TEST_F(RemoteDatasets, AreWholeOrNotThere) {
  std::string sent;
  const HttpServer server([&](const auto&) { return HttpServerAnswer{.body = sent}; });
  const std::string name = registered(archive_at(server.url()));
  const TemporaryFolder other;
  other.write("raw/other.csv.gz", "x");
  for (const std::string& wrong :
       {std::string("<html>"), archive_.substr(0, archive_.size() / 2), zipped(other.path())}) {
    sent = wrong;
    EXPECT_ERROR(fetch(name, home_), name);
    EXPECT_THAT(left(), testing::IsEmpty());
  }
  // What a process that was killed while it unpacked leaves behind is no hindrance.
  fs::create_directories(home_ / ("." + name + ".download/.complete.1-0.tmp/raw"));
  fs::create_directories(home_ / ("." + name + ".download/complete"));
  sent = archive_;
  fetch(name, home_);
  expect_same_dataset(load_node_classification(name), small_dataset());
}

TEST_F(RemoteDatasets, NoteTheFirstChecksumAndHoldToIt) {
  std::string sent = archive_;
  const HttpServer server([&](const auto&) { return HttpServerAnswer{.body = sent}; });
  const std::string name = registered(archive_at(server.url()));
  fetch(name, home_);
  fs::remove_all(home_ / name);
  sent += "x";
  const std::string notes = (home_ / (name + ".source.json")).string();
  EXPECT_ERROR(fetch(name, home_), io::sha256(archive_), io::sha256(sent), "remove " + notes);
  EXPECT_FALSE(fs::exists(home_ / name));
  sent = archive_;
  fetch(name, home_);
  fs::remove_all(home_ / name);
  io::write_file(notes, {"[]"});
  EXPECT_ERROR(fetch(name, home_), notes, "damaged", "remove it");
}

TEST_F(RemoteDatasets, AreFetchedOnceByTwoThatWantThem) {
  const HttpServer server([&](const auto&) { return HttpServerAnswer{.body = archive_}; });
  const std::string name = registered(archive_at(server.url()));
  std::thread other([&] { fetch(name, home_); });
  fetch(name, home_);
  other.join();
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_THAT(left(), testing::ElementsAre(name, name + ".source.json"));
}

TEST_F(RemoteDatasets, StopWhenToldTo) {
  const HttpServer server(
      [&](const auto&) { return HttpServerAnswer{.body = archive_, .stall_after = 10}; });
  const std::string name = registered(archive_at(server.url()));
  int asked = 0;
  EXPECT_ERROR(fetch(name, home_, {.cancelled = [&] { return ++asked > 1; }}), name, "cancelled");
  EXPECT_FALSE(fs::exists(home_ / name));
}

TEST_F(RemoteDatasets, HaveAHome) {
  EXPECT_EQ(data_home(), home_);
  const ScopedEnvironment unset("GRAPEVINE_DATA", "");
  {
    const ScopedEnvironment cache("XDG_CACHE_HOME", "/somewhere");
    EXPECT_EQ(data_home(), "/somewhere/grapevine");
  }
  const ScopedEnvironment no_cache("XDG_CACHE_HOME", "");
  {
    const ScopedEnvironment home("HOME", "/home/someone");
    EXPECT_EQ(data_home(), "/home/someone/.cache/grapevine");
  }
  const ScopedEnvironment no_home("HOME", "");
  EXPECT_ERROR(data_home(), "GRAPEVINE_DATA");
}

}  // namespace
}  // namespace grapevine::datasets
