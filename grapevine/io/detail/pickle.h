#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::io {

/// What a value in a pickle is.
enum class PickleKind {
  kNone,
  kBool,
  kInt,
  kFloat,
  kBytes,   ///< bytes, or a string of Python 2
  kText,    ///< a string of Python 3
  kGlobal,  ///< one of the few classes and functions that are let in
  kTuple,
  kList,
  kDict,     ///< or defaultdict
  kDtype,    ///< numpy.dtype
  kArray,    ///< numpy.ndarray
  kMatrix,   ///< scipy.sparse.csr_matrix
  kStorage,  ///< memory of tensors that is elsewhere in the file
  kTensor,   ///< torch.Tensor
};

/// Whose pickles are read: what else than containers, strings and integers they may hold.
enum class PickleDialect {
  kNumpy,  ///< arrays of numpy and csr matrices of scipy
  kTorch,  ///< floats, and tensors as torch.save writes them
};

/// One value. Those that hold others name them by a number, so nothing nests and nothing is freed
/// recursively, however deep a file claims to be.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  bool utf8 = false;        ///< bytes and text: `text` is UTF-8 of what is meant
  std::int64_t number = 0;  ///< of a bool or an int; which global
  double real = 0;          ///< of a float
  std::string_view text;    ///< of bytes and text; lies in the pickle
  std::size_t items = 0;    ///< of the kinds that hold others: their place in `Pickle::items`
};

/// What a file of pickled numbers holds, as it lies there; `pickle_numpy.h` makes tensors of it,
/// `pickle_state.h` values and tensors.
struct Pickle {
  std::string name;                         ///< of the file, for messages
  std::unique_ptr<const std::string> file;  ///< its content
  std::deque<std::string> texts;            ///< strings that are not in the file as they are
  /// Elements of tuples and lists; keys and values, in turn, of dicts; type string and state of
  /// dtypes; state of arrays and matrices; persistent id of storages; arguments of tensors.
  std::deque<std::vector<PickleValue>> items;
  PickleValue root;

  [[nodiscard]] const std::vector<PickleValue>& items_of(const PickleValue& value) const {
    return items[value.items];
  }
};

/// Reads a Python pickle of protocol 0, 1 or 2 that holds integers, strings, tuples, lists, dicts,
/// and what the dialect adds: numpy arrays and scipy csr matrices, as Python 2 and 3 write them, or
/// floats, OrderedDicts and tensors, as `torch.save` writes them. Nothing that a file names is
/// ever run or looked up: any other global, opcode or protocol, and every other defect, is an
/// `Error` that begins with `name` and says which and at which byte. Takes time and memory in
/// proportion to the file, whatever sizes it claims.
[[nodiscard]] Pickle read_pickle(std::string bytes, std::string name,
                                 PickleDialect dialect = PickleDialect::kNumpy);

}  // namespace grapevine::io
