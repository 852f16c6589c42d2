#include "http/target.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/encoding.hpp"
#include "base/loopback.hpp"

namespace slipway::http {

namespace {

constexpr std::size_t kMostPairs = 200;

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
            const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
            if (!high || !low) {
                return std::nullopt;
            }
            out += static_cast<char>(*high * 16 + *low);
            i += 2;
        } else {
            out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

bool still_encoded(std::string_view text) {
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        if (text[i] == '%' && hex_digit(text[i + 1]) && hex_digit(text[i + 2])) {
            return true;
        }
    }
    return false;
}

bool has(std::string_view text, char wanted) {
    return std::ranges::find(text, wanted) != text.end();
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::unexpected<Error> bad_path(std::string what) {
    return fail(ErrorCode::invalid_argument, "BAD_PATH", "The path of the request is not valid: " + std::move(what) + ".");
}

/// Bytes of an address: 4 or 16; an IPv4 address in an IPv6 one is IPv4.
std::optional<std::vector<std::uint8_t>> address_bytes(const std::string& text) {
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        return std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + 4);
    }
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) {
        return std::nullopt;
    }
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) {
        return std::vector<std::uint8_t>(bytes.begin() + 12, bytes.end());
    }
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

}  // namespace

std::size_t utf8_front_of(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        const auto c = static_cast<unsigned char>(text[i]);
        const std::size_t length = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
        if (length == 0 || i + length > text.size()) {
            return i;
        }
        for (std::size_t k = 1; k < length; ++k) {
            if ((static_cast<unsigned char>(text[i + k]) & 0xc0U) != 0x80U) {
                return i;
            }
        }
        const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0U;
        if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second >= 0xa0) || (c == 0xf0 && second < 0x90) || (c == 0xf4 && second >= 0x90)) {
            return i;
        }
        i += length;
    }
    return i;
}

Result<Target> parse_target(std::string_view raw) {
    Target out;
    auto rest = raw;
    for (const std::string_view scheme : {"http://", "https://"}) {
        const bool same = rest.size() > scheme.size() && std::ranges::equal(rest.substr(0, scheme.size()), scheme, [](char a, char b) {
                              return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
                          });
        if (same) {
            rest.remove_prefix(scheme.size());
            const auto end = std::min(rest.find_first_of("/?"), rest.size());
            out.authority = rest.substr(0, end);
            rest.remove_prefix(end);
            if (host_of(out.authority).empty()) {
                return fail(ErrorCode::invalid_argument, "BAD_TARGET", "The request target names no valid host.");
            }
            break;
        }
    }
    const auto question = std::min(rest.find('?'), rest.size());
    out.path = rest.substr(0, question);
    out.query = rest.substr(std::min(question + 1, rest.size()));
    if (out.path.empty() && !out.authority.empty()) {
        out.path = "/";
    }
    if (!out.path.starts_with('/') || rest.find('#') != std::string_view::npos) {
        return fail(ErrorCode::invalid_argument, "BAD_TARGET", "The request target must be a path or an http URL, without a fragment.");
    }
    return out;
}

Result<std::string> decode_segment(std::string_view segment) {
    auto text = percent_decode(segment, false);
    if (!text) {
        return bad_path("a % must be followed by two hexadecimal digits");
    }
    if (has(*text, '/') || has(*text, '\\') || has_control(*text)) {
        return bad_path("encoded slashes and control characters are refused");
    }
    if (!is_utf8(*text)) {
        return bad_path("it is no UTF-8");
    }
    if (*text == "." || *text == ".." || still_encoded(*text)) {
        return bad_path("dot segments and doubly encoded text are refused");
    }
    return std::move(*text);
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> out;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find('&', start), text.size());
        const auto pair = text.substr(start, end - start);
        start = end + 1;
        if (pair.empty()) {
            continue;
        }
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = percent_decode(pair.substr(0, equals), true);
        auto content = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !content || !is_utf8(*name) || !is_utf8(*content) || has(*name, '\0') || has(*content, '\0')) {
            return invalid("?", "a list of name=value in percent-encoded UTF-8 without NUL", "other bytes");
        }
        if (out.size() == kMostPairs) {
            return invalid("?", "at most 200 parameters", "more");
        }
        out.emplace_back(std::move(*name), std::move(*content));
    }
    return out;
}

std::string host_of(std::string_view authority) {
    std::string_view host = authority;
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) {
            return {};
        }
        host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
    } else if (const auto colon = authority.rfind(':'); colon != std::string_view::npos) {
        host = authority.substr(0, colon);
        port = authority.substr(colon);
    }
    const bool port_fine = port.empty() || (port.front() == ':' && port.size() <= 6 && port.find_first_not_of("0123456789", 1) == std::string_view::npos);
    if (!port_fine || host.empty() || host.size() > 255) {
        return {};
    }
    std::string out;
    for (const char c : host) {
        const bool upper = c >= 'A' && c <= 'Z';
        if (!upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !has(".-_:", c)) {
            return {};
        }
        out += upper ? static_cast<char>(c + 32) : c;
    }
    if (out.size() > 1 && out.ends_with('.')) {
        out.pop_back();
    }
    return authority.starts_with('[') || !has(out, ':') ? out : std::string{};
}

std::string host_of_url(std::string_view url) {
    const auto start = url.find("://");
    if (start == std::string_view::npos) {
        return {};
    }
    const auto rest = url.substr(start + 3);
    return host_of(rest.substr(0, rest.find('/')));
}

std::string_view origin_of(std::string_view url) {
    const auto start = url.find("://");
    return start == std::string_view::npos ? std::string_view{} : url.substr(0, url.find('/', start + 3));
}

bool is_loopback_address(std::string_view url) {
    constexpr std::size_t kLongest = 200;
    const bool plain =
        std::ranges::all_of(url, [](unsigned char c) { return std::isalnum(c) != 0 || std::string_view{":/.[]-_~"}.contains(static_cast<char>(c)); });
    return plain && url.size() <= kLongest && url.starts_with("http://") && is_loopback_name(host_of_url(url));
}

bool address_matches(std::string_view address, std::string_view pattern) {
    const auto slash = pattern.find('/');
    const auto own = address_bytes(std::string{address});
    const auto base = address_bytes(std::string{pattern.substr(0, slash)});
    if (!own || !base || own->size() != base->size()) {
        return false;
    }
    std::size_t bits = own->size() * 8;
    if (slash != std::string_view::npos) {
        const auto text = pattern.substr(slash + 1);
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), bits);
        if (problem != std::errc{} || end != text.data() + text.size() || bits > own->size() * 8) {
            return false;
        }
    }
    for (std::size_t i = 0; i < bits; ++i) {
        const auto mask = 0x80U >> (i % 8);
        if (((*own)[i / 8] & mask) != ((*base)[i / 8] & mask)) {
            return false;
        }
    }
    return true;
}

bool sane_request_id(std::string_view text) {
    return text.size() >= 8 && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
           });
}

}  // namespace slipway::http
