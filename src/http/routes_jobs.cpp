#include "http/routes_jobs.hpp"

#include <fmt/format.h>

#include "domain/job.hpp"
#include "http/collection_routes.hpp"
#include "http/hal.hpp"
#include "http/problem.hpp"
#include "registry/job_work.hpp"
#include "registry/jobs.hpp"

namespace slipway::http {

namespace {

Result<Response> record_attempt(registry::Registry& registry, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto recorded, registry.job_work().record_attempt(unit, exchange.principal(), exchange.param("id"), body));
        if (recorded.fresh) {
            return json_response(201, to_json(recorded.attempt));
        }
        const Error exists{
            ErrorCode::conflict,
            "ATTEMPT_EXISTS",
            fmt::format("Attempt {} of this job is recorded already: launch nothing anew, look for what was launched by its tag.", recorded.attempt.attempt),
            {},
            {}};
        auto document = problem_document(exists, exchange.request().request_id);
        document["attempt"] = to_json(recorded.attempt);
        auto response = json_response(409, document);
        response.content_type = "application/problem+json";
        return response;
    });
}

Result<Response> list_attempts(registry::Registry& registry, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto attempts, registry.job_work().attempts(sql, exchange.principal(), exchange.param("id")));
        json::array items;
        for (const auto& attempt : attempts) {
            items.push_back(to_json(attempt));
        }
        json::object document;
        document["_embedded"] = json::object{{"attempts", std::move(items)}};
        add_self(document, exchange.request(), exchange.request().path);
        return json_response(200, document);
    });
}

Result<Response> add_messages(registry::Registry& registry, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto taken, registry.job_work().add_messages(unit, exchange.principal(), exchange.param("id"), body));
        return json_response(200, {{"seq", taken.seq}, {"truncated", taken.truncated}});
    });
}

Result<Response> credentials(registry::Registry& registry, Exchange& exchange) {
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto opened,
               registry.job_work().credentials(unit, exchange.principal(), exchange.param("id"), exchange.request().query_value("instanceId").value_or("")));
        return json_response(200, opened);
    });
}

Result<Response> reassign(registry::Registry& registry, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(registry.job_work().reassign(unit, exchange.principal(), exchange.param("id"), body));
        SW_TRY(auto job, registry.jobs().get(unit.sql, exchange.principal(), exchange.param("id")));
        return answer(200, registry.jobs(), exchange, {std::move(job), {}});
    });
}

Result<Response> retry(registry::Registry& registry, Exchange& exchange) {
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto made, registry.job_work().retry(unit, exchange.principal(), exchange.param("id")));
        const auto type = json::enum_value<domain::JobType>(json::text_of(made.document, "jobType")).value_or(domain::JobType::MODEL_BATCH_JOB);
        auto response = answer(201, registry.jobs(), exchange, {made, {}});
        response.with("Location", fmt::format("{}{}/{}/{}", exchange.request().base_url, kModelManage, domain::link_name(type), made.id));
        return response;
    });
}

}  // namespace

std::vector<Route> job_work_routes(registry::Registry& registry) {
    const auto base = fmt::format("{}/jobs/{{id}}", kModelManage);
    return {
        {"POST", base + "/attempts", "createJobAttempt", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return record_attempt(registry, exchange); }},
        {"GET", base + "/attempts", "listJobAttempts", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return list_attempts(registry, exchange); }},
        {"POST", base + "/messages", "addJobMessages", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return add_messages(registry, exchange); }},
        {"GET", base + "/credentials", "getJobCredentials", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return credentials(registry, exchange); }},
        {"POST", base + "/reassign", "reassignJob", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return reassign(registry, exchange); }},
        {"POST", base + "/retry", "retryJob", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return retry(registry, exchange); }},
    };
}

}  // namespace slipway::http
