#include "registry/documents.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/deploy_plan.hpp"
#include "sagemaker/deploy_run.hpp"
#include "sagemaker/registrar.hpp"
#include "sagemaker/registrar_rows.hpp"

/// Deployments of ours whose endpoint has no row of its own yet: those that are being made, and those whose run gave up waiting.
namespace slipway::sagemaker {
namespace {

constexpr std::size_t kMostUnplaced = 100;

Timestamp begun(const DeployRun& run) {
    return run.detail.transitions.empty() ? Timestamp{} : run.detail.transitions.front().at;
}

/// The end that AWS came to after all.
Result<void> settle(store::Unit& unit, const store::Entity& deployment, domain::DeploymentState state, const std::string& reason) {
    auto document = deployment.document;
    document["state"] = json::enum_name(state);
    document.erase("reason");
    if (!reason.empty()) {
        document["reason"] = reason;
    }
    if (state == domain::DeploymentState::DEPLOYED) {
        document["deployTime"] = to_iso(unit.now);
        SW_CHECK(registry::settle(unit, deployment.group, "deployment:" + registry::text_in(document, "deployableModel", "id")));
    }
    SW_CHECK(store::update(unit, registry::deployed_models_table(), deployment, std::move(document)));
    return {};
}

}  // namespace

Result<void> rows::end_run(store::Unit& unit, const std::string& deployment_id, std::string_view why) {
    SW_TRY(auto run, last_run(unit.sql, deployment_id));
    if (!run || is_live(run->state) || run->state == DeployState::UNDEPLOYED) {
        return {};
    }
    if (run->state != DeployState::DEPLOYED && run->detail.kind != DeployKind::UNDEPLOY) {
        return {};
    }
    run->enter(DeployState::UNDEPLOYED, unit.now, std::string{why});
    run->detail.why = std::string{why};
    run->detail.aws_state.reset();
    return save_run(unit, *run);
}

Result<bool> Registrar::is_own_deployment(store::Unit& unit, const store::Entity& snapshot, const store::Entity& runtime, const Found& endpoint,
                                          Registered& count) {
    const DeployRun meant{.detail = {.account = place_.account, .region = place_.region, .endpoint_name = endpoint.object.name}};
    const auto& table = registry::deployed_models_table();
    const auto shown = deployment_state_of_endpoint(endpoint.object.status);
    SW_TRY(const auto unplaced,
           store::find_by(unit.sql, table, {{"deployable_model_id", snapshot.id}, {"runtime_id", store::Value{}}}, store::Scope::all(), kMostUnplaced));
    for (auto one : unplaced) {
        SW_TRY(const auto run, last_run(unit.sql, one.id));
        if (!run || run->endpoint_key() != meant.endpoint_key()) {
            continue;
        }
        const bool made_it = same_instant(run->detail.endpoint_created, endpoint.object.created);
        const bool unseen = !run->detail.endpoint_created;
        if (is_live(run->state) && (made_it || unseen)) {
            ++count.unchanged;
            return true;
        }
        SW_TRY(const auto gave_up, given_up_run(unit.sql, one));
        const bool overdue = gave_up && (made_it || (unseen && endpoint.object.created >= begun(*gave_up)));
        if (overdue && (shown == domain::DeploymentState::DEPLOYED || shown == domain::DeploymentState::FAILED)) {
            SW_CHECK(settle(unit, one, shown, explained(json::text_of(endpoint.description, "FailureReason"))));
            SW_TRY(one, store::require(unit.sql, table, one.id, store::Scope::all()));
        } else if (overdue) {
            ++count.unchanged;
            return true;
        }
        if (overdue || (made_it && json::text_of(one.document, "state") == json::enum_name(shown))) {
            auto document = one.document;
            document["engine"] = registry::engine_reference(runtime);
            SW_CHECK(store::update(unit, table, one, std::move(document)));
            ++count.written;
            return true;
        }
    }
    return false;
}

Result<std::vector<Registrar::Overdue>> Registrar::overdue() {
    return store::read<std::vector<Overdue>>(store_.database(), [&](store::Session& sql) -> Result<std::vector<Overdue>> {
        SW_TRY(const auto unplaced, store::find_by(sql, registry::deployed_models_table(),
                                                   {{"stored_model_id", stored_model_id_}, {"state", "DEPLOYING"}, {"runtime_id", store::Value{}}},
                                                   store::Scope::all(), kMostUnplaced));
        std::vector<Overdue> found;
        for (const auto& one : unplaced) {
            SW_TRY(const auto run, given_up_run(sql, one));
            if (run && run->detail.account == place_.account && run->detail.region == place_.region) {
                found.push_back({.id = one.id, .endpoint_name = run->detail.endpoint_name, .given_up = run->detail.transitions.back().at});
            }
        }
        return found;
    });
}

Result<Registered> Registrar::never_made(const std::vector<std::string>& ids) {
    return counted([&](store::Unit& unit, const store::Entity&, Registered& count) -> Result<void> {
        for (const auto& id : ids) {
            SW_TRY(const auto row, store::find(unit.sql, registry::deployed_models_table(), id, store::Scope::all()));
            if (row && json::text_of(row->document, "state") == "DEPLOYING") {
                SW_CHECK(settle(unit, *row, domain::DeploymentState::FAILED, "AWS came to no end in time, and has no such endpoint now."));
                ++count.written;
            }
        }
        return {};
    });
}

}  // namespace slipway::sagemaker
