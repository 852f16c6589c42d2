#include <algorithm>
#include <fmt/format.h>

#include "sagemaker/aws_wait.hpp"
#include "sagemaker/deploy_step.hpp"
#include "sagemaker/notices.hpp"

/// What a run does while AWS keeps it from going on.
namespace slipway::sagemaker {
namespace {

using std::chrono::seconds;

bool is_full(const AwsError& error) {
    return error.code == "ResourceLimitExceeded";
}

/// Passes, or is mended by people elsewhere, without another request for the endpoint. A permission is no such thing: the policy does not allow what was asked
/// for.
bool is_waited_for(const AwsError& error) {
    return error.permission.empty() && (is_full(error) || refuses_credential(error.code) || error.error.reason == "AWS_CREDENTIALS");
}

}  // namespace

Result<void> DeployStep::troubled(const AwsError& error, bool final_ends) {
    if (is_cancelled(error)) {
        halted_ = true;
        return {};
    }
    if (final_ends && run_.detail.kind == DeployKind::DEPLOY && is_waited_for(error)) {
        return park(error);
    }
    if (final_ends && !is_transient(error)) {
        return end(DeployState::FAILED, error.error.message, &error);
    }
    return look_again(growing_pause(), error.error.message, reason_of_wait(error.error));
}

Milliseconds DeployStep::growing_pause() {
    constexpr std::int64_t kDoublings = 6;
    const auto pause = std::min<Milliseconds>(seconds{5} * (1 << std::min(run_.detail.failures, kDoublings)), kLongestPause);
    ++run_.detail.failures;
    return pause;
}

Result<void> DeployStep::park(const AwsError& error) {
    auto& detail = run_.detail;
    if (detail.waits_since && now() - *detail.waits_since >= kLongestWait) {
        return end(DeployState::FAILED, error.error.message, &error);
    }
    run_.step_back();
    if (operation_.cancel_requested) {  // while AWS was asked: it was not too late
        operation_.stages.at(kEndpointStage).note.reset();
        return end(DeployState::CANCELLED, std::string{kCancelled});
    }
    const auto pause = growing_pause();
    *detail.deadline += pause;  // AWS has not begun: neither has the time that it may take
    return look_again(pause, error.error.message + std::string{is_full(error) && pause == kLongestPause ? kTriedAgain : ""}, reason_of_wait(error.error));
}

/// Waits; in vain, when it has waited for too long. Judged by what was just seen, and not before anybody looked.
Result<void> DeployStep::look_again(Milliseconds in, std::string why, std::string reason) {
    auto& detail = run_.detail;
    if (now() > *detail.deadline) {
        return end(
            DeployState::TIMED_OUT,
            fmt::format("AWS came to no end in time; the last that it said: {}. Nothing was undone, and the next sync tells what became of the endpoint {}.",
                        detail.aws_state.value_or(why.empty() ? "nothing" : why), detail.endpoint_name));
    }
    ++run_.detail.looks;
    run_.next_at = now() + in;
    detail.waits_since = reason.empty() ? std::nullopt : std::optional{detail.waits_since.value_or(now())};
    detail.wait_reason = reason.empty() ? std::nullopt : std::optional{std::move(reason)};
    run_.detail.why = why.empty() ? std::nullopt : std::optional{std::move(why)};
    return save();
}

void DeployStep::note_wait() {
    if (operation_.cancel_requested) {
        return;  // what came of that is said there
    }
    for (auto& stage : operation_.stages) {
        stage.note.reset();
    }
    const auto waiting = std::ranges::find(operation_.stages, 0, &registry::OperationStage::done);
    if (run_.detail.waits_since && waiting != operation_.stages.end()) {
        waiting->note = run_.detail.why;
    }
}

Result<void> DeployStep::tell_of_wait(store::Unit& unit, bool lasts, bool told) const {
    if (!lasts) {
        return told ? settle_wait(unit, run_.group, run_.deployed_model_id) : Result<void>{};
    }
    const auto& detail = run_.detail;
    const bool undeploys = detail.kind == DeployKind::UNDEPLOY;
    // Once AWS was asked nobody takes it back: it is waited for.
    const auto ending = run_.made_nothing() ? fmt::format("To give it up: slipway operation cancel {}.", run_.operation_id)
                        : detail.deadline   ? fmt::format("It is waited for until {}, and told as timed out then.", to_iso(*detail.deadline))
                                            : std::string{"It is waited for until its time is over."};
    return tell_wait(unit,
                     {.id = run_.deployed_model_id,
                      .group = run_.group,
                      .what = fmt::format("The {} {}", undeploys ? "removal of" : "deployment to", detail.endpoint_name),
                      .why = detail.why.value_or(""),
                      .reason = detail.wait_reason.value_or(""),
                      .ending = ending,
                      .since = *detail.waits_since,
                      .stored_model_id = detail.stored_model_id,
                      .deployable_model_id = run_.deployable_model_id,
                      .job_id = {}},
                     told);
}

}  // namespace slipway::sagemaker
