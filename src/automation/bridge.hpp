#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "automation/engine.hpp"
#include "registry/registry.hpp"
#include "sagemaker/deploy_run.hpp"

namespace slipway::automation {

/// Turns what happens in the registry into the signals and messages of page 10 "Life cycles": reads the outbox, each event once, in the transaction that
/// throws what it means. Messages that nobody waits for yet are kept. run() on one thread at a time.
class Bridge {
public:
    Bridge(Engine& engine, registry::Registry& registry) : engine_{engine}, registry_{registry} {}

    /// Reads on to the newest event. A database that was never read begins with what comes. A background task; also after each commit with events.
    Result<void> run(const std::stop_token& stop);

private:
    Result<void> one_by_one(const std::stop_token& stop);
    Result<bool> some(store::Unit& unit, std::size_t most);
    Result<void> take(store::Unit& unit, const store::Event& event);

    Result<void> model(store::Unit& unit, const store::Event& event);
    Result<void> snapshot(store::Unit& unit, const store::Event& event);
    Result<void> job(store::Unit& unit, const store::Event& event);
    Result<void> ticket(store::Unit& unit, const store::Event& event);
    Result<void> operation(store::Unit& unit, const store::Event& event);
    Result<void> instance(store::Unit& unit, const store::Event& event);
    Result<void> look_now(store::Unit& unit, const std::string& instance_id);
    Result<void> withdraw_ticket(store::Unit& unit, const std::string& id, const std::string& reason);
    Result<void> stop_jobs(store::Unit& unit, const std::string& instance_id, const std::string& reason);
    Result<void> snapshot_over(store::Unit& unit, const std::string& id, const std::string& reason, std::optional<std::int64_t> gone = {});
    Result<void> tell_gone(store::Unit& unit, const std::string& id, std::int64_t version);
    Result<void> tell_not_ended(store::Unit& unit, const std::string& instance_id, const std::string& group, const Error& why);
    // bridge_incidents.cpp
    Result<void> tell_stuck(store::Unit& unit, const std::string& instance_id);
    Result<void> tell_ambiguity(store::Unit& unit, const store::Entity& ticket);
    Result<void> tell_problem(store::Unit& unit, const std::string& ticket_id, const std::string& type, const std::string& message);
    Result<void> expire(store::Unit& unit, const std::string& ticket_id);
    // bridge.cpp
    Result<void> end_test(store::Unit& unit, const std::string& instance_id, const std::string& reason);

    Result<bool> heard(store::Session& sql, std::string_view signal);
    Result<void> throw_signal(store::Unit& unit, const store::Event& event, std::string_view signal, json::object variables);
    Result<void> send(store::Unit& unit, std::string_view message, const std::string& key, const std::string& dedup, json::object variables);

    Engine& engine_;
    registry::Registry& registry_;
    std::map<std::string, bool, std::less<>> heard_;  ///< of the batch that is read
    bool apart_{false};                               ///< whoever hears of the event that is read does so in a transaction of its own
};

inline constexpr Milliseconds kKeepMessages = std::chrono::days{40};  ///< longer than a ticket may be open

bool has_ended(const store::Entity& job);
/// The job as life cycles carry it: without its model, which may be large.
json::object job_variable(const store::Entity& job);
/// The deployment as life cycles carry it: with its verdict, once there is one.
json::object deployment_variable(const sagemaker::DeployRun& run);
/// Tells who waits for the job that it has ended; once. @param apart as MessageRequest::apart.
Result<void> tell_job_ended(Engine& engine, store::Unit& unit, const store::Entity& job, bool apart = false);
/// Tells who waits for the deployment of its verdict; once for each operation. Nothing while there is none.
Result<void> tell_deployment_ended(Engine& engine, store::Unit& unit, const std::string& deployed_model_id, bool apart = false);
/// Tells the instance that the deployment, which it did not ask for, is in service; once.
Result<void> tell_deployment_adopted(Engine& engine, store::Unit& unit, const std::string& deployed_model_id, const std::string& instance_id);
/// What the decision on a ticket tells who waits for it; empty while no person has decided.
json::object decision_variables(const store::Entity& ticket);
/// Tells the instance what the things that it waits for came to, also where it was told before: its tokens were moved back by hand.
Result<void> tell_ends_again(Engine& engine, store::Unit& unit, const std::string& instance_id);

}  // namespace slipway::automation
