#include "grapevine/io/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "grapevine/io/detail/names.h"
#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;

/// The folder that is filled before it takes its name; gone unless `commit` was reached.
class TemporaryUnpackFolder {
 public:
  explicit TemporaryUnpackFolder(const fs::path& target) : target_(target) {
    static std::atomic<unsigned> counter = 0;
    path_ = target.parent_path() /
            fmt::format(".{}.{}-{}.tmp", target.filename().string(), ::getpid(), counter++);
    std::error_code error;
    fs::remove_all(path_, error);
    const bool made = fs::create_directory(path_, error);
    check(made && !error, "{}: cannot be made: {}", target.string(), error.message());
  }
  ~TemporaryUnpackFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryUnpackFolder(const TemporaryUnpackFolder&) = delete;
  TemporaryUnpackFolder& operator=(const TemporaryUnpackFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  void commit() const { move_into_place(path_, target_); }

 private:
  fs::path target_;
  fs::path path_;
};

class FileDescriptor {
 public:
  FileDescriptor(const fs::path& path, int flags)
      : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0666)) {
    check(descriptor_ >= 0, "{}: cannot be written: {}", path_.string(), reason());
  }
  ~FileDescriptor() { ::close(descriptor_); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) {
        continue;
      }
      check(written >= 0, "{}: cannot be written: {}", path_.string(), reason());
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void sync() const {
    check(::fsync(descriptor_) == 0, "{}: cannot be written: {}", path_.string(), reason());
  }

 private:
  static std::string reason() { return std::generic_category().message(errno); }

  fs::path path_;
  int descriptor_;
};

class Unpacking {
 public:
  Unpacking(const fs::path& archive, const fs::path& folder, const UnpackOptions& options)
      : name_(archive.string()),
        folder_(folder),
        options_(options),
        file_(archive),
        archive_(archive_read_new(), archive_read_free),
        buffer_(std::size_t{1} << 18) {
    check(archive_ != nullptr, "{}: out of memory", name_);
    const double by_ratio = static_cast<double>(file_.size()) * options.max_ratio;
    most_bytes_ = by_ratio < static_cast<double>(options.max_bytes)
                      ? static_cast<std::uint64_t>(by_ratio)
                      : options.max_bytes;
    // Nothing but these is tried: each format is code that hostile bytes reach.
    require(archive_read_support_filter_gzip(archive_.get()));
    require(archive_read_support_format_zip_seekable(archive_.get()));
    require(archive_read_support_format_tar(archive_.get()));
    require(archive_read_open_filename(archive_.get(), archive.c_str(), std::size_t{1} << 18));
  }

  void run() {
    archive_entry* entry = nullptr;
    while (true) {
      const int code = archive_read_next_header(archive_.get(), &entry);
      if (code == ARCHIVE_EOF) {
        break;
      }
      require(code);
      unpack_entry(entry);
    }
    check(wrote_something_ || options_.subfolder.empty(), "{}: has no folder \"{}\" with files",
          name_, options_.subfolder);
    check(wrote_something_, "{}: holds no files", name_);
    for (const std::string& made : folders_) {
      FileDescriptor(folder_ / made, O_RDONLY | O_DIRECTORY).sync();
    }
    FileDescriptor(folder_, O_RDONLY | O_DIRECTORY).sync();
  }

 private:
  void require(int code) const {
    if (code != ARCHIVE_OK) {
      const char* text = archive_error_string(archive_.get());
      fail("{}: damaged, or not a zip or tar archive: {}", name_,
           printable(text != nullptr ? text : "no reason given"));
    }
  }

