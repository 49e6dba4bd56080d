#include <torch/version.h>

#include <exception>

#include "bindings.h"
#include "grapevine/util/error.h"
#include "grapevine/version.h"

namespace grapevine::python {

std::multimap<int, Room::Bind>& Room::rooms() {
  static std::multimap<int, Bind> rooms;
  return rooms;
}

PYBIND11_MODULE(_C, module) {
  module.doc() = "Graphs, message passing, sampling, loading and layers of Grapevine's C++ core.";
  module.attr("version") = GRAPEVINE_VERSION;
  module.attr("torch_version") = TORCH_VERSION;
  py::register_exception<Error>(module, "DGLError");
  // Without PyTorch's backtrace, which follows the first lines of its message.
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) {
        std::rethrow_exception(pointer);
      }
    } catch (const c10::Error& error) {
      PyErr_SetString(PyExc_RuntimeError, error.what_without_backtrace());
    }
  });
  for (const auto& [rank, bind] : Room::rooms()) {
    bind(module);
  }
}

}  // namespace grapevine::python
