#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "http/camunda_views.hpp"
#include "http/hal.hpp"
#include "http/mlc_listing.hpp"
#include "http/mlc_request.hpp"
#include "http/routes_mlc.hpp"

namespace slipway::http {
namespace {

using mlc::Parameters;
using mlc::route;

constexpr std::int64_t kMostTasks = 1000;
constexpr std::int64_t kMostTopics = 100;
constexpr std::int64_t kLongestLock = std::int64_t{7} * 24 * 3600 * 1000;
constexpr std::int64_t kLongestPoll = 25'000;  ///< a longer asyncResponseTimeout is answered earlier: clients ask again

Result<automation::TopicRequest> topic_request(const json::value& given, const std::string& pointer) {
    const auto* object = given.if_object();
    if (object == nullptr) {
        return invalid(pointer, "an object with topicName and lockDuration", json::describe_value(given));
    }
    automation::TopicRequest topic;
    SW_TRY(topic.name, mlc::wanted_text(*object, "topicName"));
    SW_TRY(const auto lock, mlc::wanted_number(*object, "lockDuration", kLongestLock));
    topic.lock_for = Milliseconds{lock};
    SW_TRY(topic.filters, mlc::topic_filters(*object, pointer,
                                             {"topicName", "lockDuration", "variables", "localVariables", "deserializeValues", "includeExtensionProperties"}));
    if (const auto* local = object->if_contains("localVariables"); local != nullptr && *local == json::value(true)) {
        return invalid(pointer + "/localVariables", "false: a task is given all that it can see", "true");
    }
    if (const auto* names = json::array_of(*object, "variables")) {
        topic.variables.emplace();
        for (const auto& name : *names) {
            if (!name.is_string()) {
                return invalid(pointer + "/variables", "names of variables", json::describe_value(name));
            }
            topic.variables->emplace_back(name.get_string());
        }
    }
    return topic;
}

Result<automation::FetchRequest> fetch_request(const json::object& body) {
    automation::FetchRequest request;
    SW_CHECK(mlc::only(body, {"workerId", "maxTasks", "usePriority", "sorting", "asyncResponseTimeout", "topics"}));
    SW_TRY(request.worker, mlc::wanted_text(body, "workerId"));
    SW_TRY(request.most, mlc::wanted_number(body, "maxTasks", kMostTasks));
    request.use_priority = !body.contains("usePriority") || body.at("usePriority") != json::value(false);
    SW_TRY(request.newest_first, mlc::newest_first(body));
    const auto* topics = json::array_of(body, "topics");
    if (topics == nullptr || topics->empty() || topics->size() > static_cast<std::size_t>(kMostTopics)) {
        return invalid("/topics", fmt::format("1 to {} topics", kMostTopics), topics == nullptr ? "nothing" : fmt::format("{}", topics->size()));
    }
    for (std::size_t i = 0; i < topics->size(); ++i) {
        SW_TRY(auto topic, topic_request(topics->at(i), fmt::format("/topics/{}", i)));
        request.topics.push_back(std::move(topic));
    }
    return request;
}

/// Polls long: waits, without a thread, until there is something or `asyncResponseTimeout` is over.
Result<Response> fetch_and_lock(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto request, fetch_request(body));
    std::int64_t patience = 0;
    if (body.contains("asyncResponseTimeout") && !body.at("asyncResponseTimeout").is_null()) {
        SW_TRY(patience, mlc::wanted_number(body, "asyncResponseTimeout", kLongestLock));
    }
    const auto ticket = door.waiters->ticket(kExternalTasks);
    bool any = false;
    SW_CHECK(exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(any, door.external_tasks.waiting(sql, exchange.principal(), request, exchange.store().clock().now()));
        return Response{};
    }));
    if (!any) {
        Response response = mlc::list({});
        if (patience > 0 && !exchange.request().waited) {
            response.parking = door.waiters->wait_for(std::string{kExternalTasks}, ticket, Milliseconds{std::min(patience, kLongestPoll)});
        }
        return response;
    }
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto tasks, door.external_tasks.fetch(unit, exchange.principal(), request));
        json::array out;
        for (const auto& task : tasks) {
            out.push_back(camunda::task_view(task, true));
        }
        return mlc::list(out);
    });
}

