#include "grapevine/io/detail/part_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "grapevine/io/detail/json_fields.h"
#include "grapevine/io/file.h"

namespace grapevine::io::detail {
namespace {

constexpr std::uint64_t kMaxNotes = std::uint64_t{1} << 16;

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) {
  return path += suffix;
}

}  // namespace

PartFile::PartFile(std::filesystem::path target, std::string url)
    : target_(std::move(target)),
      part_(with_suffix(target_, ".part")),
      notes_(with_suffix(part_, ".json")),
      url_(std::move(url)) {
  descriptor_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  check(descriptor_ >= 0, "{}: cannot be written: {}", part_.string(),
        std::generic_category().message(errno));
  struct stat status = {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    fail("{}: cannot be written: not a regular file", part_.string());
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  try {
    read_version();
  } catch (const Error&) {
    ::close(descriptor_);
    throw;
  }
}

PartFile::~PartFile() {
  ::close(descriptor_);
  if (size_ == 0) {
    std::error_code ignored;
    std::filesystem::remove(part_, ignored);
    std::filesystem::remove(notes_, ignored);
  }
}

void PartFile::read_version() {
  if (size_ == 0) {
    return;
  }
  try {
    const auto notes = nlohmann::json::parse(read_file(notes_, kMaxNotes));
    check(text_field(notes, "url") == url_, "of another address");
    version_.etag = text_field(notes, "etag");
    version_.last_modified = text_field(notes, "last_modified");
    if (const nlohmann::json& total = field(notes, "total"); !total.is_null()) {
      version_.total = static_cast<std::uint64_t>(to_count(total, "total"));
    }
    check(!version_.total || size_ <= *version_.total, "larger than the file");
  } catch (const std::exception&) {
    // Missing, damaged or of something else: then nothing says what the part is of.
    clear();
  }
}

void PartFile::clear() { begin({}); }

void PartFile::begin(const PartVersion& version) {
  check(::ftruncate(descriptor_, 0) == 0, "{}: cannot be written: {}", part_.string(),
        std::generic_category().message(errno));
  size_ = 0;
  version_ = version;
  const nlohmann::json total = version.total ? nlohmann::json(*version.total) : nlohmann::json();
  const nlohmann::json notes = {{"url", url_},
                                {"etag", version.etag},
                                {"last_modified", version.last_modified},
                                {"total", total}};
  write_file(notes_, {notes.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)});
}

void PartFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    check(written >= 0, "{}: cannot be written after {} bytes: {}", part_.string(), size_,
          std::generic_category().message(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
}

void PartFile::sync() const {
  check(::fsync(descriptor_) == 0, "{}: cannot be written: {}", part_.string(),
        std::generic_category().message(errno));
}

void PartFile::commit() {
  move_into_place(part_, target_);
  size_ = 0;
}

}  // namespace grapevine::io::detail
