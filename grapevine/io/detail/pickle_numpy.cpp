#include "grapevine/io/detail/pickle_numpy.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

constexpr std::size_t kMaxPickledDimensions = 32;

struct NumpyType {
  std::string_view name;
  at::ScalarType dtype;
};

constexpr std::array kNumpyTypes = {
    NumpyType{"f4", at::kFloat}, NumpyType{"f8", at::kDouble}, NumpyType{"i1", at::kChar},
    NumpyType{"i2", at::kShort}, NumpyType{"i4", at::kInt},    NumpyType{"i8", at::kLong},
    NumpyType{"u1", at::kByte},  NumpyType{"b1", at::kBool},
};

bool is_text(const PickleValue& value) {
  return value.kind == PickleKind::kBytes || value.kind == PickleKind::kText;
}

/// Makes tensors of the values of one pickle.
class NumpyReader {
 public:
  explicit NumpyReader(const Pickle& pickle) : pickle_(pickle) {}

  [[nodiscard]] at::Tensor array(const PickleValue& value, std::string_view what) const {
    const std::vector<PickleValue>& state = state_of(value, PickleKind::kArray, what, "an array");
    // numpy's __reduce__: version, shape, dtype, whether columns are contiguous, data.
    check(state.size() == 5 && is_flag(state[3]) && state[4].kind == PickleKind::kBytes,
          "{}: {}: expected a numpy array of numbers", pickle_.name, what);
    std::vector<std::int64_t> sizes = shape(state[1], what);
    const bool reorder = state[3].number != 0 && sizes.size() > 1;
    if (reorder) {
      std::reverse(sizes.begin(), sizes.end());
    }
    at::Tensor tensor = filled(dtype(state[2], what), sizes, state[4], what);
    if (reorder) {
      std::vector<std::int64_t> order(sizes.size());
      std::iota(order.rbegin(), order.rend(), 0);
      tensor = tensor.permute(order).contiguous();
    }
    return tensor;
  }

  [[nodiscard]] CsrMatrix matrix(const PickleValue& value) const {
    const std::string_view what = "csr_matrix";
    const std::vector<std::int64_t> sizes = shape(field(value, "_shape"), what);
    check(sizes.size() == 2, "{}: {}: expected 2 dimensions, got {}", pickle_.name, what,
          sizes.size());
    CsrMatrix result = {.rows = sizes[0],
                        .columns = sizes[1],
                        .indptr = integers(value, "indptr"),
                        .indices = integers(value, "indices"),
                        .values = array(field(value, "data"), "data").to(at::kDouble)};
    check(result.values.dim() == 1 && result.values.numel() == result.indices.numel(),
          "{}: {}: expected a value for each of {} indices, got {}", pickle_.name, what,
          result.indices.numel(), result.values.numel());
    check_rows(result);
    return result;
  }

 private:
  static bool is_flag(const PickleValue& value) {
    return value.kind == PickleKind::kBool || value.kind == PickleKind::kInt;
  }

  /// Elements of the tuple or dict that an object was given as its state.
  [[nodiscard]] const std::vector<PickleValue>& state_of(const PickleValue& value, PickleKind kind,
                                                         std::string_view what,
                                                         std::string_view expected) const {
    check(value.kind == kind, "{}: {}: expected {}", pickle_.name, what, expected);
    const std::vector<PickleValue>& items = pickle_.items_of(value);
    const PickleKind container =
        kind == PickleKind::kMatrix ? PickleKind::kDict : PickleKind::kTuple;
    check(!items.empty() && items.back().kind == container, "{}: {}: expected {} with its content",
          pickle_.name, what, expected);
    return pickle_.items_of(items.back());
  }

  [[nodiscard]] std::vector<std::int64_t> shape(const PickleValue& value,
                                                std::string_view what) const {
    check(value.kind == PickleKind::kTuple, "{}: {}: expected a tuple as shape", pickle_.name,
          what);
    const std::vector<PickleValue>& items = pickle_.items_of(value);
    check(items.size() <= kMaxPickledDimensions, "{}: {}: expected at most {} dimensions, got {}",
          pickle_.name, what, kMaxPickledDimensions, items.size());
    std::vector<std::int64_t> sizes;
    for (const PickleValue& size : items) {
      check(size.kind == PickleKind::kInt && size.number >= 0,
            "{}: {}: expected sizes of 0 or more as shape", pickle_.name, what);
      sizes.push_back(size.number);
    }
    return sizes;
  }

