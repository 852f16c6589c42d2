#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lifecycle/step.hpp"

namespace slipway::lifecycle {

/// One step while it runs: the agenda of what is still to be done, the commands so far, the fuel left. What step() is made of. Works in place: whoever
/// wants the instance back after an error keeps a copy.
class Run {
public:
    Run(const Graph& graph, Instance& instance, Timestamp now, const Environment& environment);

    /// Carries the event out up to the next wait states.
    Result<void> carry_out(const EventBody& body);
    std::vector<Command> take_commands();
    /// The element that was at work last; where it failed.
    const std::string& at() const { return graph_.node(at_).element.id; }

private:
    struct Action {
        enum class Kind : std::uint8_t { arrive, check_scope, look };
        Kind kind;
        Id id;  ///< token; of `look`: subscription
    };
    struct Change {
        Id scope;
        std::string name;
        std::string_view what;  ///< `create`, `update`, `delete`
    };
    struct Thrown {
        std::string code;
        std::string message{};
    };
    struct Passed {
        json::object variables;
        std::string business_key;
    };

    // run_events.cpp: what comes in
    Result<void> on(const Start& event);
    Result<void> on(const Complete& event);
    Result<void> on(const TaskError& event);
    Result<void> on(const Deliver& event);
    Result<void> on(const TimerDue& event);
    Result<void> on(const Continue& event);
    Result<void> on(const ChildEnded& event);
    Result<void> on(const ChildError& event);
    Result<void> on(const ChildFailed& event);
    Result<void> on(const SetVariables& event);
    Result<void> on(const Cancel& event);
    Result<void> on(const Retry& event);
    Result<void> on(const Modify& event);
    Result<void> on(const TaskFailed& event);
    void raise(IncidentType type, Id token, std::string message);
    Result<std::optional<Thrown>> broken_rule(Id token, const Names& names) const;
    Result<void> apply(const EventBody& body);
    Result<Index> start_element(const Start& event) const;
    void edit_held_start(const SetVariables& event);
    Result<Id> scope_for(Index scope);
    Result<void> fire(Id owner, Index element, const json::object& variables, const json::object& local);

    // run_core.cpp: the agenda
    Result<void> drain();
    Result<void> act(const Action& action);
    Result<void> spend();
    Token* find(Id id);
    Result<Token*> waiting(Id id, std::initializer_list<TokenState> states);
    Token& add_token(Id scope, Index element, TokenState state);
    void enter(Id scope, Index element, Index flow = kNone);
    Result<void> arrive(Token& token);
    bool waits(const Token& token, TokenState state) const;
    Result<void> proceed(Token& token);
    Result<void> begin(Token& token);
    Result<void> prepare(Token& token);
    Result<void> execute(Token& token);
    Result<void> finish(Token& token);
    Result<void> leave(Token& token);
    void tell_what_is_stuck();
    bool may_be_freed(const Token& joining) const;
    Result<void> go_on(Token& token);
    Result<void> depart(Token& token);
    Id root() const { return instance_.tokens.begin()->first; }
    const Node& node(const Token& token) const { return graph_.node(token.element); }

    // run_commands.cpp
    void emit(Command command);
    void emit_wait(int kind, Id id, Command command);
    void emit_remove(WaitKind kind, Id id, bool cancelled);
    void record(HistoryKind kind, const Token& token);
    void release(Token& token, bool cancelled);
    void remove_waits(Id owner, const std::vector<Index>* among = nullptr);
    void remove_subscription(Id id, bool cancelled);
    void remove_timer(Id id, bool cancelled);
    void resolve_incidents(Id token);

    // run_gateways.cpp
    Result<std::vector<Index>> outgoing(const Token& token);
    Result<std::vector<Index>> chosen(const Token& token, bool first_only);
    Result<bool> test(const Template& condition, Id names);
    Result<void> join(Token& token);
    Result<void> pass_join(Id scope, Index element, const std::vector<Id>& consumed);
    Result<bool> fire_inclusive_join();
    std::vector<Id> first_per_flow(Id scope, Index element) const;
    bool may_fire(Id scope, Index element, const std::vector<Id>& arrived) const;
    Result<void> choose(Token& gateway, Index element, const json::object& variables, const json::object& local);

