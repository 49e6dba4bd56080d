#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace grapevine::io {

/// A regular file open for reading. Throws `Error` that names the file and the reason.
class InputFile {
 public:
  explicit InputFile(std::filesystem::path path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Path as text, for messages.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Bytes when it was opened.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Fills `buffer` from `offset`; `Error` if the file ends before.
  void read_at(std::uint64_t offset, void* buffer, std::uint64_t count) const;
  /// The next bytes in sequence, at most `count`; 0 at the end.
  [[nodiscard]] std::size_t read(void* buffer, std::size_t count);
  /// The whole file in memory that is paged in when touched. Writes into it are private to this
  /// process and never reach the file. The mapping lives as long as the pointer; the file must not
  /// be truncated meanwhile.
  [[nodiscard]] std::shared_ptr<std::byte> map() const;

 private:
  std::string name_;
  int descriptor_;
  std::uint64_t size_;
};

/// The whole content of a file. Throws `Error` for a missing or unreadable file and for one of more
/// than `limit` bytes.
[[nodiscard]] std::string read_file(const std::filesystem::path& path,
                                    std::uint64_t limit = std::uint64_t{1} << 40);

/// Writes a file whole: the pieces, one after the other, go to a temporary file in the same folder,
/// which then takes the name. So readers see the old content or the new one and never a part, even
/// after a power cut. The folder must exist.
void write_file(const std::filesystem::path& path, std::initializer_list<std::string_view> pieces);
void write_file(const std::filesystem::path& path, std::span<const std::string_view> pieces);
/// The same with pieces that are made one at a time: `next` returns one, or nothing at the end.
void write_file(const std::filesystem::path& path,
                const std::function<std::optional<std::string>()>& next);

/// Throws `Error` if `write_file` could not write there now: before long work whose result it is to
/// hold. What is there stays as it is.
void check_writable(const std::filesystem::path& path);

/// `folder / relative`, for a path that a file in `folder` names. Throws `Error`, which begins with
/// `what`, for an empty or absolute path and for one that leaves the folder, by ".." or through a
/// symbolic link. The file itself need not exist.
[[nodiscard]] std::filesystem::path join_inside(const std::filesystem::path& folder,
                                                const std::string& relative, std::string_view what);

/// Makes a folder and its parents; `Error` if that fails.
void make_folder(const std::filesystem::path& folder);

/// Gives a complete file or folder its name, on the same file system; it lasts even after a power
/// cut, if the content was synchronised before. Replaces a file, and throws `Error` where a folder
/// that is not empty has the name.
void move_into_place(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace grapevine::io
