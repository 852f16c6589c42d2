#include "spark/job_runner.hpp"
#include "spark/outputs.hpp"

/// The part of JobRunner that looks at what a run left behind.
namespace slipway::spark {

/// Sizes, and the content of embedded outputs, into the job's own list.
Result<void> JobRunner::tell_outputs(const LiveJob& job, const PySparkJobManifest& manifest, const CollectedOutputs& found) const {
    SW_TRY(auto document, json::parse_object(manifest.job_document));
    auto* list = document["outputData"].if_array();
    bool changed = false;
    for (std::size_t i = 0; list != nullptr && i < found.outputs.size() && i < manifest.output_places.size(); ++i) {
        for (const auto& [name, value] : found.outputs[i].found) {
            list->at(manifest.output_places[i]).as_object()[name] = value;
            changed = true;
        }
    }
    if (changed) {
        SW_CHECK(ports_.registry.push(job.record.job_id, {{"outputData", std::move(*list)}}));
    }
    for (std::size_t i = 0; i < found.outputs.size(); ++i) {
        if (found.outputs[i].found.contains("fileContent")) {
            SW_CHECK(ports_.store.remove(std::string{json::text_of(manifest.outputs[i].as_object(), "fileUrl")}));
        }
    }
    return {};
}

Result<bool> JobRunner::collect(LiveJob& job) {
    if (job.record.taken) {
        SW_CHECK(save(job, collected(job.record, {}, ports_.clock.now())));
        return true;
    }
    // The engine's settings were for the submission: what was declared as output does not depend on them.
    const auto manifest = manifest_of(job, {{"engineType", domain::kSparkRuntime}, {"name", settings_.enrolment.name}});
    if (!manifest && (is_of_the_job(manifest.error()) || manifest.error().code == ErrorCode::not_found)) {
        SW_CHECK(save(job, collected(job.record, "The outputs could not be looked at: " + manifest.error().message, ports_.clock.now())));
        return true;
    }
    if (!manifest) {
        return std::unexpected(manifest.error());
    }
    SW_TRY(const auto result, read_result(places(job), ports_.store));
    auto found = collect_outputs(ports_.store, *manifest, result.value_or(DriverResult{}));
    if (!found) {
        constexpr int kMostTries = 12;
        job.record.collect_tries += 1;
        if (job.record.collect_tries < kMostTries) {
            return std::unexpected(found.error());
        }
        SW_CHECK(save(job, collected(job.record, "The outputs could not be read: " + found.error().message, ports_.clock.now())));
        return true;
    }
    if (found->test_result && found->fault.empty()) {
        json::object test_result{{"jobId", job.record.job_id}, {"testResults", *found->test_result}};
        if (!job.record.deployable_model_id.empty()) {
            test_result["deployableModelId"] = job.record.deployable_model_id;
        }
        SW_CHECK(ports_.registry.add_test_result(job.record.job_id + "-test-result", test_result));
    }
    auto next = collected(job.record, found->fault, ports_.clock.now());
    auto messages = result ? result->notes : std::vector<std::string>{};
    messages.insert(messages.end(), found->messages.begin(), found->messages.end());
    SW_CHECK(tell_outputs(job, *manifest, *found));
    SW_CHECK(save(job, std::move(next), std::move(messages)));
    return true;
}

}  // namespace slipway::spark
