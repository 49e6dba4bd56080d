#include "tests/support/pickled.h"

#include <ATen/ops/tensor.h>

#include <cstring>

namespace grapevine::testing_support {
namespace {

constexpr std::string_view kProtocol2("\x80\x02", 2);

template <typename Number>
std::string raw(Number value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string number(std::int64_t value) {
  const auto wide = std::string("\x8a\x08") + raw(value);
  return value < -2147483648 || value > 2147483647 ? wide
                                                   : 'J' + raw(static_cast<std::int32_t>(value));
}

std::string text(std::string_view value) {
  return 'U' + std::string(1, static_cast<char>(value.size())) + std::string(value);
}

std::string numpy_name(const at::Tensor& tensor) {
  return (tensor.is_floating_point() ? "f" : "i") + std::to_string(tensor.element_size());
}

std::string array(const at::Tensor& tensor) {
  const at::Tensor data = tensor.contiguous();
  std::string shape;
  for (const std::int64_t size : data.sizes()) {
    shape += number(size);
  }
  std::string bytes = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + number(0) +
                      "\x85" + text("b") + "\x87R(" + number(1) + "(" + shape + "tcnumpy\ndtype\n";
  bytes += text(numpy_name(data)) + number(0) + number(1) + "\x87R(" + number(3) + text("<") +
           "NNN" + number(-1) + number(-1) + number(0) + "tb\x89";
  bytes += 'T' + raw(static_cast<std::int32_t>(data.nbytes()));
  bytes.append(static_cast<const char*>(data.const_data_ptr()), data.nbytes());
  return bytes + "tb";
}

}  // namespace

std::string pickled_array(const at::Tensor& tensor) {
  return std::string(kProtocol2) + array(tensor) + ".";
}

std::string pickled_csr(const CsrParts& parts) {
  return std::string(kProtocol2) + "cscipy.sparse.csr\ncsr_matrix\n)\x81}(" + text("format") +
         text("csr") + text("_shape") + number(parts.rows) + number(parts.columns) + "\x86" +
         text("indptr") + array(parts.indptr) + text("maxprint") + number(50) + text("indices") +
         array(parts.indices) + text("data") + array(parts.data) + "ub.";
}

std::string pickled_csr(const at::Tensor& dense) {
  const at::Tensor places = dense.nonzero();
  std::vector<std::int64_t> offsets = {0};
  for (std::int64_t row = 0; row < dense.size(0); ++row) {
    offsets.push_back(offsets.back() + dense[row].count_nonzero().item<std::int64_t>());
  }
  return pickled_csr({.rows = dense.size(0),
                      .columns = dense.size(1),
                      .indptr = at::tensor(offsets, at::kLong).to(at::kInt),
                      .indices = places.select(1, 1).to(at::kInt),
                      .data = dense.masked_select(dense.ne(0))});
}

std::string pickled_graph(const std::vector<NodeNeighbors>& nodes) {
  std::string bytes =
      std::string(kProtocol2) + "ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R(";
  for (const auto& [node, neighbors] : nodes) {
    bytes += number(node) + "](";
    for (const std::int64_t neighbor : neighbors) {
      bytes += number(neighbor);
    }
    bytes += "e";
  }
  return bytes + "u.";
}

}  // namespace grapevine::testing_support
