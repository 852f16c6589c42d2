#pragma once

#include <optional>
#include <string>
#include <vector>

#include "automation/definitions.hpp"
#include "automation/filters.hpp"
#include "automation/variable_filter.hpp"
#include "lifecycle/instance.hpp"

namespace slipway::automation {

class Engine;

/// An instance as lists show it.
struct InstanceInfo {
    std::string id;
    std::string definition_id;
    std::string definition_key;
    std::string definition_name;
    std::int64_t definition_version{0};
    std::string business_key;
    std::string subject{};  ///< name of the snapshot or model of the group whose id the business key is
    std::string group;
    lifecycle::InstanceState state{lifecycle::InstanceState::active};
    std::string started_by;
    std::string start_element;
    Timestamp started{};
    std::optional<Timestamp> ended{};
    std::string reason{};                ///< why it was cancelled or failed
    std::string parent_id{};             ///< of a called one: the instance that called it
    std::string root_id{};               ///< the caller above all callers, or itself
    std::string outcome{};               ///< its variable OUTCOME, once it has ended
    std::int64_t incidents{0};           ///< with those of what it called
    std::int64_t open_tasks{0};          ///< that wait for people
    std::string ticket_id{};             ///< the last approval it asked for
    std::optional<Timestamp> removal{};  ///< when it and its history are removed (`historyTimeToLive`)
};

struct StartRequest {
    std::string definition_id{};  ///< one of both
    std::string key{};            ///< the newest version
    std::string business_key{};   ///< empty: what `mlc.businessKey` says
    json::object variables{};
    std::string group{};  ///< empty: that of the definition, else the caller's first
};

struct Started {
    InstanceInfo instance;
    bool existing{false};  ///< a running one has that business key already, and its process starts once for each (`mlc.startOnce`)
};

/// Type of a visit around the repetitions of an activity, as Camunda names it.
inline constexpr std::string_view kRepetitions = "multiInstanceBody";

/// A live or ended visit of an element.
struct ActivityInfo {
    std::int64_t token{0};
    std::int64_t scope{0};  ///< token of the scope around it; 0: none
    std::string element;
    std::string name;
    std::string type;       ///< `serviceTask`, `userTask`, `exclusiveGateway` …, as Camunda names it
    std::int32_t loop{-1};  ///< of a repetition: which it is, from 0
    Timestamp started{};
    std::optional<Timestamp> ended{};
    bool cancelled{false};
    std::string called_id{};  ///< of a call activity: the instance that it called, the last one
};

struct VariableInfo {
    std::int64_t scope{0};  ///< token of the scope; the smallest is the instance's
    std::string element;    ///< of the scope
    std::string name;
    json::value value;
    Timestamp at{};
    bool removed{false};
};

/// Of an instance, or shown at a caller of it: that one has no message and no job.
struct IncidentInfo {
    std::string id;
    std::string instance_id;
    std::string definition_id;
    std::string definition_key;
    std::string type;
    std::string element;
    std::string message;
    std::string job_id;  ///< of a `failedJob`: id of the external task or job
    Timestamp at{};
    std::optional<Timestamp> resolved{};
    std::int64_t token{0};   ///< of the visit, where it is known
    std::string cause_id{};  ///< of the incident that makes it one; its own of what is stuck itself
    std::string root_id{};   ///< of the incident that all of them come from
    std::string root_instance_id{};
    std::string root_element{};
    std::string root_message{};
    std::string called_id{};  ///< at a caller: the instance that it called

