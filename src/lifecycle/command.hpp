#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lifecycle/instance.hpp"

namespace slipway::lifecycle {

/// A row for a worker to fetch. Completed by Complete, ended by TaskError, addressed by its token.
struct CreateExternalTask {
    Id token{0};
    std::string element{};
    std::string topic{};
    json::object inputs{};      ///< what the input mappings made; visible_variables() has all
    std::string retry_cycle{};  ///< for parse_retry_cycle()
    std::int64_t priority{0};
    bool exclusive{true};
    std::string idempotency_key{};  ///< 26 characters of a-z and 2-7, the same for every attempt
};
struct CreateUserTask {
    Id token{0};
    std::string element{};
    std::string name{};
    std::string description{};  ///< at most kLongestDescription
    std::string assignee{};
    std::vector<std::string> candidate_users{};
    std::vector<std::string> candidate_groups{};
    std::optional<Timestamp> due{};
    std::optional<Timestamp> follow_up{};
    std::int64_t priority{50};
    std::string form_key{};
};
/// Something for a message or a signal to find, by `kind`, `name` and `correlation_key`. Conditional ones are looked at by step() itself; they are told
/// for the sake of those who look.
struct CreateSubscription {
    Id id{0};
    Id token{0};
    std::string element{};
    EventKind kind{EventKind::message};
    std::string name{};
    std::optional<std::string> correlation_key{};
};
/// Also moves one: a timer of a cycle that has fired comes again with its id and a new date.
struct CreateTimer {
    Id id{0};
    Id token{0};
    std::string element{};
    Timestamp due{};
    std::string text{};
    std::int64_t left{0};  ///< firings after this one, -1: endless
};
/// A job that sends Continue.
struct CreateContinuation {
    Id token{0};
    std::string element{};
    bool before{true};
    bool exclusive{true};
    std::string retry_cycle{};
};
enum class WaitKind : std::uint8_t { external_task, user_task, subscription, timer, continuation };
/// The row of that kind goes: `id` is the token of tasks and continuations, the own id of the others.
struct Remove {
    WaitKind kind{WaitKind::external_task};
    Id id{0};
    bool cancelled{false};  ///< it was taken away, not carried out
};
/// Starts an instance of another process; its end comes back as ChildEnded, ChildError or ChildFailed for this token.
struct StartChild {
    Id token{0};
    std::string element{};
    std::string process{};  ///< key
    std::string binding{};  ///< `latest`, `deployment`, `version`, `versionTag`
    std::string version{};
    std::string business_key{};
    json::object variables{};
    std::string idempotency_key{};
};
struct CancelChild {
    Id token{0};
};
/// To all that subscribe to it, in all instances and definitions. Receivers are fixed in the transaction of this step.
struct ThrowSignal {
    std::string element{};
    std::string name{};
    json::object variables{};
    std::string business_key{};
};
/// To one receiver.
struct ThrowMessage {
    std::string element{};
    std::string name{};
    std::optional<std::string> correlation_key{};
    json::object variables{};
    std::string business_key{};
};
/// Makes an incident, or, with an id that is there, says it anew.
struct RaiseIncident {
    Id id{0};
    IncidentType type{IncidentType::expression};
    Id token{0};
    std::string element{};
    std::string message{};
};
struct ResolveIncident {
    Id id{0};
};
enum class HistoryKind : std::uint8_t { started, ended, cancelled, flow_taken, variable_set, variable_removed };
/// One line of history, in its order. Of an activity: `token`, `scope`, `element`, `loop`; of a flow: `element` is the flow; of a variable: `scope`,
/// `element` of that scope, `name`, `value`.
struct Record {
    HistoryKind kind{HistoryKind::started};
    Id token{0};
    Id scope{0};
    std::string element{};
    std::int32_t loop{-1};
    std::string name{};
    std::shared_ptr<const json::value> value{};
};
/// The instance is over: the last command of its last step.
struct Ended {
    InstanceState state{InstanceState::completed};
    json::object variables{};  ///< of the instance; for the caller
    std::string error_code{};  ///< of `failed`
    std::string error_message{};
    std::string reason{};  ///< of `cancelled`
};

/// What the outer layer carries out, in this order, in the transaction that stores the state.
using Command = std::variant<CreateExternalTask, CreateUserTask, CreateSubscription, CreateTimer, CreateContinuation, Remove, StartChild, CancelChild,
                             ThrowSignal, ThrowMessage, RaiseIncident, ResolveIncident, Record, Ended>;

}  // namespace slipway::lifecycle
