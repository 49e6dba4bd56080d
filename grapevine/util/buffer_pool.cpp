#include "grapevine/util/buffer_pool.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "grapevine/util/error.h"

namespace grapevine {

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = std::size_t{1} << 21;

/// The sizes that the pool knows: eight from a power of two to the next, so that a buffer serves
/// for others of about its size.
std::size_t rounded_size(std::size_t bytes) {
  const std::size_t step = std::max(kPage, std::bit_floor(bytes) / 8);
  return (bytes + step - 1) / step * step;
}

/// Memory from the system, or null.
void* map_memory(std::size_t size, bool huge_pages) {
  const std::size_t extra = huge_pages && size >= kHugePage ? kHugePage : 0;
  void* mapped =
      mmap(nullptr, size + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    return nullptr;
  }
  if (extra == 0) {
    return mapped;
  }
  auto* begin = static_cast<std::byte*>(mapped);
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(begin) % kHugePage;
  if (before > 0) {
    munmap(begin, before);
  }
  munmap(begin + before + size, extra - before);
  madvise(begin + before, size, MADV_HUGEPAGE);  // may fail: then the pages are small
  return begin + before;
}

class BufferPool final : public c10::Allocator {
 public:
  static BufferPool& instance() {
    // Never destroyed: static tensors may be freed after it.
    static BufferPool& pool =
        *std::make_unique<BufferPool>(*c10::GetDefaultCPUAllocator()).release();
    // A child process must not inherit a lock that another thread held.
    [[maybe_unused]] static const int handlers =
        pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                       [] { instance().mutex_.unlock(); });
    return pool;
  }

  explicit BufferPool(c10::Allocator& small_buffers) : small_buffers_(small_buffers) {}

  void set_options(const BufferPoolOptions& options) {
    const std::lock_guard lock(mutex_);
    options_ = options;
    release_all_but(bytes_to_keep());
  }

  void empty() {
    const std::lock_guard lock(mutex_);
    release_all_but(0);
  }

  BufferPoolUsage usage() {
    const std::lock_guard lock(mutex_);
    return {static_cast<std::int64_t>(used_bytes_), static_cast<std::int64_t>(free_bytes_)};
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    void* data = is_large(bytes) ? take(rounded_size(bytes)) : small_buffers_.raw_allocate(bytes);
    return {data, data, &BufferPool::give_back, c10::Device(c10::kCPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &BufferPool::give_back; }

  void copy_data(void* target, const void* source, std::size_t bytes) const override {
    default_copy_data(target, source, bytes);
  }

 private:
  struct Buffer {
    void* data;
    std::size_t size;
  };

  bool is_large(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    return bytes >= static_cast<std::size_t>(options_.min_bytes);
  }

  void* take(std::size_t size) {
    const std::lock_guard lock(mutex_);
    void* data = take_free(size);
    used_bytes_ += size;
    most_used_bytes_ = std::max(most_used_bytes_, used_bytes_);
    if (data == nullptr) {
      release_all_but(bytes_to_keep());
      data = map_memory(size, options_.huge_pages);
    }
    if (data == nullptr) {
      release_all_but(0);
      data = map_memory(size, options_.huge_pages);
    }
    if (data == nullptr) {
      used_bytes_ -= size;
      C10_THROW_ERROR(OutOfMemoryError,
                      "no memory for a tensor of " + std::to_string(size) + " bytes");
    }
    used_.emplace(data, size);
    return data;
  }

  /// A free buffer of that size, the one freed last, or null. There are few: each has `min_bytes`.
  void* take_free(std::size_t size) {
    const auto found = std::find_if(free_.rbegin(), free_.rend(),
                                    [size](const Buffer& buffer) { return buffer.size == size; });
    if (found == free_.rend()) {
      return nullptr;
    }
    void* data = found->data;
    free_.erase(std::next(found).base());
    free_bytes_ -= size;
    return data;
  }

  static void give_back(void* data) {
    BufferPool& pool = instance();
    // Most small buffers show by their address that they are none of the pool's.
    if (reinterpret_cast<std::uintptr_t>(data) % kPage != 0 || !pool.keep(data)) {
      pool.small_buffers_.raw_deallocate(data);
    }
  }

  /// False for a buffer that is not the pool's.
  bool keep(void* data) {
    const std::lock_guard lock(mutex_);
    const auto found = used_.find(data);
    if (found == used_.end()) {
      return false;
    }
    free_.push_back({data, found->second});
    used_bytes_ -= found->second;
    free_bytes_ += found->second;
    used_.erase(found);
    release_all_but(bytes_to_keep());
    return true;
  }

  [[nodiscard]] std::size_t bytes_to_keep() const {
    return std::min(static_cast<std::size_t>(options_.max_free_bytes),
                    most_used_bytes_ + most_used_bytes_ / 4 - used_bytes_);
  }

  /// Gives back what was freed longest ago until at most `bytes` are free.
  void release_all_but(std::size_t bytes) {
    auto buffer = free_.begin();
    for (; free_bytes_ > bytes; ++buffer) {
      munmap(buffer->data, buffer->size);
      free_bytes_ -= buffer->size;
    }
    free_.erase(free_.begin(), buffer);
  }

  c10::Allocator& small_buffers_;
  std::mutex mutex_;
  BufferPoolOptions options_;
  std::unordered_map<void*, std::size_t> used_;
  std::vector<Buffer> free_;  // in the order in which they were freed
  std::size_t used_bytes_ = 0;
  std::size_t most_used_bytes_ = 0;
  std::size_t free_bytes_ = 0;
};

}  // namespace

void use_buffer_pool(const BufferPoolOptions& options) {
  check(options.min_bytes >= static_cast<std::int64_t>(kPage),
        "use_buffer_pool: min_bytes: expected 4096 or more, got {}", options.min_bytes);
  check(options.max_free_bytes >= 0, "use_buffer_pool: max_free_bytes: expected 0 or more, got {}",
        options.max_free_bytes);
  BufferPool& pool = BufferPool::instance();
  pool.set_options(options);
  c10::SetCPUAllocator(&pool);
}

void empty_buffer_pool() { BufferPool::instance().empty(); }

BufferPoolUsage buffer_pool_usage() { return BufferPool::instance().usage(); }

}  // namespace grapevine
