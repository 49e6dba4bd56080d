#include "grapevine/io/npy.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grapevine/io/detail/npy_header.h"
#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

static_assert(std::endian::native == std::endian::little, "files are read as they lie");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kMaxHeader = std::uint64_t{1} << 20;
constexpr std::size_t kAlignment = 64;

/// A numpy type, the dtype of the same bytes, and the dtype that the reader returns.
struct NpyType {
  std::string_view descr;
  at::ScalarType stored;
  at::ScalarType result;
};

constexpr std::array kTypes = {
    NpyType{"f2", at::kHalf, at::kHalf},     NpyType{"f4", at::kFloat, at::kFloat},
    NpyType{"f8", at::kDouble, at::kDouble}, NpyType{"i1", at::kChar, at::kChar},
    NpyType{"i2", at::kShort, at::kShort},   NpyType{"i4", at::kInt, at::kInt},
    NpyType{"i8", at::kLong, at::kLong},     NpyType{"u1", at::kByte, at::kByte},
    NpyType{"b1", at::kByte, at::kBool},     NpyType{"u2", at::kShort, at::kInt},
    NpyType{"u4", at::kInt, at::kLong},      NpyType{"u8", at::kLong, at::kLong},
};

const NpyType& npy_type(const std::string& descr, const std::string& file) {
  check(descr.find('O') == std::string::npos,
        "{}: its dtype is object ({}): pickled data is never read", file, descr);
  const char order = descr.empty() ? '\0' : descr.front();
  check(order != '>', "{}: its dtype {} is big-endian; expected little-endian", file, descr);
  if (order == '<' || order == '|' || order == '=') {
    for (const NpyType& type : kTypes) {
      if (std::string_view(descr).substr(1) == type.descr) {
        return type;
      }
    }
  }
  fail("{}: expected a dtype of float, integer or bool, got \"{}\"", file, descr);
}

/// Where the data lie and what they are.
struct Layout {
  NpyHeader header;
  NpyType type;
  std::uint64_t offset;
  std::uint64_t bytes;
};

/// Length of the header, and where it begins.
std::pair<std::uint64_t, std::uint64_t> header_span(const InputFile& file) {
  std::array<unsigned char, 12> start = {};
  check(file.size() >= start.size(), "{}: too short for a .npy file ({} bytes)", file.name(),
        file.size());
  file.read_at(0, start.data(), start.size());
  check(std::memcmp(start.data(), kMagic.data(), kMagic.size()) == 0,
        "{}: not a .npy file (no magic number)", file.name());
  const int version = start[6];
  check(version >= 1 && version <= 3 && start[7] == 0, "{}: unknown .npy version {}.{}",
        file.name(), version, int{start[7]});
  if (version == 1) {
    return {std::uint64_t{start[8]} | std::uint64_t{start[9]} << 8, 10};
  }
  return {std::uint64_t{start[8]} | std::uint64_t{start[9]} << 8 | std::uint64_t{start[10]} << 16 |
              std::uint64_t{start[11]} << 24,
          12};
}

Layout read_layout(const InputFile& file) {
  const auto [length, begin] = header_span(file);
  check(length <= kMaxHeader && begin + length <= file.size(),
        "{}: its header claims {} bytes, more than the file has", file.name(), length);
  std::string text(length, '\0');
  file.read_at(begin, text.data(), length);
  NpyHeader header = parse_npy_header(text, file.name());
  const NpyType type = npy_type(header.descr, file.name());
  auto bytes = static_cast<std::int64_t>(c10::elementSize(type.stored));
  // Strides multiply all sizes even when one is 0, so the product without zeros must fit, too.
  bool overflow = false;
  bool empty = false;
  for (const std::int64_t size : header.shape) {
    empty = empty || size == 0;
    overflow = overflow || __builtin_mul_overflow(bytes, std::max<std::int64_t>(size, 1), &bytes);
  }
  check(!overflow, "{}: its header's shape overflows", file.name());
  const std::uint64_t expected = empty ? 0 : static_cast<std::uint64_t>(bytes);
  const std::uint64_t offset = begin + length;
  check(file.size() - offset == expected,
        "{}: its header promises {} bytes of data, the file has {}", file.name(), expected,
        file.size() - offset);
  return {std::move(header), type, offset, expected};
}

