#include "domain/url.hpp"

#include <algorithm>
#include <array>

#include "base/secret_names.hpp"

namespace slipway::domain {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/// Letters and digits of `name` in lower case: `secret_key`, `secretKey` and `SECRET-KEY` are one name.
std::string folded(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (is_letter(c) || (c >= '0' && c <= '9')) {
            out += lower(c);
        }
    }
    return out;
}

bool is_secret_parameter(std::string_view name) {
    static constexpr std::array<std::string_view, 5> kExact{"sig", "signature", "xamzsignature", "xgoogsignature", "pwd"};
    return is_secret_name(name) || std::ranges::find(kExact, folded(name)) != kExact.end();
}

/// Takes secret `name=value` parts out of `rest`, the text behind the authority; parts are split at `?`, `&` and `;`.
std::string clean_parameters(std::string_view rest, std::vector<UrlSecret>& secrets) {
    const auto start = rest.find_first_of("?;#");
    if (start == std::string_view::npos) {
        return std::string{rest};
    }
    std::string out{rest.substr(0, start)};
    std::size_t at = start;
    bool dropped_question = false;
    while (at < rest.size()) {
        const auto end = std::min(rest.find_first_of("?&;#", at + 1), rest.size());
        char mark = rest[at];
        const auto part = rest.substr(at + 1, end - at - 1);
        const auto equals = part.find('=');
        if (equals != std::string_view::npos && equals + 1 < part.size() && is_secret_parameter(part.substr(0, equals))) {
            secrets.push_back({std::string{part.substr(0, equals)}, std::string{part.substr(equals + 1)}});
            dropped_question = dropped_question || mark == '?';
        } else {
            if (mark == '&' && dropped_question) {
                mark = '?';
                dropped_question = false;
            }
            (out += mark) += part;
        }
        at = end;
    }
    return out;
}

/// `https`, `jdbc:sqlserver`, `jdbc:oracle:thin`: what may stand before `://` of an address. Prose that only quotes one is none.
bool names_scheme(std::string_view text) {
    return !text.empty() && is_letter(text[0]) &&
           std::ranges::all_of(text, [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-' || c == ':'; });
}

/// Whether `user`, the text before the `@` of an authority, is a secret. A blank does not make it harmless, but then prose with a mail address
/// behind a host is likelier than a login name without a password.
bool is_user_info(std::string_view scheme, std::string_view user) {
    static constexpr std::array<std::string_view, 5> kAddressed{"abfs", "abfss", "wasb", "wasbs", "ssh"};
    if (user.find(':') != std::string_view::npos) {
        return true;
    }
    return !user.empty() && user.find_first_of(" \t\r\n") == std::string_view::npos && std::ranges::find(kAddressed, scheme) == kAddressed.end();
}

}  // namespace

std::string url_scheme(std::string_view text) {
    constexpr std::string_view kJdbc = "jdbc:";
    if (text.starts_with(kJdbc)) {
        text.remove_prefix(kJdbc.size());
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) {
        return {};
    }
    std::string scheme;
    for (const char c : text.substr(0, colon)) {
        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '+' && c != '.' && c != '-') {
            return {};
        }
        scheme += lower(c);
    }
    return scheme;
}

CleanUrl clean_url(std::string_view text) {
    CleanUrl out{std::string{text}, {}};
    const auto start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const auto slashes = text.find("://", start);
    if (slashes == std::string_view::npos || !names_scheme(text.substr(start, slashes - start))) {
        return out;
    }
    const auto scheme = url_scheme(text.substr(start));
    const auto begin = slashes + 3;
    const auto end = std::min(text.find_first_of("/?#;", begin), text.size());
    auto authority = text.substr(begin, end - begin);
    if (const auto sign = authority.rfind('@'); sign != std::string_view::npos && is_user_info(scheme, authority.substr(0, sign))) {
        out.secrets.push_back({"userinfo", std::string{authority.substr(0, sign)}});
        authority.remove_prefix(sign + 1);
    }
    const auto rest = clean_parameters(text.substr(end), out.secrets);
    if (!out.secrets.empty()) {
        out.url = std::string{text.substr(0, begin)} + std::string{authority} + rest;
    }
    return out;
}

bool is_secret_name(std::string_view name) {
    const auto plain = folded(name);
    if (plain == "credentials" || plain == "sas" || plain == "keytab") {
        return true;
    }
    const auto has = [&](std::string_view part) { return plain.contains(part); };
    return std::ranges::any_of(secret_names::kParts, has) || std::ranges::any_of(secret_names::kPartsOfPeople, has);
}

}  // namespace slipway::domain
