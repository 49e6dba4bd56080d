#include "grapevine/io/detail/pickle.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "grapevine/io/detail/pickle_code.h"
#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

using namespace pickle_code;

static_assert(std::endian::native == std::endian::little, "files are read as they lie");

/// Python's stack machine, reduced to what arrays need.
class Machine {
 public:
  Machine(Pickle& pickle, PickleDialect dialect)
      : pickle_(pickle), bytes_(*pickle.file), is_torch_(dialect == PickleDialect::kTorch) {}

  void run() {
    while (true) {
      opcode_at_ = position_;
      const auto opcode = number<unsigned char>();
      if (opcode == kStop) {
        break;
      }
      const bool known = push_number(opcode) || push_text(opcode) || use_memo(opcode) ||
                         make_tuple(opcode) || make_container(opcode) || use_global(opcode) ||
                         (is_torch_ && use_torch(opcode));
      require(known, "opcode 0x{:02x} is not one that numbers and {} need", opcode,
              is_torch_ ? "tensors" : "arrays");
    }
    require(marks_.empty() && stack_.size() == 1, "stops with {} values, expected 1",
            stack_.size());
    require(position_ == bytes_.size(), "goes on after its end");
    pickle_.root = stack_.front();
  }

 private:
  template <typename... Args>
  void require(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    if (!condition) [[unlikely]] {
      fail("{}: not a pickle that can be read: at byte {}: {}", pickle_.name, opcode_at_,
           fmt::format(format, std::forward<Args>(args)...));
    }
  }

  std::string_view take(std::uint64_t count) {
    require(count <= bytes_.size() - position_, "the file ends within it");
    const std::string_view result = bytes_.substr(position_, count);
    position_ += count;
    return result;
  }

  template <typename Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string_view line() {
    const std::size_t end = bytes_.find('\n', position_);
    require(end != std::string_view::npos, "the file ends within a line");
    const std::string_view result = take(end - position_);
    ++position_;
    return result;
  }

