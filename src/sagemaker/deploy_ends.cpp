#include <fmt/format.h>

#include "domain/model.hpp"
#include "registry/documents.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/aws_wait.hpp"
#include "sagemaker/deploy_step.hpp"
#include "sagemaker/fill.hpp"
#include "sagemaker/mapping.hpp"
#include "sagemaker/notices.hpp"
#include "sagemaker/registrar_rows.hpp"

/// Undeployment, and what a run writes into the registry when it comes to its end.
namespace slipway::sagemaker {
namespace {

constexpr Milliseconds kSoon = std::chrono::seconds{3};

bool moves(std::string_view status) {
    return status == "Creating" || status == "Updating" || status == "SystemUpdating" || status == "RollingBack";
}

/// The row of the runtime behind an endpoint of the group, as AWS shows it now: a sync may have seen it first, before it served.
Result<store::Entity> runtime_row(store::Unit& unit, const std::string& group, const domain::Runtime& fresh, bool tags_known) {
    const auto& facts = *fresh.sage_maker;
    SW_TRY(auto same_arn, rows::of_arn(unit, registry::runtimes_table(), group, facts.arn.value_or("")));
    Registered count;
    return rows::upsert(unit, registry::runtimes_table(), group, same_object(std::move(same_arn), facts.creation_time), domain::to_json(fresh),
                        {.tags = "/tags", .members = rows::kRuntimeMembers, .tags_known = tags_known, .monitoring_known = false, .configuration_known = false},
                        count);
}

Result<void> set_deployment(store::Unit& unit, const std::string& id, const std::function<void(json::object&)>& change) {
    SW_TRY(const auto row, store::find(unit.sql, registry::deployed_models_table(), id, store::Scope::all()));
    if (!row) {
        return {};
    }
    auto document = row->document;
    change(document);
    SW_CHECK(store::update(unit, registry::deployed_models_table(), *row, std::move(document)));
    return {};
}

void put_state(json::object& document, domain::DeploymentState state, Timestamp at) {
    document["state"] = json::enum_name(state);
    if (state == domain::DeploymentState::UNDEPLOYED) {
        document["undeployTime"] = to_iso(at);
    }
    if (state == domain::DeploymentState::DEPLOYED && !document.contains("deployTime")) {
        document["deployTime"] = to_iso(at);
    }
}

}  // namespace

/// The snapshot stands for the configuration from now on.
Result<void> DeployStep::note_configuration(const json::object& answer) {
    run_.detail.configuration_created = time_of(answer, "CreationTime");
    run_.enter(DeployState::CONFIG_READY, now());
    just_checked_ = true;
    allow_time(answer);
    operation_.stages[0].done = 1;
    operation_.stages[1].done = 1;
    return save([&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto snapshot, store::find(unit.sql, registry::deployable_models_table(), run_.deployable_model_id, store::Scope::all()));
        if (!snapshot) {
            return {};
        }
        const auto* model = json::object_of(snapshot->document, "storedModel");
        auto mapped = map_configuration(answer, {}, {.account = run_.detail.account, .region = run_.detail.region}, model == nullptr ? json::object{} : *model);
        mapped.sage_maker->generated = true;
        auto document = snapshot->document;
        document["sageMaker"] = json::encode_object(*mapped.sage_maker);
        SW_CHECK(store::update(unit, registry::deployable_models_table(), *snapshot, std::move(document)));
        return note_made(unit, scope(), Kind::endpoint_config, answer);
    });
}

/// AWS names the configuration that an endpoint serves, and a name may be made again: one that was, before the endpoint, is what it serves. Behind it, the
/// endpoint serves the earlier one still.
Result<void> DeployStep::confirm_configuration(const json::object& endpoint) {
    const auto& detail = run_.detail;
    const auto answer = reader_->call("DescribeEndpointConfig", {{"EndpointConfigName", detail.configuration_name}});
    if (!answer && !is_absent(answer.error())) {
        return troubled(answer.error(), false);
    }
    const auto made = answer ? time_of(*answer, "CreationTime") : std::nullopt;
    const auto served_since = time_of(endpoint, "CreationTime");
    if (made && !same_instant(made, detail.configuration_created) && (!served_since || *made <= *served_since)) {
        return end(
            DeployState::CONFLICT,
            fmt::format("The endpoint configuration {} was deleted in AWS and made again just before the endpoint was made: the endpoint serves that one, "
                        "which is not what was asked for. Undeploy it, and import the model again.",
                        detail.configuration_name));
    }
    return register_endpoint(endpoint);
}

