#include "grapevine/datasets/remote_dataset.h"

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "grapevine/io/archive.h"
#include "grapevine/io/detail/json_fields.h"
#include "grapevine/io/file.h"
#include "grapevine/io/file_lock.h"
#include "grapevine/io/sha256.h"
#include "grapevine/util/error.h"

namespace grapevine::datasets {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool has_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// Adds up what is told of each file.
class WholeProgress {
 public:
  WholeProgress(const RemoteDataset& dataset, const FetchOptions& options)
      : tell_(options.progress) {
    for (const RemoteFile& file : dataset.files) {
      total_ += file.size;
    }
  }

  [[nodiscard]] std::function<void(const io::DownloadProgress&)> of(const RemoteFile& file) const {
    if (!tell_) {
      return {};
    }
    return [this, &file](const io::DownloadProgress& part) {
      const std::uint64_t unknown = file.size == 0 ? part.total : 0;
      tell_({.done = done_ + part.done, .total = total_ + unknown});
    };
  }

  void finished(const RemoteFile& file, std::uint64_t size) {
    done_ += size;
    total_ += file.size == 0 ? size : 0;
  }

 private:
  const std::function<void(const io::DownloadProgress&)>& tell_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

class Fetch {
 public:
  Fetch(const std::string& name, const fs::path& home, const FetchOptions& options)
      : name_(name),
        dataset_(remote_datasets().get(name)),
        folder_(home / name),
        staging_(home / ("." + name + ".download")),
        notes_(home / (name + ".source.json")),
        options_(options) {
    check(
        dataset_.files.size() == 1 || (dataset_.archive_folder.empty() && !dataset_.files.empty()),
        "data \"{}\": expected files, or one archive, got {}", name, dataset_.files.size());
  }

  /// Leaves nothing of a download that did not begin.
  ~Fetch() {
    std::error_code not_empty;
    fs::remove(staging_, not_empty);
  }
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

  void run() {
    io::make_folder(staging_);
    remove_folders();
    read_notes();
    WholeProgress progress(dataset_, options_);
    nlohmann::json sources = nlohmann::json::array();
    for (const RemoteFile& file : dataset_.files) {
      const io::DownloadResult got = get(file, progress);
      progress.finished(file, got.size);
      sources.push_back(
          {{"name", file.name}, {"url", url(file)}, {"size", got.size}, {"sha256", got.sha256}});
    }
    const fs::path complete = staging_ / "complete";
    assemble(complete);
    io::write_file(notes_, {nlohmann::json{{"files", sources}}.dump(2), "\n"});
    io::move_into_place(complete, folder_);
    std::error_code ignored;
    fs::remove_all(staging_, ignored);
  }

 private:
  /// What a process that was killed had begun to unpack.
  void remove_folders() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(staging_)) {
      if (entry.is_directory()) {
        found.push_back(entry.path());
      }
    }
    for (const fs::path& path : found) {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  }

  void read_notes() {
    std::error_code error;
    if (!fs::exists(notes_, error)) {
      return;
    }
    try {
      const auto notes = nlohmann::json::parse(io::read_file(notes_, std::uint64_t{1} << 20));
      for (const nlohmann::json& file : io::detail::array_field(notes, "files")) {
        noted_[io::detail::text_field(file, "name")] = io::detail::text_field(file, "sha256");
      }
    } catch (const std::exception&) {
      fail("{}: damaged: it notes the checksums of earlier downloads; remove it to do without",
           notes_.string());
    }
  }

  [[nodiscard]] std::string url(const RemoteFile& file) const {
    std::string mirror =
        options_.mirror.empty() ? environment("GRAPEVINE_MIRROR") : options_.mirror;
    if (mirror.empty()) {
      return file.url;
    }
    while (mirror.ends_with('/')) {
      mirror.pop_back();
    }
    return fmt::format("{}/{}/{}", mirror, name_, file.name);
  }

