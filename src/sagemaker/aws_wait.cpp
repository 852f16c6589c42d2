#include "sagemaker/aws_wait.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "registry/notify.hpp"
#include "sagemaker/notices.hpp"

namespace slipway::sagemaker {
namespace {

std::string key_of(const std::string& id) {
    return "aws-wait:" + id;
}

}  // namespace

bool names_refused_key(std::string_view why) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    for (auto at = why.begin(); at != why.end();) {
        const auto end = std::find_if_not(at, why.end(), is_letter);
        if (refuses_credential({at, end})) {
            return true;
        }
        at = std::find_if(end, why.end(), is_letter);
    }
    return false;
}

std::string reason_of_wait(const Error& error) {
    const bool away = error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
    return std::string{away ? kAwsAway : error.reason.empty() ? std::string_view{"AWS_REFUSED"} : std::string_view{error.reason}};
}

std::string next_step_of_wait(std::string_view why, std::string_view reason) {
    if (reason == kAwsAway) {
        return "See that AWS can be reached from here and is not asked too often by others.";
    }
    if (reason == "NO_CREDENTIALS") {  // what waits has no request of a person any more
        return "Keys that are entered with an import in this group serve as well.";
    }
    if (reason == "NOT_FOUND") {
        return "One that stood in the configuration file can be put back there; one that was entered is gone: import the model again with other keys, and the "
               "sync tells what became of this.";
    }
    if (reason != "AWS_CREDENTIALS" && !names_refused_key(why)) {
        return {};
    }
    return why.contains("get a new one") ? "Enter them with slipway credential replace, or in the configuration file."
                                         : "Enter other keys (slipway credential list), or mend the configured ones.";
}

std::string words_of_wait(std::string_view why, std::string_view reason) {
    const auto step = next_step_of_wait(why, reason);
    return fmt::format("{}{}{}", why, step.empty() ? "" : " ", step);
}

Result<void> tell_wait(store::Unit& unit, const AwsWait& wait, bool told) {
    domain::Notification notification{.notification_type = wait.job_id ? "JOB_NOTIFICATION" : "MODEL_NOTIFICATION", .severity = "WARNING"};
    notification.message = fmt::format("{} has waited for AWS since {}: {} {}{}", wait.what, to_iso(wait.since), words_of_wait(wait.why, wait.reason),
                                       wait.why.ends_with(kTriedAgain) ? "" : "It then goes on by itself. ", wait.ending);
    notification.stored_model_id = wait.stored_model_id;
    notification.deployable_model_id = wait.deployable_model_id;
    notification.job_id = wait.job_id;
    return told ? registry::say_on(unit, wait.group, notification, key_of(wait.id))
                : registry::notify(unit, wait.group, std::move(notification), key_of(wait.id));
}

Result<void> settle_wait(store::Unit& unit, const std::string& group, const std::string& id) {
    return registry::settle(unit, group, key_of(id));
}

}  // namespace slipway::sagemaker
