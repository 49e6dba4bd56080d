#include "grapevine/io/safetensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/ne.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

using nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "values are written as they lie");

constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;  // the format's own limit
constexpr std::size_t kMaxSafetensorsDimensions = 64;         // as many as ATen's loops take
constexpr std::size_t kHeaderAlignment = 8;
constexpr const char* kMetadataKey = "__metadata__";

struct SafetensorsType {
  std::string_view name;
  at::ScalarType dtype;
};

/// In the order in which the format lays tensors out, from the end.
constexpr std::array kSafetensorsTypes = {
    SafetensorsType{"BOOL", at::kBool},
    SafetensorsType{"U8", at::kByte},
    SafetensorsType{"I8", at::kChar},
    SafetensorsType{"F8_E5M2", at::kFloat8_e5m2},
    SafetensorsType{"F8_E4M3", at::kFloat8_e4m3fn},
    SafetensorsType{"I16", at::kShort},
    SafetensorsType{"U16", at::kUInt16},
    SafetensorsType{"F16", at::kHalf},
    SafetensorsType{"BF16", at::kBFloat16},
    SafetensorsType{"I32", at::kInt},
    SafetensorsType{"U32", at::kUInt32},
    SafetensorsType{"F32", at::kFloat},
    SafetensorsType{"C64", at::kComplexFloat},
    SafetensorsType{"F64", at::kDouble},
    SafetensorsType{"I64", at::kLong},
    SafetensorsType{"U64", at::kUInt64},
};

/// A tensor's place among the types; `Error` that begins with `what` if it cannot be written.
std::size_t rank_of(const at::Tensor& tensor, const std::string& what) {
  check(tensor.defined(), "{}: expected a tensor, got an undefined one", what);
  const auto* found =
      std::find_if(kSafetensorsTypes.begin(), kSafetensorsTypes.end(),
                   [&](const SafetensorsType& type) { return type.dtype == tensor.scalar_type(); });
  check(tensor.layout() == at::kStrided && tensor.device().type() != at::kMeta &&
            found != kSafetensorsTypes.end(),
        "{}: a tensor of {} ({}, {}) cannot be written", what, at::toString(tensor.scalar_type()),
        tensor.layout() == at::kStrided ? "strided" : "not strided", tensor.device().str());
  return static_cast<std::size_t>(found - kSafetensorsTypes.begin());
}

struct NamedTensor {
  std::string name;
  std::size_t rank = 0;
  at::Tensor tensor;  ///< on the CPU, contiguous
};

std::vector<NamedTensor> named_tensors(const StateDict& tensors) {
  std::vector<NamedTensor> result;
  for (const auto& [key, value] : tensors.entries()) {
    const auto* name = std::get_if<std::string>(&key);
    check(name != nullptr && is_utf8(*name) && *name != kMetadataKey,
          "save_safetensors: key {}: expected a string of UTF-8 other than \"{}\"",
          name != nullptr ? fmt::format("\"{}\"", printable(*name))
                          : std::to_string(std::get<std::int64_t>(key)),
          kMetadataKey);
    const std::string what = fmt::format("save_safetensors: \"{}\"", printable(*name));
    const auto* tensor = value.get_if<at::Tensor>();
    check(tensor != nullptr, "{}: expected a tensor, got {}", what, value.type_name());
    result.push_back({*name, rank_of(*tensor, what),
                      tensor->detach().to(at::kCPU).resolve_conj().resolve_neg().contiguous()});
  }
  return result;
}

/// Reads one file.
class SafetensorsReader {
 public:
  explicit SafetensorsReader(const std::filesystem::path& path) : file_(path) {}

  [[nodiscard]] Safetensors read() {
    const ordered_json header = read_header();
    for (const auto& [name, value] : header.items()) {
      if (name == kMetadataKey) {
        read_metadata(value);
      } else {
        places_.push_back(read_place(name, value));
      }
    }
    check_places();
    for (const Place& place : places_) {
      result_.tensors.set(place.name, tensor(place));
    }
    return std::move(result_);
  }

 private:
  struct Place {
    std::string name;
    at::ScalarType dtype = at::kFloat;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  template <typename... Args>
  void require(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    if (!condition) {
      fail("{}: not a safetensors file, or a damaged one: {}", file_.name(),
           fmt::format(format, std::forward<Args>(args)...));
    }
  }

  [[nodiscard]] ordered_json read_header() {
    std::uint64_t size = 0;
    require(file_.size() >= sizeof size, "it has {} bytes", file_.size());
    file_.read_at(0, &size, sizeof size);
    require(size >= 2 && size <= kMaxSafetensorsHeader && size <= file_.size() - sizeof size,
            "a header of {} bytes in {}", size, file_.size());
    data_begin_ = sizeof size + size;
    std::string text(size, '\0');
    file_.read_at(sizeof size, text.data(), size);
    require(text.front() == '{', "the header does not begin with \"{{\"");
    try {
      // A header is an object of objects of lists; deeper nesting would only cost memory.
      return ordered_json::parse(text, [this](int depth, auto event, const auto&) {
        using Event = ordered_json::parse_event_t;
        require(depth < 4 || (event != Event::object_start && event != Event::array_start),
                "the header is nested too deep");
        return true;
      });
    } catch (const nlohmann::json::exception&) {
      require(false, "the header is not JSON");
    }
    return {};
  }

  void read_metadata(const ordered_json& value) {
    require(value.is_object(), "\"{}\" is no object", kMetadataKey);
    for (const auto& [key, text] : value.items()) {
      require(text.is_string(), "metadata \"{}\" is no string", printable(key));
      result_.metadata[key] = text.get<std::string>();
    }
  }

