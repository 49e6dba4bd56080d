#pragma once

#include <ATen/core/Tensor.h>
#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <torch/csrc/utils/pybind.h>

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "grapevine/graph/graph_types.h"
#include "grapevine/graph/id_list.h"
#include "grapevine/graph/transform/edge_subgraph.h"

/// What the sources of the Python module share: how each of them adds itself to the module, and how
/// names of types and ids come from Python. Each source binds one room; module.cpp names none.
namespace grapevine::python {

namespace py = pybind11;

/// Adds what one source binds: `const Room room(20, [](py::module_& module) {...});`. Rooms are
/// bound in ascending order of `rank`, classes before the functions that take or return them:
/// 10 frames, 20 graphs, 30 message passing, 40 everything else.
class Room {
 public:
  using Bind = void (*)(py::module_&);
  Room(int rank, Bind bind) { rooms().emplace(rank, bind); }
  static std::multimap<int, Bind>& rooms();
};

/// For functions that compute or wait: other Python threads run meanwhile.
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

/// A tensor of the caller, or an undefined one for None.
inline at::Tensor tensor_or_none(const std::optional<at::Tensor>& tensor) {
  return tensor.value_or(at::Tensor());
}

}  // namespace grapevine::python

namespace pybind11::detail {

/// ("user", "follows", "user")
template <>
struct type_caster<grapevine::CanonicalEtype> {
  PYBIND11_TYPE_CASTER(grapevine::CanonicalEtype, const_name("tuple[str, str, str]"));
  bool load(handle source, bool convert) {
    make_caster<std::tuple<std::string, std::string, std::string>> parts;
    if (!isinstance<tuple>(source) || !parts.load(source, convert)) {
      return false;
    }
    auto [src, relation, dst] =
        cast_op<std::tuple<std::string, std::string, std::string>>(std::move(parts));
    value = {std::move(src), std::move(relation), std::move(dst)};
    return true;
  }
  static handle cast(const grapevine::CanonicalEtype& etype, return_value_policy, handle) {
    return pybind11::make_tuple(etype.src, etype.name, etype.dst).release();
  }
};

/// None, "follows" or ("user", "follows", "user")
template <>
struct type_caster<grapevine::EtypeKey> {
  PYBIND11_TYPE_CASTER(grapevine::EtypeKey, const_name("str | tuple[str, str, str] | None"));
  bool load(handle source, bool convert) {
    if (source.is_none()) {
      value = {};
      return true;
    }
    if (isinstance<str>(source)) {
      value = grapevine::EtypeKey(source.cast<std::string>());
      return true;
    }
    make_caster<grapevine::CanonicalEtype> canonical;
    if (!canonical.load(source, convert)) {
      return false;
    }
    value = grapevine::EtypeKey(cast_op<grapevine::CanonicalEtype&&>(std::move(canonical)));
    return true;
  }
  static handle cast(const grapevine::EtypeKey& key, return_value_policy, handle) {
    if (key.canonical()) {
      return pybind11::cast(*key.canonical()).release();
    }
    return key.empty() ? none().release() : str(key.name()).release();
  }
};

/// A tensor, or tensors by node type; back a tensor if there is only one type without a name.
template <>
struct type_caster<grapevine::NodeIds> {
  PYBIND11_TYPE_CASTER(grapevine::NodeIds, const_name("torch.Tensor | dict[str, torch.Tensor]"));
  bool load(handle source, bool convert) {
    make_caster<at::Tensor> tensor;
    if (tensor.load(source, convert)) {
      value = grapevine::NodeIds(cast_op<at::Tensor&>(tensor));
      return true;
    }
    make_caster<grapevine::NodeIds::Map> map;
    if (!map.load(source, convert)) {
      return false;
    }
    value = grapevine::NodeIds(cast_op<grapevine::NodeIds::Map&&>(std::move(map)));
    return true;
  }
  static handle cast(const grapevine::NodeIds& ids, return_value_policy, handle) {
    if (ids.map().size() == 1 && ids.map().begin()->first.empty()) {
      return pybind11::cast(ids.map().begin()->second).release();
    }
    return pybind11::cast(ids.map()).release();
  }
};

/// A tensor, or tensors by relation.
template <>
struct type_caster<grapevine::EdgeIds> {
  PYBIND11_TYPE_CASTER(grapevine::EdgeIds, const_name("torch.Tensor | dict[Any, torch.Tensor]"));
  bool load(handle source, bool convert) {
    make_caster<at::Tensor> tensor;
    if (tensor.load(source, convert)) {
      value = grapevine::EdgeIds(cast_op<at::Tensor&>(tensor));
      return true;
    }
    if (!isinstance<dict>(source)) {
      return false;
    }
    std::vector<grapevine::EdgeIds::Entry> entries;
    for (auto [key, ids] : reinterpret_borrow<dict>(source)) {
      entries.emplace_back(key.cast<grapevine::EtypeKey>(), ids.cast<at::Tensor>());
    }
    value = grapevine::EdgeIds(std::move(entries));
    return true;
  }
};

/// A tensor, or a list of numbers.
template <>
struct type_caster<grapevine::IdList> {
 public:
  static constexpr auto name = const_name("torch.Tensor | list[int]");
  bool load(handle source, bool convert) {
    make_caster<at::Tensor> tensor;
    if (tensor.load(source, convert)) {
      value_.emplace(cast_op<at::Tensor&>(tensor));
      return true;
    }
    make_caster<std::vector<std::int64_t>> numbers;
    if (!numbers.load(source, convert)) {
      return false;
    }
    value_.emplace(cast_op<std::vector<std::int64_t>&>(numbers));
    return true;
  }
  template <typename>
  using cast_op_type = const grapevine::IdList&;
  explicit operator const grapevine::IdList&() const { return *value_; }

 private:
  std::optional<grapevine::IdList> value_;
};

}  // namespace pybind11::detail
