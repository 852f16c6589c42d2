#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace slipway::lifecycle {

/// Tokens, subscriptions, timers and incidents are numbered per instance, from 1 on, in one row; a number is never used again.
using Id = std::int64_t;

/// Begins an instance that is new.
struct Start {
    std::string element{};  ///< id of the start event; empty: the one without an event
    json::object variables{};
    std::string business_key{};  ///< empty: what `mlc.businessKey` says
    std::string started_by{};    ///< for `camunda:initiator`
    bool called{false};          ///< by a call activity: an error that nothing catches ends it and goes to the caller
};
/// An external task, a user task or a receive task without a message is done. `local` stays with the activity, for its output mappings.
struct Complete {
    Id token{0};
    json::object variables{};
    json::object local{};
};
/// A worker or a person reports a BPMN error from an external or a user task.
struct TaskError {
    Id token{0};
    std::string code{};
    std::string message{};
    json::object variables{};
};
/// A worker failed for another reason. Where one of the task's error rules holds, its BPMN error is thrown; otherwise the task waits on, and with no
/// retries left there is one incident `failedJob` for it.
struct TaskFailed {
    Id token{0};
    std::string message{};
    std::string details{};
    std::int64_t retries{0};  ///< that are left
};
/// A message or a signal reached a subscription, or a condition outside came true.
struct Deliver {
    Id subscription{0};
    json::object variables{};
    json::object local{};
};
/// A timer is due.
struct TimerDue {
    Id timer{0};
};
/// An asynchronous continuation goes on.
struct Continue {
    Id token{0};
};
/// The instance that a call activity started has ended, with these variables.
struct ChildEnded {
    Id token{0};
    json::object variables{};
};
/// It ended with a BPMN error that nothing in it caught.
struct ChildError {
    Id token{0};
    std::string code{};
    std::string message{};
};
/// It could not be started, or was taken away.
struct ChildFailed {
    Id token{0};
    std::string message{};
};
/// Sets variables in one scope (0: the instance) and takes some away.
struct SetVariables {
    Id scope{0};
    json::object variables{};
    std::vector<std::string> removed{};
};
/// Ends the instance and all that it waits for.
struct Cancel {
    std::string reason{};
};
/// Looks again at what an incident stopped. That of a failed job only goes, and so does that of a task whose error nothing catches: the owner gives the task
/// new retries.
struct Retry {
    Id incident{0};
};
/// Moves tokens by hand: what is started comes first, then what is cancelled.
struct Modify {
    std::vector<std::string> start_before{};  ///< ids of elements
    std::vector<Id> cancel{};                 ///< tokens
    json::object variables{};                 ///< set before, in the instance
};

using EventBody =
    std::variant<Start, Complete, TaskError, Deliver, TimerDue, Continue, ChildEnded, ChildError, ChildFailed, SetVariables, Cancel, Retry, Modify, TaskFailed>;

/// What happens to an instance, and when.
struct Event {
    Timestamp now{};
    EventBody body{};
    /// What becomes of a step that cannot be carried out (an expression fails, nothing catches an error, 10,000 steps are not enough): false keeps
    /// the event in an incident, from where Retry takes it up; true answers the error and leaves no trace, for a caller who waits for the answer.
    bool refuse_failure{false};
};

/// The event as JSON; for jobs and for incidents that keep it.
json::object write_event(const Event& event);
/// @return `invalid_argument` with reason `EVENT`.
Result<Event> read_event(const json::object& written);

}  // namespace slipway::lifecycle
