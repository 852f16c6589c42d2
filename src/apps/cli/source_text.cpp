#include "apps/cli/source_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

#include "apps/cli/exit_codes.hpp"
#include "base/ascii.hpp"
#include "http/target.hpp"
#include "spark/python_files.hpp"

namespace slipway::cli {
namespace {

enum class Codec { utf8, latin1, latin9, windows };

/// By the names that Python has for them, `_` for `-` alike.
std::optional<Codec> codec_of(std::string_view declared) {
    auto name = ascii_lower(declared);
    std::ranges::replace(name, '_', '-');
    struct Named {
        std::string_view name;
        Codec codec;
    };
    constexpr std::array kNamed{Named{"utf-8", Codec::utf8},        Named{"utf8", Codec::utf8},      Named{"utf-8-sig", Codec::utf8},
                                Named{"ascii", Codec::utf8},        Named{"us-ascii", Codec::utf8},  Named{"latin-1", Codec::latin1},
                                Named{"latin1", Codec::latin1},     Named{"l1", Codec::latin1},      Named{"iso-8859-1", Codec::latin1},
                                Named{"iso8859-1", Codec::latin1},  Named{"8859", Codec::latin1},    Named{"cp819", Codec::latin1},
                                Named{"latin-9", Codec::latin9},    Named{"latin9", Codec::latin9},  Named{"iso-8859-15", Codec::latin9},
                                Named{"iso8859-15", Codec::latin9}, Named{"cp1252", Codec::windows}, Named{"windows-1252", Codec::windows}};
    const auto* found = std::ranges::find(kNamed, name, &Named::name);
    return found == kNamed.end() ? std::nullopt : std::optional{found->codec};
}

/// The character of a byte; 0 where the encoding has none.
char32_t character_of(Codec codec, unsigned char byte) {
    // 0x80 to 0x9f (www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT)
    constexpr std::array<char32_t, 32> kWindows{0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
                                                0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                                0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};
    if (codec == Codec::windows && byte >= 0x80 && byte < 0xa0) {
        return kWindows.at(byte - 0x80U);
    }
    switch (codec == Codec::latin9 ? byte : 0) {
        case 0xa4: return 0x20ac;
        case 0xa6: return 0x0160;
        case 0xa8: return 0x0161;
        case 0xb4: return 0x017d;
        case 0xb8: return 0x017e;
        case 0xbc: return 0x0152;
        case 0xbd: return 0x0153;
        case 0xbe: return 0x0178;
        default: return byte;
    }
}

void append(std::string& out, char32_t character) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((character >> shift) & 0x3fU)); };
    if (character < 0x80) {
        out += static_cast<char>(character);
    } else if (character < 0x800) {
        out += static_cast<char>(0xc0U | (character >> 6U));
        tail(0);
    } else {
        out += static_cast<char>(0xe0U | (character >> 12U));
        tail(6);
        tail(0);
    }
}

std::unexpected<Error> strange(std::string_view name, std::string_view bytes, std::size_t at, std::string_view declared) {
    const auto line = 1 + std::ranges::count(bytes.substr(0, at), '\n');
    return usage(fmt::format("{} line {} has a byte 0x{:02x} that is no {}: {}", name, line, static_cast<unsigned char>(bytes[at]),
                             declared.empty() ? "UTF-8" : declared,
                             declared.empty() ? "say in its first line how it is written, as in # -*- coding: latin-1 -*-, or save it as UTF-8"
                                              : "its first lines say another encoding than it has"));
}

}  // namespace

Result<std::string> text_of_source(std::string_view name, std::string_view bytes) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        return usage(fmt::format("{} is UTF-16, which Python does not read: save it as UTF-8", name));
    }
    const auto declared = bytes.starts_with(kMark) ? std::string_view{} : spark::declared_codec(bytes);
    const auto strange_byte = http::utf8_front_of(bytes);
    const auto codec = declared.empty() ? Codec::utf8 : codec_of(declared);
    if (!codec && std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
        return std::string{bytes};
    }
    if (!codec) {
        return usage(fmt::format("{} says that it is written in {}, which is not read here: save it as UTF-8, and say so in that line", name, declared));
    }
    if (*codec == Codec::utf8) {
        return strange_byte == bytes.size() ? Result<std::string>{std::string{bytes}} : strange(name, bytes, strange_byte, declared);
    }
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const auto character = character_of(*codec, static_cast<unsigned char>(bytes[at]));
        if (character == 0 && bytes[at] != 0) {
            return strange(name, bytes, at, declared);
        }
        append(out, character);
    }
    return out;
}

}  // namespace slipway::cli
