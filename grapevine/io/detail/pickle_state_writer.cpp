#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <tuple>

#include "grapevine/io/detail/pickle_code.h"
#include "grapevine/io/detail/pickle_state.h"
#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/util/error.h"

namespace grapevine::io::detail {
namespace {

using namespace pickle_code;

/// Writes values as torch.save does, without the memo, which nothing here needs.
class StateWriter {
 public:
  PickledState write(const StateValue& root) {
    put(kProto);
    append_number<std::uint8_t>(kMaxProtocol);
    value(root, kMaxStateDepth);
    put(kStop);
    return std::move(state_);
  }

 private:
  void put(Opcode opcode) { state_.bytes += static_cast<char>(opcode); }

  template <typename Number>
  void append_number(Number number) {
    state_.bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }

  void value(const StateValue& source, int room) {
    if (source.is_none()) {
      put(kNone);
    } else if (const auto* flag = source.get_if<bool>()) {
      put(*flag ? kNewTrue : kNewFalse);
    } else if (const auto* number = source.get_if<std::int64_t>()) {
      integer(*number);
    } else if (const auto* real = source.get_if<double>()) {
      put(kBinFloat);
      append_number(__builtin_bswap64(std::bit_cast<std::uint64_t>(*real)));
    } else if (const auto* words = source.get_if<std::string>()) {
      text(*words);
    } else if (const auto* data = source.get_if<at::Tensor>()) {
      tensor(*data);
    } else {
      container(source, room);
    }
  }

  void container(const StateValue& source, int room) {
    check(room > 0, "save_state: values are nested deeper than {}", kMaxStateDepth);
    if (const auto* list = source.get_if<StateList>()) {
      put(kEmptyList);
      put(kMark);
      items(*list, room);
      put(kAppends);
    } else if (const auto* tuple = source.get_if<StateTuple>()) {
      put(kMark);
      items(tuple->items, room);
      put(kTuple);
    } else {
      dict(*source.get_if<StateDict>(), room);
    }
  }

  void integer(std::int64_t number) {
    if (number == static_cast<std::int32_t>(number)) {
      put(kBinInt);
      append_number(static_cast<std::int32_t>(number));
    } else {
      put(kLong1);
      append_number<std::uint8_t>(sizeof number);
      append_number(number);
    }
  }

  void text(const std::string& words) {
    check(is_utf8(words) && words.size() <= std::numeric_limits<std::uint32_t>::max(),
          "save_state: the string \"{}\" is not UTF-8", printable(words));
    put(kBinUnicode);
    append_number(static_cast<std::uint32_t>(words.size()));
    state_.bytes += words;
  }

  void items(const StateList& list, int room) {
    for (const StateValue& item : list) {
      value(item, room - 1);
    }
  }

  void dict(const StateDict& entries, int room) {
    put(kEmptyDict);
    put(kMark);
    for (const auto& [key, entry] : entries.entries()) {
      if (const auto* name = std::get_if<std::string>(&key)) {
        text(*name);
      } else {
        integer(std::get<std::int64_t>(key));
      }
      value(entry, room - 1);
    }
    put(kSetItems);
  }

  void global(Global which) {
    const auto* known = std::find_if(kGlobals.begin(), kGlobals.end(),
                                     [which](const auto& each) { return each.global == which; });
    name_global(known->module, known->name);
  }

  void name_global(std::string_view module, std::string_view name) {
    put(kGlobal);
    state_.bytes.append(module).append("\n").append(name).append("\n");
  }

  void tensor(const at::Tensor& source) {
    check(source.defined(), "save_state: expected a tensor, got an undefined one");
    const auto* storage =
        std::find_if(kStorageNames.begin(), kStorageNames.end(),
                     [&](const StorageName& each) { return each.dtype == source.scalar_type(); });
    check(source.layout() == at::kStrided && storage != kStorageNames.end() &&
              source.device().type() != at::kMeta,
          "save_state: a tensor of {} cannot be written", at::toString(source.scalar_type()));
    const at::Tensor data = source.detach().to(at::kCPU).contiguous().resolve_neg();
    global(kRebuildTensor);
    put(kMark);
    put(kMark);
    text("storage");
    name_global("torch", storage->name);
    text(std::to_string(number_of(data)));
    text("cpu");
    integer(data.numel());
    put(kTuple);
    put(kBinPersId);
    integer(0);
    numbers(data.sizes());
    numbers(data.strides());
    put(kNewFalse);
    global(kOrderedDict);
    put(kEmptyTuple);
    put(kReduce);
    put(kTuple);
    put(kReduce);
  }

  /// The number of a storage; tensors that are the same memory have one.
  std::size_t number_of(const at::Tensor& data) {
    const std::tuple memory(data.const_data_ptr(), data.numel(), data.scalar_type());
    const auto [found, is_new] = numbers_.emplace(memory, state_.storages.size());
    if (is_new) {
      state_.storages.push_back(data);
    }
    return found->second;
  }

  void numbers(at::IntArrayRef list) {
    put(kMark);
    for (const std::int64_t number : list) {
      integer(number);
    }
    put(kTuple);
  }

  PickledState state_;
  std::map<std::tuple<const void*, std::int64_t, at::ScalarType>, std::size_t> numbers_;
};

}  // namespace

PickledState pickle_state(const StateValue& value) { return StateWriter().write(value); }

}  // namespace grapevine::io::detail
