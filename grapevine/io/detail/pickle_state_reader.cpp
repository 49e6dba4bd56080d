#include <ATen/ops/as_strided.h>

#include <algorithm>
#include <map>
#include <utility>

#include "grapevine/io/detail/pickle_code.h"
#include "grapevine/io/detail/pickle_state.h"
#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/util/error.h"

namespace grapevine::io::detail {
namespace {

constexpr std::size_t kMaxStateDimensions = 64;  // as many as PyTorch allows

/// Makes values of those of a pickle. What occurs at several places is made once, so that a small
/// file cannot become large by naming one list twice in a list, and that twice in another.
class StateReader {
 public:
  StateReader(const Pickle& pickle, const StorageSource& storages)
      : pickle_(pickle), storages_(storages) {}

  [[nodiscard]] StateValue root() { return value(pickle_.root, kMaxStateDepth).value; }

 private:
  struct Made {
    StateValue value;
    int height = 0;  ///< how deep it is nested within
  };

  [[nodiscard]] Made value(const PickleValue& source, int room) {
    switch (source.kind) {
      case PickleKind::kNone:
        return {};
      case PickleKind::kBool:
        return {source.number != 0};
      case PickleKind::kInt:
        return {source.number};
      case PickleKind::kFloat:
        return {source.real};
      case PickleKind::kText:
        return {text(source)};
      case PickleKind::kTensor:
      case PickleKind::kTuple:
      case PickleKind::kList:
      case PickleKind::kDict:
        return shared(source, room);
      default:
        fail("{}: holds a value that is no str, number, bool, None, list, tuple, dict or Tensor",
             pickle_.name);
    }
  }

  [[nodiscard]] std::string text(const PickleValue& source) const {
    check(is_utf8(source.text), "{}: the str \"{}\" is not UTF-8", pickle_.name,
          printable(source.text));
    return std::string(source.text);
  }

  [[nodiscard]] Made shared(const PickleValue& source, int room) {
    const std::pair key(source.kind, source.items);
    const auto found = made_.find(key);
    // What is not finished yet contains itself, and so is deeper than anything.
    check(room > 0 && (found == made_.end() || found->second.height <= room),
          "{}: values are nested deeper than {}", pickle_.name, kMaxStateDepth);
    if (found != made_.end()) {
      return found->second;
    }
    made_[key].height = kMaxStateDepth;
    Made result = source.kind == PickleKind::kTensor ? Made{tensor(pickle_.items_of(source))}
                  : source.kind == PickleKind::kDict ? dict(pickle_.items_of(source), room - 1)
                                                     : list(source, room - 1);
    ++result.height;
    made_[key] = result;
    return result;
  }

  [[nodiscard]] Made list(const PickleValue& source, int room) {
    StateList items;
    int height = 0;
    for (const PickleValue& item : pickle_.items_of(source)) {
      Made made = value(item, room);
      height = std::max(height, made.height);
      items.push_back(std::move(made.value));
    }
    return source.kind == PickleKind::kTuple ? Made{StateTuple{std::move(items)}, height}
                                             : Made{std::move(items), height};
  }

  [[nodiscard]] Made dict(const std::vector<PickleValue>& items, int room) {
    StateDict result;
    int height = 0;
    for (std::size_t i = 0; i < items.size(); i += 2) {
      const bool is_text = items[i].kind == PickleKind::kText;
      check(is_text || items[i].kind == PickleKind::kInt,
            "{}: a dict has a key that is neither str nor int", pickle_.name);
      Made made = value(items[i + 1], room);
      height = std::max(height, made.height);
      result.set(is_text ? StateKey(text(items[i])) : StateKey(items[i].number),
                 std::move(made.value));
    }
    return {std::move(result), height};
  }

