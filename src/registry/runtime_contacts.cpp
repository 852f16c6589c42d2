#include "registry/runtime_contacts.hpp"

#include <map>

#include "store/sql_text.hpp"

namespace slipway::registry {

namespace {

constexpr std::string_view kColumns = "runtime_id, instance_id, principal, last_contact, cluster, reason";

Result<Contact> contact_of(const store::Row& row) {
    Contact contact{.instance = row.text(1), .principal = row.text(2), .last = row.time(3), .cluster = {}, .reason = row.optional_text(5).value_or("")};
    if (const auto text = row.optional_text(4)) {
        SW_TRY(contact.cluster, json::parse_object(*text));
    }
    return contact;
}

}  // namespace

std::string principal_key(const identity::Principal& who) {
    return (who.kind == identity::Principal::Kind::client ? "client:" : "user:") + who.name;
}

Result<std::optional<Contact>> find_contact(store::Session& sql, std::string_view runtime_id) {
    SW_TRY(const auto rows,
           store::SqlText{}.text("SELECT ").text(kColumns).text(" FROM runtime_contacts WHERE runtime_id = ").bind(std::string{runtime_id}).query(sql));
    if (rows.empty()) {
        return std::optional<Contact>{};
    }
    SW_TRY(auto contact, contact_of(rows[0]));
    return std::optional{std::move(contact)};
}

Result<void> keep_contact(store::Unit& unit, std::string_view runtime_id, const Contact& contact) {
    const auto cluster = contact.cluster ? store::Value{json::write(*contact.cluster)} : store::Value{};
    SW_CHECK(
        unit.sql.execute("INSERT INTO runtime_contacts (runtime_id, instance_id, principal, last_contact, cluster, reason) "
                         "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (runtime_id) DO UPDATE SET instance_id = excluded.instance_id, "
                         "principal = excluded.principal, last_contact = excluded.last_contact, cluster = excluded.cluster, reason = excluded.reason",
                         {std::string{runtime_id}, contact.instance, contact.principal, store::to_value(contact.last), cluster, contact.reason}));
    return {};
}

Result<void> forget_instance(store::Unit& unit, std::string_view runtime_id) {
    SW_CHECK(unit.sql.execute("UPDATE runtime_contacts SET instance_id = '' WHERE runtime_id = $1", {std::string{runtime_id}}));
    return {};
}

Result<void> remove_contact(store::Unit& unit, std::string_view runtime_id) {
    SW_CHECK(unit.sql.execute("DELETE FROM runtime_contacts WHERE runtime_id = $1", {std::string{runtime_id}}));
    return {};
}

Result<void> attach_contacts(store::Session& sql, std::span<store::Entity> runtimes) {
    if (runtimes.empty()) {
        return {};
    }
    std::map<std::string, store::Entity*> by_id;
    std::vector<std::string> ids;
    for (auto& runtime : runtimes) {
        by_id[runtime.id] = &runtime;
        ids.push_back(runtime.id);
    }
    SW_TRY(const auto rows,
           store::SqlText{}.text("SELECT ").text(kColumns).text(" FROM runtime_contacts WHERE runtime_id IN (").bind_all(ids).text(")").query(sql));
    for (const auto& row : rows) {
        SW_TRY(auto contact, contact_of(row));
        auto& document = by_id.at(row.text(0))->document;
        if (!contact.instance.empty()) {
            document["instanceId"] = contact.instance;
        }
        document["lastContact"] = to_iso(contact.last);
        if (contact.cluster) {
            document["cluster"] = std::move(*contact.cluster);
        }
        if (!contact.reason.empty()) {
            document["stateReason"] = contact.reason;
        }
    }
    return {};
}

void drop_contact_members(json::object& document) {
    for (const std::string_view name : {"instanceId", "lastContact", "cluster", "stateReason"}) {
        document.erase(name);
    }
}

}  // namespace slipway::registry