    // run_scopes.cpp
    Result<void> open_scope(Token& token);
    Result<void> check_scope(Id id);
    Result<void> fire_event_sub(Token& scope, Index start);
    void cancel(Id id);
    void cancel_children(Id id);
    void end(InstanceState state, Ended ended);
    Result<void> terminate(Token& token);

    // run_throw.cpp
    Result<void> throw_event(Token& token);
    Result<void> throw_error(Id origin, const Thrown& error);
    Result<void> escalate(Token& token);
    Index catcher(const std::vector<Index>& among, EventKind kind, const std::string& code) const;
    std::optional<std::pair<Id, Index>> find_catcher(Id origin, EventKind kind, const std::string& code) const;
    Result<void> caught(Id owner, Index element, const Thrown& thrown);
    Result<void> uncaught(Id origin, const Thrown& error);

    // run_waits.cpp
    Result<void> subscribe(Id owner, Index element);
    Result<void> make_timer(Id owner, Index element);
    Result<Schedule> due_of(TimerKind kind, const std::string& text) const;
    Result<std::optional<Timestamp>> date_of(const Template& text, Id names) const;
    Zone zone() const;
    Result<void> wait_outside(Token& token);
    Result<void> wait_for_person(Token& token);
    Result<void> wait_for_event(Token& token, TokenState state);
    Result<void> wait_for_first(Token& token);
    Result<void> call(Token& token);
    void set_state(Token& token, TokenState state);
    Result<void> wait_for_continuation(Token& token, TokenState state);
    Result<std::string> retry_cycle_of(const Token& token) const;
    Result<std::optional<std::string>> correlation_key_of(Index element, Id names) const;
    Result<std::string> filled(const Template& text, Id names, std::string_view what) const;

    // run_tasks.cpp: what is done at once
    Result<void> evaluate_task(Token& token);
    Result<void> run_script(Token& token);
    Result<void> decide(Token& token);
    Result<std::int64_t> number_of(const Template& text, Id names, std::int64_t otherwise, std::string_view what) const;
    Result<std::vector<std::string>> list_of(const Template& text, Id names) const;

    // run_loop.cpp
    Result<void> begin_loop(Token& body);
    Result<std::int64_t> count_of(Token& body);
    void add_repetition(Token& body, std::int64_t index);
    Result<void> repetition_ended(Token& token);

    // run_variables.cpp
    TokenNames names(Id token) const { return {instance_, token, now_, &expressions_}; }
    bool may_hold(std::string_view name, const json::value& value);
    void set_variable(Id from, std::string_view name, json::value value);
    void set_local(Token& token, std::string_view name, json::value value);
    void set_all(Id from, const json::object& variables);
    Result<void> assign(Token& token, const std::vector<CompiledAssignment>& assignments, Id target, bool local);
    static Result<Passed> pass(const std::vector<CompiledPassing>& passings, const Names& source, const json::object& all);
    Result<Passed> pass_from(const std::vector<CompiledPassing>& passings, Id token) const;
    Result<void> look_at_changes();
    Result<void> look(Id subscription);
    int depth(Id token) const;
    bool sees(Id token, const std::vector<Change>& changes, const EventDefinition& event) const;

    const Graph& graph_;
    Instance& instance_;
    Timestamp now_;
    const Environment& environment_;
    int fuel_{kStepLimit};
    mutable Fuel expressions_{.steps = kExpressionLimit};  ///< of all of them together
    Index at_{kRoot};
    std::deque<Action> agenda_;
    std::vector<Change> changes_;
    std::size_t set_weight_{0};        ///< of all values that were set
    std::optional<Error> too_much_{};  ///< the first value that could not be read again
    std::vector<std::optional<Command>> commands_;
    std::map<std::pair<int, Id>, std::size_t> made_;  ///< waits made in this step: nobody needs to hear of one that goes again
};

/// A failure inside a step as the incident has it.
inline std::unexpected<Error> failed(std::string reason, std::string message) {
    return fail(ErrorCode::failed_precondition, std::move(reason), std::move(message));
}
/// What was read from a running instance is wrong: nothing that the caller of step() said.
inline std::unexpected<Error> failed(Error error) {
    error.code = ErrorCode::failed_precondition;
    return std::unexpected(std::move(error));
}

/// Whether the condition holds for what `names` knows. A name that is not there means that it does not hold yet; any other failure stays one.
Result<bool> condition_holds(const Template& condition, const Names& names);

}  // namespace slipway::lifecycle
