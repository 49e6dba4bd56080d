#include "grapevine/graph/frame.h"
#include "bindings.h"
#include "grapevine/graph/local_scope.h"

namespace grapevine::python {
namespace {

/// DGL's exception for a feature that is not there.
[[noreturn]] void missing(const std::string& name) { throw py::key_error(name); }

at::Tensor get(const Frame& frame, const std::string& name) {
  if (!frame.contains(name)) {
    missing(name);
  }
  const py::gil_scoped_release release;  // A lazy column gathers now.
  return frame.get(name);
}

void erase(Frame& frame, const std::string& name) {
  if (!frame.contains(name)) {
    missing(name);
  }
  frame.erase(name);
}

/// (trailing shape, dtype) by name, without gathering.
py::dict schemes(const Frame& frame) {
  py::dict result;
  for (const auto& [name, column] : frame.columns()) {
    const at::Tensor& data = column->peek();
    result[py::str(name)] =
        py::make_tuple(py::tuple(py::cast(data.sizes().slice(1).vec())), data.scalar_type());
  }
  return result;
}

/// The columns of the frames of a graph, put back by `restore`.
class Columns {
 public:
  explicit Columns(const std::vector<FramePtr>& frames) : scope_(std::in_place, frames) {}
  void restore() { scope_.reset(); }

 private:
  std::optional<LocalScope> scope_;
};

const Room frame_room(10, [](py::module_& module) {
  py::class_<Frame, FramePtr>(module, "Frame",
                              "Features of one node type or relation, gathered when first read.")
      .def_property_readonly("num_rows", &Frame::num_rows)
      .def_property_readonly("device", &Frame::device)
      .def("names", &Frame::names)
      .def("__contains__", &Frame::contains)
      .def("get", &get)
      .def("set", &Frame::set)
      .def("erase", &erase)
      .def("schemes", &schemes)
      .def("add_slices", py::overload_cast<const Frame&, const at::Tensor&>(&Frame::add_slices),
           py::arg("parent"), py::arg("rows"))
      .def("is_lazy",
           [](const Frame& frame, const std::string& name) {
             return frame.contains(name) && frame.columns().at(name)->is_lazy();
           })
      .def("share_columns",
           [](Frame& frame, const Frame& other) { frame.set_columns(other.columns()); });
  py::class_<Columns>(module, "Columns").def("restore", &Columns::restore);
  module.def("save_columns",
             [](const std::vector<FramePtr>& frames) { return std::make_unique<Columns>(frames); });
});

}  // namespace
}  // namespace grapevine::python
