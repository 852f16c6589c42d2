#pragma once

#include <string>
#include <string_view>

namespace slipway::domain {

/// What programs print, for people's eyes: valid UTF-8 in which control characters are pictures of themselves (ESC is `␛`), directions of writing are
/// named (`<U+202E>`) and bad bytes are U+FFFD. Tabs stay. With `lines` line feeds stay too, and CR or CR LF ends a line.
std::string visible_text(std::string_view bytes, bool lines);

/// The characters (code points) of `text`; U+FFFD for each byte that is of none.
std::u32string characters_of(std::string_view text);

/// True for characters that turn the direction of writing, by which a text can be made to look like another.
bool turns_writing(char32_t code);

/// How many bytes of the front of `bytes` are whole UTF-8 characters, when their end was cut anywhere.
std::size_t whole_characters(std::string_view bytes);

}  // namespace slipway::domain