  io::DownloadResult get(const RemoteFile& file, const WholeProgress& progress) const {
    const fs::path path = staging_ / file.name;
    io::DownloadResult got;
    if (fs::is_regular_file(path)) {
      // An earlier call came so far.
      got = {.size = fs::file_size(path), .sha256 = io::sha256_of_file(path, options_.cancelled)};
    }
    if (got.sha256.empty() || (!file.sha256.empty() && got.sha256 != file.sha256)) {
      io::DownloadOptions options = {.size_limit = file.size > 0 ? file.size : dataset_.max_bytes,
                                     .sha256 = file.sha256,
                                     .progress = progress.of(file),
                                     .cancelled = options_.cancelled};
      if (file.size > 0) {
        options.expected_size = file.size;
      }
      got = io::download(url(file), path, options);
    }
    const auto first = noted_.find(file.name);
    if (file.sha256.empty() && first != noted_.end() && got.sha256 != first->second) {
      fs::remove(path);
      fail(
          "{}: its checksum is {}, and was {} when it was first downloaded; if the data set has a "
          "new version, remove {} to accept it",
          url(file), got.sha256, first->second, notes_.string());
    }
    return got;
  }

  /// Makes the folder of what was downloaded.
  void assemble(const fs::path& complete) const {
    const RemoteFile& first = dataset_.files.front();
    try {
      if (!dataset_.archive_folder.empty()) {
        io::unpack(staging_ / first.name, complete,
                   {.max_bytes = dataset_.max_bytes,
                    .subfolder = dataset_.archive_folder,
                    .cancelled = options_.cancelled});
      } else {
        io::make_folder(complete);
        for (const RemoteFile& file : dataset_.files) {
          fs::rename(staging_ / file.name, complete / file.name);
        }
      }
      for (const std::string& path : dataset_.content) {
        check(fs::exists(complete / path), "{}: lacks {}, which the data set \"{}\" has",
              url(first), path, name_);
      }
    } catch (const Error&) {
      if (first.sha256.empty() && !(options_.cancelled && options_.cancelled())) {
        // Nobody knows whether it is what it should be, so it is no use for another try.
        std::error_code ignored;
        fs::remove_all(staging_, ignored);
      }
      throw;
    }
  }

  const std::string& name_;
  const RemoteDataset& dataset_;
  fs::path folder_;
  fs::path staging_;  ///< where downloads grow
  fs::path notes_;
  const FetchOptions& options_;
  std::map<std::string, std::string> noted_;  ///< checksums by file
};

}  // namespace

Registry<RemoteDataset>& remote_datasets() {
  static Registry<RemoteDataset> registry("data set on the web");
  return registry;
}

fs::path data_home() {
  if (const std::string home = environment("GRAPEVINE_DATA"); !home.empty()) {
    return home;
  }
  if (const std::string cache = environment("XDG_CACHE_HOME"); fs::path(cache).is_absolute()) {
    return fs::path(cache) / "grapevine";
  }
  const std::string home = environment("HOME");
  check(!home.empty(), "data: no folder for downloads: set GRAPEVINE_DATA, XDG_CACHE_HOME or HOME");
  return fs::path(home) / ".cache" / "grapevine";
}

fs::path fetch(const std::string& name, const fs::path& home, const FetchOptions& options) {
  check(remote_datasets().contains(name), "data \"{}\": not on the web; known are: {}", name,
        fmt::join(remote_datasets().names(), ", "));
  const fs::path folder = home / name;
  if (has_folder(folder)) {
    return folder;
  }
  const std::string offline = environment("GRAPEVINE_OFFLINE");
  check(!options.offline && (offline.empty() || offline == "0"),
        "data \"{}\": there is no folder {}, and downloads are switched off (offline, or "
        "GRAPEVINE_OFFLINE); load it once with a network, or put the folder there",
        name, folder.string());
  io::make_folder(home);
  const io::FileLock lock(home / ("." + name + ".lock"), options.cancelled);
  // Perhaps another process had the lock and fetched it.
  if (!has_folder(folder)) {
    try {
      Fetch(name, home, options).run();
    } catch (const fs::filesystem_error& error) {
      fail("data \"{}\": {}", name, error.what());
    } catch (const Error& error) {
      fail("data \"{}\": {}", name, error.what());
    }
  }
  return folder;
}

}  // namespace grapevine::datasets
