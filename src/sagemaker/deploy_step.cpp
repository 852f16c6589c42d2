#include "sagemaker/deploy_step.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "registry/approvals.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/aws_wait.hpp"
#include "sagemaker/deploy_checks.hpp"

namespace slipway::sagemaker {
namespace {

using std::chrono::seconds;

const identity::Principal kService = identity::Principal::service();
constexpr int kMostSteps = 8;
constexpr Milliseconds kSoon = seconds{3};

bool name_taken(const AwsError& error) {
    return error.code == "ResourceInUse" || error.message.contains("already exist");
}

}  // namespace

Result<void> DeployStep::run() {
    SW_CHECK(load());
    for (int step = 0; step < kMostSteps && is_live(run_.state) && is_due(run_.next_at, now()) && !stopping_ && !halted_; ++step) {
        if (operation_.cancel_requested && run_.made_nothing()) {
            return end(DeployState::CANCELLED, std::string{kCancelled});
        }
        if (operation_.cancel_requested && run_.detail.kind == DeployKind::DEPLOY) {
            operation_.stages.at(kEndpointStage).note = "The cancellation came too late: AWS was asked for the endpoint. Undeploy it when it is there.";
        }
        SW_CHECK(take_step());
    }
    return {};
}

Result<void> DeployStep::load() {
    auto& database = registry_.foundation().store.database();
    return database.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(run_, run_of_operation(sql, operation_id_));
        SW_TRY(operation_, registry_.operations().get(sql, kService, operation_id_));
        return {};
    });
}

Result<void> DeployStep::take_step() {
    auto& detail = run_.detail;
    const auto late = now() - run_.next_at;
    if (late < -kLongestPause) {  // the clock was set back
        if (detail.deadline) {
            *detail.deadline += late + kLongestPause;
        }
        detail.requested_at = detail.requested_at ? std::optional{std::min(*detail.requested_at, now())} : std::nullopt;
        run_.next_at = now();
    }
    if (!detail.deadline) {
        detail.deadline = now() + deploy_budget({});
    }
    if (late > kLongestPause) {
        *detail.deadline += late;  // nobody could look meanwhile: the server was away, or the clock was set
        run_.next_at = now();
    }
    if (!reader_) {
        SW_CHECK(connect());
        if (!reader_) {
            return {};
        }
    }
    return detail.kind == DeployKind::DEPLOY ? deploy_step() : undeploy_step();
}

bool DeployStep::has_asked() const {
    return run_.detail.requested_at || run_.state == DeployState::REQUESTED || run_.state == DeployState::WAITING;
}

/// By the keys that the model was imported with; and nothing is asked of, or believed from, another account than the one that is meant.
Result<void> DeployStep::connect() {
    auto& detail = run_.detail;
    auto reach = accounts_.reach_for(run_.group, detail.region, detail.model_name, detail.stored_model_id, detail.credential_id);
    if (!reach) {
        const bool passes = has_asked() || reach.error().code == ErrorCode::unavailable;
        return passes ? look_again(kLongestPause, reach.error().message, reason_of_wait(reach.error())) : end(DeployState::FAILED, reach.error().message);
    }
    if (!detail.account.empty() && detail.reached_by != reach->reader) {
        const auto reached = accounts_.require_account(*reach, detail.account, {.ledger = &ledger_, .cancelled = &stopping_});
        if (!reached && !is_other_account(reached.error())) {
            return troubled(reached.error(), !has_asked());
        }
        if (!reached) {
            return has_asked() ? look_again(kLongestPause, reached.error().message, reason_of_wait(reached.error().error))
                               : end(DeployState::FAILED, reached.error().message);
        }
        detail.reached_by = reach->reader;
    }
    reach_ = std::move(*reach);
    reader_.emplace(*reach_->api, CallOptions{.ledger = &ledger_, .cancelled = &stopping_});
    return {};
}

