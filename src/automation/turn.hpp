#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "automation/engine.hpp"

namespace slipway::automation {

/// Far away: the due time of what a person must look at first.
inline constexpr std::int64_t kNever = 9'000'000'000'000'000;

/// The steps of one transaction: the one that was asked for and those that follow from it in other instances (messages, called instances), each with
/// all its commands carried out. Not thread-safe; lives as long as its unit.
class Turn {
public:
    Turn(Engine& engine, store::Unit& unit) : engine_{engine}, unit_{unit}, sql_{unit.sql} {}

    Result<Started> start(NewInstance wanted, bool refuse);
    Result<void> send(const std::string& id, lifecycle::EventBody body, bool refuse);
    Result<MessageAnswer> correlate(const store::Scope& scope, const MessageRequest& request, bool refuse);
    Result<SignalAnswer> signal(const store::Scope& scope, const SignalRequest& request);
    /// Carries out what follows. Called by the outermost caller.
    Result<void> drain();

private:
    /// An instance in the middle of its step.
    struct Held {
        Loaded loaded;
        bool fresh{false};
        bool once{false};
        std::string start_element{};
        json::array records{};
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
    Result<void> insert(const Held& held);
    Result<void> tell(const Held& held, std::string_view kind);
    Result<void> follow(Pending next);
    Result<void> put_off(const Pending& next);
    Result<void> park(const Held& held, const lifecycle::EventBody& body);
    lifecycle::Environment environment(const Held& held);

    // turn_commands.cpp: one for each command
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

    // turn_events.cpp: messages and signals
    Result<void> take_kept(const Held& held);
    Result<std::optional<std::string>> start_by_message(const store::Scope& scope, const MessageRequest& request, bool refuse);
    Result<void> keep(const MessageRequest& request, const store::Scope& scope);
    Result<void> start_by_signal(const store::Scope& scope, const SignalRequest& request, SignalAnswer& answer);

    Engine& engine_;
    store::Unit& unit_;
    store::Session& sql_;
    std::deque<Pending> agenda_;
    std::size_t followed_{0};
    std::vector<std::shared_ptr<const lifecycle::Decision>> decisions_;
};

/// `active`, `completed`, `failed`, `cancelled`: as the state is stored.
std::string_view stored_state(lifecycle::InstanceState state);
lifecycle::InstanceState state_of(std::string_view stored);

}  // namespace slipway::automation
