#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::testing_support {

/// A new folder that goes, with all that is in it, at the end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<unsigned> counter = 0;
    path_ = std::filesystem::temp_directory_path() /
            fmt::format("grapevine-test-{}-{}", ::getpid(), counter++);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

  /// Writes a file below the folder, and the folders that it needs.
  std::filesystem::path write(const std::string& name, std::string_view content) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    io::write_file(file, {content});
    return file;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace grapevine::testing_support
