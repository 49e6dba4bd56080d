#include "grapevine/io/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

std::string reason() { return std::generic_category().message(errno); }

/// The file that is written before it takes its name; removed unless `commit` was reached.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target) : target_(target) {
    static std::atomic<unsigned> counter = 0;
    temporary_ = target.parent_path() /
                 fmt::format(".{}.{}-{}.tmp", target.filename().string(), ::getpid(), counter++);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    check(descriptor_ >= 0, "{}: cannot be written: {}", target_.string(), reason());
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
    if (!committed_) {
      ::unlink(temporary_.c_str());
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) {
        continue;
      }
      check(written >= 0, "{}: cannot be written: {}", target_.string(), reason());
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void commit() {
    check(::fsync(descriptor_) == 0, "{}: cannot be written: {}", target_.string(), reason());
    check(::close(std::exchange(descriptor_, -1)) == 0, "{}: cannot be written: {}",
          target_.string(), reason());
    move_into_place(temporary_, target_);
    committed_ = true;
  }

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  bool committed_ = false;
};

}  // namespace

InputFile::InputFile(std::filesystem::path path) : name_(path.string()), descriptor_(-1), size_(0) {
  // Not blocking, so that a named pipe is refused below and does not hang here.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  check(descriptor_ >= 0, "{}: cannot be read: {}", name_, reason());
  struct stat status = {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    fail("{}: cannot be read: not a regular file", name_);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read_at(std::uint64_t offset, void* buffer, std::uint64_t count) const {
  auto* out = static_cast<std::byte*>(buffer);
  while (count > 0) {
    const ssize_t got = ::pread(descriptor_, out, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    check(got >= 0, "{}: cannot be read: {}", name_, reason());
    check(got > 0, "{}: ends {} bytes too early", name_, count);
    out += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::uint64_t>(got);
  }
}

std::size_t InputFile::read(void* buffer, std::size_t count) {
  ssize_t got = -1;
  do {
    got = ::read(descriptor_, buffer, count);
  } while (got < 0 && errno == EINTR);
  check(got >= 0, "{}: cannot be read: {}", name_, reason());
  return static_cast<std::size_t>(got);
}

std::shared_ptr<std::byte> InputFile::map() const {
  check(size_ > 0, "{}: cannot be mapped: it is empty", name_);
  void* address =
      ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor_, 0);
  check(address != MAP_FAILED, "{}: cannot be mapped: {}", name_, reason());
  return {static_cast<std::byte*>(address),
          [size = size_](std::byte* mapped) { ::munmap(mapped, size); }};
}

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  InputFile file(path);
  check(file.size() <= limit, "{}: expected at most {} bytes, got {}", file.name(), limit,
        file.size());
  std::string content(file.size(), '\0');
  file.read_at(0, content.data(), content.size());
  return content;
}

void write_file(const std::filesystem::path& path, std::initializer_list<std::string_view> pieces) {
  write_file(path, std::span(pieces.begin(), pieces.size()));
}

void write_file(const std::filesystem::path& path, std::span<const std::string_view> pieces) {
  TemporaryFile file(path);
  for (const std::string_view piece : pieces) {
    file.write(piece);
  }
  file.commit();
}

void write_file(const std::filesystem::path& path,
                const std::function<std::optional<std::string>()>& next) {
  TemporaryFile file(path);
  while (const std::optional<std::string> piece = next()) {
    file.write(*piece);
  }
  file.commit();
}

void check_writable(const std::filesystem::path& path) {
  check(!std::filesystem::is_directory(path), "{}: cannot be written: it is a folder",
        path.string());
  const TemporaryFile file(path);
}

std::filesystem::path join_inside(const std::filesystem::path& folder, const std::string& relative,
                                  std::string_view what) {
  check(!relative.empty() && relative.find('\0') == std::string::npos,
        "{}: expected the path of a file, got \"\"", what);
  const std::filesystem::path named(relative);
  std::error_code error;
  const std::filesystem::path home = std::filesystem::canonical(folder, error);
  check(!error, "{}: cannot be read: {}", folder.string(), error.message());
  const std::filesystem::path target = std::filesystem::weakly_canonical(home / named, error);
  check(!error, "{}: \"{}\" cannot be followed: {}", what, relative, error.message());
  const std::filesystem::path lexical = named.lexically_normal();
  const bool stays =
      !named.is_absolute() && *lexical.begin() != ".." &&
      std::mismatch(home.begin(), home.end(), target.begin(), target.end()).first == home.end();
  check(stays, "{}: \"{}\" leaves the folder {}", what, relative, folder.string());
  return target;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  check(!error, "{}: cannot be made: {}", folder.string(), error.message());
}

void move_into_place(const std::filesystem::path& from, const std::filesystem::path& to) {
  check(::rename(from.c_str(), to.c_str()) == 0, "{}: cannot be written: {}", to.string(),
        reason());
  // Where folders cannot be opened or synchronised, the new name lasts as it can.
  const std::filesystem::path folder = to.parent_path();
  const int descriptor =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

}  // namespace grapevine::io
