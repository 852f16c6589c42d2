#pragma once

#include <string>
#include <string_view>

namespace slipway {

/// `text` with A to Z as small letters, whatever the locale; other bytes stay.
inline std::string ascii_lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return out;
}

}  // namespace slipway
