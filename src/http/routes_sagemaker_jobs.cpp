#include "http/routes_sagemaker_jobs.hpp"

#include "http/hal.hpp"

namespace slipway::http {
namespace {

/// `transform` or `training`, in any case; nothing means transform.
Result<sagemaker::CreationKind> kind_asked_for(const Exchange& exchange) {
    const auto kind = exchange.request().query_value("kind").value_or("transform");
    if (kind == "transform" || kind == "TRANSFORM_JOB") {
        return sagemaker::CreationKind::TRANSFORM_JOB;
    }
    if (kind == "training" || kind == "TRAINING_JOB") {
        return sagemaker::CreationKind::TRAINING_JOB;
    }
    return invalid("?kind", "transform or training", json::describe_value(json::value(kind)));
}

Result<Response> job_defaults(sagemaker::Maker& maker, Exchange& exchange) {
    SW_TRY(const auto kind, kind_asked_for(exchange));
    const std::string model{exchange.request().query_value("storedModelId").value_or(std::string_view{})};
    if (model.empty()) {
        return invalid("?storedModelId", "given", "nothing");
    }
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto request, maker.defaults_for(sql, exchange.principal(), model, kind));
        return json_response(200, {{"storedModelId", model}, {"kind", json::enum_name(kind)}, {"jobParameters", request}});
    });
}

}  // namespace

std::vector<Route> sagemaker_job_routes(sagemaker::Maker& maker) {
    return {{"GET", "/sagemaker-service/api/jobDefaults", "getJobDefaults", Guard::signed_in, Pool::api,
             [&maker](Exchange& exchange) { return job_defaults(maker, exchange); }}};
}

}  // namespace slipway::http
