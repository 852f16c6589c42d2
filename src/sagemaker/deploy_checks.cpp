#include "sagemaker/deploy_checks.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "registry/documents.hpp"
#include "registry/tables.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/aws_wait.hpp"
#include "sagemaker/creation.hpp"
#include "sagemaker/index.hpp"

namespace slipway::sagemaker {
namespace {

using registry::text_in;

bool flag_in(const json::object& facts, std::string_view key) {
    const auto* flag = facts.if_contains(key);
    return flag != nullptr && flag->is_bool() && flag->get_bool();
}

/// The model that the snapshot is of, where AWS's name and ARN of it are known.
std::optional<ServedModel> own_model(const store::Entity& snapshot) {
    const auto* copy = json::object_of(snapshot.document, "storedModel");
    const auto* model = copy == nullptr ? nullptr : json::object_of(*copy, "sageMaker");
    if (model == nullptr || json::text_of(*model, "name").empty() || json::text_of(*model, "arn").empty()) {
        return std::nullopt;
    }
    return ServedModel{
        .name = std::string{json::text_of(*model, "name")}, .arn = std::string{json::text_of(*model, "arn")}, .created = time_of(*model, "creationTime")};
}

/// A run that gave up waiting for an endpoint of the name, or for one of the snapshot where the wish names none.
Result<void> none_is_open(store::Session& sql, const DeployRun& run, const std::string& snapshot_id, bool names_endpoint) {
    SW_TRY(const auto rows, sql.query("SELECT deployed_model_id FROM deploy_runs WHERE state = 'TIMED_OUT' AND endpoint_key = $1 UNION "
                                      "SELECT deployed_model_id FROM deploy_runs WHERE state = 'TIMED_OUT' AND deployable_model_id = $2",
                                      {run.endpoint_key(), snapshot_id}));
    for (const auto& row : rows) {
        SW_TRY(const auto deployment, store::find(sql, registry::deployed_models_table(), row.text(0), store::Scope::all()));
        SW_TRY(const auto open, deployment ? given_up_run(sql, *deployment) : Result<std::optional<DeployRun>>{});
        if (open && (!names_endpoint || open->endpoint_key() == run.endpoint_key())) {
            return fail(ErrorCode::conflict, "DEPLOYMENT_OPEN",
                        fmt::format("The endpoint {} was asked for and came to no end in time (deployment {}). The next sync tells what became of it; until "
                                    "then undeploy it, or name another endpoint.",
                                    open->detail.endpoint_name, row.text(0)));
        }
    }
    return {};
}

/// The endpoint of the run's name that is known here and not gone.
Result<std::optional<store::Entity>> endpoint_of_name(store::Session& sql, const DeployRun& run) {
    SW_TRY(const auto rows, store::find_by(sql, registry::runtimes_table(), {{"aws_account", run.detail.account}, {"aws_region", run.detail.region}},
                                           store::Scope::all(), 10'000));
    const auto key = run.endpoint_key();
    for (const auto& row : rows) {
        const auto* facts = json::object_of(row.document, "sageMaker");
        DeployRun other{.detail = {.account = run.detail.account, .region = run.detail.region, .endpoint_name = text_in(row.document, "sageMaker", "name")}};
        if (facts != nullptr && !flag_in(*facts, "gone") && other.endpoint_key() == key) {
            return std::optional{row};
        }
    }
    return std::optional<store::Entity>{};
}

/// No person named the endpoint, and none asked for a further one.
bool one_is_enough(const DeployRequest& request) {
    return (request.endpoint_name.empty() || request.templated) && !request.another;
}

}  // namespace

Result<void> has_configuration(store::Session& sql, const std::string& snapshot_id, const json::object& facts) {
    if (flag_in(facts, "gone")) {
        return fail(ErrorCode::conflict, "CONFIGURATION_GONE", "The endpoint configuration of this snapshot was deleted in AWS.");
    }
    SW_TRY(const auto creation, find_creation(sql, snapshot_id));
    if (creation && creation->state != CreationState::ENDED && creation->detail.why) {
        return fail(ErrorCode::conflict, "CONFIGURATION_PENDING",
                    fmt::format("The endpoint configuration of this snapshot waits for AWS: {}",
                                words_of_wait(*creation->detail.why, creation->detail.wait_reason.value_or(""))));
    }
    if (creation && creation->state != CreationState::ENDED) {
        return fail(ErrorCode::conflict, "CONFIGURATION_PENDING", "The endpoint configuration of this snapshot is being made in AWS: try again in a moment.");
    }
    return {};
}

Result<void> name_is_free(store::Session& sql, const DeployRun& run) {
    SW_TRY(const auto there, endpoint_of_name(sql, run));
    if (there) {
        return fail(ErrorCode::conflict, "ENDPOINT_EXISTS",
                    fmt::format("There is an endpoint {} already, and this version creates endpoints only. Take another name, or undeploy it first.",
                                run.detail.endpoint_name));
    }
    return {};
}

Result<LeftInAws> left_in_aws(store::Session& sql, const DeployRun& run) {
    const auto& made = run.detail.endpoint_created;
    SW_TRY(const auto there, endpoint_of_name(sql, run));
    if (there) {
        const auto created = time_of(there->document.at("sageMaker").as_object(), "creationTime");
        return made && created && !same_instant(made, created) ? LeftInAws::anothers : LeftInAws::its_own;
    }
    if (!made || run.detail.transitions.empty()) {
        return LeftInAws::nothing;
    }
    const std::string kind{to_string(Kind::endpoint)};
    SW_TRY(const auto listed, sql.query("SELECT status FROM sagemaker_objects WHERE account = $1 AND region = $2 AND kind = $3 AND LOWER(name) = LOWER($4)",
                                        {run.detail.account, run.detail.region, kind, run.detail.endpoint_name}));
    if (!listed.empty()) {
        const bool gone = std::ranges::all_of(listed, [](const auto& row) { return row.text(0) == kGone; });
        return gone ? LeftInAws::nothing : LeftInAws::its_own;
    }
    SW_TRY(const auto looked, sql.query("SELECT 1 FROM sagemaker_coverage WHERE account = $1 AND region = $2 AND kind = $3 AND completed_at > $4",
                                        {run.detail.account, run.detail.region, kind, store::to_value(run.detail.transitions.back().at)}));
    return looked.empty() ? LeftInAws::its_own : LeftInAws::nothing;
}

Result<std::vector<ServedModel>> models_of(store::Session& sql, const store::Entity& snapshot) {
    const auto* facts = json::object_of(snapshot.document, "sageMaker");
    const std::string arn{facts == nullptr ? "" : json::text_of(*facts, "arn")};
    SW_TRY(auto rows, arn.empty() ? Result<std::vector<store::Entity>>{}
                                  : store::find_by(sql, registry::deployable_models_table(), {{"aws_arn", arn}}, store::Scope::all()));
    std::erase_if(rows, [&](const store::Entity& row) {
        return row.id == snapshot.id || text_in(row.document, "sageMaker", "creationTime") != json::text_of(*facts, "creationTime");
    });
    rows.insert(rows.begin(), snapshot);
    std::vector<ServedModel> models;
    for (const auto& row : rows) {
        auto one = own_model(row);
        if (one && std::ranges::find(models, one->arn, &ServedModel::arn) == models.end()) {
            models.push_back(*std::move(one));
        }
    }
    if (models.size() > 1) {
        std::ranges::sort(models.begin() + 1, models.end(), {}, &ServedModel::arn);
    }
    return models;
}

std::vector<json::object> subjects_of(const json::object& subject, const store::Entity& snapshot) {
    std::vector<json::object> out;
    if (const auto own = own_model(snapshot)) {
        json::object shown{{"arn", own->arn}};
        if (own->created) {
            shown["creationTime"] = to_iso(*own->created);
        }
        out.push_back(subject);
        out.back()["models"] = json::array{std::move(shown)};
    }
    out.push_back(subject);
    return out;
}

Result<std::vector<json::object>> subjects_of(store::Session& sql, const json::object& subject, const store::Entity& snapshot, const DeployDetail& detail) {
    auto out = subjects_of(subject, snapshot);
    if (detail.make_configuration || !detail.configuration_created) {
        return out;
    }
    SW_TRY(const auto run, run_that_made(sql, snapshot.id, *detail.configuration_created));
    if (run && run->detail.production_variants) {
        auto asked = subject;
        asked["configuration"] = {{"productionVariants", *run->detail.production_variants}};
        std::ranges::move(subjects_of(asked, snapshot), std::back_inserter(out));
    }
    return out;
}

Result<void> no_sibling_rejected(store::Session& sql, const registry::Approvals& approvals, const store::Entity& snapshot) {
    SW_TRY(const auto siblings, approvals.siblings(sql, snapshot));
    if (std::ranges::any_of(siblings, [](const json::value& one) { return json::text_of(one.get_object(), "decision") == "REJECTED"; })) {
        return fail(ErrorCode::conflict, "SIBLING_REJECTED",
                    "Another model of this endpoint configuration was rejected: deploying this one would put both on the endpoint.");
    }
    return {};
}

Result<void> still_allowed(store::Session& sql, const registry::Approvals& approvals, const DeployRun& run) {
    SW_TRY(const auto snapshot, store::find(sql, registry::deployable_models_table(), run.deployable_model_id, store::Scope::all()));
    if (!snapshot) {
        return {};
    }
    SW_CHECK(no_sibling_rejected(sql, approvals, *snapshot));
    if (run.detail.approved_hash) {
        SW_TRY(const auto approval, approvals.about(sql, snapshot->id, *run.detail.approved_hash));
        if (approval.decision == "REJECTED") {
            return fail(ErrorCode::conflict, "REJECTED", "It was rejected after it had been approved, before AWS was asked for the endpoint.");
        }
    }
    return {};
}

Result<std::vector<store::Entity>> of_same_configuration(store::Session& sql, const store::Entity& snapshot) {
    const auto* facts = json::object_of(snapshot.document, "sageMaker");
    const std::string arn{facts == nullptr ? "" : json::text_of(*facts, "arn")};
    SW_TRY(auto rows, arn.empty()
                          ? Result<std::vector<store::Entity>>{}
                          : store::find_by(sql, registry::deployable_models_table(), {{"aws_arn", arn}, {"group_name", snapshot.group}}, store::Scope::all()));
    std::erase_if(rows, [&](const store::Entity& row) {
        return row.id == snapshot.id || text_in(row.document, "sageMaker", "creationTime") != json::text_of(*facts, "creationTime");
    });
    rows.insert(rows.begin(), snapshot);
    return rows;
}

Result<std::vector<store::Entity>> deployments_in_service(store::Session& sql, const store::Entity& snapshot) {
    SW_TRY(const auto snapshots, of_same_configuration(sql, snapshot));
    std::vector<store::Entity> all;
    for (const auto& one : snapshots) {
        SW_TRY(auto rows,
               store::find_by(sql, registry::deployed_models_table(), {{"deployable_model_id", one.id}, {"state", "DEPLOYED"}}, store::Scope::all()));
        all.insert(all.end(), std::make_move_iterator(rows.rbegin()), std::make_move_iterator(rows.rend()));
    }
    return all;
}

Result<std::optional<DeployRun>> run_in_the_way(store::Session& sql, const DeployRun& run, const store::Entity& snapshot, const DeployRequest& request) {
    SW_TRY(auto live, live_run(sql, run.endpoint_key(), snapshot.id));
    if (live || !one_is_enough(request)) {
        return live;
    }
    SW_TRY(const auto snapshots, of_same_configuration(sql, snapshot));
    for (const auto& one : snapshots) {
        SW_TRY(auto other, live_deployment(sql, one.id));
        if (other) {
            return other;
        }
    }
    return std::nullopt;
}

Result<void> way_is_free(store::Session& sql, const DeployRun& run, const store::Entity& snapshot, const DeployRequest& request) {
    const bool one = one_is_enough(request);
    if (one) {
        SW_TRY(const auto deployed, deployments_in_service(sql, snapshot));
        if (!deployed.empty()) {
            return fail(ErrorCode::conflict, "ALREADY_DEPLOYED",
                        fmt::format("{} is in service on {} already (deployment {}). Name another endpoint to have a further one.",
                                    text_in(snapshot.document, "metaData", "name"), text_in(deployed.front().document, "engine", "name"), deployed.front().id));
        }
    }
    SW_CHECK(name_is_free(sql, run));
    SW_TRY(const auto live, run_in_the_way(sql, run, snapshot, request));
    if (live) {
        return fail(ErrorCode::conflict, "ALREADY_RUNNING", fmt::format("That is being done already: {}", live->told_as_busy()));
    }
    SW_TRY(const auto snapshots, one ? of_same_configuration(sql, snapshot) : std::vector{snapshot});
    for (const auto& each : snapshots) {
        SW_CHECK(none_is_open(sql, run, each.id, !one && !request.endpoint_name.empty()));
    }
    return {};
}

}  // namespace slipway::sagemaker
