#include "adapters/oidc/claims.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "identity/access.hpp"

namespace slipway::oidc {
namespace {

/// A NumericDate (RFC 7519 section 2), whole or broken seconds.
std::optional<Timestamp> time_of(const json::object& claims, std::string_view name) {
    constexpr double kLatest = 1e11;
    const auto* found = claims.if_contains(name);
    if (found == nullptr || !found->is_number()) {
        return std::nullopt;
    }
    const double seconds = found->to_number<double>();
    return std::abs(seconds) < kLatest ? std::optional{from_epoch_ms(static_cast<std::int64_t>(seconds * 1000))} : std::nullopt;
}

/// The texts of a claim that is a text or a list of them.
std::vector<std::string_view> texts_of(const json::value* claim) {
    std::vector<std::string_view> out;
    if (claim != nullptr && claim->is_string()) {
        out.emplace_back(claim->get_string());
    } else if (claim != nullptr && claim->is_array()) {
        for (const auto& item : claim->get_array()) {
            if (item.is_string()) {
                out.emplace_back(item.get_string());
            }
        }
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        if (end > 0) {
            out.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

/// The claim of that very name (names may be URLs), else the one that the dots lead to.
const json::value* claim_of(const json::object& claims, std::string_view name) {
    if (const auto* own = claims.if_contains(name)) {
        return own;
    }
    const json::object* in = &claims;
    const json::value* found = nullptr;
    for (const auto part : split(name, '.')) {
        found = in != nullptr ? in->if_contains(part) : nullptr;
        in = found != nullptr ? found->if_object() : nullptr;
    }
    return found;
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto end = text.find_last_not_of(' ');
    return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

/// Names as they stand in the claim. Only a text holds several; an item of a list is one name, blanks and all, whoever gave it to the group.
std::vector<std::string_view> group_texts(const json::value* claim) {
    auto out = texts_of(claim);
    if (claim != nullptr && claim->is_string()) {
        out = split(out.front(), ',');
        std::ranges::transform(out, out.begin(), trimmed);
    }
    return out;
}

std::vector<std::string> groups_of(const json::object& claims, const ClaimRules& rules) {
    constexpr std::size_t kMostGroups = 2000;
    auto groups = group_texts(claim_of(claims, rules.groups_claim));
    std::erase_if(groups, [](std::string_view group) { return !identity::is_group_name(group); });
    // A slash is part of a flat name: it is taken off where each of them is a path alone.
    if (rules.group_paths && std::ranges::all_of(groups, [](std::string_view group) { return group.starts_with('/'); })) {
        std::ranges::for_each(groups, [&](std::string_view& group) {
            const auto name = group.substr(1);
            group = rules.admin_by_path || name.empty() || name != rules.admin_group ? name : group;
        });
        std::erase_if(groups, [](std::string_view group) { return !identity::is_group_name(group); });
    }
    std::vector<std::string> out;
    std::set<std::string_view> seen;
    for (const auto group : groups) {
        if (out.size() < kMostGroups && seen.insert(group).second) {
            out.emplace_back(group);
        }
    }
    return out;
}

/// RFC 6749 section 3.3 as a text; Entra ID and Okta call it `scp`, the one as a text, the other as a list.
bool has_scopes(const json::object& claims, std::span<const std::string> wanted) {
    std::set<std::string_view> given;
    for (const std::string_view name : {"scope", "scp"}) {
        for (const auto text : texts_of(claims.if_contains(name))) {
            const auto words = split(text, ' ');
            given.insert(words.begin(), words.end());
        }
    }
    return std::ranges::all_of(wanted, [&](const std::string& scope) { return given.contains(scope); });
}

std::string_view client_of(const json::object& claims) {
    for (const std::string_view name : {"client_id", "azp", "appid", "cid"}) {
        if (const auto text = json::text_of(claims, name); !text.empty()) {
            return text;
        }
    }
    return {};
}

/// Whether the client itself is meant and no person who uses it. RFC 9068 section 2.2 says it by the subject, as Okta does; Entra ID by `idtyp`; Keycloak by
/// the name of its service account; Auth0 by `gty`. Else by the absence of all that only people's tokens have.
bool is_machine(const json::object& claims, std::string_view client) {
    if (client.empty()) {
        return false;
    }
    const auto preferred = json::text_of(claims, "preferred_username");
    const auto name = preferred.empty() ? json::text_of(claims, "username") : preferred;
    if (json::text_of(claims, "sub") == client || json::text_of(claims, "idtyp") == "app" || json::text_of(claims, "gty") == "client-credentials" ||
        name == "service-account-" + std::string{client}) {
        return true;
    }
    static const std::vector<std::string> kOfSignIn{"openid"};
    if (has_scopes(claims, kOfSignIn)) {
        return false;  // asks who a person is (OpenID Connect Core 1.0 section 3.1.2.1): tokens of people may say no more of them than their subject
    }
    constexpr std::array kOfPeople{"preferred_username", "username", "upn", "unique_name", "sid", "auth_time", "session_state", "name", "email", "uid"};
    return std::ranges::none_of(kOfPeople, [&](std::string_view claim) { return claims.contains(claim); });
}

bool is_id_token(const json::object& claims) {
    const auto type = json::text_of(claims, "typ");
    return claims.contains("at_hash") || claims.contains("c_hash") || type == "ID" || type == "Refresh" || type == "Offline" || type == "Logout";
}

/// What access tokens have and ID tokens do not: scopes, the client by RFC 9068's name or Okta's, Keycloak's type, Entra ID's words on its client.
/// (`azp` and `nonce` tell nothing: Keycloak and Google name the party in ID tokens, and Keycloak had the nonce in access tokens up to 24.)
bool shows_access(const json::object& claims) {
    constexpr std::array kOfAccess{"scope", "scp", "client_id", "cid", "azpacr", "appidacr", "idtyp", "gty"};
    return json::text_of(claims, "typ") == "Bearer" || std::ranges::any_of(kOfAccess, [&](std::string_view claim) { return claims.contains(claim); });
}

bool is_for_sign_in(const json::object& claims, const ClaimRules& rules) {
    const auto meant = texts_of(claims.if_contains("aud"));
    return std::ranges::any_of(rules.login_clients, [&](const std::string& client) {
        return std::ranges::find(rules.audiences, client) != rules.audiences.end() && std::ranges::find(meant, client) != meant.end();
    });
}

/// One character of valid UTF-8, and its length in bytes.
std::pair<char32_t, std::size_t> character_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
    const auto first = byte(0);
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    char32_t code = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    return {code, size};
}

/// Controls, characters of no width, directions of writing, and blanks that are no blank: with them two names look alike and are not.
bool is_unseen(char32_t c) {
    constexpr std::array<std::pair<char32_t, char32_t>, 17> kRanges{{{0x00, 0x1F},
                                                                     {0x7F, 0xA0},
                                                                     {0xAD, 0xAD},
                                                                     {0x034F, 0x034F},
                                                                     {0x061C, 0x061C},
                                                                     {0x115F, 0x1160},
                                                                     {0x1680, 0x1680},
                                                                     {0x17B4, 0x17B5},
                                                                     {0x180B, 0x180F},
                                                                     {0x2000, 0x200F},
                                                                     {0x2028, 0x202F},
                                                                     {0x205F, 0x206F},
                                                                     {0x3000, 0x3000},
                                                                     {0x3164, 0x3164},
                                                                     {0xFE00, 0xFE0F},
                                                                     {0xFEFF, 0xFEFF},
                                                                     {0xE0000, 0xE0FFF}}};
    return std::ranges::any_of(kRanges, [c](const auto& range) { return c >= range.first && c <= range.second; });
}

/// What stands in the audit trail and on approvals as one person, and as no other.
bool is_plain_name(std::string_view name) {
    for (std::size_t at = 0; at < name.size();) {
        const auto [c, size] = character_at(name, at);
        if (is_unseen(c)) {
            return false;
        }
        at += size;
    }
    return !name.starts_with(' ') && !name.ends_with(' ') && !name.contains("  ");
}

Result<std::string> name_of(const json::object& claims, const ClaimRules& rules) {
    constexpr std::size_t kLongestName = 200;
    const auto* claim = claim_of(claims, rules.username_claim);
    std::string name{claim != nullptr && claim->is_string() ? std::string_view{claim->get_string()} : json::text_of(claims, "username")};
    if (name.empty()) {
        name = json::text_of(claims, "sub");
    }
    if (name.empty() || name.size() > kLongestName || name == "SYSTEM" || !is_plain_name(name)) {
        return token_refused("it says no name that can be taken.");
    }
    if (rules.clients.contains(name)) {
        return token_refused("its person is called like a machine client.");
    }
    return name;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) {
        out += (out.empty() ? "" : " ") + word;
    }
    return out;
}

}  // namespace

Result<void> check_claims(const json::object& claims, std::string_view issuer, std::span<const std::string> audiences, Milliseconds skew, Timestamp now) {
    if (json::text_of(claims, "iss") != issuer) {
        return token_refused("another issuer made it.");
    }
    const auto meant = texts_of(claims.if_contains("aud"));
    if (std::ranges::none_of(meant, [&](std::string_view one) { return std::ranges::find(audiences, one) != audiences.end(); })) {
        return token_refused("it is meant for another audience.");
    }
    const auto expires = time_of(claims, "exp");
    if (!expires) {
        return token_refused("it does not say when it ends.");
    }
    if (*expires + skew <= now) {
        return token_refused("it has expired.");
    }
    if (claims.contains("nbf")) {
        const auto begins = time_of(claims, "nbf");
        if (!begins || *begins - skew > now) {
            return token_refused("it is not valid yet.");
        }
    }
    return {};
}

Result<Bearer> bearer_of(const json::object& claims, const ClaimRules& rules) {
    if (is_id_token(claims) || (is_for_sign_in(claims, rules) && !shows_access(claims))) {
        return token_refused("it is no access token.");
    }
    if (claims.contains("cnf")) {  // RFC 7800: good together with a certificate or a key alone, which nobody shows here
        return token_refused("it is bound to a certificate or a key (cnf), which is not asked for here.");
    }
    Bearer out;
    const auto expires = time_of(claims, "exp");
    out.expires = expires ? *expires + rules.skew : Timestamp::max();
    auto scopes = rules.scopes;
    auto& who = out.principal;
    who.groups = groups_of(claims, rules);
    if (const auto client = client_of(claims); is_machine(claims, client)) {
        who.kind = identity::Principal::Kind::client;
        who.name = client;
        const auto known = rules.clients.find(client);
        if (known == rules.clients.end()) {
            return fail(ErrorCode::forbidden, "CLIENT_UNKNOWN",
                        fmt::format("The machine client {} is not known here. An administrator can name it under security.oauth2.clients.", client));
        }
        std::ranges::copy_if(known->second.groups, std::back_inserter(who.groups),
                             [&](const std::string& group) { return std::ranges::find(who.groups, group) == who.groups.end(); });
        scopes.insert(scopes.end(), known->second.scopes.begin(), known->second.scopes.end());
    } else {
        SW_TRY(who.name, name_of(claims, rules));
    }
    if (!has_scopes(claims, scopes)) {
        return fail(ErrorCode::forbidden, "INSUFFICIENT_SCOPE", fmt::format("The token lacks a scope. It must have: {}.", joined(scopes)), joined(scopes));
    }
    who.admin = !rules.admin_group.empty() && std::ranges::find(who.groups, rules.admin_group) != who.groups.end();
    return out;
}

}  // namespace slipway::oidc
