#include "grapevine/io/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

/// Whether the path still is the open file, and not one that came after it was removed.
bool is_same_file(const std::filesystem::path& path, int descriptor) {
  struct stat named = {};
  struct stat open_one = {};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(descriptor, &open_one) == 0 &&
         named.st_ino == open_one.st_ino && named.st_dev == open_one.st_dev;
}

}  // namespace

FileLock::FileLock(std::filesystem::path path, const std::function<bool()>& cancelled)
    : path_(std::move(path)) {
  while (true) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    check(descriptor_ >= 0, "{}: cannot be locked: {}", path_.string(),
          std::generic_category().message(errno));
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      const bool stop = cancelled && cancelled();
      if (stop || (error != EWOULDBLOCK && error != EINTR)) {
        ::close(descriptor_);
        fail("{}: {}", path_.string(),
             stop ? "cancelled while another process held the lock"
                  : "cannot be locked: " + std::generic_category().message(error));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (is_same_file(path_, descriptor_)) {
      return;
    }
    ::close(descriptor_);
  }
}

FileLock::~FileLock() {
  // Still locked, so that it is this file that goes.
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace grapevine::io
