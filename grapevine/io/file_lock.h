#pragma once

#include <filesystem>
#include <functional>

namespace grapevine::io {

/// While it lives, no other lock of that path does, in this process or another one on the machine.
/// The lock is a file of that name, which is there as long as someone holds it or waits for it; one
/// that a killed process leaves behind locks nothing.
class FileLock {
 public:
  /// Waits for the lock. Throws `Error` if the file cannot be made, or if `cancelled`, which is
  /// asked ten times a second, says so. The folder must exist.
  explicit FileLock(std::filesystem::path path, const std::function<bool()>& cancelled = {});
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace grapevine::io
