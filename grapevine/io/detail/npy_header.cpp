#include "grapevine/io/detail/npy_header.h"

#include <charconv>
#include <set>
#include <system_error>

#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

constexpr std::size_t kMaxDimensions = 32;

/// A reader of the few Python literals that numpy writes.
class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  NpyHeader parse() {
    NpyHeader header;
    std::set<std::string> seen;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        header.descr = descr();
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
      } else if (key == "shape") {
        header.shape = shape();
      } else {
        fail("{}: its header has the unexpected key \"{}\"", file_, key);
      }
      check(seen.insert(key).second, "{}: its header has the key \"{}\" twice", file_, key);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    for (const char* key : {"descr", "fortran_order", "shape"}) {
      check(seen.contains(key), "{}: its header lacks the key \"{}\"", file_, key);
    }
    skip_space();
    check(position_ == text_.size(), "{}: its header goes on after the dict", file_);
    return header;
  }

 private:
  void skip_space() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n' ||
                                        text_[position_] == '\t' || text_[position_] == '\r')) {
      ++position_;
    }
  }

  [[nodiscard]] char peek() {
    skip_space();
    return position_ < text_.size() ? text_[position_] : '\0';
  }

  bool accept(char expected) {
    if (peek() != expected || position_ >= text_.size()) {
      return false;
    }
    ++position_;
    return true;
  }

  void expect(char expected) {
    check(accept(expected), "{}: its header is not a dict as numpy writes it: expected '{}' at {}",
          file_, expected, position_);
  }

  std::string quoted() {
    const char quote = peek();
    check(quote == '\'' || quote == '"',
          "{}: its header is not a dict as numpy writes it: expected a string at {}", file_,
          position_);
    const std::size_t end = text_.find(quote, position_ + 1);
    check(end != std::string_view::npos, "{}: its header has a string without an end", file_);
    std::string result(text_.substr(position_ + 1, end - position_ - 1));
    for (char& character : result) {
      character = character < ' ' || character > '~' ? '?' : character;
    }
    position_ = end + 1;
    return result;
  }

  std::string descr() {
    check(peek() != '[', "{}: expected an array of numbers, got one of records", file_);
    return quoted();
  }

  bool boolean() {
    skip_space();
    for (const auto& [word, value] :
         {std::pair{std::string_view("True"), true}, {"False", false}}) {
      if (text_.substr(position_, word.size()) == word) {
        position_ += word.size();
        return value;
      }
    }
    fail("{}: its header's fortran_order is neither True nor False", file_);
  }

  std::int64_t integer() {
    skip_space();
    std::int64_t value = 0;
    const char* begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    check(error == std::errc(), "{}: its header's shape is not a tuple of 64-bit integers", file_);
    check(value >= 0, "{}: its header's shape has the negative size {}", file_, value);
    position_ += static_cast<std::size_t>(end - begin);
    accept('L');  // numpy under Python 2 wrote long integers so
    return value;
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> sizes;
    expect('(');
    while (!accept(')')) {
      sizes.push_back(integer());
      check(sizes.size() <= kMaxDimensions, "{}: expected at most {} dimensions", file_,
            kMaxDimensions);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t position_ = 0;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view text, const std::string& file) {
  return Parser(text, file).parse();
}

}  // namespace grapevine::io
