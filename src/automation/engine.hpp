#pragma once

#include <functional>
#include <memory>
#include <string>

#include "automation/definitions.hpp"
#include "automation/instances.hpp"
#include "automation/known_states.hpp"
#include "lifecycle/step.hpp"

namespace slipway::automation {

/// What is to be started.
struct NewInstance {
    Definition definition;
    std::string element{};  ///< start event; empty: the one without an event
    std::string business_key{};
    std::string group{};
    std::string started_by{};
    json::object variables{};
    bool automatic{false};  ///< what `mlc.startOnce` has started ever is not started again
    std::string parent_id{};
    lifecycle::Id parent_token{0};
    std::string parent_element{};  ///< the call activity
    std::int64_t depth{0};         ///< calls above it
};

/// An instance as it was read, ready for a step.
struct Loaded {
    std::string id;
    std::string definition_id;
    std::string definition_key;
    std::string business_key;
    std::string group;
    std::string started_by;
    std::string parent_id{};
    lifecycle::Id parent_token{0};
    std::int64_t depth{0};
    std::int64_t row_incidents{0};  ///< that the state does not know (next_row_incident())
    std::shared_ptr<const lifecycle::Graph> graph{};
    lifecycle::Instance instance{};
    std::string document{};  ///< the text of `instance` as it was read or written
};

/// The name by which a signal is known: short names (`snapshot.created`) stand for the vendor's.
std::string canonical_signal(std::string_view name);

/// Carries steps through the database: the state and all rows beside it change in the transaction of the caller. Knows nothing of rights. Thread-safe.
class Engine {
public:
    struct Settings {
        std::string time_zone{"UTC"};
        const lifecycle::ZoneRules* zones{&lifecycle::fixed_zones()};
        Milliseconds keep_messages{std::chrono::days{1}};  ///< thrown by instances, where nobody waits yet
    };
    Engine(Definitions& definitions, Settings settings) : definitions_{definitions}, settings_{std::move(settings)} {}

    /// @param refuse a first step that fails is answered and leaves nothing; else it leaves an instance with an incident.
    /// @return its id, or that of the one that has the business key already. `invalid_argument`, `failed_precondition`.
    Result<Started> start(store::Unit& unit, NewInstance wanted, bool refuse);
    /// One event and all that follows from it in other instances. @return as step(): `not_found`/`GONE`, `conflict`/`ENDED` …; they wrote nothing.
    Result<void> send(store::Unit& unit, const std::string& id, lifecycle::EventBody body, bool refuse);
    /// As send(), by the runner in a transaction of its own: what fails there is an incident of the instance.
    Result<void> send_apart(store::Unit& unit, const std::string& id, lifecycle::EventBody body);
    /// As Instances::correlate(), among what `scope` shows.
    Result<MessageAnswer> correlate(store::Unit& unit, const store::Scope& scope, const MessageRequest& request, bool refuse);
    Result<SignalAnswer> signal(store::Unit& unit, const store::Scope& scope, const SignalRequest& request);
    /// As Instances::evaluate(), among what `scope` shows.
    Result<std::vector<std::string>> evaluate(store::Unit& unit, const store::Scope& scope, const ConditionRequest& request);

    /// With its state. @param lock until the transaction ends, for a write. @return `not_found`; `conflict`/`ENDED` for one that has ended.
    Result<Loaded> load(store::Session& sql, const std::string& id, bool lock);
    /// As load(), many with one statement; those that are not there or have ended are left out.
    Result<std::vector<Loaded>> load_all(store::Session& sql, const std::vector<std::string>& ids, bool lock);

    /// @param wake is called when there is work for the runner or for workers outside: after the commit of the step that made it. Must be quick. Set before
    /// use.
    void on_work(std::function<void()> wake) { wake_ = std::move(wake); }
    /// `unit` makes work.
    void work(store::Unit& unit) const {
        if (wake_) {
            unit.afterwards.push_back(wake_);
        }
    }
    /// There is work that no transaction made.
    void work() const {
        if (wake_) {
            wake_();
        }
    }
    Definitions& definitions() const { return definitions_; }
    const Settings& settings() const { return settings_; }
    /// For the next step of an instance whose state is as its text says.
    void remember(Loaded loaded) { states_.keep(loaded.id, std::move(loaded.document), std::move(loaded.instance)); }

private:
    Result<Loaded> loaded_of(store::Session& sql, const store::Row& row);

    Definitions& definitions_;
    Settings settings_;
    std::function<void()> wake_;
    KnownStates states_;
};

}  // namespace slipway::automation
