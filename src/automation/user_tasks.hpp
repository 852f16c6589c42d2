#pragma once

#include <optional>
#include <string>
#include <vector>

#include "automation/definitions.hpp"
#include "automation/filters.hpp"

namespace slipway::automation {

class Engine;

/// A task that waits for a person.
struct UserTask {
    std::string id;  ///< `INSTANCE:TOKEN`
    std::string instance_id;
    std::int64_t token{0};
    std::string element;
    std::string name;
    std::string description{};  ///< what its maker wrote about it
    std::string assignee;       ///< empty: nobody's yet
    std::vector<std::string> candidate_users{};
    std::vector<std::string> candidate_groups{};
    std::string form_key{};
    std::int64_t priority{50};
    std::optional<Timestamp> due{};
    std::optional<Timestamp> follow_up{};
    std::string definition_id;
    std::string definition_key;
    std::string group;
    std::string started_by;
    Timestamp created{};
};

/// Tasks for people. READ shows them; to claim or to end one takes EXECUTE and, where the process names an assignee, candidate users or candidate groups, to
/// be one of those (administrators may always). A claimed task is ended by who claimed it. Thread-safe.
class UserTasks {
public:
    UserTasks(Engine& engine, const identity::Access& access) : engine_{engine}, access_{access} {}

    struct Query {
        Filters filters{};    ///< of user_task_rules()
        bool to_work{false};  ///< only those of groups in which the caller may end tasks
        std::int64_t first{0};
        std::int64_t most{1000};
    };
    /// Oldest first.
    Result<std::vector<UserTask>> list(store::Session& sql, const identity::Principal& who, const Query& query);
    /// How many list() would find, whatever `first` and `most` say.
    Result<std::int64_t> count(store::Session& sql, const identity::Principal& who, const Query& query);
    /// @return `not_found`.
    Result<UserTask> get(store::Session& sql, const identity::Principal& who, const std::string& id);
    /// All that the task can see. @return `not_found`.
    Result<json::object> variables(store::Session& sql, const identity::Principal& who, const std::string& id);

    /// @param user empty: it is nobody's again. Another than oneself needs to be an administrator or the starter of the instance.
    /// @return `not_found`; `forbidden`; `conflict`/`CLAIMED` when somebody else has it.
    Result<void> claim(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& user);
    /// @return as claim(); `failed_precondition` where the step fails.
    Result<void> complete(store::Unit& unit, const identity::Principal& who, const std::string& id, json::object variables);
    Result<void> bpmn_error(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& code, const std::string& message,
                            json::object variables);

private:
    void write_conditions(store::SqlText& text, store::Dialect dialect, const identity::Principal& who, const Query& query) const;
    Result<UserTask> mine(store::Session& sql, const identity::Principal& who, const std::string& id);

    Engine& engine_;
    const identity::Access& access_;
};

}  // namespace slipway::automation
