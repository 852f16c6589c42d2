#include "domain/visible_text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace slipway::domain {

namespace {

constexpr std::string_view kBad = "\xEF\xBF\xBD";

/// Bytes of the character that `lead` begins, 0 for a byte that begins none.
std::size_t length_of(unsigned char lead) {
    return lead < 0x80 ? 1 : lead >= 0xC2 && lead <= 0xDF ? 2 : lead >= 0xE0 && lead <= 0xEF ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

/// The character at the front of `text`, or nothing when it is badly formed (RFC 3629: also surrogates and overlong ones).
std::size_t decode(std::string_view text, char32_t& code) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const auto length = length_of(lead);
    if (length == 0 || length > text.size()) {
        return 0;
    }
    constexpr unsigned kMasks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    code = lead & kMasks[length];
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0U) != 0x80) {
            return 0;
        }
        code = (code << 6U) | (next & 0x3FU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    return overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF ? 0 : length;
}

/// U+2400…U+2421 are pictures of the control characters.
void add_picture(std::string& out, unsigned code) {
    const unsigned picture = code == 0x7F ? 0x2421 : 0x2400 + code;
    out += static_cast<char>(0xE2);
    out += static_cast<char>(0x80 | ((picture >> 6U) & 0x3FU));
    out += static_cast<char>(0x80 | (picture & 0x3FU));
}

}  // namespace

std::string visible_text(std::string_view bytes, bool lines) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        char32_t code = 0;
        const auto length = decode(bytes, code);
        if (length == 0) {
            out += kBad;
            bytes.remove_prefix(1);
            continue;
        }
        const bool line_ends = lines && (code == '\n' || code == '\r');
        if (line_ends) {
            const bool both = code == '\r' && bytes.size() > 1 && bytes[1] == '\n';
            out += both ? "" : "\n";
        } else if (code != '\t' && (code < 0x20 || code == 0x7F)) {
            add_picture(out, code);
        } else if ((code >= 0x80 && code < 0xA0) || turns_writing(code)) {
            fmt::format_to(std::back_inserter(out), "<U+{:04X}>", static_cast<std::uint32_t>(code));
        } else {
            out += bytes.substr(0, length);
        }
        bytes.remove_prefix(length);
    }
    return out;
}

bool turns_writing(char32_t code) {
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F || code == 0x061C;
}

std::u32string characters_of(std::string_view text) {
    std::u32string out;
    out.reserve(text.size());
    while (!text.empty()) {
        char32_t code = 0;
        const auto length = decode(text, code);
        out += length == 0 ? char32_t{0xFFFD} : code;
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::size_t whole_characters(std::string_view bytes) {
    for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
        const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
        if ((byte & 0xC0U) != 0x80) {
            return length_of(byte) > back ? bytes.size() - back : bytes.size();
        }
    }
    return bytes.size();
}

}  // namespace slipway::domain
