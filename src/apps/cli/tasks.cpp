#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/json_codec.hpp"

/// Tasks of life cycles that wait for people.
namespace slipway::cli {
namespace {

constexpr std::string_view kTasks = "/mlc-service/rest/task";
constexpr std::int64_t kPageSize = 1000;

constexpr Column kColumns[] = {{"TASK", "/name|/taskDefinitionKey"},
                               {"LIFE CYCLE", "/processDefinitionKey", Show::text, false, true},
                               {"FOR", "/forWhom"},
                               {"DUE", "/dueText"},
                               {"SINCE", "/created", Show::time, true},
                               {"ID", "/id", Show::text, true}};
constexpr Column kDetails[] = {{"DESCRIPTION", "/description", Show::text, true},
                               {"FORM", "/formKey"},
                               {"PRIORITY", "/priority"},
                               {"GROUP", "/tenantId"},
                               {"INSTANCE", "/processInstanceId", Show::text, true},
                               {"KNOWS", "/known", Show::lines, true}};
constexpr Resource kTask{
    .noun = "task", .words = "task", .path = {}, .name = {}, .filter = {}, .page = {}, .list_page = {}, .event = {}, .columns = kColumns, .details = kDetails};

std::string name_of_task(const json::object& task) {
    const auto name = json::text_of(task, "name");
    return std::string{name.empty() ? json::text_of(task, "taskDefinitionKey") : name};
}

/// `ann`, `anyone in risk or bob`, `anybody`.
std::string for_whom(const json::object& task) {
    if (const auto assignee = json::text_of(task, "assignee"); !assignee.empty()) {
        return std::string{assignee};
    }
    std::vector<std::string> names;
    for (const auto& [kind, words] : {std::pair{"candidateGroups", "anyone in "}, std::pair{"candidateUsers", ""}}) {
        const auto* list = json::array_of(task, kind);
        for (const auto& one : list != nullptr ? *list : json::array{}) {
            names.push_back(fmt::format("{}{}", words, one.is_string() ? std::string_view{one.get_string()} : std::string_view{}));
        }
    }
    return names.empty() ? "anybody" : fmt::format("{}", fmt::join(names, " or "));
}

/// `in 2 h`, `overdue, 3 d ago`; empty without.
std::string due_text(const json::object& task, Timestamp now) {
    const auto due = from_iso(json::text_of(task, "due"));
    return !due ? std::string{} : fmt::format("{}{}", *due < now ? "overdue, " : "", relative_time(*due, now));
}

/// With the words that only a table has.
json::object worded(Session& session, const json::object& task) {
    auto out = task;
    out["forWhom"] = for_whom(task);
    out["dueText"] = due_text(task, session.world().clock.now());
    return out;
}

/// As many pages as `limit` asks for, oldest first.
Result<json::array> fetch_tasks(Session& session, const Query& wanted, std::int64_t limit) {
    SW_TRY(auto* api, session.api());
    json::array out;
    while (static_cast<std::int64_t>(out.size()) < limit) {
        const auto size = std::min(limit - static_cast<std::int64_t>(out.size()), kPageSize);
        auto query = wanted;
        query.emplace_back("firstResult", std::to_string(out.size()));
        query.emplace_back("maxResults", std::to_string(size));
        SW_TRY(const auto answer, api->get(std::string{kTasks}, query));
        const auto items = items_of(answer);
        for (const auto& item : items) {
            out.push_back(item);
        }
        if (static_cast<std::int64_t>(items.size()) < size) {
            break;
        }
    }
    return out;
}

Result<void> say_rest(Session& session, const Query& query, std::size_t shown) {
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->get(fmt::format("{}/count", kTasks), query));
    const auto* count = answer.is_object() ? answer.get_object().if_contains("count") : nullptr;
    if (count != nullptr && count->is_int64() && count->get_int64() > static_cast<std::int64_t>(shown)) {
        session.say(fmt::format("{} of {} shown; --limit N or --all shows more", shown, count->get_int64()));
    }
    return {};
}

/// The task of that id, or the only one of the instance of that id.
Result<json::object> find_task(Session& session, const std::string& wanted) {
    if (!is_uuid(wanted)) {
        SW_TRY(auto* api, session.api());
        SW_TRY(const auto answer, api->get(fmt::format("{}/{}", kTasks, percent_encode(wanted))));
        return answer.is_object() ? answer.get_object() : json::object{};
    }
    SW_TRY(const auto found, fetch_tasks(session, {{"processInstanceId", wanted}}, kPageSize));
    if (found.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND",
                    fmt::format("No task of the instance {} waits for a person, or you may not see it. See: slipway lifecycle show {}", wanted, wanted));
    }
    if (found.size() > 1) {
        std::string list;
        for (const auto& one : found) {
            list += fmt::format("\n  {}  {}", json::text_of(one.get_object(), "id"), name_of_task(one.get_object()));
        }
        return fail(ErrorCode::conflict, "AMBIGUOUS", fmt::format("Several tasks of the instance {} wait for people; name one by its id:{}", wanted, list));
    }
    return found[0].get_object();
}

Result<int> print_task(Session& session, const json::object& task) {
    SW_TRY(const auto format, session.format());
    session.out(render_object(session.world(), kTask, format == Format::table ? worded(session, task) : task, format));
    return kDone;
}

