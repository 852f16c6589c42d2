#include "http/routes_actuator.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "http/actuator_metrics.hpp"
#include "http/hal.hpp"
#include "store/audit.hpp"

namespace slipway::http {

namespace {

constexpr std::string_view kSpring = "application/vnd.spring-boot.actuator.v3+json";
constexpr std::array<std::pair<std::string_view, log::Level>, 4> kLevels{
    {{"DEBUG", log::Level::debug}, {"INFO", log::Level::info}, {"WARN", log::Level::warn}, {"ERROR", log::Level::error}}};

std::string_view name_of(log::Level level) {
    for (const auto& [name, of] : kLevels) {
        if (of == level) {
            return name;
        }
    }
    return "INFO";
}

/// Spring's own media type for who asks for it, else plain JSON.
Response spring(const Request& request, int status, const json::object& document) {
    auto response = json_response(status, document);
    if (request.header("accept").contains("vnd.spring-boot.actuator")) {
        response.content_type = kSpring;
    }
    return response;
}

json::object component_of(const Health& state, bool details) {
    json::object component{{"status", state.up ? "UP" : "DOWN"}};
    if (details && !state.details.empty()) {
        component["details"] = state.details;
    }
    return component;
}

enum class Group { all, liveness, readiness };

Response health(const HealthRegistry& registry, Group group, Exchange& exchange, const std::function<bool(const Request&)>& is_open) {
    const bool open = is_open && is_open(exchange.request());
    bool up = true;
    json::object components;
    for (const auto& check : registry.checks()) {
        if (group == Group::liveness || (group == Group::readiness && !check.readiness)) {
            continue;
        }
        const auto state = check.run();
        up = up && state.up;
        components[check.name] = component_of(state, open || exchange.principal().admin);
    }
    json::object document{{"status", up ? "UP" : "DOWN"}};
    if (open || !exchange.principal().name.empty()) {
        document["components"] = std::move(components);
    }
    if (group == Group::all) {
        document["groups"] = json::array{"liveness", "readiness"};
    }
    return spring(exchange.request(), up ? 200 : 503, document);
}

/// Of one part, by its name.
Result<Response> component_health(const HealthRegistry& registry, Exchange& exchange, const std::function<bool(const Request&)>& is_open) {
    for (const auto& check : registry.checks()) {
        if (check.name == exchange.param("component")) {
            const auto state = check.run();
            const bool details = (is_open && is_open(exchange.request())) || exchange.principal().admin;
            return spring(exchange.request(), state.up ? 200 : 503, component_of(state, details));
        }
    }
    return fail(ErrorCode::not_found, "NOT_FOUND", "There is no such part: /actuator/health names them.");
}

Result<Response> one_metric(const Metrics& metrics, Exchange& exchange) {
    std::vector<std::string> tags;
    for (const auto& [name, value] : exchange.request().query) {
        if (name == "tag") {
            tags.push_back(value);
        }
    }
    SW_TRY(const auto found, metric(metrics, exchange.param("name"), tags));
    return spring(exchange.request(), 200, found);
}

Response prometheus(const Metrics& metrics) {
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.expose();
    return response;
}

Response tasks(const std::vector<TaskStatus>& all, Exchange& exchange) {
    json::array list;
    for (const auto& task : all) {
        json::object entry{{"name", task.name}, {"periodMs", task.period.count()}, {"running", task.running}, {"runs", task.runs}, {"failures", task.failures}};
        if (task.last_started) {
            entry["lastStarted"] = to_iso(*task.last_started);
        }
        if (task.last_duration) {
            entry["lastDurationMs"] = task.last_duration->count();
        }
        if (!task.last_error.empty()) {
            entry["lastError"] = task.last_error;
        }
        list.push_back(std::move(entry));
    }
    return spring(exchange.request(), 200, {{"tasks", std::move(list)}});
}

Response loggers(Exchange& exchange) {
    const auto level = name_of(log::level());
    json::array levels;
    for (const auto& [name, of] : kLevels) {
        levels.emplace_back(name);
    }
    json::object root{{"configuredLevel", level}, {"effectiveLevel", level}};
    return spring(exchange.request(), 200, {{"levels", std::move(levels)}, {"loggers", json::object{{"ROOT", std::move(root)}}}});
}

/// No audit row, no change.
Result<Response> change_level(Exchange& exchange, std::string_view name, log::Level level) {
    SW_TRY(auto answer, exchange.write([&](store::Unit& unit) -> Result<Response> {
        json::array changes{json::object{{"op", "replace"}, {"path", "/configuredLevel"}, {"value", name}}};
        SW_CHECK(store::audit(
            unit, {.entity_type = "Logger", .entity_id = "ROOT", .stored_model_id = {}, .group = {}, .changes = std::move(changes), .meta_data = {}}));
        return no_content();
    }));
    log::set_level(level);
    log::warn("log_level", {{"level", name}, {"by", exchange.principal().name}});
    return answer;
}

Result<Response> set_logger(Exchange& exchange, log::Level configured) {
    if (exchange.param("name") != "ROOT") {
        return fail(ErrorCode::not_found, "NOT_FOUND", "There is one logger: ROOT.");
    }
    SW_TRY(const auto body, exchange.body());
    const auto* wanted = body.if_contains("configuredLevel");
    if (wanted == nullptr || wanted->is_null()) {
        return change_level(exchange, name_of(configured), configured);
    }
    auto text = wanted->is_string() ? std::string{wanted->get_string()} : std::string{};
    text = text == "TRACE" ? "DEBUG" : text == "OFF" ? "ERROR" : text;  // the nearest that there is
    for (const auto& [name, level] : kLevels) {
        if (name == text && exchange.principal().name.empty() && level > log::Level::info) {
            // At the loopback address of a runtime whoever has a program on the host may ask, a model among them.
            return fail(ErrorCode::forbidden, "FORBIDDEN",
                        "Nobody signs in here: the log may be made to tell more (DEBUG), INFO, and what is configured again (null), but not less.");
        }
        if (name == text) {
            return change_level(exchange, name, level);
        }
    }
    return invalid("/configuredLevel", "TRACE, DEBUG, INFO, WARN, ERROR, OFF or null", "another value");
}

/// What there is, as Spring's discovery page lists it.
Response links(const Exchange& exchange) {
    constexpr std::array<std::string_view, 6> kPages{"info", "metrics", "prometheus", "tasks", "loggers", "eureka"};
    const auto base = exchange.request().base_url + "/actuator";
    json::object all;
    const auto add = [&](std::string_view name, std::string_view path, bool templated = false) {
        all[name] = json::object{{"href", fmt::format("{}{}", base, path)}, {"templated", templated}};
    };
    add("self", "");
    add("health", "/health");
    add("health-path", "/health/{*path}", true);
    add("metrics-requiredMetricName", "/metrics/{requiredMetricName}", true);
    for (const auto page : kPages) {
        add(page, fmt::format("/{}", page));
    }
    return spring(exchange.request(), 200, {{"_links", std::move(all)}});
}

Route get(std::string pattern, std::string operation, Guard guard, Handler handler) {
    return {"GET", "/actuator" + std::move(pattern), std::move(operation), guard, Pool::api, std::move(handler)};
}

/// Kubelets and load balancers ask by an address that nobody publishes. To a page of another site under such a name it says no more than UP or DOWN.
Route probe(std::string pattern, std::string operation, Handler handler) {
    auto route = get(std::move(pattern), std::move(operation), Guard::open, std::move(handler));
    route.any_host = true;
    return route;
}

/// Whether the process lives shows itself by its io thread: who is ended for busy pools comes back to the same.
Route at_once(Route route) {
    route.pool = Pool::none;
    return route;
}

}  // namespace

std::vector<Route> actuator_routes(const ActuatorPorts& ports) {
    const auto& registry = ports.health;
    const auto& metrics = ports.metrics;
    const auto& open = ports.open;
    const auto measure = ports.measure ? ports.measure : [] {};
    return {
        get("", "getActuator", Guard::signed_in, [](Exchange& exchange) { return links(exchange); }),
        probe("/health", "getHealth", [&registry, open](Exchange& exchange) { return health(registry, Group::all, exchange, open); }),
        at_once(probe("/health/liveness", "getLiveness", [&registry, open](Exchange& exchange) { return health(registry, Group::liveness, exchange, open); })),
        probe("/health/readiness", "getReadiness", [&registry, open](Exchange& exchange) { return health(registry, Group::readiness, exchange, open); }),
        get("/health/{component}", "getHealthOfComponent", Guard::signed_in,
            [&registry, open](Exchange& exchange) { return component_health(registry, exchange, open); }),
        get("/info", "getInfo", Guard::signed_in, [info = ports.info](Exchange& exchange) { return spring(exchange.request(), 200, info); }),
        get("/metrics", "listMetrics", Guard::signed_in,
            [&metrics, measure](Exchange& exchange) {
                measure();
                return spring(exchange.request(), 200, metric_names(metrics));
            }),
        get("/metrics/{name}", "getMetric", Guard::signed_in,
            [&metrics, measure](Exchange& exchange) {
                measure();
                return one_metric(metrics, exchange);
            }),
        get("/prometheus", "getPrometheus", Guard::signed_in,
            [&metrics, measure](Exchange&) {
                measure();
                return prometheus(metrics);
            }),
        get("/eureka", "getEureka", Guard::signed_in,
            [eureka = ports.eureka](Exchange& exchange) { return spring(exchange.request(), 200, eureka ? eureka() : json::object{}); }),
        get("/tasks", "listTasks", Guard::administrator, [all = ports.tasks](Exchange& exchange) { return tasks(all(), exchange); }),
        get("/loggers", "listLoggers", Guard::administrator, [](Exchange& exchange) { return loggers(exchange); }),
        {"POST", "/actuator/loggers/{name}", "setLogger", Guard::administrator, Pool::api,
         [level = ports.log_level](Exchange& exchange) { return set_logger(exchange, level); }},
    };
}

}  // namespace slipway::http
