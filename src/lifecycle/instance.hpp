#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lifecycle/event.hpp"
#include "lifecycle/graph.hpp"

namespace slipway::lifecycle {

/// Variables of one scope in the order in which they came. Values are shared between copies and never changed in place, so that a copy costs little.
class Variables {
public:
    const json::value* find(std::string_view name) const;
    /// The value as it is kept, or nullptr.
    std::shared_ptr<const json::value> shared(std::string_view name) const;
    void set(std::string_view name, json::value value);
    /// @return whether it was there.
    bool remove(std::string_view name);
    bool empty() const { return items_.empty(); }
    const std::vector<std::pair<std::string, std::shared_ptr<const json::value>>>& items() const { return items_; }

private:
    std::vector<std::pair<std::string, std::shared_ptr<const json::value>>> items_;
};

/// What a token is about or waits for. Between two steps no token is `arriving` or `active`.
enum class TokenState : std::uint8_t {
    arriving,      ///< on its way over a flow
    active,        ///< at work in this step
    async_before,  ///< waits for a continuation before its element
    async_after,   ///< and after it
    external,      ///< waits for an external task
    user,          ///< for a user task
    receive,       ///< for a message, or for Complete where its receive task names none
    catching,      ///< for the event of an intermediate event
    choosing,      ///< at an event-based gateway, for the first of its events
    joining,       ///< at a parallel or inclusive gateway, for tokens over other flows
    child,         ///< for the instance that its call activity started
    scope,         ///< is a running scope: the process, a sub-process, an event sub-process
    repeating,     ///< is the body of a multi-instance activity
};

/// One live instance of an element.
struct Token {
    Id id{0};
    Id scope{0};  ///< the token of the scope or multi-instance body it lives in; 0 of the process's own
    Index element{kNone};
    TokenState state{TokenState::arriving};
    Index flow{kNone};        ///< over which it came
    std::int32_t loop{-1};    ///< number of the repetition, from 0
    bool interrupted{false};  ///< of a scope: an interrupting event sub-process took over
    Timestamp since{};        ///< when it came into its state
    Variables variables{};
    std::shared_ptr<const json::array> items{};  ///< of a sequential multi-instance body: what it goes through
};

/// One thing that a token can be woken by.
struct Subscription {
    Id id{0};
    Id token{0};                         ///< the token that waits, or the activity or scope that the event belongs to
    Index element{kNone};                ///< the catching event
    EventKind kind{EventKind::message};  ///< message, signal or conditional
    std::string name{};
    std::optional<std::string> correlation_key{};
};

struct Timer {
    Id id{0};
    Id token{0};
    Index element{kNone};
    TimerKind kind{TimerKind::duration};
    std::string text{};  ///< as evaluated when the timer was made
    Schedule schedule{};
};

enum class IncidentType : std::uint8_t {
    failed_job,
    failed_correlation,
    expression,
    uncaught_error,
    loop_limit,
    orphan_token,
    ambiguous_decision,
    external_unknown,
    missing_handler
};

/// `failedJob`, `expression` …: the type as it is shown and stored.
std::string_view to_string(IncidentType type);

/// Why an instance does not go on, in words, and the event that could not be carried out.
struct Incident {
    Id id{0};
    IncidentType type{IncidentType::expression};
    Id token{0};            ///< that the event was for; 0: the instance
    std::string element{};  ///< where it failed
    std::string message{};
    Timestamp since{};
    std::optional<Event> held{};
};

enum class InstanceState : std::uint8_t { created, active, completed, failed, cancelled };

/// All that is known of a running process instance. Plain data; write_instance() and read_instance() carry it through a database.
struct Instance {
    std::string id{};
    std::string business_key{};
    InstanceState state{InstanceState::created};
    bool called{false};
    Id last_id{0};
    std::map<Id, Token> tokens{};
    std::map<Id, Subscription> subscriptions{};
    std::map<Id, Timer> timers{};
    std::map<Id, Incident> incidents{};

    bool ended() const { return state == InstanceState::completed || state == InstanceState::failed || state == InstanceState::cancelled; }
    const Token* find(Id token) const;
    /// The variable as seen from `token`: its own, then those of the scopes around it.
    const json::value* find(Id token, std::string_view name) const;
};

/// Everything that can be seen from `token`, inner variables hiding outer ones.
json::object visible_variables(const Instance& instance, Id token);

/// Names as seen from a token.
class TokenNames final : public Names {
public:
    TokenNames(const Instance& instance, Id token, Timestamp now, Fuel* fuel = nullptr) : instance_{instance}, token_{token}, now_{now}, fuel_{fuel} {}
    const json::value* find(std::string_view name) const override { return instance_.find(token_, name); }
    std::string_view instance_id() const override { return instance_.id; }
    std::string_view business_key() const override { return instance_.business_key; }
    std::string now() const override { return to_iso(now_); }
    Fuel* fuel() const override { return fuel_; }

private:
    const Instance& instance_;
    Id token_;
    Timestamp now_;
    Fuel* fuel_;
};

/// The state as compact JSON text: elements and flows by their ids, with a version of its shape.
std::string write_instance(const Graph& graph, const Instance& instance);
/// @return `internal` with reason `STATE` when it was written in another shape or for another process than `graph`.
Result<Instance> read_instance(const Graph& graph, std::string_view written);

/// What the state itself contradicts: a token without its scope, a wait without its token, a waiting token that nothing can wake, a token on its way.
/// For recovery (incident `orphanToken`) and tests; whether the rows beside the state are there is for their owner to see.
/// @return a sentence for each fault, with token and element.
std::vector<std::string> find_orphans(const Graph& graph, const Instance& instance);

}  // namespace slipway::lifecycle
