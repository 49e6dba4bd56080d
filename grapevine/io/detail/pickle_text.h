#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace grapevine::io {

/// The string that a literal of Python 2 means, quotes and all, as protocol 0 writes it: `'a\x00'`.
/// None if it is malformed.
[[nodiscard]] std::optional<std::string> unquote_string(std::string_view literal);

/// The Latin-1 string that Python's raw-unicode-escape encoding means: `a\u000a`. None if it is
/// malformed or has other characters.
[[nodiscard]] std::optional<std::string> unescape_unicode(std::string_view text);

/// UTF-8 to Latin-1. None if it is malformed or has other characters.
[[nodiscard]] std::optional<std::string> latin1_from_utf8(std::string_view text);

/// Whether the text is UTF-8 of characters that Python's `str` can hold without surrogates.
[[nodiscard]] bool is_utf8(std::string_view text);

/// The text with "?" for what is not printable ASCII, cut to 60 characters: for messages.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace grapevine::io
