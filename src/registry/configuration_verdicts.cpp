#include "registry/configuration_verdicts.hpp"

#include "registry/documents.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

std::string model_key_of(const store::Entity& snapshot) {
    const auto* model = json::object_of(snapshot.document, "storedModel");
    if (model == nullptr) {
        return snapshot.id;
    }
    auto arn = text_in(*model, "sageMaker", "arn");
    return arn.empty() ? std::string{json::text_of(*model, "id")} : std::move(arn);
}

Result<void> note_verdict(store::Unit& unit, const store::Entity& ticket, std::string_view decision) {
    if (decision != "APPROVED" && decision != "REJECTED") {
        return {};
    }
    const std::string id{json::text_of(ticket.document, "deployableModelId")};
    SW_TRY(const auto snapshot, store::find(unit.sql, deployable_models_table(), id, store::Scope::all()));
    const auto arn = snapshot ? text_in(snapshot->document, "sageMaker", "arn") : std::string{};
    if (arn.empty()) {
        return {};
    }
    const auto* model = json::object_of(snapshot->document, "storedModel");
    SW_CHECK(
        unit.sql.execute("INSERT INTO configuration_verdicts (aws_arn, aws_created, model_key, decision, model_name, group_name) "
                         "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (aws_arn, aws_created, model_key) DO UPDATE SET "
                         "decision = excluded.decision, model_name = excluded.model_name, group_name = excluded.group_name",
                         {arn, text_in(snapshot->document, "sageMaker", "creationTime"), model_key_of(*snapshot), std::string{decision},
                          model == nullptr ? std::string{} : text_in(*model, "modelMetaData", "name"), snapshot->group}));
    return {};
}

Result<std::vector<RejectedModel>> rejected_models(store::Session& sql, const store::Entity& snapshot) {
    const auto arn = text_in(snapshot.document, "sageMaker", "arn");
    std::vector<RejectedModel> out;
    if (arn.empty()) {
        return out;
    }
    SW_TRY(const auto rows, sql.query("SELECT model_key, model_name, group_name FROM configuration_verdicts WHERE "
                                      "aws_arn = $1 AND aws_created = $2 AND decision = 'REJECTED' ORDER BY model_key",
                                      {arn, text_in(snapshot.document, "sageMaker", "creationTime")}));
    for (const auto& row : rows) {
        out.push_back({.model_key = row.text(0), .model_name = row.text(1), .group = row.text(2)});
    }
    return out;
}

}  // namespace slipway::registry
