#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "automation/definitions.hpp"
#include "automation/filters.hpp"

namespace slipway::automation {

class Engine;

/// A task that waits for a worker, or is locked by one.
struct ExternalTask {
    std::string id;
    std::string instance_id;
    std::int64_t token{0};
    std::string element;
    std::string topic;
    std::string definition_id;
    std::string definition_key;
    std::string definition_version_tag;
    std::string business_key;
    std::string group;
    std::string worker;  ///< empty: nobody has it
    std::optional<Timestamp> locked_until{};
    std::optional<std::int64_t> retries{};  ///< absent: it never failed
    std::string error{};
    std::string error_details{};
    std::int64_t priority{0};
    std::int64_t attempts{0};
    std::int64_t losses{0};  ///< locks in a row that were lost: nobody said what became of the work
    std::string idempotency_key;
    std::string started_by;
    Timestamp created{};
    json::object variables{};  ///< of fetch() and the runner: all that it can see
};

struct TopicRequest {
    std::string name;
    Milliseconds lock_for{0};
    std::optional<std::vector<std::string>> variables{};  ///< names; absent: all
    Filters filters{};                                    ///< of topic_rules()
};

struct FetchRequest {
    std::string worker;
    std::int64_t most{1};
    bool use_priority{true};
    std::optional<bool> newest_first{};  ///< the order over all topics, after that of the priority; absent: topic by topic, as they were made
    std::vector<TopicRequest> topics{};
};

/// Work by topic, for workers outside. Topics that Slipway works itself are not given to them. READ and EXECUTE as everywhere; only the worker whose lock
/// lasts may end a task, and a lock that ran out lets the next one have it. Thread-safe.
class ExternalTasks {
public:
    /// @param own_topics those that Slipway works itself.
    ExternalTasks(Engine& engine, const identity::Access& access, std::set<std::string, std::less<>> own_topics)
        : engine_{engine}, access_{access}, own_topics_{std::move(own_topics)} {}

    /// Locks tasks for the worker. One whose lock ran out kMostLosses times in a row, without a word of its workers, becomes an incident instead.
    /// @return `invalid_argument`.
    Result<std::vector<ExternalTask>> fetch(store::Unit& unit, const identity::Principal& who, const FetchRequest& request);
    /// Whether fetch() would find something, for those who poll long.
    Result<bool> waiting(store::Session& sql, const identity::Principal& who, const FetchRequest& request, Timestamp now);

    /// @return `not_found`; `conflict`/`NOT_LOCKED` when the worker's lock is over or another has it; where the step fails, `failed_precondition` as step():
    /// so all below.
    Result<void> complete(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& worker, json::object variables,
                          json::object local);
    struct Failure {
        std::string message{};
        std::string details{};
        std::int64_t retries{0};  ///< that are left; with 0 there is an incident
        Milliseconds retry_after{0};
    };
    Result<void> failure(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& worker, const Failure& failure);
    Result<void> bpmn_error(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& worker, const std::string& code,
                            const std::string& message, json::object variables);
    Result<void> extend_lock(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& worker, Milliseconds by);
    Result<void> unlock(store::Unit& unit, const identity::Principal& who, const std::string& id);
    /// By a person: no lock is asked for. Above 0 its incident goes.
    Result<void> set_retries(store::Unit& unit, const identity::Principal& who, const std::string& id, std::int64_t retries);

    struct Query {
        Filters filters{};  ///< of external_task_rules()
        std::int64_t first{0};
        std::int64_t most{1000};
    };
    Result<std::vector<ExternalTask>> list(store::Session& sql, const identity::Principal& who, const Query& query, Timestamp now);
    /// @return `not_found`.
    Result<ExternalTask> get(store::Session& sql, const identity::Principal& who, const std::string& id);

private:
    Result<ExternalTask> locked(store::Session& sql, const identity::Principal& who, const std::string& id, const std::string& worker, Timestamp now);

    Engine& engine_;
    const identity::Access& access_;
    std::set<std::string, std::less<>> own_topics_;
};

}  // namespace slipway::automation
