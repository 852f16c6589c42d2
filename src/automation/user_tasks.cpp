#include "automation/user_tasks.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "automation/engine.hpp"
#include "automation/operator_notes.hpp"
#include "lifecycle/bounds.hpp"
#include "store/sql_text.hpp"

namespace slipway::automation {
namespace {

constexpr std::string_view kColumns =
    "SELECT t.instance_id, t.token, t.element, t.created_at, t.detail, i.definition_id, i.definition_key, i.group_name, i.created_by";
constexpr std::string_view kFrom = " FROM lifecycle_user_tasks t JOIN lifecycle_instances i ON i.id = t.instance_id WHERE ";

std::vector<std::string> texts(const json::object& detail, std::string_view name) {
    std::vector<std::string> out;
    const auto* list = json::array_of(detail, name);
    for (const auto& item : list != nullptr ? *list : json::array{}) {
        out.emplace_back(item.is_string() ? std::string_view{item.get_string()} : std::string_view{});
    }
    return out;
}

Result<UserTask> task_of(const store::Row& row) {
    SW_TRY(const auto detail, json::parse_object(row.text(4)));
    UserTask out{.id = fmt::format("{}:{}", row.text(0), row.integer(1)),
                 .instance_id = row.text(0),
                 .token = row.integer(1),
                 .element = row.text(2),
                 .name = std::string{json::text_of(detail, "name")},
                 .description = std::string{json::text_of(detail, "description")},
                 .assignee = std::string{json::text_of(detail, "assignee")},
                 .candidate_users = texts(detail, "candidateUsers"),
                 .candidate_groups = texts(detail, "candidateGroups"),
                 .form_key = std::string{json::text_of(detail, "formKey")},
                 .definition_id = row.text(5),
                 .definition_key = row.text(6),
                 .group = row.text(7),
                 .started_by = row.text(8),
                 .created = row.time(3)};
    if (const auto* priority = detail.if_contains("priority"); priority != nullptr && priority->is_int64()) {
        out.priority = priority->get_int64();
    }
    for (const auto& [name, into] : {std::pair{"due", &out.due}, std::pair{"followUp", &out.follow_up}}) {
        if (const auto time = from_iso(json::text_of(detail, name))) {  // a year of five digits is none: it must not hide all other tasks
            *into = *time;
        }
    }
    return out;
}

bool is_candidate(const UserTask& task, const identity::Principal& who) {
    const bool open_to_all = task.candidate_users.empty() && task.candidate_groups.empty();
    return open_to_all || std::ranges::find(task.candidate_users, who.name) != task.candidate_users.end() ||
           std::ranges::find_first_of(task.candidate_groups, who.groups) != task.candidate_groups.end();
}

Result<void> set_assignee(store::Unit& unit, const UserTask& task, const std::string& user) {
    SW_TRY(const auto rows, unit.sql.query("SELECT detail FROM lifecycle_user_tasks WHERE instance_id = $1 AND token = $2", {task.instance_id, task.token}));
    SW_TRY(auto detail, json::parse_object(rows.empty() ? std::string{"{}"} : rows[0].text(0)));
    detail["assignee"] = user;
    SW_CHECK(unit.sql.execute("UPDATE lifecycle_user_tasks SET detail = $1, assignee = $2 WHERE instance_id = $3 AND token = $4",
                              {json::write(detail), user, task.instance_id, task.token}));
    return {};
}

InstanceInfo info_of(const UserTask& task) {
    return {.id = task.instance_id, .definition_key = task.definition_key, .group = task.group};
}

}  // namespace

Result<std::vector<UserTask>> UserTasks::list(store::Session& sql, const identity::Principal& who, const Query& query) {
    store::SqlText text;
    text.text(kColumns);
    write_conditions(text, sql.dialect(), who, query);
    query.filters.write_order(text, "t.row_id");
    text.text(" LIMIT ").bind(query.most).text(" OFFSET ").bind(query.first);
    SW_TRY(const auto rows, text.query(sql));
    std::vector<UserTask> out;
    for (const auto& row : rows) {
        SW_TRY(auto task, task_of(row));
        out.push_back(std::move(task));
    }
    return out;
}

Result<std::int64_t> UserTasks::count(store::Session& sql, const identity::Principal& who, const Query& query) {
    store::SqlText text;
    text.text("SELECT count(*)");
    write_conditions(text, sql.dialect(), who, query);
    SW_TRY(const auto rows, text.query(sql));
    return rows[0].integer(0);
}

void UserTasks::write_conditions(store::SqlText& text, store::Dialect dialect, const identity::Principal& who, const Query& query) const {
    text.text(kFrom).scope(access_.scope(who, query.to_work ? identity::Action::execute : identity::Action::read, kCollection));
    query.filters.write(text, dialect, {});
}

Result<UserTask> UserTasks::get(store::Session& sql, const identity::Principal& who, const std::string& id) {
    const auto colon = id.rfind(':');
    store::SqlText text;
    text.text(kColumns).text(kFrom).scope(access_.scope(who, identity::Action::read, kCollection)).text(" AND t.instance_id = ").bind(id.substr(0, colon));
    text.text(" AND CAST(t.token AS TEXT) = ").bind(colon == std::string::npos ? std::string{} : id.substr(colon + 1));
    SW_TRY(const auto rows, text.query(sql));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no task {}, or you may not see it.", id));
    }
    return task_of(rows[0]);
}

