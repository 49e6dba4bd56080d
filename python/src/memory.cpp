#include "bindings.h"
#include "grapevine/util/buffer_pool.h"

namespace grapevine::python {
namespace {

const Room memory_room(40, [](py::module_& module) {
  module.def(
      "use_buffer_pool",
      [](std::int64_t min_bytes, std::int64_t max_free_bytes, bool huge_pages) {
        use_buffer_pool({min_bytes, max_free_bytes, huge_pages});
      },
      py::arg("min_bytes"), py::arg("max_free_bytes"), py::arg("huge_pages"));
  module.def("empty_buffer_pool", &empty_buffer_pool);
  module.def("buffer_pool_usage", [] {
    const BufferPoolUsage usage = buffer_pool_usage();
    return std::pair(usage.used_bytes, usage.free_bytes);
  });
});

}  // namespace
}  // namespace grapevine::python