Result<void> DeployStep::deploy_step() {
    switch (run_.state) {
        case DeployState::PLANNED: return run_.detail.make_configuration ? make_configuration() : check();
        case DeployState::CONFIG_READY: return look_before_creating();
        case DeployState::REQUESTED: return create_endpoint();
        default: return wait_for_endpoint();
    }
}

Result<void> DeployStep::check() {
    SW_TRY(just_checked_, configuration_stands(true));
    return just_checked_ ? go_to(DeployState::CONFIG_READY, 2) : Result<void>{};
}

Result<bool> DeployStep::configuration_stands(bool first) {
    auto& detail = run_.detail;
    const auto answer = reader_->call("DescribeEndpointConfig", {{"EndpointConfigName", detail.configuration_name}});
    if (!answer) {
        const bool absent = is_absent(answer.error());
        if (absent && !detail.configuration_missed) {  // one answer may lag behind, and what follows of it is not taken back
            detail.configuration_missed = now();
            SW_CHECK(look_again(kSoon, fmt::format("AWS does not show the endpoint configuration {}: it is asked once more.", detail.configuration_name)));
            return false;
        }
        configuration_lost_ = absent;
        SW_CHECK(configuration_lost_ ? forbidden(first, fmt::format("The endpoint configuration {} is no more in AWS.", detail.configuration_name))
                                     : troubled(answer.error(), first));
        return false;
    }
    detail.configuration_missed.reset();
    allow_time(*answer);
    configuration_lost_ = !same_instant(time_of(*answer, "CreationTime"), detail.configuration_created);
    if (configuration_lost_) {
        SW_CHECK(forbidden(first, fmt::format("The endpoint configuration {} was deleted in AWS and made again: the snapshot stands for the earlier one. "
                                              "Import the model again and deploy the new snapshot.",
                                              detail.configuration_name)));
        return false;
    }
    return true;
}

void DeployStep::allow_time(const json::object& configuration) {
    const auto* variants = json::array_of(configuration, "ProductionVariants");
    auto& detail = run_.detail;
    detail.deadline = std::max(*detail.deadline, detail.transitions.front().at + deploy_budget(variants == nullptr ? json::array{} : *variants));
}

std::string DeployStep::configuration_hash() const {
    return registry::approval_hash({{"name", run_.detail.configuration_name}, {"variants", run_.detail.production_variants.value_or(json::array{})}});
}

Ownership DeployStep::owner(std::string request_hash) const {
    return {.instance = instance_,
            .stored_model_id = run_.detail.stored_model_id,
            .deployable_model_id = run_.deployable_model_id,
            .request_hash = std::move(request_hash)};
}

AwsResult<bool> DeployStep::is_ours(const std::string& arn, const std::string& request_hash) {
    SW_TRY(const auto tags, reader_->tags(arn));
    return made_by(tags, owner(request_hash));
}

Result<void> DeployStep::make_configuration() {
    const auto& detail = run_.detail;
    const auto there = reader_->call("DescribeEndpointConfig", {{"EndpointConfigName", detail.configuration_name}});
    if (there) {
        const auto ours = is_ours(std::string{json::text_of(*there, "EndpointConfigArn")}, configuration_hash());
        if (!ours) {
            return troubled(ours.error());
        }
        if (!*ours) {
            return end(DeployState::CONFLICT,
                       fmt::format("There is an endpoint configuration {} in AWS that this snapshot did not make. Delete it, or deploy with other variants.",
                                   detail.configuration_name));
        }
        return note_configuration(*there);
    }
    if (!is_absent(there.error())) {
        return troubled(there.error());
    }
    const auto made = reader_->call("CreateEndpointConfig", {{"EndpointConfigName", detail.configuration_name},
                                                             {"ProductionVariants", detail.production_variants.value_or(json::array{})},
                                                             {"Tags", ownership_tags(owner(configuration_hash()))}});
    // Looked up again in any case: its time of creation is part of what it is.
    return made || name_taken(made.error()) ? look_again(made ? Milliseconds{0} : kSoon) : troubled(made.error());
}

