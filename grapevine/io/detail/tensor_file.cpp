#include "grapevine/io/detail/tensor_file.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "grapevine/io/detail/json_fields.h"
#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "files are read as they lie");

constexpr std::uint64_t kAlignment = 64;
constexpr std::size_t kMaxStoredDimensions = 64;  // as many as ATen's loops take
constexpr std::array<char, kAlignment> kPadding = {};

struct NamedType {
  std::string_view name;
  at::ScalarType dtype;
};

constexpr std::array kTypes = {
    NamedType{"uint8", at::kByte},
    NamedType{"int8", at::kChar},
    NamedType{"int16", at::kShort},
    NamedType{"int32", at::kInt},
    NamedType{"int64", at::kLong},
    NamedType{"uint16", at::kUInt16},
    NamedType{"uint32", at::kUInt32},
    NamedType{"uint64", at::kUInt64},
    NamedType{"float16", at::kHalf},
    NamedType{"bfloat16", at::kBFloat16},
    NamedType{"float32", at::kFloat},
    NamedType{"float64", at::kDouble},
    NamedType{"complex64", at::kComplexFloat},
    NamedType{"complex128", at::kComplexDouble},
    NamedType{"bool", at::kBool},
};

const NamedType* find_type(at::ScalarType dtype) {
  for (const NamedType& type : kTypes) {
    if (type.dtype == dtype) {
      return &type;
    }
  }
  return nullptr;
}

const NamedType& find_type(const std::string& name) {
  for (const NamedType& type : kTypes) {
    if (type.name == name) {
      return type;
    }
  }
  fail("unknown dtype {}", quoted(name));
}

