#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/unit.hpp"

/// What waits for AWS (a quota, a key that is refused, throttling) and goes on by itself: people are told once it lasts.
namespace slipway::sagemaker {

/// From when on a wait is told.
inline constexpr Milliseconds kLongWait = std::chrono::minutes{15};
/// How long what AWS makes nothing of yet (a full quota, a refused key) is asked for again.
inline constexpr Milliseconds kLongestWait = std::chrono::hours{24};

struct AwsWait {
    std::string id;  ///< of the job, snapshot or deployment: one notification each
    std::string group;
    std::string what;    ///< `The job batch-1`
    std::string why;     ///< in AWS's words
    std::string reason;  ///< see reason_of_wait()
    std::string ending;  ///< how a person gives it up, or how it ends: `To give it up: slipway job cancel …`
    Timestamp since{};
    std::optional<std::string> stored_model_id{};
    std::optional<std::string> deployable_model_id{};
    std::optional<std::string> job_id{};
};

/// Whether AWS's code for a credential that it takes no more stands in the sentence.
bool names_refused_key(std::string_view why);

/// AWS cannot be reached, or has no time for us.
inline constexpr std::string_view kAwsAway = "AWS_AWAY";
/// Ends `why` where it says so itself.
inline constexpr std::string_view kTriedAgain = " It is tried again every five minutes.";

/// The error's own reason, or kAwsAway.
std::string reason_of_wait(const Error& error);
/// What a person can do about a wait. @return empty where `why` says it already.
std::string next_step_of_wait(std::string_view why, std::string_view reason);
/// `why` with the next step behind it.
std::string words_of_wait(std::string_view why, std::string_view reason);

/// Says it in a notification, in the words of the last time.
/// @param told it was said before: then only what a person has left open is brought up to date.
Result<void> tell_wait(store::Unit& unit, const AwsWait& wait, bool told);
/// It waits no more.
Result<void> settle_wait(store::Unit& unit, const std::string& group, const std::string& id);

}  // namespace slipway::sagemaker
