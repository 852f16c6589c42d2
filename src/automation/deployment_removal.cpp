#include <algorithm>
#include <fmt/format.h>

#include "automation/instances.hpp"
#include "store/audit.hpp"

/// Deployments are taken away, with what runs of them.
namespace slipway::automation {
namespace {

constexpr std::size_t kMostEnded = 1000;  ///< instances in one transaction

std::string called(const Deployment& deployment) {
    return deployment.name.empty() ? deployment.id : fmt::format("{} ({})", deployment.name, deployment.id);
}

/// Who may deploy in its group, if it is theirs; what came with Slipway is nobody's.
Result<void> may_remove(const identity::Access& access, const identity::Principal& who, const Deployment& deployment) {
    if (deployment.by == identity::Principal::service().name) {
        return fail(ErrorCode::conflict, "BUILT_IN",
                    fmt::format("The deployment {} came with Slipway and stays. Deploy a version of your own in its place, or switch it off "
                                "(lifecycle.sagemakerDeploy.enabled).",
                                called(deployment)));
    }
    if (who.admin) {
        return {};
    }
    if (deployment.group.empty() || deployment.by != who.name) {
        return fail(ErrorCode::forbidden, "FORBIDDEN",
                    fmt::format("The deployment {} was made by {}: {} may delete it.", called(deployment), deployment.by,
                                deployment.group.empty() ? "administrators alone" : "that person or an administrator"));
    }
    return access.require(who, identity::Action::write, kCollection, deployment.group, deployment.by);
}

Result<std::vector<std::string>> running_of(store::Session& sql, const std::string& deployment) {
    SW_TRY(const auto rows,
           sql.query("SELECT id FROM lifecycle_instances WHERE state = 'active' AND definition_id IN (SELECT d.id FROM lifecycle_definitions d "
                     "WHERE d.deployment_id = $1) ORDER BY row_id LIMIT $2",
                     {deployment, static_cast<std::int64_t>(kMostEnded + 1)}));
    std::vector<std::string> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(row.text(0));
    }
    return out;
}

Result<void> tell(store::Unit& unit, const Deployment& deployment, std::size_t ended) {
    json::array definitions;
    for (const auto& definition : deployment.definitions) {
        definitions.emplace_back(definition.id);
    }
    return store::audit(unit, {.entity_type = "LifeCycleDeployment",
                               .entity_id = deployment.id,
                               .stored_model_id = {},
                               .group = deployment.group,
                               .changes = {},
                               .meta_data = {{"action", "deleted"}, {"name", deployment.name}, {"definitions", std::move(definitions)}, {"ended", ended}}});
}

}  // namespace

Result<void> Definitions::bring_back(store::Unit& unit, const Definition& gone) {
    const std::int64_t decision = gone.decision ? 1 : 0;
    SW_TRY(const auto rows, unit.sql.query("SELECT id, latest FROM lifecycle_definitions WHERE decision = $1 AND definition_key = $2 AND group_name = $3 "
                                           "ORDER BY version DESC LIMIT 1",
                                           {decision, gone.key, gone.group}));
    if (rows.empty() || rows[0].integer(1) == 1) {
        return {};
    }
    SW_CHECK(unit.sql.execute("UPDATE lifecycle_definitions SET latest = 1 WHERE id = $1", {rows[0].text(0)}));
    if (gone.decision || (gone.group.empty() && gone.key == clocks_.unstarted)) {
        return {};
    }
    SW_TRY(const auto before, row(unit.sql, rows[0].text(0)));
    SW_TRY(const auto compiled, graph(unit.sql, before.id));
    return write_starts(unit, before, *compiled);
}

Result<void> Definitions::remove(store::Unit& unit, const Deployment& deployment) {
    SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_starts WHERE definition_id IN (SELECT d.id FROM lifecycle_definitions d WHERE d.deployment_id = $1)",
                              {deployment.id}));
    SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_definitions WHERE deployment_id = $1", {deployment.id}));
    SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_resources WHERE deployment_id = $1", {deployment.id}));
    SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_deployments WHERE id = $1", {deployment.id}));
    for (const auto& definition : deployment.definitions) {
        SW_CHECK(bring_back(unit, definition));
        const std::scoped_lock lock{mutex_};
        graphs_.erase(definition.id);
        decisions_.erase(definition.id);
    }
    return {};
}

Result<void> Instances::remove_deployment(store::Unit& unit, const identity::Principal& who, const std::string& id, bool cascade) {
    SW_TRY(const auto deployment, definitions_.deployment(unit.sql, who, id));
    SW_CHECK(may_remove(access_, who, deployment));
    SW_TRY(const auto running, running_of(unit.sql, id));
    const bool many = running.size() > kMostEnded;
    if (!running.empty() && !cascade) {
        return fail(ErrorCode::conflict, "INSTANCES_RUN",
                    fmt::format("Of the deployment {} {}{} still running. Wait for the end, or delete it with cascade=true (slipway lifecycle undeploy "
                                "--cascade), which ends what runs.",
                                called(deployment), many ? "more than " : "",
                                running.size() == 1 ? "an instance is" : fmt::format("{} instances are", std::min(running.size(), kMostEnded))));
    }
    if (many) {
        return fail(ErrorCode::conflict, "TOO_MANY",
                    fmt::format("More than {} instances of the deployment {} run: end some of them first.", kMostEnded, called(deployment)));
    }
    for (const auto& one : running) {
        const auto ended = cancel(unit, who, one, fmt::format("Its deployment {} was deleted.", called(deployment)));
        if (!ended && ended.error().reason != "ENDED") {  // by the end of what called it
            return ended;
        }
    }
    SW_CHECK(definitions_.remove(unit, deployment));
    return tell(unit, deployment, running.size());
}

}  // namespace slipway::automation
