#include "http/routes_sagemaker_jobs.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

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

constexpr std::size_t kObjectsUnlessAsked = 100;

Result<std::size_t> objects_asked_for(const Exchange& exchange) {
    const auto text = exchange.request().query_value("size");
    if (!text) {
        return kObjectsUnlessAsked;
    }
    std::size_t size = 0;
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), size);
    if (problem != std::errc{} || end != text->data() + text->size() || size == 0) {
        return invalid("?size", fmt::format("a number from 1 to {}", sagemaker::kMostObjects), "another text");
    }
    return std::min(size, sagemaker::kMostObjects);
}

json::object shown(const sagemaker::JobOutput& output) {
    json::object out{{"key", output.object.key}, {"url", output.url}, {"size", output.object.size}};
    if (!output.object.modified.empty()) {
        out["lastModified"] = output.object.modified;
    }
    if (output.console_url) {
        out["consoleUrl"] = *output.console_url;
    }
    return out;
}

Result<Response> job_outputs(sagemaker::JobOutputs& outputs, Exchange& exchange) {
    SW_TRY(const auto most, objects_asked_for(exchange));
    const std::string after{exchange.request().query_value("after").value_or(std::string_view{})};
    SW_TRY(const auto page, outputs.list(exchange.principal(), std::string{exchange.param("id")}, after, most));
    json::object out{{"places", json::array(page.places.begin(), page.places.end())}};
    auto& objects = out["objects"].emplace_array();
    for (const auto& output : page.objects) {
        objects.emplace_back(shown(output));
    }
    auto& problems = out["problems"].emplace_array();
    for (const auto& problem : page.problems) {
        problems.push_back({{"url", problem.url}, {"code", problem.error.reason}, {"message", problem.error.message}});
    }
    if (!page.next.empty()) {
        out["next"] = page.next;
    }
    return json_response(200, out);
}

}  // namespace

std::vector<Route> sagemaker_job_routes(sagemaker::Maker& maker, sagemaker::JobOutputs& outputs) {
    return {{"GET", "/sagemaker-service/api/jobDefaults", "getJobDefaults", Guard::signed_in, Pool::api,
             [&maker](Exchange& exchange) { return job_defaults(maker, exchange); }},
            {"GET", "/model-manage/api/jobs/{id}/outputs", "listJobOutputs", Guard::signed_in, Pool::outbound,
             [&outputs](Exchange& exchange) { return job_outputs(outputs, exchange); }}};
}

}  // namespace slipway::http
