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

std::string next_step_of_wait(std::string_view why) {
    if (names_refused_key(why)) {
        return "Enter other keys (slipway credential list), or mend the configured ones.";
    }
    if (why.contains("quota") || why.contains("ResourceLimitExceeded")) {
        return "A quota of the account is used up: ask AWS for more, or free some of it.";
    }
    return "See that AWS can be reached from here and is not asked too often by others.";
}

Result<void> tell_wait(store::Unit& unit, const AwsWait& wait, bool told) {
    domain::Notification notification{.notification_type = wait.job_id ? "JOB_NOTIFICATION" : "MODEL_NOTIFICATION", .severity = "WARNING"};
    notification.message = fmt::format("{} has waited for AWS since {}: {} {} It then goes on by itself. {}", wait.what, to_iso(wait.since), wait.why,
                                       next_step_of_wait(wait.why), wait.ending);
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