  /// Arguments of torch._utils._rebuild_tensor_v2: storage, offset, sizes, strides, whether it
  /// requires a gradient, hooks and perhaps metadata.
  [[nodiscard]] at::Tensor tensor(const std::vector<PickleValue>& arguments) {
    check((arguments.size() == 6 || arguments.size() == 7) &&
              arguments[0].kind == PickleKind::kStorage && arguments[1].kind == PickleKind::kInt,
          "{}: a tensor: expected a storage, an offset, sizes and strides", pickle_.name);
    const at::Tensor storage = this->storage(pickle_.items_of(arguments[0]));
    const std::int64_t offset = arguments[1].number;
    const std::vector<std::int64_t> sizes = numbers(arguments[2], "sizes");
    const std::vector<std::int64_t> strides = numbers(arguments[3], "strides");
    check(sizes.size() == strides.size() && sizes.size() <= kMaxStateDimensions,
          "{}: a tensor: {} sizes and {} strides", pickle_.name, sizes.size(), strides.size());
    check(fits(storage.numel(), offset, sizes, strides),
          "{}: a tensor: sizes [{}], strides [{}] and offset {} reach beyond its storage of {} "
          "elements",
          pickle_.name, fmt::join(sizes, ", "), fmt::join(strides, ", "), offset, storage.numel());
    return at::as_strided(storage, sizes, strides, offset);
  }

  [[nodiscard]] std::vector<std::int64_t> numbers(const PickleValue& tuple,
                                                  std::string_view what) const {
    check(tuple.kind == PickleKind::kTuple, "{}: a tensor: expected a tuple of {}", pickle_.name,
          what);
    std::vector<std::int64_t> result;
    for (const PickleValue& item : pickle_.items_of(tuple)) {
      check(item.kind == PickleKind::kInt && item.number >= 0,
            "{}: a tensor: expected {} of 0 or more", pickle_.name, what);
      result.push_back(item.number);
    }
    return result;
  }

  static bool fits(std::int64_t room, std::int64_t offset, const std::vector<std::int64_t>& sizes,
                   const std::vector<std::int64_t>& strides) {
    bool overflow = false;
    bool empty = false;
    std::int64_t count = 1;
    std::int64_t last = offset;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      std::int64_t reach = 0;
      empty = empty || sizes[i] == 0;
      const std::int64_t size = std::max<std::int64_t>(sizes[i], 1);
      overflow = overflow || __builtin_mul_overflow(count, size, &count) ||
                 __builtin_mul_overflow(size - 1, strides[i], &reach) ||
                 __builtin_add_overflow(last, reach, &last);
    }
    return !overflow && offset >= 0 && (empty ? offset <= room : last < room);
  }

  /// A persistent id: "storage", its class, its key, where it was, and how many elements it has.
  [[nodiscard]] at::Tensor storage(const std::vector<PickleValue>& id) {
    const bool is_storage =
        id.size() == 5 && id[0].kind == PickleKind::kText && id[0].text == "storage" &&
        id[1].kind == PickleKind::kGlobal && id[1].number >= pickle_code::kStorageClass &&
        id[2].kind == PickleKind::kText && id[4].kind == PickleKind::kInt && id[4].number >= 0;
    check(is_storage, "{}: a tensor: expected a storage of numbers", pickle_.name);
    const at::ScalarType dtype =
        pickle_code::kStorageNames
            .at(static_cast<std::size_t>(id[1].number - pickle_code::kStorageClass))
            .dtype;
    const std::string key(id[2].text);
    const auto found = storages_read_.find(key);
    if (found == storages_read_.end()) {
      return storages_read_.emplace(key, storages_(key, dtype, id[4].number)).first->second;
    }
    check(found->second.scalar_type() == dtype && found->second.numel() == id[4].number,
          "{}: storage \"{}\": used as {} {} and as {} {}", pickle_.name, printable(key),
          found->second.numel(), at::toString(found->second.scalar_type()), id[4].number,
          at::toString(dtype));
    return found->second;
  }

  const Pickle& pickle_;
  const StorageSource& storages_;
  std::map<std::pair<PickleKind, std::size_t>, Made> made_;
  std::map<std::string, at::Tensor> storages_read_;
};

}  // namespace

StateValue read_state(const Pickle& pickle, const StorageSource& storages) {
  return StateReader(pickle, storages).root();
}

}  // namespace grapevine::io::detail