Result<void> DeployStep::register_endpoint(const json::object& answer) {
    const auto tags = reader_->for_extras().tags(std::string{json::text_of(answer, "EndpointArn")});
    const auto fresh = map_endpoint(answer, tags.value_or(Tags{}), {}, nullptr, {.account = run_.detail.account, .region = run_.detail.region});
    // What a look on the way met is no reason of the verdict; what AWS warns of is.
    const auto warning = explained(json::text_of(answer, "FailureReason"));
    run_.enter(DeployState::DEPLOYED, now(), warning);
    run_.detail.why = warning.empty() ? std::nullopt : std::optional{warning};
    for (auto& stage : operation_.stages) {
        stage.done = 1;
    }
    operation_.state = registry::OperationState::COMPLETE;
    operation_.finished = now();
    return save([&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto runtime, runtime_row(unit, run_.group, fresh, tags.has_value()));
        SW_CHECK(set_deployment(unit, run_.deployed_model_id, [&](json::object& document) {
            document["engine"] = registry::engine_reference(runtime);
            document.erase("reason");
            if (!warning.empty()) {
                document["reason"] = warning;
            }
            put_state(document, domain::DeploymentState::DEPLOYED, unit.now);
        }));
        SW_CHECK(note_made(unit, scope(), Kind::endpoint, answer));
        return registry::settle(unit, run_.group, "deployment:" + run_.deployable_model_id);
    });
}

Result<void> DeployStep::end(DeployState verdict, std::string why, const AwsError* error) {
    run_.enter(verdict, now(), why);
    run_.detail.why = why;
    operation_.state = verdict == DeployState::CANCELLED ? registry::OperationState::CANCELLED : registry::OperationState::ERROR;
    operation_.finished = now();
    registry::OperationProblem problem{.operation = error != nullptr ? error->operation : std::string{json::enum_name(run_.detail.kind)},
                                       .code = error != nullptr ? error->code : std::string{json::enum_name(verdict)},
                                       .message = why};
    if (error != nullptr && !error->permission.empty()) {
        problem.permission = error->permission;
    }
    if (error != nullptr && !error->request_id.empty()) {
        problem.request_id = error->request_id;
    }
    operation_.problems.push_back(std::move(problem));
    return save([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(end_deployment(unit, verdict, why));
        return configuration_lost_ ? note_lost_configuration(unit) : Result<void>{};
    });
}

/// The snapshot stands for a configuration that AWS has no more. One that only lagged behind is believed again when it is listed.
Result<void> DeployStep::note_lost_configuration(store::Unit& unit) {
    SW_CHECK(doubt_object(unit, scope(), Kind::endpoint_config, run_.detail.configuration_name));
    SW_TRY(const auto snapshot, store::find(unit.sql, registry::deployable_models_table(), run_.deployable_model_id, store::Scope::all()));
    if (!snapshot || !rows::is_object(*snapshot, run_.detail.configuration_created)) {
        return {};
    }
    auto document = snapshot->document;
    document["sageMaker"].as_object()["gone"] = true;
    SW_CHECK(store::update(unit, registry::deployable_models_table(), *snapshot, std::move(document)));
    return {};
}

Result<void> DeployStep::end_deployment(store::Unit& unit, DeployState verdict, const std::string& why) {
    const bool undeploys = run_.detail.kind == DeployKind::UNDEPLOY;
    // AWS was asked for something and has not said what became of it: the deployment stays as it is until a sync sees it.
    const bool unknown = verdict == DeployState::TIMED_OUT && run_.detail.requested_at;
    std::string snapshot;
    SW_CHECK(set_deployment(unit, run_.deployed_model_id, [&](json::object& document) {
        if (const auto* reference = json::object_of(document, "deployableModel")) {
            snapshot = registry::text_in(*reference, "metaData", "name");
        }
        if (unknown) {
            document["reason"] = why;
            return;
        }
        if (!undeploys) {
            put_state(document, domain::DeploymentState::FAILED, unit.now);
            document["reason"] = why;
            return;
        }
        // What could not be removed is as it was; why a deployment failed is of more use than why it stays.
        document["state"] = run_.detail.state_before.value_or(run_.detail.runtime_id ? "DEPLOYED" : "FAILED");
        if (json::text_of(document, "state") != "FAILED" || !document.contains("reason")) {
            document["reason"] = why;
        }
    }));
    if (verdict == DeployState::CANCELLED) {
        return {};
    }
    const auto named = snapshot.empty() ? std::string{"the snapshot"} : "the snapshot " + snapshot;
    const auto& endpoint = run_.detail.endpoint_name;
    const auto what = unknown     ? fmt::format("It is not known yet what became of the endpoint {} of {}", endpoint, named)
                      : undeploys ? fmt::format("The endpoint {} of {} was not removed", endpoint, named)
                                  : fmt::format("T{} was not deployed to {}", named.substr(1), endpoint);
    domain::Notification notification{.notification_type = "MODEL_NOTIFICATION", .severity = "ERROR", .message = fmt::format("{}: {}", what, why)};
    notification.stored_model_id = run_.detail.stored_model_id;
    notification.deployable_model_id = run_.deployable_model_id;
    return registry::notify(unit, run_.group, std::move(notification), "deployment:" + run_.deployable_model_id);
}

