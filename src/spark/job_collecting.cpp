#include "base/crypto.hpp"
#include "base/log.hpp"
#include "spark/job_runner.hpp"
#include "spark/outputs.hpp"

/// The part of JobRunner that looks at what a run left behind.
namespace slipway::spark {

/// Sizes, and the content of embedded outputs, into the job's own list: one content in memory and in each request, since all together may be more than either
/// can carry.
Result<JobRunner::ToldOutputs> JobRunner::tell_outputs(LiveJob& job, const PySparkJobManifest& manifest, const CollectedOutputs& found) const {
    ToldOutputs told;
    SW_TRY(auto document, json::parse_object(manifest.job_document));
    auto* list = document["outputData"].if_array();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        if (auto* asset = list->at(i).if_object(); asset != nullptr && !json::text_of(*asset, "contentHash").empty()) {
            asset->erase("fileContent");  // brought before a peer went away: its hash stands for it
        }
    }
    for (std::size_t i = 0; list != nullptr && i < found.outputs.size() && i < manifest.output_places.size(); ++i) {
        if (!found.outputs[i].found.empty()) {
            const std::string url{json::text_of(manifest.outputs[i].as_object(), "fileUrl")};
            SW_CHECK(tell_output(job, *list, manifest.output_places[i], url, found.outputs[i], told));
        }
    }
    return told;
}

/// One of them.
Result<void> JobRunner::tell_output(LiveJob& job, json::array& list, std::size_t place, const std::string& url, const FoundOutput& output,
                                    ToldOutputs& told) const {
    auto& asset = list.at(place).as_object();
    const auto before = asset;
    for (const auto& [name, value] : output.found) {
        asset[name] = value;
    }
    const auto bytes = output.embedded ? embedded_content(ports_.store, url) : Result<std::string>{};
    if (!bytes && may_mend(bytes.error()) && may_try_again(job)) {
        return std::unexpected(bytes.error());
    }
    if (!bytes) {
        told.left.push_back(fmt::format("Output {} cannot be read and stays where it is: {}", url, bytes.error().message));
    } else if (output.embedded) {
        asset["fileContent"] = crypto::base64(*bytes);
    }
    const auto pushed = ports_.registry.push(job.record.job_id, {{"outputData", list}});
    if (!pushed && waits_for(job, pushed.error())) {
        return std::unexpected(pushed.error());
    }
    if (!pushed) {
        asset = before;
        told.left.push_back(fmt::format("Output {} was not taken into the job: {}", url, pushed.error().message));
    } else if (bytes && output.embedded) {
        asset.erase("fileContent");  // the job has it: from here on its hash stands for it
        asset["contentHash"] = crypto::sha256_hex(*bytes);
        told.delivered.push_back(url);
    }
    return {};
}

/// Once nobody collects anew: until then each is looked for where it was written.
void JobRunner::remove_delivered(const LiveJob& job, const std::vector<std::string>& urls) const {
    for (const auto& url : urls) {
        if (const auto removed = ports_.store.remove(url); !removed) {  // the whole staging area of the job goes in the end
            log::warn("output_left", {{"jobId", job.record.job_id}, {"url", url}, {"message", removed.error().message}});
        }
    }
}

/// @return what was refused of it, in a sentence: the run goes its way without.
Result<std::vector<std::string>> JobRunner::tell_test_result(const LiveJob& job, const CollectedOutputs& found) const {
    std::vector<std::string> refused;
    if (!found.test_result || !found.fault.empty()) {
        return refused;
    }
    json::object test_result{{"jobId", job.record.job_id}, {"testResults", *found.test_result}};
    if (!job.record.deployable_model_id.empty()) {
        test_result["deployableModelId"] = job.record.deployable_model_id;
    }
    const auto added = ports_.registry.add_test_result(job.record.job_id + "-test-result", test_result);
    if (!added && may_mend(added.error())) {
        return std::unexpected(added.error());
    }
    if (!added) {
        refused.push_back("model-manage did not take the test result: " + added.error().message);
    }
    return refused;
}

/// A store that stays away keeps no job for ever, and none of which somebody wants the end.
bool JobRunner::may_try_again(LiveJob& job) {
    constexpr int kMostTries = 12;
    job.record.collect_tries += 1;
    return job.record.collect_tries < kMostTries && !job.record.cancel_requested;
}

/// The outputs cannot be looked at now: later, or never.
Result<bool> JobRunner::put_off_collecting(LiveJob& job, const Error& error, bool again) {
    if (again) {
        return std::unexpected(error);
    }
    SW_CHECK(save(job, collected(job.record, "The outputs could not be read: " + error.message, ports_.clock.now())));
    return true;
}

Result<bool> JobRunner::collect(LiveJob& job) {
    if (job.record.taken) {
        SW_CHECK(save(job, collected(job.record, {}, ports_.clock.now())));
        return true;
    }
    const auto manifest = outputs_of(job);
    if (!manifest) {
        return put_off_collecting(job, manifest.error(), waits_for(job, manifest.error()));
    }
    const auto result = read_result(places(job), ports_.store);
    auto found = result ? collect_outputs(ports_.store, *manifest, result->value_or(DriverResult{}), settings_.access, from_epoch_ms(job.record.launched_ms))
                        : std::unexpected(result.error());
    if (!found) {
        return put_off_collecting(job, found.error(), may_try_again(job));
    }
    SW_TRY(auto refused, tell_test_result(job, *found));
    SW_TRY(const auto told, tell_outputs(job, *manifest, *found));
    auto next = collected(job.record, found->fault, ports_.clock.now());
    auto messages = *result ? (*result)->notes : std::vector<std::string>{};
    messages.insert(messages.end(), found->messages.begin(), found->messages.end());
    messages.insert(messages.end(), refused.begin(), refused.end());
    messages.insert(messages.end(), told.left.begin(), told.left.end());
    SW_CHECK(save(job, std::move(next), std::move(messages)));
    remove_delivered(job, told.delivered);
    return true;
}

}  // namespace slipway::spark
