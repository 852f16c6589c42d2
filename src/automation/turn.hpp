#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "automation/engine.hpp"
#include "automation/model_links.hpp"
#include "automation/step_rows.hpp"
#include "lifecycle/starts.hpp"
#include "store/later.hpp"

namespace slipway::automation {

/// Far away: the due time of what a person must look at first.
inline constexpr std::int64_t kNever = 9'000'000'000'000'000;
/// Of a task that somebody may fetch, by and by: the index of free tasks has no others.
inline constexpr std::string_view kFreeSomeTime = "retries <> 0 AND free_at < 9000000000000000";

/// The steps of one transaction: the one that was asked for and those that follow from it in other instances (messages, called instances), each with
/// all its commands carried out. Instances stay in memory between its steps, and what steps write to nearly every table is kept back until write(): so many
/// steps cost few statements. Not thread-safe; lives as long as its unit, and after a failure nothing of it may be committed.
class Turn {
public:
    Turn(Engine& engine, store::Unit& unit) : engine_{engine}, unit_{unit}, sql_{unit.sql} {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Result<Started> start(NewInstance wanted, bool refuse);
    Result<void> send(const std::string& id, lifecycle::EventBody body, bool refuse);
    /// Leaves it to the runner, which does it in a transaction of its own.
    Result<void> send_apart(const std::string& id, lifecycle::EventBody body) { return put_off({id, std::move(body)}); }
    Result<MessageAnswer> correlate(const store::Scope& scope, const MessageRequest& request, bool refuse);
    Result<SignalAnswer> signal(const store::Scope& scope, const SignalRequest& request);
    Result<std::vector<std::string>> evaluate(const store::Scope& scope, const ConditionRequest& request);
    /// Reads ahead the instances that the next steps are for.
    Result<void> expect(const std::vector<std::string>& ids);
    /// Starts an instance that another one calls, as put_off_call() kept it; not, where nobody waits for it any more.
    Result<void> call(const std::string& parent_id, lifecycle::Id parent_token, const json::object& kept);
    /// Starts an instance as put_off_start() kept it; where that cannot be, people are told.
    Result<void> start_kept(const json::object& kept);
    /// Carries out what follows from the steps so far, in their order.
    Result<void> drain();
    /// Writes what was kept back; before anything else reads or changes tasks or states of these instances, and at the end.
    Result<void> write();
    /// drain() and write().
    Result<void> finish();
    /// As Engine::load() for a write, from memory where a step was taken before.
    Result<const Loaded*> instance(const std::string& id);
    /// Tasks that steps made and that are not written yet.
    std::vector<NewTask>& new_tasks() { return rows_.new_tasks(); }
    store::Unit& unit() { return unit_; }

private:
    /// An instance between the steps of this transaction.
    struct Known {
        Loaded loaded;
        bool changed{false};    ///< its state is to be written
        bool made_task{false};  ///< in this transaction
        std::string ended{};    ///< the state it ended in
    };
    /// An instance in the middle of its step.
    struct Held {
        Known& known;
        Loaded& loaded;
        bool fresh{false};
        bool once{false};
        std::string start_element{};
        std::string parent_element{};
        std::optional<ModelLink> model{};  ///< of a fresh one: what it is for
        std::string records{};             ///< JSON, without the brackets around them
        std::vector<lifecycle::CreateSubscription> subscribed{};
        std::optional<lifecycle::Ended> ended{};
        bool told{false};  ///< people who watch get to know of it
    };
    /// What follows: an event for an instance, or an instance that one calls.
    struct Pending {
        std::string id;
        lifecycle::EventBody body;
        std::optional<NewInstance> child{};
    };

    // turn.cpp: steps
    Result<std::optional<Started>> started_before(const NewInstance& wanted, const std::string& business_key);
    Result<Started> begin(NewInstance wanted, bool refuse);
    Result<void> take_step(Held& held, lifecycle::EventBody body, bool refuse);
    Result<void> save(Held& held);
    Result<void> end(Held& held);
    Result<void> insert(Held& held);
    Result<void> tell(const Held& held, std::string_view kind);
    Result<void> follow(Pending next);
    Result<void> put_off(const Pending& next);
    Result<void> put_off_call(const NewInstance& child);
    Result<void> put_off_start(const NewInstance& wanted, const std::string& signal);
    Result<void> add_payload_job(const std::string& instance_id, std::string_view kind, lifecycle::Id item, const std::string& content);
    Result<void> park(const Held& held, const lifecycle::EventBody& body);
    lifecycle::Environment environment(const Held& held);
    Result<Known*> know(const std::string& id);
    /// A statement whose answer no step needs.
    Result<void> later(std::string_view sql, store::Values values) { return store::execute_later(sql_, sql, std::move(values)); }

    // turn_commands.cpp
    /// What is thrown may reach the instance itself: it comes last, when that stands there with all that it waits for.
    Result<void> carry_out(Held& held, const std::vector<lifecycle::Command>& commands);
    // One for each command.
    Result<void> apply(Held& held, const lifecycle::CreateExternalTask& command);
    Result<void> apply(Held& held, const lifecycle::CreateUserTask& command);
    Result<void> apply(Held& held, const lifecycle::CreateSubscription& command);
    Result<void> apply(Held& held, const lifecycle::CreateTimer& command);
    Result<void> apply(Held& held, const lifecycle::CreateContinuation& command);
    Result<void> apply(Held& held, const lifecycle::Remove& command);
    Result<void> apply(Held& held, const lifecycle::StartChild& command);
    Result<void> apply(Held& held, const lifecycle::CancelChild& command);
    Result<void> apply(Held& held, const lifecycle::ThrowSignal& command);
    Result<void> apply(Held& held, const lifecycle::ThrowMessage& command);
    Result<void> apply(Held& held, const lifecycle::RaiseIncident& command);
    Result<void> apply(Held& held, const lifecycle::ResolveIncident& command);
    Result<void> apply(Held& held, const lifecycle::Record& command);
    Result<void> apply(Held& held, const lifecycle::Ended& command);
    Result<void> add_job(const Held& held, std::string_view kind, lifecycle::Id item, const std::string& element, Timestamp due);
    Result<void> tell_caller(const Held& held);

    // turn_conditions.cpp
    Result<std::optional<std::string>> start_where(const Definition& definition, const lifecycle::StartTrigger& trigger, const std::string& own,
                                                   const ConditionRequest& request);

    // turn_events.cpp: messages and signals
    Result<void> take_kept(const Held& held);
    Result<MessageAnswer> correlate_one(const store::Scope& scope, const MessageRequest& request, bool refuse);
    Result<MessageAnswer> deliver_to_each(const store::Scope& scope, const MessageRequest& request);
    Result<MessageAnswer> correlate_all(const store::Scope& scope, const MessageRequest& request, bool refuse);
    Result<store::Rows> started_by_message(const store::Scope& scope, const MessageRequest& request);
    Result<std::string> start_by_message(const store::Row& row, const store::Scope& scope, const MessageRequest& request, bool refuse);
    Result<void> keep(const MessageRequest& request, const store::Scope& scope);
    Result<void> start_by_signal(const store::Scope& scope, const SignalRequest& request, SignalAnswer& answer);

    Engine& engine_;
    store::Unit& unit_;
    store::Session& sql_;
    std::deque<Pending> agenda_;
    std::size_t followed_{0};
    StepRows rows_;
    std::unordered_map<std::string, Known> known_;
    std::vector<Known*> changed_;
    std::set<std::string> stopped_;  ///< instances of which a step was taken that have incidents of rows
    bool makes_work_{false};
    std::vector<std::shared_ptr<const lifecycle::Decision>> decisions_;
};

/// With everybody's definitions, which may be started by whoever may start some; owners of rows have none of them.
store::Scope with_shared(store::Scope scope);
/// SQL after WHERE of `lifecycle_starts`: where `group` has a process of a key, nothing starts everybody's process of that key for it.
void leave_out_shadowed(store::SqlText& text, const std::string& group);

/// What everybody has is started in a group only by who may start there. An empty group is the caller's own.
bool may_start_in(const std::string& group, const store::Scope& scope);

/// Tells people what did not start, once for each process of a group. @param kept `process`, `group`, and `by` what.
Result<void> tell_not_started(store::Unit& unit, const json::object& kept, const Error& why);

/// What is answered for an instance that has ended. @param state as stored.
std::unexpected<Error> has_ended(std::string_view id, std::string_view state);
/// Whether an event came too late: what it was for is no more.
bool is_gone(const Error& error);
/// Another try may do better. What is refused would be refused for ever, and must not keep back the events behind it.
bool is_for_later(const Error& error);

/// `active`, `completed`, `failed`, `cancelled`: as the state is stored.
std::string_view stored_state(lifecycle::InstanceState state);
lifecycle::InstanceState state_of(std::string_view stored);

/// Whether the call may begin: no caller above is of the same definition, and there are at most 32. Calls whose process an expression names are not seen
/// at deploy. @return `failed_precondition` with reason `CYCLE` or `DEPTH`.
Result<void> check_callers(store::Session& sql, const NewInstance& child);

}  // namespace slipway::automation
