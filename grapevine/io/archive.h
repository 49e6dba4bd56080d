#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace grapevine::io {

/// What may come out of an archive.
struct UnpackOptions {
  std::uint64_t max_bytes = std::uint64_t{1} << 38;  ///< of all files together
  std::uint64_t max_files = 100'000;                 ///< files and folders
  double max_ratio = 200;  ///< bytes of all files together, for each byte of the archive
  /// Folder of the archive whose content is wanted, without its name; empty: everything. What is
  /// not below it is not unpacked, but counts.
  std::string subfolder;
  /// Asked between pieces of files; true ends the work.
  std::function<bool()> cancelled;
};

/// Unpacks a .zip, .tar or .tar.gz archive into a new folder. The files are written to a temporary
/// folder beside it, which then takes the name: `folder` is there with everything in it or not at
/// all, even after a power cut, and a failure leaves nothing behind. Its parent must exist.
///
/// Archives are not trusted. Only files and folders are unpacked, with the permissions of new
/// files; a link, a device, a name that is absolute, has ".." in it or occurs twice, an encrypted
/// file, and more files or bytes than the limits throw `Error` that names the archive and the file.
/// So do a damaged or shortened archive and a folder that is there already. (A zip archive has
/// checksums of its files; in a .tar.gz damage may pass.)
void unpack(const std::filesystem::path& archive, const std::filesystem::path& folder,
            const UnpackOptions& options = {});

}  // namespace grapevine::io
