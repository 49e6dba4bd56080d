#include "grapevine/io/detail/pickle_text.h"

#include <charconv>
#include <cstddef>
#include <system_error>

namespace grapevine::io {
namespace {

/// The character whose code is written in `digits` hexadecimal digits at the front of `text`.
std::optional<char> hexadecimal(std::string_view text, std::size_t digits) {
  unsigned code = 0;
  if (text.size() < digits) {
    return std::nullopt;
  }
  const char* end = text.data() + digits;
  const auto [stop, error] = std::from_chars(text.data(), end, code, 16);
  if (error != std::errc() || stop != end || code > 0xFF) {
    return std::nullopt;
  }
  return static_cast<char>(code);
}

/// What the one character after a backslash means.
std::optional<char> simple_escape(char character) {
  constexpr std::string_view kEscapes = "\\'\"abfnrtv";
  constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
  const std::size_t at = kEscapes.find(character);
  return at == std::string_view::npos ? std::nullopt : std::optional(kMeanings[at]);
}

}  // namespace

std::optional<std::string> unquote_string(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != literal.back() ||
      (literal.front() != '\'' && literal.front() != '"')) {
    return std::nullopt;
  }
  const std::string_view inside = literal.substr(1, literal.size() - 2);
  std::string result;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\') {
      result += inside[i];
      continue;
    }
    if (++i == inside.size()) {
      return std::nullopt;
    }
    const bool is_code = inside[i] == 'x';
    const std::optional<char> character =
        is_code ? hexadecimal(inside.substr(i + 1), 2) : simple_escape(inside[i]);
    if (!character) {
      return std::nullopt;
    }
    result += *character;
    i += is_code ? 2 : 0;
  }
  return result;
}

std::optional<std::string> unescape_unicode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool short_code = text.substr(i).starts_with("\\u");
    if (!short_code && !text.substr(i).starts_with("\\U")) {
      result += text[i];
      continue;
    }
    const std::size_t digits = short_code ? 4 : 8;
    const std::optional<char> character = hexadecimal(text.substr(i + 2), digits);
    if (!character) {
      return std::nullopt;
    }
    result += *character;
    i += 1 + digits;
  }
  return result;
}

std::optional<std::string> latin1_from_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      result += text[i];
      continue;
    }
    const unsigned next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if ((byte != 0xC2 && byte != 0xC3) || next < 0x80 || next > 0xBF) {
      return std::nullopt;
    }
    result += static_cast<char>(((byte & 0x3) << 6) | (next & 0x3F));
    ++i;
  }
  return result;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0 || text.size() - i < length) {
      return false;
    }
    unsigned code = length == 1 ? lead : lead & (0x7F >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) {
        return false;
      }
      code = code << 6 | (next & 0x3F);
    }
    const bool is_surrogate = code >= 0xD800 && code < 0xE000;
    const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (is_surrogate || is_overlong || code > 0x10FFFF) {
      return false;
    }
    i += length;
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string result(text.substr(0, 60));
  for (char& character : result) {
    character = character < ' ' || character > '~' ? '?' : character;
  }
  return result;
}

}  // namespace grapevine::io
