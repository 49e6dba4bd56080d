#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::io::detail {

/// Which version of a remote file a part is of.
struct PartVersion {
  std::string etag;
  std::string last_modified;
  std::optional<std::uint64_t> total;  ///< bytes of the whole file

  /// What a server is asked with whether it still has that version; empty if it gave nothing that
  /// can be asked with. A weak ETag does not stand for the same bytes.
  [[nodiscard]] std::string validator() const {
    const bool strong = !etag.empty() && !etag.starts_with("W/");
    return strong ? etag : last_modified;
  }
  [[nodiscard]] bool can_resume() const { return !validator().empty(); }
};

/// The file `PATH.part`, in which a download grows, and `PATH.part.json`, which says what of. A
/// part of another address is emptied. Throws `Error` that names the file.
class PartFile {
 public:
  PartFile(std::filesystem::path target, std::string url);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return part_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const PartVersion& version() const { return version_; }

  /// Empties it; an empty part is gone at the end.
  void clear();
  /// Empties it and notes which version it is going to be of.
  void begin(const PartVersion& version);
  void append(std::string_view bytes);
  void sync() const;
  /// Gives it its name.
  void commit();

 private:
  void read_version();

  std::filesystem::path target_;
  std::filesystem::path part_;
  std::filesystem::path notes_;
  std::string url_;
  PartVersion version_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace grapevine::io::detail