AwsResult<json::object> DeployStep::describe_endpoint() {
    return reader_->call("DescribeEndpoint", {{"EndpointName", run_.detail.endpoint_name}});
}

/// What is there under the wanted name: this run's own, or somebody else's.
Result<void> DeployStep::found_endpoint(const json::object& answer) {
    const auto ours = is_ours(std::string{json::text_of(answer, "EndpointArn")}, run_.detail.request_hash);
    if (!ours) {
        return troubled(ours.error(), !has_asked());
    }
    if (!*ours) {
        return end(DeployState::CONFLICT,
                   fmt::format("There is an endpoint {} in AWS that this deployment did not make. Choose another name.", run_.detail.endpoint_name));
    }
    run_.detail.requested_at = now();
    return go_to(DeployState::WAITING, 2, "The endpoint that an earlier attempt asked for was found.");
}

Result<void> DeployStep::look_before_creating() {
    const auto there = describe_endpoint();
    if (there) {
        return found_endpoint(*there);
    }
    if (!is_absent(there.error())) {
        return troubled(there.error());
    }
    just_looked_ = true;
    run_.detail.requested_at = now();
    return go_to(DeployState::REQUESTED, 2);
}

Result<void> DeployStep::create_endpoint() {
    const bool first = std::exchange(just_looked_, false);
    if (!first) {
        const auto there = describe_endpoint();
        if (there) {
            return found_endpoint(*there);
        }
        if (!is_absent(there.error())) {
            return troubled(there.error(), false);
        }
    }
    if (!std::exchange(just_checked_, false)) {
        SW_TRY(const bool stands, configuration_stands(first));
        if (!stands) {
            return {};
        }
    }
    const auto allowed = registry_.foundation().store.read([&](store::Session& sql) { return still_allowed(sql, approvals_, run_); });
    if (!allowed && allowed.error().code == ErrorCode::conflict) {
        return forbidden(first, allowed.error().message);
    }
    SW_CHECK(allowed);
    SW_TRY(const bool same, models_stand(first));
    return same ? ask_for_endpoint(first) : Result<void>{};
}

/// AWS looks for the models of a configuration by their names when the endpoint is made.
Result<bool> DeployStep::models_stand(bool first) {
    for (const auto& model : run_.detail.models.value_or(std::vector<ServedModel>{})) {
        const auto answer = reader_->call("DescribeModel", {{"ModelName", model.name}});
        if (!answer && !is_absent(answer.error())) {
            SW_CHECK(troubled(answer.error(), first));
            return false;
        }
        if (!answer) {
            SW_CHECK(forbidden(first, fmt::format("The model {} is no more in AWS.", model.name)));
            return false;
        }
        if (model.created && !same_instant(time_of(*answer, "CreationTime"), model.created)) {
            SW_CHECK(
                forbidden(first, fmt::format("The model {} was deleted in AWS and made again: what was asked for, and approved, is the earlier one. Import "
                                             "it again and deploy the new snapshot.",
                                             model.name)));
            return false;
        }
    }
    return true;
}

/// What an earlier request made may still be hidden.
Result<void> DeployStep::forbidden(bool first, std::string why) {
    const bool may_be_there = !first && now() - run_.detail.requested_at.value_or(Timestamp{}) < kConsistent;
    return may_be_there ? look_again(kSoon, std::move(why)) : end(DeployState::FAILED, std::move(why));
}

