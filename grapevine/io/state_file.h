#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace grapevine::io {

class StateDict;
class StateValue;

/// A Python list, and a tuple, which is a type of its own.
using StateList = std::vector<StateValue>;
struct StateTuple;

/// A value in a file that `torch.save` wrote: None, bool, int, float, str, Tensor, list, tuple or
/// dict. A cheap handle; values inside lists, tuples and dicts are shared by its copies and never
/// change.
class StateValue {
 public:
  StateValue() = default;  ///< None
  // NOLINTBEGIN(google-explicit-constructor)
  template <std::same_as<bool> Bool>
  StateValue(Bool value) : value_(value) {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) StateValue(Integer value)
      : value_(static_cast<std::int64_t>(value)) {}
  StateValue(double value) : value_(value) {}
  StateValue(std::string value) : value_(std::move(value)) {}
  StateValue(const char* value) : value_(std::string(value)) {}
  StateValue(at::Tensor value) : value_(std::move(value)) {}
  StateValue(StateList value);
  StateValue(StateTuple value);
  StateValue(StateDict value);
  // NOLINTEND(google-explicit-constructor)

  /// The value as `bool`, `std::int64_t`, `double`, `std::string`, `at::Tensor`, `StateList`,
  /// `StateTuple` or `StateDict`; null if it is of another type.
  template <typename Type>
  [[nodiscard]] const Type* get_if() const {
    if constexpr (std::same_as<Type, StateList> || std::same_as<Type, StateTuple> ||
                  std::same_as<Type, StateDict>) {
      const auto* shared = std::get_if<std::shared_ptr<const Type>>(&value_);
      return shared == nullptr ? nullptr : shared->get();
    } else {
      return std::get_if<Type>(&value_);
    }
  }
  [[nodiscard]] bool is_none() const { return value_.index() == 0; }
  /// What Python calls its type: "None", "bool", "int", "float", "str", "Tensor", "list", "tuple"
  /// or "dict".
  [[nodiscard]] std::string_view type_name() const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, at::Tensor,
               std::shared_ptr<const StateList>, std::shared_ptr<const StateTuple>,
               std::shared_ptr<const StateDict>>
      value_;
};

struct StateTuple {
  StateList items;
};

/// A key of a dict.
using StateKey = std::variant<std::int64_t, std::string>;

/// A Python dict with strings and integers as keys: values in the order in which their keys came.
class StateDict {
 public:
  StateDict() = default;
  StateDict(std::initializer_list<std::pair<StateKey, StateValue>> entries);

  /// Adds a key, or gives one that is there another value.
  void set(const StateKey& key, StateValue value);
  /// The value under a key, or null. O(log size).
  [[nodiscard]] const StateValue* find(const StateKey& key) const;
  [[nodiscard]] const std::vector<std::pair<StateKey, StateValue>>& entries() const {
    return entries_;
  }

 private:
  std::vector<std::pair<StateKey, StateValue>> entries_;
  std::map<StateKey, std::size_t> places_;
};

/// Writes one value, with all that is in it, as a file that Python opens:
/// `torch.load(path, weights_only=True)`. Written whole. Tensors are on the CPU there; a view is
/// written without the rest of its storage. The format is PyTorch's: a zip archive of a pickle of
/// protocol 2 and a record for each tensor. Throws `Error` for a tensor that is undefined, not
/// strided or of another dtype than float64, float32, float16, bfloat16, uint8, int8 to int64 and
/// bool, for strings that are not UTF-8, for values nested deeper than 100, and for a path that
/// cannot be written.
///
///     io::save_state("model.pt", io::StateDict{{"model", weights}, {"epoch", 12}});
void save_state(const std::filesystem::path& path, const StateValue& value);

/// Reads what `torch.save` wrote, in PyTorch 1.6 or newer: None, bools, integers of 64 bits,
/// floats, strings, lists, tuples, dicts, OrderedDicts and tensors or parameters of the dtypes
/// above, each nested as one likes up to 100 deep. All is read to the CPU. Tensors that share their
/// storage still do, and keep their strides. An attribute of a dict, as a state dict's `_metadata`,
/// is left out.
///
/// Nothing in the file is trusted, and nothing that it names is run: `Error` names it and what is
/// wrong (no such archive, damaged, another type of value, sizes that do not fit the storage), and
/// nothing is allocated by a claim that the file's size does not bear out. A view of a small
/// storage may yet have many elements: check shapes before copying.
[[nodiscard]] StateValue load_state(const std::filesystem::path& path);

}  // namespace grapevine::io
