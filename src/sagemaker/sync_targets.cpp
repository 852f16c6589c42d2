#include "sagemaker/sync_targets.hpp"

#include <set>

#include "registry/tables.hpp"
#include "sagemaker/aws_time.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kMostModels = 100'000;

std::optional<SyncTarget> target_of(const store::Entity& model) {
    const auto* facts = json::object_of(model.document, "sageMaker");
    if (facts == nullptr || json::text_of(*facts, "arn").empty()) {
        return std::nullopt;
    }
    return SyncTarget{.stored_model_id = model.id,
                      .group = model.group,
                      .model_name = std::string{json::text_of(*facts, "name")},
                      .arn = std::string{json::text_of(*facts, "arn")},
                      .created = time_of(*facts, "creationTime"),
                      .gone = facts->contains("gone")};
}

/// Models of which something is in AWS, whether they are there themselves or not.
Result<std::set<std::string, std::less<>>> with_remains(store::Session& sql, const IndexScope& scope) {
    SW_TRY(const auto rows,
           sql.query("SELECT m.id FROM stored_models AS m WHERE m.aws_account = $1 AND m.aws_region = $2 AND ("
                     "EXISTS (SELECT 1 FROM deployed_models AS d LEFT JOIN runtimes AS r ON r.id = d.runtime_id WHERE d.stored_model_id = m.id AND "
                     "(d.state IN ('DEPLOYING', 'UNDEPLOYING') OR (r.aws_arn IS NOT NULL AND r.state <> 'REMOVED'))) OR "
                     "EXISTS (SELECT 1 FROM deployable_models AS s WHERE s.stored_model_id = m.id AND s.aws_arn IS NOT NULL AND COALESCE(s.gone, 0) = 0) OR "
                     "EXISTS (SELECT 1 FROM jobs AS j WHERE j.stored_model_id = m.id AND j.aws_arn IS NOT NULL AND "
                     "j.status NOT IN ('COMPLETE', 'ERROR', 'CANCELLED')))",
                     {scope.account, scope.region}));
    std::set<std::string, std::less<>> ids;
    for (const auto& row : rows) {
        ids.insert(row.text(0));
    }
    return ids;
}

}  // namespace

Result<std::vector<SyncTarget>> sync_targets(store::Session& sql, const IndexScope& scope) {
    SW_TRY(const auto models, store::find_by(sql, registry::stored_models_table(), {{"aws_account", scope.account}, {"aws_region", scope.region}},
                                             store::Scope::all(), kMostModels));
    std::vector<SyncTarget> targets;
    targets.reserve(models.size());
    bool some_gone = false;
    for (const auto& model : models) {
        if (auto target = target_of(model)) {
            some_gone = some_gone || target->gone;
            targets.push_back(std::move(*target));
        }
    }
    if (some_gone) {
        SW_TRY(const auto remains, with_remains(sql, scope));
        std::erase_if(targets, [&](const SyncTarget& one) { return one.gone && !remains.contains(one.stored_model_id); });
    }
    return targets;
}

}  // namespace slipway::sagemaker
