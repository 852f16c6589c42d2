#include "registry/secrets.hpp"

#include <fmt/format.h>
#include <map>

#include "domain/asset.hpp"

namespace slipway::registry {

namespace {

std::string purpose_of(std::string_view reference) {
    return fmt::format("secret:{}", reference);
}

}  // namespace

Result<void> seal_secrets(store::Unit& unit, const crypto::Sealer& sealer, const std::string& group, json::object& document,
                          std::vector<std::string>& warnings) {
    json::value root(std::move(document));
    const auto found = domain::extract_secrets(root, [&](std::size_t) { return unit.new_id(); });
    document = std::move(root.get_object());
    std::map<std::string, json::object> by_reference;
    for (const auto& secret : found) {
        by_reference[secret.reference][secret.name] = secret.value;
        warnings.push_back(
            fmt::format("{} at {} was a secret: it is kept sealed, and the document has credentialRef {} instead. Do not send keys in documents.", secret.name,
                        secret.pointer, secret.reference));
    }
    for (const auto& [reference, members] : by_reference) {
        const auto sealed = sealer.seal(Secret{json::write(members)}, purpose_of(reference));
        SW_CHECK(unit.sql.execute("INSERT INTO sealed_secrets (reference, group_name, created_at, created_by, sealed) VALUES ($1, $2, $3, $4, $5)",
                                  {reference, group, store::to_value(unit.now), unit.actor.subject, store::Blob{sealed}}));
    }
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
