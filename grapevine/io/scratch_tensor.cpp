#include "grapevine/io/scratch_tensor.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>

#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

std::string message_of(int code) { return std::generic_category().message(code); }

/// A file that nobody else can open, closed at the end.
class NamelessFile {
 public:
  explicit NamelessFile(const std::filesystem::path& folder) {
    std::string name = (folder / ".grapevine-XXXXXX").string();
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    check(descriptor_ >= 0, "{}: cannot be written: {}", folder.string(), message_of(errno));
    ::unlink(name.c_str());
  }
  ~NamelessFile() { ::close(descriptor_); }
  NamelessFile(const NamelessFile&) = delete;
  NamelessFile& operator=(const NamelessFile&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

std::int64_t bytes_of(at::IntArrayRef shape, at::ScalarType dtype) {
  auto bytes = static_cast<std::int64_t>(c10::elementSize(dtype));
  bool fits = true;
  for (const std::int64_t size : shape) {
    fits = fits && size >= 0 && !__builtin_mul_overflow(bytes, size, &bytes);
  }
  check(fits, "scratch_tensor: shape: [{}] is none", fmt::join(shape, ", "));
  return bytes;
}

}  // namespace

at::Tensor scratch_tensor(const std::filesystem::path& folder, at::IntArrayRef shape,
                          at::ScalarType dtype) {
  const std::int64_t bytes = bytes_of(shape, dtype);
  const std::string place = folder.empty() ? "." : folder.string();
  const NamelessFile file(place);
  if (bytes == 0) {
    return at::empty(shape, dtype);
  }
  // Without space of its own, a page that cannot be written would end the process.
  const int error = ::posix_fallocate(file.descriptor(), 0, bytes);
  check(error == 0, "{}: there is no room for {} bytes: {}", place, bytes, message_of(error));
  const auto length = static_cast<std::size_t>(bytes);
  void* address = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor(), 0);
  check(address != MAP_FAILED, "{}: {} bytes cannot be mapped: {}", place, bytes,
        message_of(errno));
  return at::from_blob(
      address, shape, [length](void* mapped) { ::munmap(mapped, length); },
      at::TensorOptions(dtype));
}

}  // namespace grapevine::io
