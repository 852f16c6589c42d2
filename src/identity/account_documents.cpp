#include "identity/account_documents.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "identity/access.hpp"
#include "store/audit.hpp"

namespace slipway::identity {

namespace {

struct Account {
    std::optional<std::string> username;
    std::optional<std::string> client_id;
    std::vector<std::string> groups;
    bool admin{false};
    bool disabled{false};
};
BOOST_DESCRIBE_STRUCT(Account, (), (username, client_id, groups, admin, disabled))

constexpr std::array<std::string_view, 10> kIgnored{"id",        "group",          "version", "createdDate", "lastModifiedDate",
                                                    "createdBy", "lastModifiedBy", "_links",  "password",    "lastSignIn"};

bool sane_name(std::string_view name) {
    return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view{"._@+-"}.contains(c);
    });
}

Result<json::object> checked(const json::object& body, bool user) {
    SW_TRY(auto account, json::decode<Account>(json::value(body)));
    const std::string_view member = user ? "username" : "clientId";
    const auto& name = user ? account.username : account.client_id;
    if ((user ? account.client_id : account.username).has_value()) {
        return invalid(user ? "/clientId" : "/username", "left out: there is no such member", "a text");
    }
    if (!name || !sane_name(*name) || *name == "SYSTEM" || *name == "unknown") {
        return invalid(fmt::format("/{}", member), "1 to 100 letters, digits and . _ @ + -, and not a name of the service itself",
                       name ? "another text" : "nothing");
    }
    for (std::size_t i = 0; i < account.groups.size(); ++i) {
        if (!is_group_name(account.groups[i])) {
            return invalid(fmt::format("/groups/{}", i), "a group's name without commas and control characters", "another text");
        }
    }
    if (account.groups.size() > 1000) {
        return invalid("/groups", "at most 1000 groups", fmt::format("{} groups", account.groups.size()));
    }
    std::vector<std::string> groups;
    for (auto& group : account.groups) {
        if (std::ranges::find(groups, group) == groups.end()) {
            groups.push_back(std::move(group));
        }
    }
    account.groups = std::move(groups);
    return json::encode_object(account);
}

json::object without_ignored(const json::object& body, bool user) {
    auto out = body;
    for (const auto member : kIgnored) {
        out.erase(member);
    }
    if (!user) {
        out.erase("rotateSecret");
    }
    return out;
}

}  // namespace

Result<json::object> user_document(const json::object& body) {
    return checked(without_ignored(body, true), true);
}

Result<json::object> client_document(const json::object& body) {
    return checked(without_ignored(body, false), false);
}

Result<json::object> patched_document(const json::object& before, const json::object& patch, bool user) {
    json::value merged = without_ignored(before, user);
    json::merge_patch(merged, json::value(without_ignored(patch, user)));
    SW_TRY(auto after, checked(merged.get_object(), user));
    const std::string_view member = user ? "username" : "clientId";
    if (json::text_of(after, member) != json::text_of(before, member)) {
        return invalid(fmt::format("/{}", member), "the name it has: names cannot change", "another name");
    }
    if (const auto* signed_in = before.if_contains("lastSignIn")) {
        after["lastSignIn"] = *signed_in;
    }
    return after;
}

std::optional<Principal> principal_of(Principal::Kind kind, const json::object& document) {
    const auto* disabled = document.if_contains("disabled");
    if (disabled != nullptr && disabled->is_bool() && disabled->get_bool()) {
        return std::nullopt;
    }
    const auto* admin = document.if_contains("admin");
    Principal principal{.kind = kind,
                        .name = std::string{json::text_of(document, kind == Principal::Kind::client ? "clientId" : "username")},
                        .groups = {},
                        .admin = admin != nullptr && admin->is_bool() && admin->get_bool()};
    if (const auto* groups = json::array_of(document, "groups")) {
        for (const auto& group : *groups) {
            principal.groups.emplace_back(group.as_string());
        }
    }
    return principal;
}

bool is_administrator(const json::object& document) {
    const auto principal = principal_of(Principal::Kind::user, document);
    return principal && principal->admin;
}

Result<void> note_sign_in(store::Unit& unit, const store::EntityTable& table, const std::string& subject_id) {
    SW_CHECK(unit.sql.execute(fmt::format("UPDATE {} SET last_sign_in = $1 WHERE id = $2", table.table), {store::to_value(unit.now), subject_id}));
    return {};
}

Result<void> audit_sign_in(store::Unit& unit, const std::string& subject, const std::string& subject_id, const std::string& peer, bool success) {
    return store::audit(unit, {.entity_type = "SignIn",
                               .entity_id = subject_id,
                               .stored_model_id = {},
                               .group = {},
                               .changes = {},
                               .meta_data = {{"subject", subject}, {"peer", peer}, {"outcome", success ? "SUCCESS" : "FAILURE"}}});
}

Result<void> audit_refused_sign_in(store::Unit& unit, const std::string& name, const std::string& peer) {
    SW_TRY(const auto rows, unit.sql.query("SELECT 1 FROM audit_records WHERE entity_id = $1 AND entity_type = 'SignIn' LIMIT 1", {name}));
    return rows.empty() ? audit_sign_in(unit, "unknown", "", peer, false) : audit_sign_in(unit, name, name, peer, false);
}

}  // namespace slipway::identity