Result<json::object> UserTasks::variables(store::Session& sql, const identity::Principal& who, const std::string& id) {
    SW_TRY(const auto task, get(sql, who, id));
    SW_TRY(const auto loaded, engine_.load(sql, task.instance_id, false));
    return lifecycle::visible_variables(loaded.instance, task.token);
}

/// A task that `who` may work on.
Result<UserTask> UserTasks::mine(store::Session& sql, const identity::Principal& who, const std::string& id) {
    SW_TRY(auto task, get(sql, who, id));
    SW_CHECK(access_.require(who, identity::Action::execute, kCollection, task.group, task.started_by));
    if (who.admin) {
        return task;
    }
    if (!task.assignee.empty() && task.assignee != who.name) {
        return fail(ErrorCode::conflict, "CLAIMED", fmt::format("The task {} is {}'s.", task.name.empty() ? id : task.name, task.assignee));
    }
    if (task.assignee.empty() && !is_candidate(task, who)) {
        return fail(ErrorCode::forbidden, "NOT_A_CANDIDATE",
                    fmt::format("The task {} is for others: {}.", task.name.empty() ? id : task.name,
                                fmt::join(task.candidate_groups.empty() ? task.candidate_users : task.candidate_groups, ", ")));
    }
    return task;
}

Result<void> UserTasks::claim(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& user) {
    if (user.size() > lifecycle::kLongestName) {
        return invalid("/userId", fmt::format("a name of at most {} bytes", lifecycle::kLongestName), fmt::format("{} bytes", user.size()));
    }
    SW_TRY(const auto task, mine(unit.sql, who, id));
    if (!user.empty() && user != who.name && !who.admin && task.started_by != who.name) {
        return fail(ErrorCode::forbidden, "FORBIDDEN", "Only administrators and who started the instance give a task to somebody else.");
    }
    return set_assignee(unit, task, user);
}

Result<void> UserTasks::complete(store::Unit& unit, const identity::Principal& who, const std::string& id, json::object variables) {
    SW_TRY(const auto task, mine(unit.sql, who, id));
    auto ended = ending_note(task.element, {&variables}, {});
    SW_CHECK(engine_.send(unit, task.instance_id, lifecycle::Complete{task.token, std::move(variables), {}}, true));
    return note_end(unit, info_of(task), who, std::move(ended));
}

Result<void> UserTasks::bpmn_error(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& code,
                                   const std::string& message, json::object variables) {
    SW_TRY(const auto task, mine(unit.sql, who, id));
    auto ended = ending_note(task.element, {&variables}, code);
    SW_CHECK(engine_.send(unit, task.instance_id, lifecycle::TaskError{task.token, code, message, std::move(variables)}, true));
    return note_end(unit, info_of(task), who, std::move(ended));
}

}  // namespace slipway::automation