Result<void> DeployStep::undeploy_step() {
    return run_.state == DeployState::WAITING ? wait_for_removal() : remove_endpoint();
}

Result<void> DeployStep::remove_endpoint() {
    auto& detail = run_.detail;
    const auto there = describe_endpoint();
    if (!there) {
        return is_absent(there.error()) ? go_to(DeployState::WAITING, 0, "AWS has no such endpoint.") : troubled(there.error(), !has_asked());
    }
    detail.aws_state = std::string{json::text_of(*there, "EndpointStatus")};
    if (detail.endpoint_created && !same_instant(time_of(*there, "CreationTime"), detail.endpoint_created)) {
        return end(DeployState::CONFLICT,
                   "The endpoint was deleted in AWS and made again by somebody else: the new one is left alone. Import the model again.");
    }
    if (!detail.endpoint_created) {
        const auto ours = is_ours(std::string{json::text_of(*there, "EndpointArn")}, detail.request_hash);
        if (!ours) {
            return troubled(ours.error(), !has_asked());
        }
        if (!*ours) {
            return end(DeployState::CONFLICT, "The endpoint of this name was not made by this deployment: it is left alone.");
        }
        detail.endpoint_created = time_of(*there, "CreationTime");
    }
    if (*detail.aws_state == "Deleting") {
        return go_to(DeployState::WAITING, 0);
    }
    if (moves(*detail.aws_state)) {
        return look_again(next_look(detail.looks), "AWS removes no endpoint that is being made or changed: waiting until it is.");
    }
    const bool first = run_.state != DeployState::REQUESTED;
    if (first) {
        detail.requested_at = now();
        SW_CHECK(go_to(DeployState::REQUESTED, 0));
    }
    const auto removed = reader_->call("DeleteEndpoint", {{"EndpointName", detail.endpoint_name}});
    if (removed || is_absent(removed.error())) {
        return go_to(DeployState::WAITING, 0);
    }
    if (is_under_way()) {
        return look_again(kSoon);
    }
    // What an earlier request does may still be hidden.
    return troubled(removed.error(), first || now() - detail.requested_at.value_or(Timestamp{}) >= kConsistent);
}

/// A call whose answer was lost is made again by the client itself: what AWS refuses then is the second removal, while it does the first.
bool DeployStep::is_under_way() {
    const auto there = describe_endpoint();
    const auto status = there ? json::text_of(*there, "EndpointStatus") : std::string_view{};
    return there ? status == "Deleting" || moves(status) : is_absent(there.error());
}

Result<void> DeployStep::wait_for_removal() {
    auto& detail = run_.detail;
    const auto there = describe_endpoint();
    if (!there && !is_absent(there.error())) {
        return troubled(there.error(), false);
    }
    const bool another = there && detail.endpoint_created && !same_instant(time_of(*there, "CreationTime"), detail.endpoint_created);
    if (there && !another) {
        detail.aws_state = std::string{json::text_of(*there, "EndpointStatus")};
        return look_again(detail.looks == 0 ? kSoon : next_look(detail.looks), explained(json::text_of(*there, "FailureReason")));
    }
    run_.enter(DeployState::UNDEPLOYED, now());
    detail.aws_state.reset();
    detail.why.reset();
    for (auto& stage : operation_.stages) {
        stage.done = 1;
    }
    operation_.state = registry::OperationState::COMPLETE;
    operation_.finished = now();
    return save([&](store::Unit& unit) { return register_removal(unit); });
}

/// The endpoint is gone, and with it every deployment on it.
Result<void> DeployStep::register_removal(store::Unit& unit) {
    const auto undeployed = [&](json::object& document) { put_state(document, domain::DeploymentState::UNDEPLOYED, unit.now); };
    SW_CHECK(set_deployment(unit, run_.deployed_model_id, undeployed));
    SW_CHECK(settle_rejected(unit, run_.group, run_.deployed_model_id));
    if (!run_.detail.runtime_id) {
        return {};
    }
    SW_TRY(const auto runtime, store::find(unit.sql, registry::runtimes_table(), *run_.detail.runtime_id, store::Scope::all()));
    if (runtime) {
        auto document = runtime->document;
        document["state"] = json::enum_name(domain::RuntimeState::REMOVED);
        document["sageMaker"].as_object()["gone"] = true;
        SW_CHECK(store::update(unit, registry::runtimes_table(), *runtime, std::move(document)));
    }
    SW_TRY(const auto others, store::find_by(unit.sql, registry::deployed_models_table(), {{"runtime_id", *run_.detail.runtime_id}}, store::Scope::all()));
    for (const auto& other : others) {
        if (json::text_of(other.document, "state") != "UNDEPLOYED") {
            SW_CHECK(set_deployment(unit, other.id, undeployed));
            SW_CHECK(settle_rejected(unit, other.group, other.id));
        }
    }
    return {};
}

}  // namespace slipway::sagemaker
