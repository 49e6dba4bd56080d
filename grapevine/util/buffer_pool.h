#pragma once

#include <cstdint>
#include <limits>

namespace grapevine {

/// Options of `use_buffer_pool`.
struct BufferPoolOptions {
  /// Smaller buffers, in bytes, stay with the allocator that was there; at least 4096.
  std::int64_t min_bytes = std::int64_t{1} << 20;
  /// How many bytes of freed buffers are kept at most; 0 keeps none.
  std::int64_t max_free_bytes = std::numeric_limits<std::int64_t>::max();
  /// Asks for huge pages where the system has them (Linux: `madvise`).
  bool huge_pages = true;
};

/// What the pool holds, in bytes: handed out, and kept for the next.
struct BufferPoolUsage {
  std::int64_t used_bytes = 0;
  std::int64_t free_bytes = 0;
};

/// From now on the large CPU tensors of this process, torch's own too, take their memory from a
/// pool that keeps what is freed. A training step allocates the same few sizes again and again, and
/// fresh memory from the system costs a page fault for each 4 KiB, often more than the arithmetic
/// that fills it. Meant for programs, which call it first in `main` as `grapevine` does; a library
/// leaves the choice to its host.
///
/// What is handed out and what is kept is together at most a quarter more than the most that was
/// ever handed out; beyond that, and beyond `max_free_bytes`, the buffers that were freed longest
/// ago go back to the system. Sizes are rounded up by an eighth at most.
///
/// Calling it again changes the options. Any thread may allocate and free. Throws `Error` for
/// options out of range.
void use_buffer_pool(const BufferPoolOptions& options = {});

/// Gives the free buffers back to the system.
void empty_buffer_pool();

/// Zeros before `use_buffer_pool`.
[[nodiscard]] BufferPoolUsage buffer_pool_usage();

}  // namespace grapevine