/// What JSON calls a value is one, all else is text: `0.93`, `true`, `"42"`, `[1, 2]`, `fine by me`.
Result<json::object> variables_of(const Session& session) {
    json::object out;
    for (const auto& given : session.line().all("--var")) {
        const auto equals = given.find('=');
        if (equals == 0 || equals == std::string::npos) {
            return usage(fmt::format("--var is NAME=VALUE, not {}", given));
        }
        const auto name = given.substr(0, equals);
        const auto text = given.substr(equals + 1);
        const auto parsed = json::parse(text);
        if (!out.emplace(name, json::object{{"value", parsed ? *parsed : json::value(text)}}).second) {
            return usage(fmt::format("--var {} is given twice", name));
        }
    }
    return out;
}

Result<void> send(Session& session, const json::object& task, std::string_view verb, json::object body) {
    SW_TRY(auto* api, session.api());
    SW_CHECK(api->send("POST", fmt::format("{}/{}/{}", kTasks, percent_encode(json::text_of(task, "id")), verb), json::value(std::move(body))));
    return {};
}

/// Gives the task to somebody or to nobody, and shows it as it is then.
Result<int> hand_over(Session& session, std::string_view verb, json::object body) {
    SW_CHECK(session.format());
    SW_TRY(const auto task, find_task(session, session.line().argument(0)));
    SW_CHECK(send(session, task, verb, std::move(body)));
    SW_TRY(const auto after, find_task(session, std::string{json::text_of(task, "id")}));
    return print_task(session, after);
}

}  // namespace

Result<json::array> open_tasks(Session& session, const std::string& instance_id) {
    SW_TRY(const auto found, fetch_tasks(session, {{"processInstanceId", instance_id}}, INT64_MAX));
    json::array out;
    for (const auto& one : found) {
        const auto& task = one.get_object();
        const auto due = due_text(task, session.world().clock.now());
        out.emplace_back(fmt::format("{}, for {}{}: slipway task complete {}", name_of_task(task), for_whom(task),
                                     due.empty()                  ? ""
                                     : due.starts_with("overdue") ? ", " + due
                                                                  : ", due " + due,
                                     json::text_of(task, "id")));
    }
    return out;
}

Result<int> task_list(Session& session) {
    SW_TRY(const auto format, session.format());
    SW_TRY(auto limit, session.number("--limit", 100, 1, 1'000'000));
    if (session.line().has("--all") && session.line().has("--limit")) {
        return usage("--all and --limit exclude each other");
    }
    limit = session.line().has("--all") ? INT64_MAX : limit;
    Query query;
    for (const auto& [flag, name] : {std::pair{"--process", "processDefinitionKey"}, {"--instance", "processInstanceId"}}) {
        if (session.line().has(flag)) {
            query.emplace_back(name, session.line().get(flag));
        }
    }
    if (session.line().has("--mine")) {
        query.emplace_back("mine", "true");
    }
    SW_TRY(auto found, fetch_tasks(session, query, limit));
    if (format == Format::table) {
        for (auto& one : found) {
            one = worded(session, one.get_object());
        }
    }
    session.out(render_list(session.world(), kTask, found, format));
    const bool full = static_cast<std::int64_t>(found.size()) == limit;
    if (full && (format == Format::table || format == Format::name)) {
        SW_CHECK(say_rest(session, query, found.size()));
    }
    return kDone;
}

Result<int> task_show(Session& session) {
    SW_CHECK(session.format());
    SW_TRY(auto task, find_task(session, session.line().argument(0)));
    SW_TRY(auto* api, session.api());
    SW_TRY(auto known, api->get(fmt::format("{}/{}/variables", kTasks, percent_encode(json::text_of(task, "id")))));
    json::array lines;
    for (const auto& [name, typed] : known.is_object() ? known.get_object() : json::object{}) {
        const auto* value = typed.is_object() ? typed.get_object().if_contains("value") : nullptr;
        lines.emplace_back(fmt::format("{}={}", std::string_view{name},
                                       value == nullptr     ? std::string{}
                                       : value->is_string() ? std::string{value->get_string()}
                                                            : json::write(*value)));
    }
    SW_TRY(const auto format, session.format());
    if (format == Format::table) {
        task["known"] = std::move(lines);
    } else {
        task["variables"] = std::move(known);
    }
    return print_task(session, task);
}

Result<int> task_claim(Session& session) {
    json::object body;
    if (session.line().has("--for")) {
        body["userId"] = session.line().get("--for");
    }
    return hand_over(session, "claim", std::move(body));
}

Result<int> task_release(Session& session) {
    return hand_over(session, "unclaim", {});
}

Result<int> task_complete(Session& session) {
    SW_CHECK(session.format());
    SW_TRY(auto variables, variables_of(session));
    SW_TRY(const auto task, find_task(session, session.line().argument(0)));
    SW_CHECK(send(session, task, "complete", {{"variables", std::move(variables)}}));
    session.say(fmt::format("slipway: {} is completed.", name_of_task(task)));
    return show_instance(session, std::string{json::text_of(task, "processInstanceId")});
}

}  // namespace slipway::cli