Result<void> DeployStep::ask_for_endpoint(bool first) {
    auto& detail = run_.detail;
    json::object request{
        {"EndpointName", detail.endpoint_name}, {"EndpointConfigName", detail.configuration_name}, {"Tags", ownership_tags(owner(detail.request_hash))}};
    if (detail.deployment_config) {
        request["DeploymentConfig"] = *detail.deployment_config;
    }
    const auto made = reader_->call("CreateEndpoint", request);
    if (made || is_transient(made.error())) {
        // What is new may be hidden for a while, which begins now, however often it was asked for.
        detail.requested_at = now();
    }
    if (made) {
        SW_CHECK(go_to(DeployState::WAITING, 2));
        return look_again(next_look(0));
    }
    const bool young = now() - detail.transitions.back().at < 2 * kConsistent;
    if (name_taken(made.error())) {
        return look_again(kSoon, fmt::format("AWS says that it has an endpoint {} already, and does not show it yet.", detail.endpoint_name));
    }
    if (young && detail.make_configuration && made.error().message.starts_with("Could not find")) {
        return look_again(kSoon, "AWS does not know the endpoint configuration yet that it has just made.");
    }
    return troubled(made.error(), first || now() - detail.requested_at.value_or(Timestamp{}) >= kConsistent);
}

Result<void> DeployStep::wait_for_endpoint() {
    auto& detail = run_.detail;
    const auto answer = describe_endpoint();
    if (!answer) {
        if (!is_absent(answer.error())) {
            return troubled(answer.error(), false);
        }
        const bool young = detail.requested_at && now() - *detail.requested_at < kConsistent;
        return young ? look_again(kSoon) : end(DeployState::FAILED, "The endpoint was deleted in AWS while it was waited for.");
    }
    const auto created = time_of(*answer, "CreationTime");
    if (detail.endpoint_created && !same_instant(created, detail.endpoint_created)) {
        return end(DeployState::CONFLICT,
                   "The endpoint was deleted in AWS and made again by somebody else while it was waited for: the new one is left alone.");
    }
    detail.endpoint_created = created;
    const auto seen = judge_endpoint(*answer, detail.configuration_name);
    detail.aws_state = seen.status;
    switch (seen.verdict) {
        case EndpointVerdict::deployed: return confirm_configuration(*answer);
        case EndpointVerdict::failed: return end(DeployState::FAILED, seen.reason);
        case EndpointVerdict::conflict: return end(DeployState::CONFLICT, seen.reason);
        case EndpointVerdict::waiting: break;
    }
    return look_again(next_look(detail.looks), seen.reason);
}

Result<void> DeployStep::go_to(DeployState next, std::size_t stages_done, std::string note) {
    run_.enter(next, now(), std::move(note));
    for (std::size_t i = 0; i < std::min(stages_done, operation_.stages.size()); ++i) {
        operation_.stages[i].done = 1;
    }
    return save();
}

void DeployStep::count_calls() {
    const auto totals = ledger_.totals();
    auto& calls = operation_.aws_calls;
    calls.total += totals.total - counted_.total;
    calls.retried += totals.retried - counted_.retried;
    calls.throttled += totals.throttled - counted_.throttled;
    for (const auto& [name, count] : totals.by_operation) {
        const auto before = counted_.by_operation.find(name);
        calls.by_operation[name] += count - (before == counted_.by_operation.end() ? 0 : before->second);
    }
    counted_ = totals;
}

Result<void> DeployStep::save(const std::function<Result<void>(store::Unit&)>& more) {
    count_calls();
    note_wait();
    auto& detail = run_.detail;
    const bool lasts = detail.waits_since && now() - *detail.waits_since >= kLongWait;
    const bool told = detail.wait_told.has_value();
    detail.wait_told = lasts ? std::optional{detail.wait_told.value_or(now())} : std::nullopt;
    return registry_.foundation().store.write({.subject = run_.detail.requested_by, .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        // A cancellation that came meanwhile does not wait for the next try.
        SW_TRY(const auto stored, registry_.operations().get(unit.sql, kService, operation_id_));
        auto written = run_;
        written.next_at = stored.cancel_requested && !operation_.cancel_requested ? std::min(run_.next_at, unit.now) : run_.next_at;
        SW_CHECK(save_run(unit, written));
        SW_CHECK(tell_of_wait(unit, lasts, told));
        SW_CHECK(registry_.operations().save(unit, operation_, true));
        return more ? more(unit) : Result<void>{};
    });
}

}  // namespace slipway::sagemaker
