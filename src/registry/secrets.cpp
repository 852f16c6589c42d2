#include "registry/secrets.hpp"

#include <fmt/format.h>
#include <map>

#include "domain/asset.hpp"

namespace slipway::registry {

namespace {

std::string purpose_of(std::string_view reference) {
    return fmt::format("secret:{}", reference);
}

Result<void> keep(store::Unit& unit, const crypto::Sealer& sealer, const std::string& group, const std::string& reference, const Secret& plain) {
    const auto sealed = sealer.seal(plain, purpose_of(reference));
    SW_CHECK(unit.sql.execute("INSERT INTO sealed_secrets (reference, group_name, created_at, created_by, sealed) VALUES ($1, $2, $3, $4, $5)",
                              {reference, group, store::to_value(unit.now), unit.actor.subject, store::Blob{sealed}}));
    return {};
}

void collect_references(json::value& v, std::vector<json::value*>& out) {
    if (v.is_array()) {
        for (auto& item : v.get_array()) {
            collect_references(item, out);
        }
    } else if (v.is_object()) {
        for (auto& [name, member] : v.get_object()) {
            if (std::string_view{name} == "credentialRef" && member.is_string()) {
                out.push_back(&member);
            } else {
                collect_references(member, out);
            }
        }
    }
}

}  // namespace

Result<void> seal_secrets(store::Unit& unit, const crypto::Sealer& sealer, const std::string& group, json::object& document,
                          std::vector<std::string>& warnings) {
    json::value root(std::move(document));
    const auto found = domain::extract_secrets(root, [&](std::size_t) { return unit.new_id(); });
    document = std::move(root.get_object());
    std::map<std::string, json::object> by_reference;
    for (const auto& secret : found) {
        auto& members = by_reference[secret.reference];
        // Two addresses of one object may both hold a `userinfo`: the second is kept under its pointer as well.
        members[members.contains(secret.name) ? secret.pointer + " " + secret.name : secret.name] = secret.value;
        warnings.push_back(
            fmt::format("{} at {} was a secret: it is kept sealed, and the document has credentialRef {} instead. Do not send keys in documents.", secret.name,
                        secret.pointer, secret.reference));
    }
    for (const auto& [reference, members] : by_reference) {
        SW_CHECK(keep(unit, sealer, group, reference, Secret{json::write(members)}));
    }
    return {};
}

Result<void> move_secrets(store::Unit& unit, const crypto::Sealer& sealer, const std::string& from, const std::string& to, json::object& document) {
    std::vector<json::value*> places;
    json::value root(std::move(document));
    collect_references(root, places);
    std::map<std::string, std::string> moved;
    for (auto* place : places) {
        const std::string old{std::string_view{place->get_string()}};
        if (!moved.contains(old)) {
            const auto plain = unseal_secrets(unit.sql, sealer, from, old);
            if (!plain && plain.error().code == ErrorCode::not_found) {
                continue;  // a reference that means nothing here opens nothing there either
            }
            SW_CHECK(plain);
            moved[old] = unit.new_id();
            SW_CHECK(keep(unit, sealer, to, moved[old], *plain));
        }
        *place = moved[old];
    }
    document = std::move(root.get_object());
    return {};
}

Result<Secret> unseal_secrets(store::Session& sql, const crypto::Sealer& sealer, std::string_view group, std::string_view reference) {
    SW_TRY(const auto rows,
           sql.query("SELECT sealed FROM sealed_secrets WHERE reference = $1 AND group_name = $2", {std::string{reference}, std::string{group}}));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no sealed credential {} in group {}.", reference, group));
    }
    return sealer.unseal(rows[0].blob(0), purpose_of(reference));
}

}  // namespace slipway::registry
