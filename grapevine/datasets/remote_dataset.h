#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "grapevine/io/download.h"
#include "grapevine/util/registry.h"

namespace grapevine::datasets {

/// A file on the web.
struct RemoteFile {
  std::string name;  ///< of the file
  std::string url;
  std::uint64_t size = 0;  ///< bytes; 0: unknown
  std::string sha256;      ///< 64 hexadecimal digits; empty: unknown
};

/// A data set on the web: several files, or one archive.
struct RemoteDataset {
  std::vector<RemoteFile> files;
  /// The folder in the archive, which must then be the only file, that is the data set; empty: the
  /// files themselves are.
  std::string archive_folder;
  std::vector<std::string> content;  ///< paths that must be in the folder in the end
  /// Bytes of a file of unknown size, and of what comes out of an archive, at most.
  std::uint64_t max_bytes = std::uint64_t{1} << 34;
};

/// Data sets on the web by name, which is also the name of their folder: `"ogbn-arxiv"`,
/// `"ogbn-products"`, `"cora"`, `"citeseer"` and `"pubmed"`, and those that a program adds before
/// it uses them.
[[nodiscard]] Registry<RemoteDataset>& remote_datasets();

/// Where downloads come from, and who is told of them.
struct FetchOptions {
  /// Download nothing; so does an environment variable GRAPEVINE_OFFLINE that is neither empty nor
  /// "0".
  bool offline = false;
  /// The address of a mirror, which has the files as MIRROR/DATASET/FILE; empty: that in
  /// GRAPEVINE_MIRROR, or none. Checksums are the same.
  std::string mirror;
  /// Told how far the download of all files is, as `io::DownloadOptions::progress`.
  std::function<void(const io::DownloadProgress&)> progress;
  /// Asked at least once a second; true ends the work. What was downloaded stays for the next time.
  std::function<bool()> cancelled;
};

/// The folder for data sets of the web: $GRAPEVINE_DATA, $XDG_CACHE_HOME/grapevine or
/// ~/.cache/grapevine, the first that is set. Throws `Error` if none is.
[[nodiscard]] std::filesystem::path data_home();

/// The folder of a registered data set: `home / name`, which is downloaded and unpacked if it is
/// not there. It is there whole or not at all; if it is, no network is touched. Downloads go on
/// where they stopped (`io::download`), archives are not trusted (`io::unpack`), and of two
/// processes the second uses what the first has fetched.
///
/// `home / NAME.source.json` notes addresses, sizes and checksums. A file whose checksum nobody
/// knows beforehand must have the one noted there when it is downloaded again.
///
/// Throws `Error` for an unknown name, without a network or when offline, and for files that are
/// not what they should be; it says what to do.
///
///     auto dataset = io::read_ogb(datasets::fetch("ogbn-arxiv", datasets::data_home()));
std::filesystem::path fetch(const std::string& name, const std::filesystem::path& home,
                            const FetchOptions& options = {});

}  // namespace grapevine::datasets
