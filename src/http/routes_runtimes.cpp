#include "http/routes_runtimes.hpp"

#include <charconv>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "http/collection_routes.hpp"
#include "http/hal.hpp"
#include "registry/enrolments.hpp"
#include "registry/runtime_contacts.hpp"
#include "registry/runtime_work.hpp"

namespace slipway::http {

namespace {

constexpr std::int64_t kMostWork = 5000;

Result<Response> enrol(registry::Registry& registry, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(auto enrolled, registry.enrolments().enrol(unit, exchange.principal(), exchange.param("id"), body));
        auto response = answer(enrolled.first ? 201 : 200, registry.collection("runtimes"), exchange, {std::move(enrolled.runtime), {}});
        if (enrolled.first) {
            response.with("Location", fmt::format("{}{}/runtimes/{}", exchange.request().base_url, kModelManage, exchange.param("id")));
        }
        return response;
    });
}

Result<Response> heartbeat(registry::Registry& registry, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto state, registry.enrolments().heartbeat(unit, exchange.principal(), exchange.param("id"), body));
        return json_response(200, {{"state", state}, {"nextWithin", registry::kHeartbeat.count() / 1000}});
    });
}

Result<registry::WorkQuery> work_query(const Request& request) {
    registry::WorkQuery query;
    for (const auto& [name, target] : {std::pair{"runtimeId", &query.runtime_id}, std::pair{"instanceId", &query.instance_id}}) {
        *target = std::string{request.query_value(name).value_or("")};
        if (target->empty()) {
            return invalid(fmt::format("?{}", name), "given", "nothing");
        }
    }
    if (const auto owned = request.query_value("owned"); owned && *owned != "all") {
        if (*owned != "cancelRequested") {
            return invalid("?owned", "all or cancelRequested", "another text");
        }
        query.cancelling_only = true;
    }
    if (const auto limit = request.query_value("limit")) {
        const auto [end, problem] = std::from_chars(limit->data(), limit->data() + limit->size(), query.limit);
        if (problem != std::errc{} || end != limit->data() + limit->size() || query.limit < 1 || query.limit > kMostWork) {
            return invalid("?limit", fmt::format("a whole number from 1 to {}", kMostWork), "another text");
        }
    }
    return query;
}

Response not_modified(const std::string& tag) {
    auto response = no_content();
    response.status = 304;
    response.with("ETag", tag);
    return response;
}

/// The tag has two parts: while the first is the same nothing at all was written; while the second is, the answer is the same all the same.
Result<Response> find_work(registry::Registry& registry, Exchange& exchange) {
    SW_TRY(const auto query, work_query(exchange.request()));
    const auto& request = exchange.request();
    const auto known = request.header("if-none-match");
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto mark, registry::work_mark(sql, registry.foundation(), exchange.principal(), query.runtime_id));
        if (known.starts_with("\"" + mark + ".")) {
            return not_modified(std::string{known});
        }
        SW_TRY(auto work, registry::find_work(sql, registry.foundation(), exchange.principal(), query));
        json::object document;
        document["_embedded"] = json::object{{"jobs", std::move(work.jobs)}};
        document["more"] = work.more;
        add_self(document, request, request.target);
        const auto content = crypto::sha256_hex(json::write(document)).substr(0, 24);
        const auto tag = fmt::format("\"{}.{}\"", mark, content);
        if (known.ends_with("." + content + "\"")) {
            return not_modified(tag);
        }
        auto response = json_response(200, document);
        response.with("ETag", tag);
        return response;
    });
}

}  // namespace

std::vector<Route> runtime_routes(registry::Registry& registry) {
    const auto base = fmt::format("{}/runtimes/{{id}}", kModelManage);
    return {
        {"PUT", base, "enrolRuntime", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return enrol(registry, exchange); }},
        {"POST", base + "/heartbeat", "sendHeartbeat", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return heartbeat(registry, exchange); }},
        {"GET", fmt::format("{}/jobs/search/findWorkOfRuntime", kModelManage), "findWorkOfRuntime", Guard::signed_in, Pool::api,
         [&](Exchange& exchange) { return find_work(registry, exchange); }},
    };
}

}  // namespace slipway::http
