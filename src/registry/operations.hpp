#pragma once

#include <string>
#include <vector>

#include "base/json_codec.hpp"
#include "registry/collection.hpp"

/// Long work: what a 202 points to (page 10 "Long work"). Progress makes no audit rows; its events are at most one a second each.
namespace slipway::registry {

enum class OperationKind { IMPORT, SYNC, DEPLOY, UNDEPLOY };
BOOST_DESCRIBE_ENUM(OperationKind, IMPORT, SYNC, DEPLOY, UNDEPLOY)
enum class OperationState { RUNNING, COMPLETE, ERROR, CANCELLED };
BOOST_DESCRIBE_ENUM(OperationState, RUNNING, COMPLETE, ERROR, CANCELLED)

/// How a stage ended: everything was read; the peer refused something (mostly a permission is missing); something could not be read for another reason.
enum class StageOutcome { COMPLETE, REFUSED, INCOMPLETE };
BOOST_DESCRIBE_ENUM(StageOutcome, COMPLETE, REFUSED, INCOMPLETE)

struct OperationStage {
    std::string name;
    std::int64_t done{0};
    std::optional<std::int64_t> total;
    std::int64_t skipped{0};
    std::optional<std::string> note;
    std::optional<StageOutcome> outcome{};  ///< absent while it has not ended
};
BOOST_DESCRIBE_STRUCT(OperationStage, (), (name, done, total, skipped, note, outcome))

struct OperationCalls {
    std::int64_t total{0};
    std::int64_t retried{0};
    std::int64_t throttled{0};
    std::int64_t saved{0};
    std::map<std::string, std::int64_t> by_operation;
};
BOOST_DESCRIBE_STRUCT(OperationCalls, (), (total, retried, throttled, saved, by_operation))

struct OperationProblem {
    std::string operation;
    std::string code;
    std::string message;
    std::optional<std::string> permission;
    std::optional<std::string> request_id;
    std::optional<std::string> stage{};  ///< name of the stage that missed something by it
};
BOOST_DESCRIBE_STRUCT(OperationProblem, (), (operation, code, message, permission, request_id, stage))

struct Operation {
    std::string id;
    std::string group;
    std::string created_by;
    OperationKind kind{OperationKind::IMPORT};
    OperationState state{OperationState::RUNNING};
    std::optional<std::string> stored_model_id;
    std::optional<std::string> deployed_model_id;
    std::vector<OperationStage> stages;
    OperationCalls aws_calls;
    std::optional<std::int64_t> eta_seconds;
    std::vector<OperationProblem> problems;
    std::optional<json::object> request;  ///< what was asked for, without secrets
    bool cancel_requested{false};
    Timestamp created{};
    std::optional<Timestamp> finished;
};
BOOST_DESCRIBE_STRUCT(Operation, (),
                      (id, group, created_by, kind, state, stored_model_id, deployed_model_id, stages, aws_calls, eta_seconds, problems, request,
                       cancel_requested, created, finished))

json::object to_json(const Operation& operation);

/// Use cases of operations. Thread-safe.
class Operations {
public:
    explicit Operations(const Foundation& foundation) : foundation_{foundation} {}

    /// Stores a RUNNING operation. `unique_key` (may be empty): while a running operation has it, `conflict`/`ALREADY_RUNNING` (find it with running_with()).
    Result<Operation> start(store::Unit& unit, Operation operation, std::string_view unique_key);
    Result<std::optional<Operation>> running_with(store::Session& sql, std::string_view unique_key);
    /// Writes progress and, when it ended, the state; emits the event when `announce` is set.
    Result<void> save(store::Unit& unit, const Operation& operation, bool announce);
    /// @return `not_found`.
    Result<Operation> get(store::Session& sql, const identity::Principal& who, std::string_view id);
    /// All RUNNING ones: what goes on after a restart.
    Result<std::vector<Operation>> running(store::Session& sql);
    struct Query {
        std::string state;
        std::string kind;
        std::int64_t page{0};
        std::int64_t size{20};
    };
    struct List {
        std::vector<Operation> items;
        std::int64_t total{0};
    };
    Result<List> list(store::Session& sql, const identity::Principal& who, const Query& query);
    /// Asks for cancellation. @return `conflict`/`ALREADY_ENDED` for one that ended.
    Result<Operation> cancel(store::Unit& unit, const identity::Principal& who, std::string_view id);
    /// Deletes what ended before `before`; running ones stay. @return how many.
    static Result<std::int64_t> prune(store::Unit& unit, Timestamp before);

private:
    const Foundation& foundation_;
};

}  // namespace slipway::registry
