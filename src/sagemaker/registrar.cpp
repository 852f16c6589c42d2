#include "sagemaker/registrar.hpp"

#include <algorithm>

#include "registry/documents.hpp"
#include "registry/removed_snapshots.hpp"
#include "registry/tables.hpp"
#include "sagemaker/arn.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/creation.hpp"
#include "sagemaker/deploy_run.hpp"
#include "sagemaker/notices.hpp"
#include "sagemaker/overlay.hpp"
#include "sagemaker/registrar_rows.hpp"

namespace slipway::sagemaker {
namespace rows {

std::optional<store::Entity> none() {
    return std::nullopt;
}

/// True when `entity` is the object of its ARN that was made then.
bool is_object(const store::Entity& entity, std::optional<Timestamp> created) {
    const auto* facts = json::object_of(entity.document, "sageMaker");
    return facts != nullptr && same_instant(time_of(*facts, "creationTime"), created);
}

bool is_outdated(const store::Entity& entity, std::optional<Timestamp> modified) {
    const auto* facts = json::object_of(entity.document, "sageMaker");
    const auto known = facts == nullptr ? std::nullopt : time_of(*facts, "lastModifiedTime");
    return known && modified && *modified < *known;
}

bool is_of_another(const store::Entity& model, const std::optional<store::Entity>& before) {
    const auto* facts = json::object_of(model.document, "sageMaker");
    return !before && facts != nullptr && facts->contains("gone");
}

/// Writes `fresh` as a new row, or lays it over the one that is there.
/// @param model reference that the row is to carry from now on; null: the one it has.
Result<store::Entity> upsert(store::Unit& unit, const store::EntityTable& table, const std::string& group, std::optional<store::Entity> before,
                             json::object fresh, const OverlayRule& rule, Registered& count, const json::object* model) {
    if (!before) {
        ++count.written;
        return store::insert(unit, table, {.id = "", .group = group, .document = std::move(fresh)});
    }
    auto now = overlaid(before->document, fresh, rule);
    if (model != nullptr) {
        now["model"] = *model;
    }
    SW_TRY(auto after, store::update(unit, table, *before, std::move(now)));
    ++(after.version == before->version ? count.unchanged : count.written);
    return after;
}

Result<std::vector<store::Entity>> of_arn(store::Unit& unit, const store::EntityTable& table, const std::string& group, const std::string& arn,
                                          const std::string& stored_model_id) {
    std::vector<store::Match> match{{"aws_arn", arn}, {"group_name", group}};
    if (!stored_model_id.empty()) {
        match.emplace_back("stored_model_id", stored_model_id);
    }
    return store::find_by(unit.sql, table, match, store::Scope::all());
}

/// True when this service has just asked AWS for the object on behalf of a row that does not know its ARN yet: that row is the one.
Result<bool> is_in_the_making(store::Unit& unit, const std::string& group, const Found& found, const Place& place) {
    const auto arn = parse_arn(found.object.arn);
    const auto kind = !arn                           ? std::nullopt
                      : arn->type == "transform-job" ? std::optional{CreationKind::TRANSFORM_JOB}
                      : arn->type == "training-job"  ? std::optional{CreationKind::TRAINING_JOB}
                                                     : std::optional{CreationKind::ENDPOINT_CONFIG};
    if (!kind) {
        return false;
    }
    SW_TRY(const auto creation, creation_named(unit.sql, *kind, group, place.account, place.region, found.object.name));
    if (creation && creation->state == CreationState::REQUESTED && creation->detail.requested_at) {
        return true;
    }
    return *kind == CreationKind::ENDPOINT_CONFIG ? makes_configuration(unit.sql, group, place.account, place.region, found.object.name) : Result<bool>{false};
}

}  // namespace rows

using namespace rows;

namespace {

constexpr std::size_t kMostRuntimes = 10'000;
constexpr std::string_view kDeletedInAws = "The endpoint was deleted in AWS.";
constexpr std::string_view kServesOthers = "The endpoint was given another configuration in AWS.";

bool is_over(std::string_view state) {
    return state == "UNDEPLOYED";
}

Result<store::Entity> set_state(store::Unit& unit, const store::Entity& deployment, domain::DeploymentState state, std::string_view why) {
    auto document = deployment.document;
    document["state"] = json::enum_name(state);
    if (state == domain::DeploymentState::DEPLOYED && !document.contains("deployTime")) {
        document["deployTime"] = to_iso(unit.now);
    }
    if (state == domain::DeploymentState::UNDEPLOYED) {
        document["undeployTime"] = to_iso(unit.now);
        SW_CHECK(settle_rejected(unit, deployment.group, deployment.id));
        SW_CHECK(end_run(unit, deployment.id, why));
    }
    return store::update(unit, registry::deployed_models_table(), deployment, std::move(document));
}

/// Brings a deployment to the state in which AWS is, by the steps that lead there: an import sees only some of AWS's states.
/// @param why it is served no more, where it is not.
/// @return false when no step leads there: the deployment has ended, and another one shows what AWS serves now.
Result<bool> bring_to(store::Unit& unit, store::Entity deployment, domain::DeploymentState becomes, std::string_view why, Registered& count) {
    using enum domain::DeploymentState;
    const auto was = json::enum_value<domain::DeploymentState>(json::text_of(deployment.document, "state"));
    if (!was || *was == becomes) {
        ++count.unchanged;
        return true;
    }
    ++count.written;
    const bool ends = becomes == UNDEPLOYING || becomes == UNDEPLOYED;
    if (!domain::may_become(*was, becomes) && *was == DEPLOYING && ends) {
        SW_TRY(deployment, set_state(unit, deployment, FAILED, why));
    }
    const auto now = json::enum_value<domain::DeploymentState>(json::text_of(deployment.document, "state")).value_or(*was);
    const bool leads = domain::may_become(now, becomes);
    SW_CHECK(set_state(unit, deployment, leads ? becomes : UNDEPLOYED, why));
    return leads;
}

}  // namespace

std::optional<store::Entity> same_object(std::vector<store::Entity> entities, std::optional<Timestamp> created) {
    for (auto& entity : entities) {
        if (is_object(entity, created)) {
            return std::move(entity);
        }
    }
    return none();
}

Result<store::Entity> Registrar::model() {
    return store::read<store::Entity>(store_.database(), [&](store::Session& sql) -> Result<store::Entity> {
        SW_TRY(auto found, store::find(sql, registry::stored_models_table(), stored_model_id_, store::Scope::all()));
        if (!found) {
            return fail(ErrorCode::not_found, "MODEL_REMOVED", "The model was deleted while it was imported. Import it again to get it back.");
        }
        return std::move(*found);
    });
}

Result<Registered> Registrar::counted(const CountedWork& work) {
    Registered count;
    const auto outcome = store_.write(actor_, [&](store::Unit& unit) -> Result<void> {
        // The transaction may run again after a serialisation failure.
        count = {};
        SW_TRY(const auto found, store::find(unit.sql, registry::stored_models_table(), stored_model_id_, store::Scope::all()));
        if (!found) {
            return fail(ErrorCode::not_found, "MODEL_REMOVED", "The model was deleted while it was imported. Import it again to get it back.");
        }
        return work(unit, *found, count);
    });
    SW_CHECK(outcome);
    return count;
}

Result<Registered> Registrar::configurations(const std::vector<Found>& configurations) {
    return counted([&](store::Unit& unit, const store::Entity& model, Registered& count) -> Result<void> {
        for (const auto& one : configurations) {
            SW_TRY(auto same_arn, of_arn(unit, registry::deployable_models_table(), model.group, one.object.arn, model.id));
            SW_TRY(const bool in_the_making, same_arn.empty() ? is_in_the_making(unit, model.group, one, place_) : Result<bool>{false});
            if (in_the_making) {
                ++count.unchanged;
                continue;
            }
            const auto before = same_object(std::move(same_arn), one.object.created);
            SW_TRY(const bool left, before ? Result<bool>{false} : is_left_out(unit, one.object));
            if (left || is_of_another(model, before)) {
                ++count.unchanged;
                continue;
            }
            auto snapshot = map_configuration(one.description, one.tags.value_or(Tags{}), place_, model.full());
            if (one.object.status == kGone) {
                snapshot.sage_maker->gone = true;
            }
            auto fresh = domain::to_json(snapshot);
            SW_TRY(const auto after, upsert(unit, registry::deployable_models_table(), model.group, before, std::move(fresh),
                                            {.tags = "/metaData/tags", .members = {}, .tags_known = one.tags.has_value()}, count));
            if (!before) {
                SW_CHECK(registry::note_origin(unit, after.id, origin_));
            }
        }
        return {};
    });
}

Result<bool> Registrar::is_left_out(store::Unit& unit, const Indexed& configuration) {
    const auto created = configuration.created.value_or(Timestamp{});
    if (origin_.trigger == "sync") {
        return registry::is_removed_snapshot(unit.sql, stored_model_id_, configuration.arn, created);
    }
    SW_CHECK(registry::forget_removed_snapshot(unit, stored_model_id_, configuration.arn, created));
    return false;
}

Result<Registered> Registrar::endpoints(const std::vector<FoundEndpoint>& endpoints) {
    return counted([&](store::Unit& unit, const store::Entity& model, Registered& count) -> Result<void> {
        for (const auto& one : endpoints) {
            const auto& endpoint = one.endpoint;
            SW_TRY(auto same_arn, of_arn(unit, registry::runtimes_table(), model.group, endpoint.object.arn));
            const auto before = same_object(std::move(same_arn), endpoint.object.created);
            if (is_of_another(model, before) || (before && is_outdated(*before, endpoint.object.modified))) {
                ++count.unchanged;
                continue;
            }
            const auto* configuration = one.configuration_description ? &*one.configuration_description : nullptr;
            auto runtime = map_endpoint(endpoint.description, endpoint.tags.value_or(Tags{}), one.monitoring.value_or(json::array{}), configuration, place_);
            if (before) {
                // A word of AWS that is not known yet changes nothing.
                const auto was = json::enum_value<domain::RuntimeState>(json::text_of(before->document, "state"));
                runtime.state = domain::runtime_state_of_endpoint(endpoint.object.status, was.value_or(domain::RuntimeState::INIT));
            }
            SW_TRY(const auto row, upsert(unit, registry::runtimes_table(), model.group, before, domain::to_json(runtime),
                                          {.tags = "/tags",
                                           .members = kRuntimeMembers,
                                           .tags_known = endpoint.tags.has_value(),
                                           .monitoring_known = one.monitoring.has_value(),
                                           .configuration_known = configuration != nullptr},
                                          count));
            SW_CHECK(deployment(unit, model, row, one, count));
        }
        return {};
    });
}

Result<void> Registrar::deployment(store::Unit& unit, const store::Entity& model, const store::Entity& runtime, const FoundEndpoint& found, Registered& count) {
    if (!found.configuration) {
        return {};
    }
    const auto& table = registry::deployed_models_table();
    SW_TRY(auto same_arn, of_arn(unit, registry::deployable_models_table(), model.group, found.configuration->arn, model.id));
    const auto snapshot = same_object(std::move(same_arn), found.configuration->created);
    if (!snapshot) {
        return {};
    }
    SW_TRY(const auto all, store::find_by(unit.sql, table, {{"runtime_id", runtime.id}, {"stored_model_id", model.id}}, store::Scope::all()));
    const auto state = deployment_state_of_endpoint(found.endpoint.object.status);
    bool there = false;
    for (const auto& one : all) {
        if (is_over(json::text_of(one.document, "state"))) {
            continue;
        }
        const auto* reference = json::object_of(one.document, "deployableModel");
        const bool same = reference != nullptr && json::text_of(*reference, "id") == snapshot->id;
        SW_TRY(const auto run, last_run(unit.sql, one.id));
        if (run && is_live(run->state)) {
            // It is being removed: its run says what becomes of it.
            ++count.unchanged;
            there = there || same;
            continue;
        }
        SW_TRY(const bool stays, bring_to(unit, one, same ? state : domain::DeploymentState::UNDEPLOYED, kServesOthers, count));
        there = there || (same && stays);
    }
    SW_TRY(const bool own, there ? Result<bool>{true} : is_own_deployment(unit, *snapshot, runtime, found.endpoint, count));
    if (own) {
        return {};
    }
    domain::DeployedModel deployment;
    deployment.deployable_model = registry::snapshot_reference(*snapshot);
    deployment.engine = {{"id", runtime.id}, {"name", json::text_of(runtime.document, "name")}, {"engineType", domain::kSageMakerRuntime}};
    deployment.state = state;
    SW_TRY(const auto made, store::insert(unit, table, {.id = "", .group = model.group, .document = domain::to_json(deployment)}));
    ++count.written;
    return tell_rejected(unit, *snapshot, made);
}

Result<std::vector<Registrar::KnownRuntime>> Registrar::runtimes() {
    SW_TRY(const auto group_of, model());
    return store::read<std::vector<KnownRuntime>>(store_.database(), [&](store::Session& sql) -> Result<std::vector<KnownRuntime>> {
        SW_TRY(const auto rows,
               store::find_by(sql, registry::runtimes_table(), {{"group_name", group_of.group}, {"aws_account", place_.account}, {"aws_region", place_.region}},
                              store::Scope::all(), kMostRuntimes));
        SW_TRY(const auto deployments,
               store::find_by(sql, registry::deployed_models_table(), {{"stored_model_id", stored_model_id_}}, store::Scope::all(), kMostRuntimes));
        std::vector<KnownRuntime> known;
        for (const auto& row : rows) {
            const auto* facts = json::object_of(row.document, "sageMaker");
            if (facts == nullptr || facts->contains("gone")) {
                continue;
            }
            const bool serves = std::ranges::any_of(deployments, [&](const store::Entity& one) {
                const auto* engine = json::object_of(one.document, "engine");
                return engine != nullptr && json::text_of(*engine, "id") == row.id && !is_over(json::text_of(one.document, "state"));
            });
            known.push_back(
                {.id = row.id, .arn = std::string{json::text_of(*facts, "arn")}, .created = time_of(*facts, "creationTime"), .serves_model = serves});
        }
        return known;
    });
}

Result<void> Registrar::end_deployments(store::Unit& unit, const std::string& runtime_id, std::string_view of_model, Registered& count) {
    std::vector<store::Match> match{{"runtime_id", runtime_id}};
    if (!of_model.empty()) {
        match.emplace_back("stored_model_id", std::string{of_model});
    }
    SW_TRY(const auto all, store::find_by(unit.sql, registry::deployed_models_table(), match, store::Scope::all()));
    for (const auto& one : all) {
        if (!is_over(json::text_of(one.document, "state"))) {
            SW_CHECK(bring_to(unit, one, domain::DeploymentState::UNDEPLOYED, of_model.empty() ? kDeletedInAws : kServesOthers, count));
        }
    }
    return {};
}

Result<Registered> Registrar::model_tags(const Tags& tags) {
    return counted([&](store::Unit& unit, const store::Entity& model, Registered& count) -> Result<void> {
        auto fresh = model.document;
        fresh["sageMaker"].as_object()["tags"] = json::encode(tags);
        SW_CHECK(upsert(unit, registry::stored_models_table(), model.group, model, std::move(fresh), {.tags = "/modelMetaData/tags", .members = {}}, count));
        return {};
    });
}

Result<Registered> Registrar::model_gone() {
    return counted([&](store::Unit& unit, const store::Entity& model, Registered& count) -> Result<void> {
        auto document = model.document;
        auto& facts = document["sageMaker"].as_object();
        if (facts.contains("gone")) {
            return {};
        }
        facts["gone"] = true;
        SW_CHECK(store::update(unit, registry::stored_models_table(), model, std::move(document)));
        ++count.written;
        return {};
    });
}

Result<Registered> Registrar::runtimes_gone(const std::vector<std::string>& ids) {
    return counted([&](store::Unit& unit, const store::Entity&, Registered& count) -> Result<void> {
        for (const auto& id : ids) {
            SW_TRY(const auto row, store::find(unit.sql, registry::runtimes_table(), id, store::Scope::all()));
            if (!row) {
                continue;
            }
            auto document = row->document;
            document["state"] = json::enum_name(domain::RuntimeState::REMOVED);
            document["sageMaker"].as_object()["gone"] = true;
            SW_CHECK(store::update(unit, registry::runtimes_table(), *row, std::move(document)));
            ++count.written;
            SW_CHECK(end_deployments(unit, id, {}, count));
        }
        return {};
    });
}

Result<Registered> Registrar::runtimes_left(const std::vector<std::string>& ids) {
    return counted([&](store::Unit& unit, const store::Entity& model, Registered& count) -> Result<void> {
        for (const auto& id : ids) {
            SW_CHECK(end_deployments(unit, id, model.id, count));
        }
        return {};
    });
}

Result<Registered> Registrar::generated_snapshot() {
    return counted([&](store::Unit& unit, const store::Entity& model, Registered& count) -> Result<void> {
        SW_TRY(const auto snapshots, store::find_by(unit.sql, registry::deployable_models_table(), {{"stored_model_id", model.id}}, store::Scope::all()));
        const bool has_one =
            std::ranges::any_of(snapshots, [](const store::Entity& snapshot) { return json::object_of(snapshot.document, "sageMaker") != nullptr; });
        if (has_one) {
            return {};
        }
        const auto* meta = json::object_of(model.document, "modelMetaData");
        const std::string name{meta == nullptr ? "" : json::text_of(*meta, "name")};
        auto snapshot = sagemaker::generated_snapshot(model.full(), name, place_, unit.now);
        SW_TRY(const auto made,
               store::insert(unit, registry::deployable_models_table(), {.id = "", .group = model.group, .document = domain::to_json(snapshot)}));
        SW_CHECK(registry::note_origin(unit, made.id, origin_));
        ++count.written;
        return {};
    });
}

}  // namespace slipway::sagemaker