at::Tensor load(const InputFile& file, const Layout& layout, at::IntArrayRef shape,
                bool memory_map) {
  const at::TensorOptions options(layout.type.stored);
  const bool aligned = layout.offset % c10::elementSize(layout.type.stored) == 0;
  if (memory_map && aligned && layout.bytes > 0 && layout.type.stored == layout.type.result) {
    std::shared_ptr<std::byte> mapping = file.map();
    std::byte* data = mapping.get() + layout.offset;
    return at::from_blob(
        data, shape, [mapping = std::move(mapping)](void*) mutable { mapping.reset(); }, options);
  }
  at::Tensor tensor = at::empty(shape, options);
  file.read_at(layout.offset, tensor.mutable_data_ptr(), layout.bytes);
  return tensor;
}

/// From the signed type of the same bytes to the type that the file means.
at::Tensor widen(const at::Tensor& stored, const NpyType& type, const std::string& file) {
  if (type.descr == "b1") {
    return stored.ne(0);
  }
  if (type.descr == "u2") {
    return stored.to(at::kInt).bitwise_and(0xFFFF);
  }
  if (type.descr == "u4") {
    return stored.to(at::kLong).bitwise_and(0xFFFFFFFF);
  }
  if (type.descr == "u8") {
    check(stored.numel() == 0 || stored.min().item<std::int64_t>() >= 0,
          "{}: has uint64 values above 2^63 - 1", file);
  }
  return stored;
}

std::string_view descr_of(const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kBool) {
    return "b1";
  }
  for (const NpyType& type : kTypes) {
    if (type.stored == tensor.scalar_type() && type.stored == type.result) {
      return type.descr;
    }
  }
  fail("tensor: a .npy file cannot hold dtype {}", c10::toString(tensor.scalar_type()));
}

}  // namespace

at::Tensor read_npy(const std::filesystem::path& path, const NpyOptions& options) {
  const InputFile file(path);
  const Layout layout = read_layout(file);
  std::vector<std::int64_t> shape = layout.header.shape;
  const bool reorder = layout.header.fortran_order && shape.size() > 1;
  if (reorder) {
    std::reverse(shape.begin(), shape.end());
  }
  at::Tensor tensor =
      widen(load(file, layout, shape, options.memory_map), layout.type, file.name());
  if (reorder) {
    std::vector<std::int64_t> order(shape.size());
    std::iota(order.rbegin(), order.rend(), 0);
    tensor = tensor.permute(order).contiguous();
  }
  return tensor;
}

void write_npy(const std::filesystem::path& path, const at::Tensor& tensor) {
  check(tensor.defined(), "{}: expected a tensor to write, got none", path.string());
  const at::Tensor data = tensor.detach().to(at::kCPU).contiguous();
  const std::string_view descr = descr_of(data);
  std::string shape;
  for (const std::int64_t size : data.sizes()) {
    shape += fmt::format("{},{}", size, data.dim() == 1 ? "" : " ");
  }
  std::string header = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                   data.element_size() == 1 ? '|' : '<', descr, shape);
  const std::size_t prefix = kMagic.size() + 4;
  header.resize((prefix + header.size() + kAlignment) / kAlignment * kAlignment - prefix - 1, ' ');
  header += '\n';
  const std::array<char, 4> start = {1, 0, static_cast<char>(header.size() & 0xFF),
                                     static_cast<char>(header.size() >> 8)};
  write_file(path, {kMagic,
                    {start.data(), start.size()},
                    header,
                    {static_cast<const char*>(data.const_data_ptr()), data.nbytes()}});
}

}  // namespace grapevine::io