Result<Response> tasks(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(const auto wanted, mlc::listing(parameters, automation::external_task_rules(), {}));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found,
               door.external_tasks.list(sql, exchange.principal(), {.filters = wanted.filters, .first = wanted.window.first, .most = wanted.window.most},
                                        exchange.store().clock().now()));
        json::array out;
        for (const auto& task : found) {
            out.push_back(camunda::task_view(task, false));
        }
        return mlc::list(out);
    });
}

Result<Response> task(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.external_tasks.get(sql, exchange.principal(), exchange.param("id")));
        return json_response(200, camunda::task_view(found, false));
    });
}

/// What a worker says of a task that it has.
using Word = std::function<Result<void>(store::Unit&, const std::string& id, const std::string& worker)>;
Result<Response> say(Exchange& exchange, const json::object& body, const Word& word) {
    SW_TRY(const auto worker, mlc::wanted_text(body, "workerId"));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(word(unit, exchange.param("id"), worker));
        return no_content();
    });
}

Result<Response> complete(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto variables, camunda::variables_of(body, "variables"));
    SW_TRY(const auto local, camunda::variables_of(body, "localVariables"));
    return say(exchange, body, [&](store::Unit& unit, const std::string& id, const std::string& worker) {
        return door.external_tasks.complete(unit, exchange.principal(), id, worker, variables, local);
    });
}

Result<Response> failure(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    automation::ExternalTasks::Failure failure{.message = std::string{json::text_of(body, "errorMessage")},
                                               .details = std::string{json::text_of(body, "errorDetails")}};
    if (body.contains("retries") && !body.at("retries").is_null()) {
        SW_TRY(failure.retries, mlc::wanted_number(body, "retries", kMostTasks));
    }
    if (body.contains("retryTimeout") && !body.at("retryTimeout").is_null()) {
        SW_TRY(const auto after, mlc::wanted_number(body, "retryTimeout", kLongestLock));
        failure.retry_after = Milliseconds{after};
    }
    return say(exchange, body, [&](store::Unit& unit, const std::string& id, const std::string& worker) {
        return door.external_tasks.failure(unit, exchange.principal(), id, worker, failure);
    });
}

Result<Response> bpmn_error(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto code, mlc::wanted_text(body, "errorCode"));
    SW_TRY(const auto variables, camunda::variables_of(body, "variables"));
    const std::string text{json::text_of(body, "errorMessage")};
    return say(exchange, body, [&](store::Unit& unit, const std::string& id, const std::string& worker) {
        return door.external_tasks.bpmn_error(unit, exchange.principal(), id, worker, code, text, variables);
    });
}

Result<Response> extend_lock(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto by, mlc::wanted_number(body, "newDuration", kLongestLock));
    return say(exchange, body, [&](store::Unit& unit, const std::string& id, const std::string& worker) {
        return door.external_tasks.extend_lock(unit, exchange.principal(), id, worker, Milliseconds{by});
    });
}

Result<Response> unlock(const MlcDoor& door, Exchange& exchange) {
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.external_tasks.unlock(unit, exchange.principal(), exchange.param("id")));
        return no_content();
    });
}

Result<Response> retries(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto count, mlc::wanted_number(body, "retries", kMostTasks));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.external_tasks.set_retries(unit, exchange.principal(), exchange.param("id"), count));
        return no_content();
    });
}

}  // namespace

std::vector<Route> mlc_task_routes(const MlcDoor& door) {
    const auto with = [&door](auto handler) { return [door, handler](Exchange& exchange) { return handler(door, exchange); }; };
    return {
        route("GET", "external-task", "listExternalTasks", with(tasks)),
        route("POST", "external-task/fetchAndLock", "fetchExternalTasks", with(fetch_and_lock)),
        route("GET", "external-task/{id}", "getExternalTask", with(task)),
        route("POST", "external-task/{id}/complete", "completeExternalTask", with(complete)),
        route("POST", "external-task/{id}/failure", "failExternalTask", with(failure)),
        route("POST", "external-task/{id}/bpmnError", "throwBpmnError", with(bpmn_error)),
        route("POST", "external-task/{id}/extendLock", "extendExternalTaskLock", with(extend_lock)),
        route("POST", "external-task/{id}/unlock", "unlockExternalTask", with(unlock)),
        route("PUT", "external-task/{id}/retries", "setExternalTaskRetries", with(retries)),
    };
}

}  // namespace slipway::http
