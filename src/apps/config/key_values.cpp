// What the values of keys must be.
#include <algorithm>
#include <cctype>
#include <charconv>

#include "apps/config/keys.hpp"
#include "sagemaker/import_request.hpp"

namespace slipway::config {
namespace {

bool is_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return false;
    }
    const auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    int port = -1;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool bare_v6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
    return read.ec == std::errc{} && read.ptr == digits.data() + digits.size() && port >= 0 && port <= 65535 && !bare_v6 &&
           std::ranges::none_of(host, [](unsigned char c) { return std::isspace(c) != 0 || c == '/' || c == '@'; });
}

bool is_url_of(std::string_view text, std::initializer_list<std::string_view> schemes) {
    for (const auto scheme : schemes) {
        if (text.starts_with(scheme)) {
            const auto rest = text.substr(scheme.size());
            const auto authority = rest.substr(0, rest.find('/'));
            return !authority.empty() && !authority.contains('@') && rest.find_first_of(" \t\"<>?#") == std::string_view::npos;
        }
    }
    return false;
}

/// Nothing that a person could see or a peer compare; empty is as good as not set.
bool is_blank(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isspace(c) != 0; });
}

bool is_permission(const std::string& word) {
    return word == "READ" || word == "WRITE" || word == "EXECUTE";
}

bool is_url(std::string_view text) {
    return is_url_of(text, {"http://", "https://"});
}

}  // namespace

std::string service_url_of(std::string_view text) {
    constexpr std::string_view kRegistry = "eureka.";
    auto rest = text;
    for (const std::string_view scheme : {"http://", "https://"}) {
        rest.remove_prefix(rest.starts_with(scheme) ? scheme.size() : 0);
    }
    if (!rest.starts_with(kRegistry)) {
        return std::string{text};
    }
    rest.remove_prefix(kRegistry.size());
    const auto name = rest.substr(0, rest.find('/'));
    const bool is_name = !name.empty() && std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
    return is_name ? "lb://" + std::string{rest} : std::string{text};
}

bool is_service_url(std::string_view text) {
    return is_url_of(service_url_of(text), {"http://", "https://", "lb://"});
}

std::string type_name(const Key& key) {
    switch (key.type) {
        case Type::text: return "a text";
        case Type::url: return "an http or https URL without user info";
        case Type::service_url: return "an http, https or lb URL without user info";
        case Type::database_url: return "a postgresql:// URL";
        case Type::address: return "host:port";
        case Type::path: return "a path";
        case Type::region: return "an AWS region such as us-east-2";
        case Type::words: return "a list of texts";
        case Type::choice: {
            std::string names{key.choices};
            std::ranges::replace(names, '|', ',');
            return names.contains(',') ? "one of " + names : names;
        }
        case Type::period: return "a period such as P90D, PT12H or 30s";
        case Type::permissions: return "a list of READ, WRITE and EXECUTE";
        case Type::number: return "a positive number";
        case Type::size: return "a size such as 512KiB or 1MiB";
        case Type::option: return "a single value";
        case Type::refused: return "left out";
    }
    return {};
}

std::optional<std::string> value_fault(const Key& key, const std::vector<std::string>& values) {
    const std::string& value = values.empty() ? std::string{} : values.front();
    bool good = true;
    switch (key.type) {
        case Type::url: good = is_url(value); break;
        case Type::service_url: good = is_service_url(value); break;
        case Type::database_url: good = value.starts_with("postgresql://") || value.starts_with("postgres://"); break;
        case Type::address: good = is_address(value); break;
        case Type::period: good = parse_period(value).has_value(); break;
        case Type::permissions: good = std::ranges::all_of(values, is_permission); break;
        case Type::region: good = value.empty() || sagemaker::is_region(value); break;
        case Type::choice: good = ("|" + std::string{key.choices} + "|").contains("|" + value + "|") && !value.contains('|'); break;
        case Type::number:
            good = !value.empty() && value.size() < 10 && value != "0" && std::ranges::all_of(value, [](unsigned char c) { return std::isdigit(c) != 0; });
            break;
        case Type::size: good = parse_size(value).has_value(); break;
        case Type::refused: good = false; break;
        case Type::text:
        case Type::path:
            if (is_blank(value)) {
                return "must be more than blanks";
            }
            break;
        case Type::option:
        case Type::words: break;
    }
    if (good) {
        return std::nullopt;
    }
    return "must be " + type_name(key);
}

std::optional<Milliseconds> parse_period(std::string_view text) {
    const bool iso = text.starts_with('P');
    text.remove_prefix(iso ? 1 : 0);
    bool time = false;
    std::int64_t total = 0;
    bool any = false;
    while (!text.empty()) {
        if (iso && !time && text.front() == 'T') {
            time = true;
            text.remove_prefix(1);
            any = false;
            continue;
        }
        std::int64_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        const auto digits = static_cast<std::size_t>(read.ptr - text.data());
        if (read.ec != std::errc{} || number < 0 || number > 1'000'000'000 || digits == text.size()) {
            return std::nullopt;
        }
        const char unit = text[digits];
        std::int64_t seconds = 0;
        switch (iso ? unit : static_cast<char>(std::toupper(static_cast<unsigned char>(unit)))) {
            case 'Y': seconds = iso && !time ? 365LL * 86400 : 0; break;
            case 'W': seconds = iso && !time ? 7LL * 86400 : 0; break;
            case 'D': seconds = !time ? 86400 : 0; break;
            case 'H': seconds = time || !iso ? 3600 : 0; break;
            case 'M': seconds = time || !iso ? 60 : 30LL * 86400; break;
            case 'S': seconds = time || !iso ? 1 : 0; break;
            default: break;
        }
        if (seconds == 0) {
            return std::nullopt;
        }
        total += number * seconds;
        any = true;
        text.remove_prefix(digits + 1);
    }
    if (!any || total > 1000LL * 365 * 86400) {
        return std::nullopt;
    }
    return Milliseconds{total * 1000};
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto unit = text.substr(static_cast<std::size_t>(read.ptr - text.data()));
    const int shift = unit.empty() || unit == "B" ? 0 : unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : -1;
    if (read.ec != std::errc{} || number < 0 || number > (1LL << 32) || shift < 0) {
        return std::nullopt;
    }
    return number << shift;
}

}  // namespace slipway::config
