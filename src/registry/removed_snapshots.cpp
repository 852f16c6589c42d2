#include "registry/removed_snapshots.hpp"

#include "registry/documents.hpp"

namespace slipway::registry {
namespace {

/// To the second: some of AWS's answers cut times so.
std::int64_t second_of(Timestamp at) {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

}  // namespace

Result<void> note_removed_snapshot(store::Unit& unit, const store::Entity& snapshot) {
    const auto* facts = json::object_of(snapshot.document, "sageMaker");
    if (facts == nullptr) {
        return {};
    }
    const std::string arn{json::text_of(*facts, "arn")};
    const auto created = from_iso(json::text_of(*facts, "creationTime"));
    if (arn.empty() || !created) {
        return {};
    }
    SW_CHECK(
        unit.sql.execute("INSERT INTO removed_snapshots (stored_model_id, aws_arn, aws_created) VALUES ($1, $2, $3) "
                         "ON CONFLICT (stored_model_id, aws_arn, aws_created) DO NOTHING",
                         {text_in(snapshot.document, "storedModel", "id"), arn, second_of(*created)}));
    return {};
}

Result<bool> is_removed_snapshot(store::Session& sql, const std::string& stored_model_id, const std::string& arn, Timestamp created) {
    SW_TRY(const auto rows, sql.query("SELECT 1 FROM removed_snapshots WHERE stored_model_id = $1 AND aws_arn = $2 AND aws_created = $3",
                                      {stored_model_id, arn, second_of(created)}));
    return !rows.empty();
}

Result<void> forget_removed_snapshot(store::Unit& unit, const std::string& stored_model_id, const std::string& arn, Timestamp created) {
    SW_CHECK(unit.sql.execute("DELETE FROM removed_snapshots WHERE stored_model_id = $1 AND aws_arn = $2 AND aws_created = $3",
                              {stored_model_id, arn, second_of(created)}));
    return {};
}

Result<void> forget_removed_snapshots(store::Unit& unit, const std::string& stored_model_id) {
    SW_CHECK(unit.sql.execute("DELETE FROM removed_snapshots WHERE stored_model_id = $1", {stored_model_id}));
    return {};
}

}  // namespace slipway::registry