  void unpack_entry(archive_entry* entry) {
    const char* raw = archive_entry_pathname(entry);
    std::string name(raw != nullptr ? raw : "");
    const std::string shown = printable(name);
    const auto type = archive_entry_filetype(entry);
    const bool is_folder = type == AE_IFDIR;
    if (is_folder && name.ends_with('/')) {
      name.pop_back();
    }
    check(is_plain_path(name) && is_printable(name),
          "{}: the name \"{}\" is refused: it is no plain path inside the folder", name_, shown);
    check(archive_entry_hardlink(entry) == nullptr && (is_folder || type == AE_IFREG),
          "{}: \"{}\" is refused: it is neither a file nor a folder", name_, shown);
    check(archive_entry_is_encrypted(entry) == 0, "{}: \"{}\" is encrypted", name_, shown);
    check(++count_ <= options_.max_files, "{}: holds more than {} files (max_files)", name_,
          options_.max_files);
    check(names_.insert(name).second || is_folder, "{}: \"{}\" occurs twice", name_, shown);
    const std::int64_t claimed = archive_entry_size(entry);
    check_bytes(claimed > 0 ? static_cast<std::uint64_t>(claimed) : 0, shown);
    if (!options_.subfolder.empty()) {
      const std::string prefix = options_.subfolder + "/";
      if (!name.starts_with(prefix)) {
        bytes_ += claimed > 0 ? static_cast<std::uint64_t>(claimed) : 0;
        return;
      }
      name.erase(0, prefix.size());
    }
    if (is_folder) {
      make_folders(name, shown);
    } else {
      const std::size_t slash = name.rfind('/');
      if (slash != std::string::npos) {
        make_folders(name.substr(0, slash), shown);
      }
      write_file_of(name, shown);
    }
  }

  static bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  }

  /// Throws if so many bytes more would be too many.
  void check_bytes(std::uint64_t more, const std::string& shown) const {
    check(more <= most_bytes_ && bytes_ <= most_bytes_ - more,
          "{}: at \"{}\", unpacks to more than {} bytes (max_bytes {}, max_ratio {} of {} bytes)",
          name_, shown, most_bytes_, options_.max_bytes, options_.max_ratio, file_.size());
  }

  void make_folders(const std::string& name, const std::string& shown) {
    for (std::size_t end = 0; end != std::string::npos;) {
      end = name.find('/', end + 1);
      const std::string parent = name.substr(0, end);
      if (folders_.contains(parent)) {
        continue;
      }
      check(++count_ <= 2 * options_.max_files, "{}: holds more than {} folders (max_files)", name_,
            options_.max_files);
      std::error_code error;
      check(fs::create_directory(folder_ / parent, error) && !error,
            "{}: \"{}\": its folder cannot be made: {}", name_, shown,
            error ? error.message() : "a file has its name");
      folders_.insert(parent);
    }
  }

  void write_file_of(const std::string& name, const std::string& shown) {
    check(!folders_.contains(name), "{}: \"{}\" occurs twice", name_, shown);
    const FileDescriptor file(folder_ / name, O_WRONLY | O_CREAT | O_EXCL);
    while (true) {
      check(!options_.cancelled || !options_.cancelled(), "{}: unpacking was cancelled", name_);
      const la_ssize_t count = archive_read_data(archive_.get(), buffer_.data(), buffer_.size());
      if (count == 0) {
        break;
      }
      if (count < 0) {
        require(static_cast<int>(count));
      }
      check_bytes(static_cast<std::uint64_t>(count), shown);
      bytes_ += static_cast<std::uint64_t>(count);
      file.write({buffer_.data(), static_cast<std::size_t>(count)});
    }
    file.sync();
    wrote_something_ = true;
  }

  std::string name_;
  fs::path folder_;
  const UnpackOptions& options_;
  InputFile file_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
  std::vector<char> buffer_;
  std::uint64_t most_bytes_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t count_ = 0;
  std::set<std::string> names_;
  std::set<std::string> folders_;
  bool wrote_something_ = false;
};

}  // namespace

void unpack(const fs::path& archive, const fs::path& folder, const UnpackOptions& options) {
  check(options.max_ratio > 0, "max_ratio: expected more than 0, got {}", options.max_ratio);
  check(options.subfolder.empty() || is_plain_path(options.subfolder),
        "subfolder: expected a path inside the archive, got \"{}\"", printable(options.subfolder));
  check(folder.has_filename(), "folder: expected the path of a folder, got \"{}\"",
        folder.string());
  std::error_code error;
  check(!fs::exists(fs::symlink_status(folder, error)), "{}: is there already", folder.string());
  const TemporaryUnpackFolder temporary(folder);
  Unpacking(archive, temporary.path(), options).run();
  temporary.commit();
}

}  // namespace grapevine::io