  std::int64_t decimal(std::string_view text) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    require(error == std::errc() && end == text.data() + text.size(),
            "expected a 64-bit integer, got \"{}\"", printable(text));
    return value;
  }

  // Values below the last mark are out of reach, as in Python.
  [[nodiscard]] std::size_t reachable() const {
    return stack_.size() - (marks_.empty() ? 0 : marks_.back());
  }

  PickleValue pop() {
    require(reachable() > 0, "nothing is there to work on");
    const PickleValue value = stack_.back();
    stack_.pop_back();
    return value;
  }

  [[nodiscard]] const PickleValue& top() const {
    require(reachable() > 0, "nothing is there to work on");
    return stack_.back();
  }

  std::vector<PickleValue> pop_many(std::size_t count) {
    require(reachable() >= count, "expected {} values to work on, got {}", count, reachable());
    const auto begin = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<PickleValue> values(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    return values;
  }

  std::vector<PickleValue> pop_to_mark() {
    require(!marks_.empty(), "nothing was marked");
    std::vector<PickleValue> values = pop_many(reachable());
    marks_.pop_back();
    return values;
  }

  bool push(const PickleValue& value) {
    stack_.push_back(value);
    return true;
  }

  bool push_int(std::int64_t value) { return push({.kind = PickleKind::kInt, .number = value}); }

  bool push_bool(bool value) { return push({.kind = PickleKind::kBool, .number = value}); }

  bool push_holder(PickleKind kind, std::vector<PickleValue> items) {
    pickle_.items.push_back(std::move(items));
    return push({.kind = kind, .items = pickle_.items.size() - 1});
  }

  std::vector<PickleValue>& items_of(const PickleValue& value) {
    return pickle_.items[value.items];
  }

  // Groups of opcodes. Each says whether the opcode was one of them.

  bool push_number(unsigned char opcode) {
    switch (opcode) {
      case kProto: {
        const int protocol = number<std::uint8_t>();
        require(protocol <= kMaxProtocol, "protocol {}: expected at most {}", protocol,
                kMaxProtocol);
        return true;
      }
      case kNone:
        return push({});
      case kNewTrue:
        return push_bool(true);
      case kNewFalse:
        return push_bool(false);
      case kBinInt:
        return push_int(number<std::int32_t>());
      case kBinInt1:
        return push_int(number<std::uint8_t>());
      case kBinInt2:
        return push_int(number<std::uint16_t>());
      case kInt: {
        const std::string_view text = line();
        return text == "00" || text == "01" ? push_bool(text == "01") : push_int(decimal(text));
      }
      case kLong: {
        const std::string_view text = line();
        return push_int(decimal(text.ends_with('L') ? text.substr(0, text.size() - 1) : text));
      }
      case kLong1:
        return push_long(take(number<std::uint8_t>()));
      default:
        return false;
    }
  }

  /// Two's complement, as many bytes as it takes.
  bool push_long(std::string_view digits) {
    std::int64_t value = 0;
    require(digits.size() <= sizeof value, "an integer of {} bytes", digits.size());
    value = !digits.empty() && static_cast<signed char>(digits.back()) < 0 ? -1 : 0;
    std::memcpy(&value, digits.data(), digits.size());
    return push_int(value);
  }

  bool push_text(unsigned char opcode) {
    switch (opcode) {
      case kShortBinString:
        return push({.kind = PickleKind::kBytes, .text = take(number<std::uint8_t>())});
      case kBinString:  // a length below 0 is beyond any file
        return push({.kind = PickleKind::kBytes, .text = take(number<std::uint32_t>())});
      case kBinUnicode:
        return push(
            {.kind = PickleKind::kText, .utf8 = true, .text = take(number<std::uint32_t>())});
      case kString:
        return push_decoded(PickleKind::kBytes, unquote_string(line()));
      case kUnicode:
        return push_decoded(PickleKind::kText, unescape_unicode(line()));
      default:
        return false;
    }
  }

  bool push_decoded(PickleKind kind, std::optional<std::string> text) {
    require(text.has_value(), "the string is malformed");
    pickle_.texts.push_back(std::move(*text));
    return push({.kind = kind, .text = pickle_.texts.back()});
  }

  bool use_memo(unsigned char opcode) {
    switch (opcode) {
      case kPut:
        return put(static_cast<std::uint64_t>(decimal(line())));
      case kBinPut:
        return put(number<std::uint8_t>());
      case kLongBinPut:
        return put(number<std::uint32_t>());
      case kGet:
        return get(static_cast<std::uint64_t>(decimal(line())));
      case kBinGet:
        return get(number<std::uint8_t>());
      case kLongBinGet:
        return get(number<std::uint32_t>());
      default:
        return false;
    }
  }

  bool put(std::uint64_t key) {
    memo_[key] = top();
    return true;
  }

  bool get(std::uint64_t key) {
    const auto found = memo_.find(key);
    require(found != memo_.end(), "nothing was kept under {}", key);
    return push(found->second);
  }

  bool make_tuple(unsigned char opcode) {
    switch (opcode) {
      case kMark:
        marks_.push_back(stack_.size());
        return true;
      case kEmptyTuple:
        return push_holder(PickleKind::kTuple, {});
      case kTuple1:
      case kTuple2:
      case kTuple3:
        return push_holder(PickleKind::kTuple, pop_many(opcode - kTuple1 + std::size_t{1}));
      case kTuple:
        return push_holder(PickleKind::kTuple, pop_to_mark());
      default:
        return false;
    }
  }

  bool make_container(unsigned char opcode) {
    switch (opcode) {
      case kEmptyList:
        return push_holder(PickleKind::kList, {});
      case kList:
        return push_holder(PickleKind::kList, pop_to_mark());
      case kAppend:
        return extend(PickleKind::kList, pop_many(1));
      case kAppends:
        return extend(PickleKind::kList, pop_to_mark());
      case kEmptyDict:
        return push_holder(PickleKind::kDict, {});
      case kDict:
        return push_dict(pop_to_mark());
      case kSetItem:
        return extend(PickleKind::kDict, pop_many(2));
      case kSetItems:
        return extend(PickleKind::kDict, pop_to_mark());
      default:
        return false;
    }
  }

  bool push_dict(std::vector<PickleValue> items) {
    require(items.size() % 2 == 0, "a key without a value");
    return push_holder(PickleKind::kDict, std::move(items));
  }

  bool extend(PickleKind kind, const std::vector<PickleValue>& more) {
    const bool is_dict = kind == PickleKind::kDict;
    require(top().kind == kind, "expected a {} to add to", is_dict ? "dict" : "list");
    require(!is_dict || more.size() % 2 == 0, "a key without a value");
    std::vector<PickleValue>& items = items_of(top());
    items.insert(items.end(), more.begin(), more.end());
    return true;
  }

  bool use_global(unsigned char opcode) {
    switch (opcode) {
      case kGlobal:
        return push_global();
      case kReduce:
        return call();
      case kNewObj:
        return push_new();
      case kBuild:
        return build();
      default:
        return false;
    }
  }

  bool use_torch(unsigned char opcode) {
    switch (opcode) {
      case kBinFloat:
        return push_float(number<std::uint64_t>());
      case kBinPersId: {
        const PickleValue id = pop();
        require(id.kind == PickleKind::kTuple, "expected a tuple that names a storage");
        return push({.kind = PickleKind::kStorage, .items = id.items});
      }
      default:
        return false;
    }
  }

  /// Unlike everything else, floats are big-endian.
  bool push_float(std::uint64_t bits) {
    return push(
        {.kind = PickleKind::kFloat, .real = std::bit_cast<double>(__builtin_bswap64(bits))});
  }

  bool push_global() {
    const std::string_view module = line();
    const std::string_view name = line();
    for (const GlobalName& known : kGlobals) {
      if (known.module == module && known.name == name &&
          is_torch_ == (known.dialect == PickleDialect::kTorch)) {
        return push({.kind = PickleKind::kGlobal, .number = known.global});
      }
    }
    for (std::size_t i = 0; is_torch_ && module == "torch" && i < kStorageNames.size(); ++i) {
      if (kStorageNames[i].name == name) {
        return push(
            {.kind = PickleKind::kGlobal, .number = kStorageClass + static_cast<std::int64_t>(i)});
      }
    }
    require(false, "the global \"{} {}\" is refused", printable(module), printable(name));
    return false;
  }

  bool push_new() {
    const std::vector<PickleValue> call = pop_many(2);
    require(
        is(call[0], kCsrMatrix) && call[1].kind == PickleKind::kTuple && items_of(call[1]).empty(),
        "expected a new csr_matrix without arguments");
    return push_holder(PickleKind::kMatrix, {});
  }

  static bool is(const PickleValue& value, Global global) {
    return value.kind == PickleKind::kGlobal && value.number == global;
  }

  bool call() {
    const std::vector<PickleValue> call = pop_many(2);
    require(call[0].kind == PickleKind::kGlobal && call[1].kind == PickleKind::kTuple,
            "expected a call of a global");
    const std::vector<PickleValue>& arguments = items_of(call[1]);
    const std::size_t count = arguments.size();
    switch (call[0].number) {
      case kReconstructArray:
        require(count == 3 && is(arguments[0], kNdarray), "expected a new ndarray");
        return push_holder(PickleKind::kArray, {});
      case kDtypeClass:
        require(count >= 1, "expected the type of a dtype");
        return push_holder(PickleKind::kDtype, {arguments[0]});
      case kDefaultDict:
        require(count == 0 || (count == 1 && is(arguments[0], kListClass)),
                "expected a defaultdict of lists");
        return push_holder(PickleKind::kDict, {});
      case kReconstructObject:
        require(count == 3 && is(arguments[0], kCsrMatrix) && is(arguments[1], kObject) &&
                    arguments[2].kind == PickleKind::kNone,
                "expected a new csr_matrix");
        return push_holder(PickleKind::kMatrix, {});
      case kEncode:
        return encode(arguments);
      case kOrderedDict:
        require(count == 0, "expected a new OrderedDict without arguments");
        return push_holder(PickleKind::kDict, {});
      case kRebuildTensor:
        return push({.kind = PickleKind::kTensor, .items = call[1].items});
      case kRebuildParameter:
        require(count == 3 && arguments[0].kind == PickleKind::kTensor,
                "expected a parameter of a tensor");
        return push(arguments[0]);
      default:
        require(false, "expected a function to call, got a class");
        return false;
    }
  }

  /// How Python 3 writes bytes: as the text of the same Latin-1 characters. Decoded when used, as
  /// one text may be used many times.
  bool encode(const std::vector<PickleValue>& arguments) {
    require(arguments.size() == 2 && arguments[0].kind == PickleKind::kText &&
                arguments[1].text == "latin1",
            "expected text to encode as latin1");
    PickleValue bytes = arguments[0];
    bytes.kind = PickleKind::kBytes;
    return push(bytes);
  }

  bool build() {
    const PickleValue state = pop();
    const PickleKind kind = top().kind;
    if (is_torch_) {  // a state_dict's attribute _metadata, which loading does not need
      require(kind == PickleKind::kDict && state.kind == PickleKind::kDict,
              "expected attributes of an OrderedDict");
      return true;
    }
    require(kind == PickleKind::kArray || kind == PickleKind::kDtype || kind == PickleKind::kMatrix,
            "expected an array, a dtype or a matrix to give a state to");
    std::vector<PickleValue>& items = items_of(top());
    items.resize(kind == PickleKind::kDtype ? 1 : 0);
    items.push_back(state);
    return true;
  }

  Pickle& pickle_;
  std::string_view bytes_;
  bool is_torch_;
  std::size_t position_ = 0;
  std::size_t opcode_at_ = 0;
  std::vector<PickleValue> stack_;
  std::vector<std::size_t> marks_;  ///< sizes that the stack had
  std::unordered_map<std::uint64_t, PickleValue> memo_;
};

}  // namespace

Pickle read_pickle(std::string bytes, std::string name, PickleDialect dialect) {
  Pickle pickle;
  pickle.name = std::move(name);
  pickle.file = std::make_unique<const std::string>(std::move(bytes));
  Machine(pickle, dialect).run();
  return pickle;
}

}  // namespace grapevine::io
