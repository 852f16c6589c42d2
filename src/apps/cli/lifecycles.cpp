#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"

namespace slipway::cli {
namespace {

constexpr std::string_view kMlc = "/mlc-service/rest/";

constexpr Column kDefinitionColumns[] = {{"NAME", "/name|/key"},  {"KEY", "/key", Show::text, true},
                                         {"VERSION", "/version"}, {"TAG", "/versionTag"},
                                         {"GROUP", "/tenantId"},  {"DEPLOYED", "/deployedAt", Show::time, true}};
constexpr Column kDefinitionDetails[] = {{"FILE", "/resource", Show::text, true},
                                         {"DEPLOYED BY", "/deployedBy"},
                                         {"DEPLOYMENT", "/deploymentId", Show::text, true},
                                         {"ID", "/id", Show::text, true}};
constexpr Resource kDefinition{.noun = "life cycle",
                               .words = "life cycle",
                               .path = {},
                               .name = "/key",
                               .filter = {},
                               .page = {},
                               .list_page = {},
                               .event = {},
                               .columns = kDefinitionColumns,
                               .details = kDefinitionDetails};

constexpr Column kInstanceColumns[] = {{"LIFE CYCLE", "/processDefinitionName|/processDefinitionKey"},
                                       {"STATE", "/state", Show::status},
                                       {"OUTCOME", "/outcome", Show::status},
                                       {"INCIDENTS", "/incidents"},
                                       {"OPEN TASKS", "/openTasks", Show::text, false, true},
                                       {"FOR", "/businessKeyName|/businessKey", Show::text, false, true},
                                       {"STARTED", "/startTime", Show::time, true},
                                       {"ID", "/id", Show::text, true}};
constexpr Column kInstanceDetails[] = {{"ENDED", "/endTime", Show::time},
                                       {"STARTED BY", "/startUserId"},
                                       {"REASON", "/deleteReason", Show::text, true},
                                       {"WHY", "/why", Show::text, true},
                                       {"VERSION", "/processDefinitionVersion"},
                                       {"GROUP", "/tenantId"},
                                       {"CALLED BY", "/superProcessInstanceId", Show::text, true},
                                       {"TICKET", "/ticketId", Show::text, true},
                                       {"AT", "/at", Show::list, true},
                                       {"WAITS FOR", "/waitsFor", Show::text, true},
                                       {"TASKS", "/tasks", Show::lines, true},
                                       {"STUCK ON", "/stuckOn", Show::lines, true},
                                       {"STEPS", "/steps", Show::lines, true}};
constexpr Resource kInstance{.noun = "instance",
                             .words = "life cycle instance",
                             .path = {},
                             .name = {},
                             .filter = {},
                             .page = {},
                             .list_page = {},
                             .event = {},
                             .columns = kInstanceColumns,
                             .details = kInstanceDetails};

Result<json::value> ask(Session& session, const std::string& path, const Query& query = {}) {
    SW_TRY(auto* api, session.api());
    return api->get(fmt::format("{}{}", kMlc, path), query);
}

Result<int> print_list(Session& session, const Resource& resource, const json::value& answer) {
    SW_TRY(const auto format, session.format());
    session.out(render_list(session.world(), resource, answer.is_array() ? answer.get_array() : json::array{}, format));
    return kDone;
}

Result<int> print_one(Session& session, const Resource& resource, const json::object& object) {
    SW_TRY(const auto format, session.format());
    session.out(render_object(session.world(), resource, object, format));
    return kDone;
}

/// What an instance is stuck on; of a caller, where the instance is stuck that it called.
std::string stuck_words(const json::object& incident) {
    const auto called = json::text_of(incident, "calledProcessInstanceId");
    if (called.empty()) {
        return fmt::format("{}: {}", json::text_of(incident, "activityId"), json::text_of(incident, "incidentMessage"));
    }
    const auto root = json::text_of(incident, "rootCauseIncidentProcessInstanceId");
    const auto where = json::text_of(incident, "rootCauseIncidentActivityId");
    return fmt::format("{}: it called {}, which {} stuck{}{}: {}", json::text_of(incident, "activityId"), called,
                       root == called ? "is" : fmt::format("waits for {}, which is", root), where.empty() ? "" : " at ", where,
                       json::text_of(incident, "rootCauseIncidentMessage"));
}

bool is_around_repetitions(const json::object& visit) {
    return json::text_of(visit, "activityType") == "multiInstanceBody";
}

/// By its name, of a repetition with its number.
std::string name_of(const json::object& visit) {
    const auto name = json::text_of(visit, "activityName");
    const auto* loop = visit.if_contains("loopCounter");
    return fmt::format("{}{}", name.empty() ? json::text_of(visit, "activityId") : name,
                       loop != nullptr && loop->is_int64() ? fmt::format(" (item {})", loop->get_int64() + 1) : "");
}

/// Names of the elements that tokens are at, those within others as well.
void add_places(const json::value& visit, json::array& places) {
    if (const auto* at = visit.if_object(); at != nullptr) {
        const auto* within = json::array_of(*at, "childActivityInstances");
        for (const auto& one : within != nullptr ? *within : json::array{}) {
            const auto& object = one.get_object();
            if (!is_around_repetitions(object)) {
                places.emplace_back(name_of(object));
            }
            add_places(one, places);
        }
    }
}

/// `15:04:05 Check assets`, for each step that has a name, as they began.
Result<json::array> steps_of(Session& session, const std::string& id) {
    SW_TRY(const auto found, ask(session, "history/activity-instance", {{"processInstanceId", id}, {"sortBy", "startTime"}, {"sortOrder", "asc"}}));
    json::array out;
    for (const auto& one : found.is_array() ? found.get_array() : json::array{}) {
        const auto& step = one.get_object();
        const auto name = json::text_of(step, "activityName");
        const auto began = json::text_of(step, "startTime");
        if (name.empty() || began.size() < 19 || is_around_repetitions(step)) {
            continue;
        }
        const bool cancelled = step.contains("canceled") && step.at("canceled") == json::value(true);
        out.emplace_back(fmt::format("{} {}{}", began.substr(11, 8), name_of(step),
                                     cancelled                                ? ", left before its end"
                                     : json::text_of(step, "endTime").empty() ? ", here now"
                                                                              : ""));
    }
    return out;
}

/// What went wrong in an instance whose outcome says that something did; empty where nothing is told.
Result<std::string> why_failed(Session& session, const json::object& instance) {
    if (!json::text_of(instance, "outcome").contains("FAILED")) {
        return std::string{};
    }
    const std::string id{json::text_of(instance, "id")};
    SW_TRY(const auto found, ask(session, "history/variable-instance", {{"processInstanceId", id}, {"variableName", "ERROR_MESSAGE"}}));
    const auto* first = found.is_array() && !found.get_array().empty() ? found.get_array().front().if_object() : nullptr;
    return std::string{first == nullptr ? std::string_view{} : json::text_of(*first, "value")};
}

/// An instance with where it is, why it failed, what it is stuck on and its steps.
Result<json::object> read_instance(Session& session, const std::string& id) {
    SW_TRY(auto found, ask(session, "history/process-instance/" + percent_encode(id)));
    auto instance = found.is_object() ? std::move(found.get_object()) : json::object{};
    json::array places;
    json::array stuck;
    if (json::text_of(instance, "state") == "ACTIVE") {
        SW_TRY(const auto tree, ask(session, fmt::format("process-instance/{}/activity-instances", percent_encode(id))));
        add_places(tree, places);
        if (const auto* waiting = instance.if_contains("openTasks"); waiting != nullptr && *waiting != json::value(0)) {
            SW_TRY(instance["tasks"], open_tasks(session, id));
        }
        SW_TRY(const auto incidents, ask(session, "incident", {{"processInstanceId", id}}));
        for (const auto& incident : incidents.is_array() ? incidents.get_array() : json::array{}) {
            stuck.emplace_back(stuck_words(incident.get_object()));
        }
    }
    instance["at"] = std::move(places);
    instance["stuckOn"] = std::move(stuck);
    SW_TRY(instance["steps"], steps_of(session, id));
    SW_TRY(instance["why"], why_failed(session, instance));
    return instance;
}

}  // namespace

Result<int> show_instance(Session& session, const std::string& id) {
    SW_TRY(const auto instance, read_instance(session, id));
    SW_TRY(const auto printed, print_one(session, kInstance, instance));
    if (const auto snapshot = json::text_of(instance, "businessKey"); !json::text_of(instance, "why").empty() && !snapshot.empty()) {
        session.say(fmt::format("slipway: what to do next: slipway why {}", snapshot));
    }
    return printed;
}

namespace {

/// Of a deployment whose endpoint AWS was asked for no more than in vain: the operation that can be given up. Else nothing.
std::string what_can_be_given_up(ApiClient& api, std::string_view deployment_id) {
    const auto shown = api.get(fmt::format("/sagemaker-service/api/deployments/{}", percent_encode(deployment_id)), {});
    const auto* document = shown ? shown->if_object() : nullptr;
    const auto* course = document == nullptr ? nullptr : document->if_contains("transitions");
    if (course == nullptr || !course->is_array() || course->get_array().empty() || !course->get_array().back().is_object()) {
        return {};
    }
    const auto state = json::text_of(course->get_array().back().get_object(), "state");
    const auto* operation = json::object_of(*document, "operation");
    return operation != nullptr && (state == "PLANNED" || state == "CONFIG_READY") ? std::string{json::text_of(*operation, "id")} : std::string{};
}

/// Deployments of the snapshot that was approved, which go on without its life cycle.
void tell_deployments(Session& session, ApiClient& api, std::string_view snapshot_id) {
    const auto found = api.get("/model-manage/api/deployedModels/search/findAllByDeployableModelId", {{"deployableModelId", std::string{snapshot_id}}});
    for (const auto& item : found ? items_of(*found) : json::array{}) {
        const auto* deployment = item.if_object();
        const auto state = deployment == nullptr ? std::string_view{} : json::text_of(*deployment, "state");
        if (state == "DEPLOYING" || state == "DEPLOYED") {
            const auto* engine = json::object_of(*deployment, "engine");
            if (const auto operation = state == "DEPLOYING" ? what_can_be_given_up(api, json::text_of(*deployment, "id")) : ""; !operation.empty()) {
                session.say(fmt::format("slipway: the endpoint {} is made all the same, once AWS takes it. To give it up: slipway operation cancel {}",
                                        engine == nullptr ? "" : json::text_of(*engine, "name"), operation));
                continue;
            }
            session.say(fmt::format("slipway: the endpoint {} {}. To remove it: slipway undeploy {}", engine == nullptr ? "" : json::text_of(*engine, "name"),
                                    state == "DEPLOYED" ? "goes on serving" : "was asked for and is made all the same", json::text_of(*deployment, "id")));
        }
    }
}

/// What a cancelled life cycle leaves behind; nothing where that cannot be read.
void tell_what_stays(Session& session, ApiClient& api, const json::object& instance) {
    const auto ticket_id = json::text_of(instance, "ticketId");
    if (ticket_id.empty()) {
        return;
    }
    const auto ticket = api.get(fmt::format("/model-manage/api/notifications/{}", percent_encode(ticket_id)), {});
    if (!ticket || !ticket->is_object()) {
        return;
    }
    const auto* decision = json::object_of(ticket->get_object(), "decision");
    const auto word = decision == nullptr ? std::string_view{} : json::text_of(*decision, "decision");
    if (word != "APPROVED" && word != "REJECTED") {
        return session.say("slipway: its ticket needs no decision any more, and is closed.");
    }
    session.say(fmt::format("slipway: its ticket stays {} by {}.", word == "APPROVED" ? "approved" : "rejected", json::text_of(*decision, "decidedBy")));
    if (word == "APPROVED") {
        tell_deployments(session, api, json::text_of(instance, "businessKey"));
    }
}

/// The form of deployment/create with one file in it.
std::string form_of(const std::string& boundary, const std::string& name, const std::string& group, const std::string& content) {
    const auto field = [&](std::string_view key, std::string_view text) {
        return fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", boundary, key, text);
    };
    std::string quoted;
    for (const char c : name) {
        quoted += c == '"' || c == '\\' ? "\\" : "";
        quoted += c == '\r' || c == '\n' ? ' ' : c;
    }
    return field("deployment-name", quoted) + field("deployment-source", "slipway") + field("enable-duplicate-filtering", "true") +
           (group.empty() ? std::string{} : field("tenant-id", group)) +
           fmt::format(
               "--{}\r\nContent-Disposition: form-data; name=\"data\"; filename=\"{}\"\r\nContent-Type: application/octet-stream\r\n\r\n{}\r\n--{}--\r\n",
               boundary, quoted, content, boundary);
}

/// What the reader had to say of a file that runs.
void say_remarks(Session& session, const json::object& deployment) {
    const auto* remarks = json::array_of(deployment, "remarks");
    for (const auto& remark : remarks != nullptr ? *remarks : json::array{}) {
        const auto& object = remark.get_object();
        session.say(fmt::format("slipway: {} {}: {}", json::text_of(object, "resource"), json::text_of(object, "elementId"), json::text_of(object, "message")));
    }
}

}  // namespace

Result<int> lifecycle_list(Session& session) {
    SW_TRY(const auto found, ask(session, "process-definition", {{"latestVersion", "true"}}));
    return print_list(session, kDefinition, found);
}

Result<int> lifecycle_show(Session& session) {
    const auto& wanted = session.line().argument(0);
    if (is_uuid(wanted)) {
        return show_instance(session, wanted);
    }
    const auto path = "process-definition/key/" + percent_encode(wanted);
    if (session.line().has("--xml")) {
        SW_TRY(const auto file, ask(session, path + "/xml"));
        session.out(file.is_object() ? json::text_of(file.get_object(), "bpmn20Xml") : std::string_view{});
        return kDone;
    }
    SW_TRY(const auto found, ask(session, path));
    return print_one(session, kDefinition, found.is_object() ? found.get_object() : json::object{});
}

Result<int> lifecycle_instances(Session& session) {
    SW_TRY(const auto most, session.number("--limit", 100, 1, 1000));
    Query query{{"maxResults", std::to_string(most)}};
    if (!session.line().argument(0).empty()) {
        query.emplace_back("processDefinitionKey", session.line().argument(0));
    }
    if (session.line().has("--for")) {
        SW_TRY(const auto id, find_id(session, resource_of("snapshot"), session.line().get("--for")));
        query.emplace_back("processInstanceBusinessKey", id);
    }
    if (session.line().has("--running")) {
        query.emplace_back("unfinished", "true");
    }
    if (session.line().has("--stuck")) {
        query.emplace_back("withIncidents", "true");
    }
    SW_TRY(const auto found, ask(session, "history/process-instance", query));
    return print_list(session, kInstance, found);
}

Result<int> lifecycle_deploy(Session& session) {
    SW_CHECK(session.format());
    SW_TRY(auto* api, session.api());
    const auto& path = session.line().argument(0);
    if (!path.ends_with(".bpmn") && !path.ends_with(".bpmn20.xml") && !path.ends_with(".dmn") && !path.ends_with(".dmn11.xml")) {
        return fail(ErrorCode::invalid_argument, "USAGE", fmt::format("Nothing of {} would run: processes are files called .bpmn, decisions .dmn.", path));
    }
    SW_TRY(const auto content, read_file_bytes(path));
    const auto name = std::filesystem::path{path}.filename().string();
    // Random, so that it stands in no file.
    const auto boundary = "slipway-" + RandomIds{}.next(session.world().clock.now());
    SW_TRY(const auto answer, api->send_as(fmt::format("{}deployment/create", kMlc), "multipart/form-data; boundary=" + boundary,
                                           form_of(boundary, name, session.line().get("--group"), content)));
    const auto deployment = answer.is_object() ? answer.get_object() : json::object{};
    say_remarks(session, deployment);
    json::array made;
    for (const auto* kind : {"deployedProcessDefinitions", "deployedDecisionDefinitions"}) {
        const auto* definitions = json::object_of(deployment, kind);
        for (const auto& [id, definition] : definitions != nullptr ? *definitions : json::object{}) {
            made.push_back(definition);
        }
    }
    if (deployment.contains("existing") && deployment.at("existing") == json::value(true)) {
        session.say("slipway: this file is deployed already; nothing was changed.");
    }
    return print_list(session, kDefinition, json::value(std::move(made)));
}

Result<int> lifecycle_undeploy(Session& session) {
    const auto& id = session.line().argument(0);
    SW_TRY(auto* api, session.api());
    const Query query = session.line().has("--cascade") ? Query{{"cascade", "true"}} : Query{};
    SW_CHECK(api->send("DELETE", with_query(fmt::format("{}deployment/{}", kMlc, percent_encode(id)), query), std::nullopt));
    session.say(fmt::format("slipway: the deployment {} is deleted.", id));
    return kDone;
}

Result<int> lifecycle_retry(Session& session) {
    const auto& id = session.line().argument(0);
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto incidents, ask(session, "incident", {{"processInstanceId", id}}));
    const auto& list = incidents.is_array() ? incidents.get_array() : json::array{};
    for (const auto& incident : list) {
        const auto sent = api->send("POST", fmt::format("{}incident/{}/retry", kMlc, percent_encode(json::text_of(incident.get_object(), "id"))), std::nullopt);
        if (!sent && sent.error().code != ErrorCode::not_found) {  // one that went with another is no more
            return std::unexpected(sent.error());
        }
    }
    if (!list.empty()) {
        SW_TRY(const auto left, ask(session, "incident", {{"processInstanceId", id}}));
        const auto same = std::ranges::count_if(left.is_array() ? left.get_array() : json::array{}, [&](const auto& one) {
            return std::ranges::any_of(list,
                                       [&](const auto& before) { return json::text_of(before.get_object(), "id") == json::text_of(one.get_object(), "id"); });
        });
        session.say(fmt::format("slipway: {} tried again{}.", list.size(), same == 0 ? "" : fmt::format(", {} stopped at once as before", same)));
    }
    SW_TRY(const auto shown, show_instance(session, id));
    if (list.empty()) {  // only of an instance that is there alone
        session.say("slipway: the instance is stuck on nothing.");
    }
    return shown;
}

Result<int> lifecycle_cancel(Session& session) {
    const auto& id = session.line().argument(0);
    if (!session.line().has("--reason")) {
        return usage("--reason says why; it is kept in the audit trail");
    }
    SW_TRY(auto* api, session.api());
    SW_CHECK(api->send("DELETE", with_query(fmt::format("{}process-instance/{}", kMlc, percent_encode(id)), {{"reason", session.line().get("--reason")}}),
                       std::nullopt));
    SW_TRY(const auto instance, read_instance(session, id));
    tell_what_stays(session, *api, instance);
    return print_one(session, kInstance, instance);
}

Result<int> lifecycle_restart(Session& session) {
    if (!session.line().has("--reason")) {
        return usage("--reason says why; it is kept in the audit trail");
    }
    SW_TRY(const auto id, find_id(session, resource_of("snapshot"), session.line().argument(0)));
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->send("POST", fmt::format("/model-manage/api/deployableModels/{}/lifecycle", percent_encode(id)),
                                        json::value(json::object{{"reason", session.line().get("--reason")}})));
    const auto instance = answer.is_object() ? std::string{json::text_of(answer.get_object(), "processInstanceId")} : std::string{};
    return show_instance(session, instance);
}

}  // namespace slipway::cli