    bool is_own() const { return root_id.empty() || id == root_id; }
};

/// Of the issue that decides the instance's ticket: it is mended there, and settles itself.
inline bool is_of_ticket(std::string_view incident_type) {
    return incident_type == "ambiguousDecision" || incident_type == "externalUnknown";
}

/// What the engine itself has to do for an instance: `timer`, `continuation`, `delivery`.
struct JobInfo {
    std::string id;
    std::string instance_id;
    std::string definition_id;
    std::string definition_key;
    std::string kind;
    std::string element;
    Timestamp due{};
    std::int64_t retries{0};
    std::string error{};
};

struct MessageRequest {
    std::string name;
    std::optional<std::string> correlation_key{};  ///< compared with `mlc.correlationKey` of the receiver
    std::string business_key{};                    ///< of the receiving instance; empty: any
    std::string instance_id{};                     ///< of the receiving instance; empty: any
    std::string group{};                           ///< receivers of this group and, of definitions, of everybody; empty: all that the caller may execute
    bool all{false};                               ///< to all that wait for it and all that it starts, none too
    bool each{false};                              ///< where several wait for it, to each of them; else that is refused as ambiguous
    json::object variables{};
    json::object local{};
    std::string dedup_id{};                  ///< the same id again changes nothing, once it was delivered or kept
    std::optional<Milliseconds> keep_for{};  ///< where nobody waits yet, it is kept that long; absent: `not_found`
    bool apart{false};                       ///< the receiver takes it in a transaction of its own, soon
};

/// Tokens moved by hand.
struct Modification {
    std::vector<std::string> start_before{};     ///< ids of elements
    std::vector<std::string> cancel_elements{};  ///< all live visits of them
    std::vector<lifecycle::Id> cancel_tokens{};  ///< one visit each (ActivityInfo::token)
    json::object variables{};                    ///< set before, in the instance
    std::string reason{};
};

/// Where a message went.
struct MessageAnswer {
    std::string instance_id;                 ///< empty: kept, or known already
    bool started{false};                     ///< it started the instance
    std::vector<std::string> reached{};      ///< of a message to all: those that wait
    std::vector<std::string> all_started{};  ///< of a message to all
};
inline constexpr std::int64_t kMostStarted = 1000;  ///< processes that one message starts

struct SignalRequest {
    std::string name;
    json::object variables{};
    std::string group{};         ///< receivers of this group and, of definitions, of everybody; empty: all that the caller may execute
    std::string instance_id{};   ///< only this one
    std::string started_by{};    ///< of what it starts
    std::string business_key{};  ///< of what it starts
    bool automatic{false};       ///< thrown by the registry: what `mlc.startOnce` has started ever is not started again
    bool apart{false};           ///< each process is started in a transaction of its own, soon
    bool names_reached{false};   ///< the answer names those that wait for it
};

/// Whether conditional start events hold.
struct ConditionRequest {
    json::object variables{};
    std::string business_key{};   ///< of what it starts
    std::string group{};          ///< processes of this group and of everybody; empty: all that the caller may execute
    std::string definition_id{};  ///< of this one alone, also where there is a newer version
    std::string started_by{};     ///< of what it starts
};

struct SignalAnswer {
    std::int64_t receivers{0};
    std::vector<std::string> started{};  ///< ids
    std::vector<std::string> reached{};  ///< where they were asked for
};

/// How far lists look into documents, where variables stand. The database knows nothing of those.
struct DocumentBounds {
    std::int64_t instances{20'000};
    std::int64_t bytes{256LL << 20};
    std::int64_t bytes_at_once{16LL << 20};
};

/// Use cases of instances. Reads need READ, all others EXECUTE. Thread-safe. The runner is woken by itself.
class Instances {
public:
    Instances(Engine& engine, Definitions& definitions, const identity::Access& access, const DocumentBounds& bounds = {})
        : engine_{engine}, definitions_{definitions}, access_{access}, bounds_{bounds} {}

    /// @return `not_found`, `forbidden`, `invalid_argument`; `failed_precondition` where its first step fails (nothing is left of it then).
    Result<Started> start(store::Unit& unit, const identity::Principal& who, const StartRequest& request);

    struct Query {
        std::string definition_key{};
        std::string definition_id{};
        std::string business_key{};
        std::optional<bool> running{};            ///< true: not ended; false: ended
        Filters filters{};                        ///< of running_rules() or past_rules()
        std::vector<VariableFilter> variables{};  ///< all of them
        std::vector<std::string> activities{};    ///< it waits in one of these, and in nothing within it
        std::int64_t first{0};
        std::int64_t most{1000};
    };
    /// Newest first. @return `invalid_argument` for `variables` and `activities` of more instances than the bounds allow to look into.
    Result<std::vector<InstanceInfo>> list(store::Session& sql, const identity::Principal& who, const Query& query);
    Result<std::int64_t> count(store::Session& sql, const identity::Principal& who, const Query& query);
    /// @return `not_found`; so all below.
    Result<InstanceInfo> get(store::Session& sql, const identity::Principal& who, const std::string& id);

