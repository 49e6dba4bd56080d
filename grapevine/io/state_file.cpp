#include "grapevine/io/state_file.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/ne.h>

#include <array>
#include <optional>

#include "grapevine/io/detail/pickle_state.h"
#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/io/detail/zip_archive.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

/// The folder within the archives that are written.
constexpr std::string_view kStateFolder = "archive/";
constexpr std::string_view kStatePickle = "data.pkl";

std::string_view memory_of(const at::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

/// Reads the records of one file.
class StateFile {
 public:
  explicit StateFile(const std::filesystem::path& path) : archive_(path) { find_folder(); }

  [[nodiscard]] StateValue read() const {
    check_byte_order();
    const Pickle pickle = read_pickle(archive_.read(folder_ + std::string(kStatePickle)),
                                      archive_.file(), PickleDialect::kTorch);
    return detail::read_state(
        pickle, [this](const std::string& key, at::ScalarType dtype, std::int64_t num_elements) {
          return storage(key, dtype, num_elements);
        });
  }

 private:
  /// The folder that holds everything bears any name.
  void find_folder() {
    for (const std::string& name : archive_.names()) {
      const std::size_t slash = name.find('/');
      if (slash != std::string::npos && name.substr(slash + 1) == kStatePickle) {
        check(folder_.empty(), "{}: not a file of torch.save: more than one data.pkl",
              archive_.file());
        folder_ = name.substr(0, slash + 1);
      }
    }
    check(!folder_.empty(), "{}: not a file of torch.save: no data.pkl in the zip archive",
          archive_.file());
  }

  void check_byte_order() const {
    const std::string record = folder_ + "byteorder";
    if (archive_.contains(record)) {
      const std::string order = archive_.read(record);
      check(order == "little", "{}: byte order \"{}\": expected \"little\"", archive_.file(),
            printable(order));
    }
  }

  [[nodiscard]] at::Tensor storage(const std::string& key, at::ScalarType dtype,
                                   std::int64_t num_elements) const {
    const std::string record = folder_ + "data/" + key;
    const std::uint64_t bytes = archive_.size(record);
    const std::uint64_t item = c10::elementSize(dtype);
    check(bytes % item == 0 && static_cast<std::uint64_t>(num_elements) == bytes / item,
          "{}: storage \"{}\": expected {} elements of {}, got {} bytes", archive_.file(),
          printable(key), num_elements, at::toString(dtype), bytes);
    const at::Tensor data =
        at::empty({num_elements}, at::TensorOptions(dtype == at::kBool ? at::kByte : dtype));
    if (bytes > 0) {
      archive_.read(record, data.mutable_data_ptr());
    }
    return dtype == at::kBool ? data.ne(0) : data;  // a bool other than 0 and 1 is none
  }

  detail::ZipReader archive_;
  std::string folder_;
};

}  // namespace

StateValue::StateValue(StateList value)
    : value_(std::make_shared<const StateList>(std::move(value))) {}
StateValue::StateValue(StateTuple value)
    : value_(std::make_shared<const StateTuple>(std::move(value))) {}
StateValue::StateValue(StateDict value)
    : value_(std::make_shared<const StateDict>(std::move(value))) {}

std::string_view StateValue::type_name() const {
  constexpr std::array<std::string_view, 9> kNames = {"None",   "bool", "int",   "float", "str",
                                                      "Tensor", "list", "tuple", "dict"};
  return kNames.at(value_.index());
}

StateDict::StateDict(std::initializer_list<std::pair<StateKey, StateValue>> entries) {
  for (const auto& [key, value] : entries) {
    set(key, value);
  }
}

void StateDict::set(const StateKey& key, StateValue value) {
  const auto [place, is_new] = places_.emplace(key, entries_.size());
  if (is_new) {
    entries_.emplace_back(key, std::move(value));
  } else {
    entries_[place->second].second = std::move(value);
  }
}

const StateValue* StateDict::find(const StateKey& key) const {
  const auto found = places_.find(key);
  return found == places_.end() ? nullptr : &entries_[found->second].second;
}

void save_state(const std::filesystem::path& path, const StateValue& value) {
  const detail::PickledState state = detail::pickle_state(value);
  const std::string folder(kStateFolder);
  std::vector<detail::ZipRecord> records = {{folder + std::string(kStatePickle), state.bytes},
                                            {folder + "byteorder", "little"}};
  for (std::size_t i = 0; i < state.storages.size(); ++i) {
    records.push_back({folder + "data/" + std::to_string(i), memory_of(state.storages[i])});
  }
  records.push_back({folder + "version", "3\n"});
  detail::write_zip(path, records);
}

StateValue load_state(const std::filesystem::path& path) { return StateFile(path).read(); }

}  // namespace grapevine::io