constexpr std::uint64_t align(std::uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

std::string_view bytes_of(const at::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

/// Bytes of a tensor; `Error` if a product of its sizes, zeros aside, does not fit in 64 bits.
std::uint64_t bytes_for(at::ScalarType dtype, const std::vector<std::int64_t>& shape) {
  auto bytes = static_cast<std::int64_t>(c10::elementSize(dtype));
  bool is_empty = false;
  for (const std::int64_t size : shape) {
    is_empty = is_empty || size == 0;
    check(!__builtin_mul_overflow(bytes, std::max<std::int64_t>(size, 1), &bytes),
          "a shape overflows");
  }
  return is_empty ? 0 : static_cast<std::uint64_t>(bytes);
}

}  // namespace

std::uint32_t checksum_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(
      crc32_z(0, nullptr, 0), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::uint32_t checksum_of(TensorFileHeader header) {
  header.checksum = 0;
  return checksum_of({reinterpret_cast<const char*>(&header), sizeof header});
}

std::int64_t TensorWriter::add(const at::Tensor& tensor, const std::string& what) {
  check(tensor.defined(), "{}: expected a tensor, got an undefined one", what);
  check(tensor.layout() == at::kStrided && find_type(tensor.scalar_type()) != nullptr,
        "{}: a tensor of {} cannot be written", what, at::toString(tensor.scalar_type()));
  check(tensor.device().type() != at::kMeta, "{}: expected a tensor with data, got one without",
        what);
  const at::Tensor plain = tensor.detach().resolve_conj().resolve_neg();
  const auto next = static_cast<std::int64_t>(tensors_.size());
  const auto [found, is_new] =
      numbers_.try_emplace(Identity{plain.const_data_ptr(), plain.scalar_type(),
                                    plain.sizes().vec(), plain.strides().vec()},
                           next);
  if (is_new) {
    originals_.push_back(plain);
    tensors_.push_back(plain.to(at::kCPU).contiguous());
  }
  return found->second;
}

struct TensorWriter::Layout {
  TensorFileHeader header;
  std::string table;
  std::vector<std::string_view> pieces;  ///< without the header, which moves with this object
};

TensorWriter::Layout TensorWriter::lay_out(nlohmann::json description) const {
  // Places are counted from the end of the table, whose length depends on them.
  nlohmann::json entries = nlohmann::json::array();
  std::uint64_t end = 0;
  for (const at::Tensor& tensor : tensors_) {
    entries.push_back({{"dtype", find_type(tensor.scalar_type())->name},
                       {"shape", tensor.sizes().vec()},
                       {"offset", align(end)},
                       {"checksum", checksum_of(bytes_of(tensor))}});
    end = align(end) + tensor.nbytes();
  }
  description["tensors"] = std::move(entries);
  Layout layout;
  try {
    layout.table = description.dump();
  } catch (const nlohmann::json::exception&) {
    fail("names of types, features and labels: expected UTF-8");
  }
  // Padded with spaces, so that data begin at a multiple of 64, too.
  layout.table.resize(align(layout.table.size()), ' ');
  layout.header.table_bytes = layout.table.size();
  layout.header.table_checksum = checksum_of(layout.table);
  layout.header.file_bytes = sizeof(TensorFileHeader) + layout.table.size() + end;
  layout.header.checksum = checksum_of(layout.header);
  end = 0;
  for (const at::Tensor& tensor : tensors_) {
    layout.pieces.emplace_back(kPadding.data(), align(end) - end);
    layout.pieces.push_back(bytes_of(tensor));
    end = align(end) + tensor.nbytes();
  }
  return layout;
}

void TensorWriter::write(const std::filesystem::path& path, nlohmann::json description) const {
  const Layout layout = lay_out(std::move(description));
  std::vector<std::string_view> pieces = {
      {reinterpret_cast<const char*>(&layout.header), sizeof layout.header}, layout.table};
  pieces.insert(pieces.end(), layout.pieces.begin(), layout.pieces.end());
  write_file(path, std::span<const std::string_view>(pieces));
}

std::string TensorWriter::bytes(nlohmann::json description) const {
  const Layout layout = lay_out(std::move(description));
  std::string result;
  result.reserve(layout.header.file_bytes);
  result.append(reinterpret_cast<const char*>(&layout.header), sizeof layout.header);
  result += layout.table;
  for (const std::string_view piece : layout.pieces) {
    result += piece;
  }
  return result;
}

TensorReader::TensorReader(TensorSource source) : source_(std::move(source)) { read_table(); }

void TensorReader::read_table() {
  TensorFileHeader header;
  check(source_.size >= sizeof header, "not a graph file: it has {} bytes only", source_.size);
  source_.read_at(0, &header, sizeof header);
  check(header.magic == TensorFileHeader::kMagic, "not a graph file (no magic number)");
  check(header.version == TensorFileHeader::kVersion, "format version {} is unknown; expected {}{}",
        header.version, TensorFileHeader::kVersion,
        header.version > TensorFileHeader::kVersion ? ": written by a newer Grapevine" : "");
  check(header.checksum == checksum_of(header), "damaged: the header's checksum is wrong");
  check(header.file_bytes == source_.size, "{}: expected {} bytes, there are {}",
        source_.size < header.file_bytes ? "cut short" : "goes on after its end", header.file_bytes,
        source_.size);
  const std::uint64_t rest = source_.size - sizeof header;
  check(header.table_bytes <= rest && header.table_bytes % kAlignment == 0,
        "damaged: the table of contents cannot have {} bytes", header.table_bytes);
  std::string table(header.table_bytes, '\0');
  source_.read_at(sizeof header, table.data(), table.size());
  check(header.table_checksum == checksum_of(table),
        "damaged: the checksum of the table of contents is wrong");
  description_ = nlohmann::json::parse(table, nullptr, /*allow_exceptions=*/false);
  check(!description_.is_discarded(), "table of contents: not JSON");
  const std::uint64_t begin = sizeof header + header.table_bytes;
  std::uint64_t end = begin;
  for (const nlohmann::json& item : array_field(description_, "tensors")) {
    Entry entry = {find_type(text_field(item, "dtype")).dtype, {}, 0, 0, 0, {}};
    for (const nlohmann::json& size : array_field(item, "shape")) {
      entry.shape.push_back(to_count(size, "shape"));
    }
    check(entry.shape.size() <= kMaxStoredDimensions,
          "\"shape\": expected at most {} sizes, got {}", kMaxStoredDimensions, entry.shape.size());
    entry.bytes = bytes_for(entry.dtype, entry.shape);
    // The place follows from what comes before; so no two tensors overlap, and all of them together
    // are no larger than the file.
    entry.offset = align(end);
    check(static_cast<std::uint64_t>(count_field(item, "offset")) == entry.offset - begin &&
              entry.offset <= source_.size && entry.bytes <= source_.size - entry.offset,
          "tensor {}: its place is outside the file", entries_.size());
    entry.checksum = static_cast<std::uint32_t>(count_field(item, "checksum", 0xFFFFFFFFLL));
    end = entry.offset + entry.bytes;
    entries_.push_back(std::move(entry));
  }
  check(end == source_.size, "its tensors end at {}, the file at {}", end, source_.size);
}

at::Tensor TensorReader::tensor(const nlohmann::json& number, const std::string& what) {
  const std::int64_t index = to_count(number, what);
  check(static_cast<std::uint64_t>(index) < entries_.size(), "{}: tensor {} of {} does not exist",
        what, index, entries_.size());
  Entry& entry = entries_[static_cast<std::size_t>(index)];
  if (!entry.tensor.defined()) {
    try {
      entry.tensor = read(entry);
    } catch (const Error& error) {
      fail("{}: {}", what, error.what());
    }
  }
  return entry.tensor;
}

at::Tensor TensorReader::read(const Entry& entry) const {
  const at::TensorOptions options(entry.dtype);
  // Bytes of a bool tensor must be 0 or 1, which a mapping does not promise.
  if (source_.mapping != nullptr && entry.bytes > 0 && entry.dtype != at::kBool) {
    std::byte* data = source_.mapping.get() + entry.offset;
    return at::from_blob(
        data, entry.shape, [mapping = source_.mapping](void*) mutable { mapping.reset(); },
        options);
  }
  at::Tensor tensor = at::empty(entry.shape, options);
  if (entry.bytes > 0) {  // an empty tensor has no memory to read into
    source_.read_at(entry.offset, tensor.mutable_data_ptr(), entry.bytes);
  }
  check(checksum_of(bytes_of(tensor)) == entry.checksum, "damaged: its checksum is wrong");
  if (entry.dtype == at::kBool) {
    const std::string_view values = bytes_of(tensor);
    check(std::all_of(values.begin(), values.end(), [](char c) { return c == 0 || c == 1; }),
          "expected bools");
  }
  return tensor;
}

}  // namespace grapevine::io::detail