    /// Variables of the instance as they are, or as they were at its end.
    Result<json::object> variables(store::Session& sql, const identity::Principal& who, const std::string& id);
    /// Audited with the old and the new values. @return `conflict`/`ENDED`.
    Result<void> set_variables(store::Unit& unit, const identity::Principal& who, const std::string& id, json::object variables,
                               const std::vector<std::string>& removed, const std::string& reason = {});
    /// Where its tokens are: live visits, scopes before what is in them. Empty for one that ended.
    Result<std::vector<ActivityInfo>> activities(store::Session& sql, const identity::Principal& who, const std::string& id);
    /// All visits in their order.
    Result<std::vector<ActivityInfo>> activity_history(store::Session& sql, const identity::Principal& who, const std::string& id);
    /// Ids of the flows taken, in their order.
    Result<std::vector<std::string>> flows_taken(store::Session& sql, const identity::Principal& who, const std::string& id);
    /// The last value of each variable of each scope, also of removed scopes. `name`: empty for all.
    Result<std::vector<VariableInfo>> variable_history(store::Session& sql, const identity::Principal& who, const std::string& id, const std::string& name);

    /// Ends the instance and all that it waits for, called instances too. @return `conflict`/`ENDED`.
    Result<void> cancel(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& reason);

    /// Takes a deployment away, for administrators and who deployed it: the version before each of its definitions is the newest again. What of it has ended
    /// stays in lists, without its diagram. @param cascade ends what runs of it. @return `forbidden`; `conflict`/`BUILT_IN`, `INSTANCES_RUN`, `TOO_MANY`.
    Result<void> remove_deployment(store::Unit& unit, const identity::Principal& who, const std::string& id, bool cascade);

    /// Starts elements and takes visits away; what is started comes first. @return `conflict`/`ENDED`; `invalid_argument` for what cannot be started;
    /// `not_found`/`GONE` for a visit that is no more; `failed_precondition` where the step fails. Then nothing has changed.
    Result<void> modify(store::Unit& unit, const identity::Principal& who, const std::string& id, const Modification& wanted);

    struct IncidentQuery {
        std::string instance_id{};  ///< empty: of all
        bool resolved_too{false};
        Filters filters{};  ///< of incident_rules() or past_incident_rules()
        std::int64_t first{0};
        std::int64_t most{1000};
    };
    /// What is stuck, and each caller of it.
    Result<std::vector<IncidentInfo>> incidents(store::Session& sql, const identity::Principal& who, const IncidentQuery& query);
    /// Looks again at what stopped: a failed job gets one more try at once, a kept event is tried again. One that is shown at a caller is that of the called
    /// instance, which the person must be let change. @return `not_found`.
    Result<void> retry_incident(store::Unit& unit, const identity::Principal& who, const std::string& incident_id, const std::string& reason = {});

    struct JobQuery {
        Filters filters{};  ///< of job_rules()
        std::int64_t first{0};
        std::int64_t most{1000};
    };
    Result<std::vector<JobInfo>> jobs(store::Session& sql, const identity::Principal& who, const JobQuery& query, Timestamp now);
    /// @return `not_found`.
    Result<JobInfo> job(store::Session& sql, const identity::Principal& who, const std::string& id);
    /// With `retries` above 0 the job is tried again at once, its incident goes.
    Result<void> set_job_retries(store::Unit& unit, const identity::Principal& who, const std::string& id, std::int64_t retries);

    /// To one receiver among the groups that the caller may execute. @return `not_found`/`NO_RECEIVER` where nobody waits and it is not kept,
    /// `conflict`/`AMBIGUOUS` where several do. Those of a message to all are fixed now, and reached one by one after the commit.
    Result<MessageAnswer> correlate(store::Unit& unit, const identity::Principal& who, const MessageRequest& request);
    /// To all that wait for it. Receivers are fixed now, and reached one by one after the commit.
    Result<SignalAnswer> signal(store::Unit& unit, const identity::Principal& who, const SignalRequest& request);

    /// Starts each process whose condition holds over these variables; of a condition with a variable's name only where that is among them. Those that
    /// cannot be started keep the others from nothing. @return ids. `not_found` for a definition that is not there.
    Result<std::vector<std::string>> evaluate(store::Unit& unit, const identity::Principal& who, const ConditionRequest& request);

private:
    /// Calls `use` for those whose variables fit, in their order, until it answers false.
    Result<void> each_match(store::Session& sql, const store::Scope& scope, const Query& query, const std::function<bool(InstanceInfo)>& use) const;
    Result<InstanceInfo> require(store::Session& sql, const identity::Principal& who, identity::Action action, const std::string& id);
    Result<std::string> own_incident(store::Session& sql, const identity::Principal& who, const std::string& incident_id);
    Result<void> note_told(store::Unit& unit, const identity::Principal& who, const std::string& name, const json::object& variables,
                           const std::vector<std::string>& reached);

    Engine& engine_;
    Definitions& definitions_;
    const identity::Access& access_;
    DocumentBounds bounds_;
};

}  // namespace slipway::automation