  [[nodiscard]] Place read_place(const std::string& name, const ordered_json& value) const {
    const std::string shown = printable(name);
    require(value.is_object() && value.size() == 3 && value.contains("dtype") &&
                value.contains("shape") && value.contains("data_offsets"),
            "tensor \"{}\": expected dtype, shape and data_offsets", shown);
    Place place = {.name = name};
    const ordered_json& dtype = value["dtype"];
    const auto* type = std::find_if(
        kSafetensorsTypes.begin(), kSafetensorsTypes.end(),
        [&](const SafetensorsType& known) { return dtype.is_string() && dtype == known.name; });
    require(type != kSafetensorsTypes.end(), "tensor \"{}\": unknown dtype {}", shown,
            printable(dtype.dump(-1, ' ', true, ordered_json::error_handler_t::replace)));
    place.dtype = type->dtype;
    const std::vector<std::uint64_t> offsets = numbers(value["data_offsets"], shown);
    require(offsets.size() == 2 && offsets[0] <= offsets[1],
            "tensor \"{}\": expected two offsets, the second not less than the first", shown);
    place.begin = offsets[0];
    place.end = offsets[1];
    auto bytes = static_cast<std::int64_t>(c10::elementSize(place.dtype));
    bool is_empty = false;
    for (const std::uint64_t size : numbers(value["shape"], shown)) {
      require(size <= INT64_MAX &&
                  !__builtin_mul_overflow(bytes, std::max<std::uint64_t>(size, 1), &bytes),
              "tensor \"{}\": its shape overflows", shown);
      is_empty = is_empty || size == 0;
      place.shape.push_back(static_cast<std::int64_t>(size));
    }
    require(place.shape.size() <= kMaxSafetensorsDimensions, "tensor \"{}\": {} dimensions", shown,
            place.shape.size());
    const std::uint64_t expected = is_empty ? 0 : static_cast<std::uint64_t>(bytes);
    require(place.end - place.begin == expected,
            "tensor \"{}\": {} bytes of {} in the shape [{}], which takes {}", shown,
            place.end - place.begin, type->name, fmt::join(place.shape, ", "), expected);
    return place;
  }

  [[nodiscard]] std::vector<std::uint64_t> numbers(const ordered_json& list,
                                                   const std::string& shown) const {
    std::vector<std::uint64_t> result;
    require(list.is_array(), "tensor \"{}\": expected a list of whole numbers", shown);
    for (const ordered_json& number : list) {
      require(number.is_number_unsigned(), "tensor \"{}\": expected a list of whole numbers",
              shown);
      result.push_back(number.get<std::uint64_t>());
    }
    return result;
  }

  /// The bytes belong to one tensor each, from the first to the last of the file.
  void check_places() const {
    std::vector<const Place*> sorted;
    for (const Place& place : places_) {
      sorted.push_back(&place);
    }
    std::sort(sorted.begin(), sorted.end(), [](const Place* a, const Place* b) {
      return std::tie(a->begin, a->end) < std::tie(b->begin, b->end);
    });
    std::uint64_t end = 0;
    for (const Place* place : sorted) {
      require(place->begin == end,
              "tensor \"{}\" begins at byte {}, and the one before it ends at {}",
              printable(place->name), place->begin, end);
      end = place->end;
    }
    require(end == file_.size() - data_begin_, "its tensors have {} bytes, and it has {} for them",
            end, file_.size() - data_begin_);
  }

  [[nodiscard]] at::Tensor tensor(const Place& place) const {
    const at::Tensor data = at::empty(
        place.shape, at::TensorOptions(place.dtype == at::kBool ? at::kByte : place.dtype));
    if (place.end > place.begin) {
      file_.read_at(data_begin_ + place.begin, data.mutable_data_ptr(), place.end - place.begin);
    }
    return place.dtype == at::kBool ? data.ne(0) : data;  // a bool other than 0 and 1 is none
  }

  InputFile file_;
  std::uint64_t data_begin_ = 0;
  std::vector<Place> places_;
  Safetensors result_;
};

}  // namespace

void save_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                      const std::map<std::string, std::string>& metadata) {
  ordered_json header = ordered_json::object();
  if (!metadata.empty()) {
    header[kMetadataKey] = ordered_json::object();
  }
  for (const auto& [key, text] : metadata) {
    check(is_utf8(key) && is_utf8(text), "save_safetensors: metadata \"{}\": expected UTF-8",
          printable(key));
    header[kMetadataKey][key] = text;
  }
  // The widest first, so that each begins at a multiple of its elements' size.
  std::vector<NamedTensor> named = named_tensors(tensors);
  std::sort(named.begin(), named.end(), [](const NamedTensor& a, const NamedTensor& b) {
    return std::tie(b.rank, a.name) < std::tie(a.rank, b.name);
  });
  std::uint64_t end = 0;
  std::vector<std::string_view> pieces(2);
  for (const NamedTensor& item : named) {
    const std::uint64_t begin = end;
    end += item.tensor.nbytes();
    header[item.name] = {{"dtype", kSafetensorsTypes[item.rank].name},
                         {"shape", item.tensor.sizes().vec()},
                         {"data_offsets", {begin, end}}};
    pieces.emplace_back(static_cast<const char*>(item.tensor.const_data_ptr()),
                        item.tensor.nbytes());
  }
  std::string text = header.dump();
  text.resize((text.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
  check(text.size() <= kMaxSafetensorsHeader,
        "save_safetensors: the names and metadata take {} bytes, more than the format's {}",
        text.size(), kMaxSafetensorsHeader);
  const std::uint64_t size = text.size();
  pieces[0] = {reinterpret_cast<const char*>(&size), sizeof size};
  pieces[1] = text;
  write_file(path, pieces);
}

Safetensors load_safetensors(const std::filesystem::path& path) {
  return SafetensorsReader(path).read();
}

}  // namespace grapevine::io