  [[nodiscard]] at::ScalarType dtype(const PickleValue& value, std::string_view what) const {
    const std::vector<PickleValue>& state = state_of(value, PickleKind::kDtype, what, "a dtype");
    const PickleValue& name = pickle_.items_of(value).front();
    // A version, the byte order, and what only dtypes of records have.
    check(is_text(name) && state.size() >= 2 && is_text(state[1]), "{}: {}: expected a dtype",
          pickle_.name, what);
    check(state[1].text != ">", "{}: {}: its dtype is big-endian; expected little-endian",
          pickle_.name, what);
    for (const NumpyType& type : kNumpyTypes) {
      if (type.name == name.text) {
        return type.dtype;
      }
    }
    fail("{}: {}: expected a dtype of float, integer or bool, got \"{}\"", pickle_.name, what,
         printable(name.text));
  }

  [[nodiscard]] at::Tensor filled(at::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                                  const PickleValue& data, std::string_view what) const {
    std::optional<std::string> decoded;
    if (data.utf8) {
      decoded = latin1_from_utf8(data.text);
      check(decoded.has_value(), "{}: {}: its data are not Latin-1", pickle_.name, what);
    }
    const std::string_view bytes = decoded ? std::string_view(*decoded) : data.text;
    // Strides multiply all sizes even when one is 0, so the product without zeros must fit, too.
    auto expected = static_cast<std::int64_t>(c10::elementSize(dtype));
    bool overflow = false;
    bool empty = false;
    for (const std::int64_t size : sizes) {
      empty = empty || size == 0;
      overflow =
          overflow || __builtin_mul_overflow(expected, std::max<std::int64_t>(size, 1), &expected);
    }
    check(!overflow, "{}: {}: its shape overflows", pickle_.name, what);
    expected = empty ? 0 : expected;
    check(static_cast<std::uint64_t>(expected) == bytes.size(),
          "{}: {}: its shape promises {} bytes of data, the file has {}", pickle_.name, what,
          expected, bytes.size());
    at::Tensor tensor = at::empty(sizes, at::TensorOptions(dtype == at::kBool ? at::kByte : dtype));
    if (!bytes.empty()) {
      std::memcpy(tensor.mutable_data_ptr(), bytes.data(), bytes.size());
    }
    return dtype == at::kBool ? tensor.ne(0) : tensor;
  }

  /// What a matrix has under a name, in its dict.
  [[nodiscard]] const PickleValue& field(const PickleValue& matrix, std::string_view name) const {
    const std::vector<PickleValue>& state =
        state_of(matrix, PickleKind::kMatrix, "csr_matrix", "a scipy csr_matrix");
    for (std::size_t i = 0; i < state.size(); i += 2) {
      if (is_text(state[i]) && state[i].text == name) {
        return state[i + 1];
      }
    }
    fail("{}: csr_matrix: has no {}", pickle_.name, name);
  }

  [[nodiscard]] at::Tensor integers(const PickleValue& matrix, std::string_view name) const {
    const at::Tensor values = array(field(matrix, name), name);
    check(values.dim() == 1 && at::isIntegralType(values.scalar_type(), false),
          "{}: {}: expected one dimension of integers", pickle_.name, name);
    return values.to(at::kLong);
  }

  void check_rows(const CsrMatrix& matrix) const {
    const std::int64_t stored = matrix.indices.numel();
    check(matrix.indptr.numel() > 0 && matrix.indptr.numel() - 1 == matrix.rows,
          "{}: indptr: expected {} + 1 offsets, got {}", pickle_.name, matrix.rows,
          matrix.indptr.numel());
    const auto* offsets = matrix.indptr.const_data_ptr<std::int64_t>();
    check(offsets[0] == 0 && offsets[matrix.rows] == stored &&
              std::is_sorted(offsets, offsets + matrix.rows + 1),
          "{}: indptr: expected offsets that ascend from 0 to {}", pickle_.name, stored);
    const auto* columns = matrix.indices.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < stored; ++i) {
      check(columns[i] >= 0 && columns[i] < matrix.columns,
            "{}: indices: column {} is out of range [0, {})", pickle_.name, columns[i],
            matrix.columns);
    }
  }

  const Pickle& pickle_;
};

}  // namespace

at::Tensor read_array(const Pickle& pickle) {
  return NumpyReader(pickle).array(pickle.root, "ndarray");
}

CsrMatrix read_csr_matrix(const Pickle& pickle) { return NumpyReader(pickle).matrix(pickle.root); }

}  // namespace grapevine::io
