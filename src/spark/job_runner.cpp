#include "spark/job_runner.hpp"

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_identity.hpp"
#include "spark/outputs.hpp"

namespace slipway::spark {
namespace {

using domain::JobStatus;

/// Replaces the `contentUrl` of embedded files and sources by what stands behind it.
Result<void> fill_contents(json::value& node, RegistryClient& registry) {
    if (auto* list = node.if_array()) {
        for (auto& item : *list) {
            SW_CHECK(fill_contents(item, registry));
        }
    }
    auto* object = node.if_object();
    if (object == nullptr) {
        return {};
    }
    if (const auto url = std::string{json::text_of(*object, "contentUrl")}; !url.empty() && object->contains("assetType")) {
        SW_TRY(const auto bytes, registry.content(url));
        if (json::text_of(*object, "assetType") == "SOURCE_CODE") {
            (*object)["sourceCode"] = bytes;
        } else {
            (*object)["fileContent"] = crypto::base64(bytes);
        }
    }
    for (auto& member : *object) {
        SW_CHECK(fill_contents(member.value(), registry));
    }
    return {};
}

}  // namespace

Result<void> JobRunner::advance(LiveJob& job, bool slot_free) {
    for (bool more = true; more && !job.dropped;) {
        SW_TRY(more, step(job, slot_free));
    }
    // A launch is told together with what becomes of it: in a moment.
    const bool silent = job.dropped || job.record.phase == JobPhase::DONE || job.record.phase == JobPhase::LAUNCHING;
    return silent ? Result<void>{} : tell(job);
}

Result<bool> JobRunner::step(LiveJob& job, bool slot_free) {
    switch (job.record.phase) {
        case JobPhase::CLAIMING: return claim(job);
        case JobPhase::PREPARING: return prepare(job);
        case JobPhase::READY:
            if (job.record.cancel_requested) {
                SW_CHECK(end(job, JobStatus::CANCELLED, "Cancelled before it was launched."));
                return true;
            }
            return slot_free ? begin_attempt(job) : Result<bool>{false};
        case JobPhase::LAUNCHING: return job.launched ? Result<bool>{false} : launch(job);
        case JobPhase::COLLECTING: return collect(job);
        case JobPhase::FINISHING: return conclude(job);
        case JobPhase::SUBMITTED:
        case JobPhase::ACCEPTED:
        case JobPhase::RUNNING:
        case JobPhase::CANCELLING:
        case JobPhase::DONE: return false;
    }
    return false;
}

Result<void> JobRunner::apply(LiveJob& job, Decision decision) {
    const bool stop_process = decision.stop_process;
    auto next = std::move(decision.next);
    begin_batch(next, decision.messages.size());
    SW_CHECK(save(job, std::move(next), std::move(decision.messages)));
    const auto& record = job.record;
    if (job.record.phase == JobPhase::READY || job.record.phase == JobPhase::LAUNCHING) {
        job.launched = false;
        job.process_end.reset();
    }
    if (stop_process) {
        SW_CHECK(ports_.supervisor.stop(folder_of(job).path(), record.attempt, decision.stop_now));
    }
    if (decision.kill_application) {
        SW_CHECK(ports_.cluster.kill({.tag = record.tag, .id = record.application_id}));
    }
    return {};
}

/// For what may be done again after a crash: it costs no sync of its own.
void JobRunner::note(LiveJob& job, JobRecord next, std::vector<std::string> messages) const {
    next.messages_next += static_cast<std::int64_t>(messages.size());
    job.record = std::move(next);
    std::ranges::move(messages, std::back_inserter(job.noted));
    job.has_notes = true;
}

Result<void> JobRunner::save(LiveJob& job, JobRecord next, std::vector<std::string> messages) {
    next.messages_next += static_cast<std::int64_t>(messages.size());
    messages.insert(messages.begin(), job.noted.begin(), job.noted.end());
    JournalEntry entry{.record = std::move(next), .messages = std::move(messages)};
    SW_CHECK(ports_.journal.save(std::span{&entry, 1}, ports_.clock.now()));
    job.record = std::move(entry.record);
    job.noted.clear();
    job.has_notes = false;
    return {};
}

Result<void> JobRunner::end(LiveJob& job, JobStatus outcome, std::string reason) {
    return save(job, finished(job.record, outcome, std::move(reason), ports_.clock.now()));
}

Result<bool> JobRunner::claim(LiveJob& job) {
    auto version = ports_.registry.claim(job.record.job_id, job.record.version, settings_.enrolment.instance_id);
    if (!version) {
        const auto code = version.error().code;
        job.dropped = code == ErrorCode::conflict || code == ErrorCode::not_found || code == ErrorCode::forbidden;
        return job.dropped ? Result<bool>{false} : std::unexpected(version.error());
    }
    auto next = job.record;
    next.phase = JobPhase::PREPARING;
    next.version = *version;
    note(job, std::move(next), {taken_by(settings_.enrolment.name)});
    return true;
}

/// The runtime as registered: its settings count for a submission, so that without them nothing is submitted.
Result<json::object> JobRunner::engine() const {
    auto engine = ports_.engine();
    return engine.empty() ? Result<json::object>{fail(ErrorCode::unavailable, "NOT_ENROLLED", "The runtime is not enrolled yet: its settings are not known.")}
                          : engine;
}

Result<PySparkJobManifest> JobRunner::manifest_of(const LiveJob& job, const json::object& registered) const {
    SW_TRY(auto found, ports_.registry.job(job.record.job_id));
    json::value document(std::move(found.document));
    SW_CHECK(fill_contents(document, ports_.registry));
    SW_TRY(const auto parsed, domain::parse_job(document));
    SW_TRY(const auto engine, domain::parse_runtime(json::value(registered)));
    return preprocess(parsed, job.record.job_id, document.get_object(), engine, settings_.submit);
}

Result<bool> JobRunner::prepare(LiveJob& job) {
    if (job.record.cancel_requested) {
        SW_CHECK(end(job, JobStatus::CANCELLED, "Cancelled before it was launched."));
        return true;
    }
    SW_TRY(const auto registered, engine());
    auto manifest = manifest_of(job, registered);
    if (!manifest) {
        if (manifest.error().code == ErrorCode::not_found) {
            job.dropped = true;
            return false;
        }
        if (!is_of_the_job(manifest.error())) {
            return std::unexpected(manifest.error());
        }
        SW_CHECK(end(job, JobStatus::ERROR, manifest.error().message));
        return true;
    }
    SW_CHECK(folder_of(job).write(*manifest, settings_.driver));
    for (const auto& input : manifest->staged_inputs) {
        SW_CHECK(ports_.store.write(input.url, input.content));
    }
    for (const auto& output : manifest->staged_outputs) {
        SW_CHECK(ports_.store.make_folder(output.url.substr(0, output.url.rfind('/'))));  // models open the file as they would anywhere
    }
    auto next = job.record;
    next.phase = JobPhase::READY;
    next.job_type = json::enum_name(manifest->job_type);
    next.deployable_model_id = manifest->deployable_model_id;
    next.timeout_ms = manifest->timeout ? std::optional<std::int64_t>{manifest->timeout->count()} : std::nullopt;
    job.manifest = std::make_unique<PySparkJobManifest>(std::move(*manifest));
    note(job, std::move(next));
    return true;
}

AttemptPlaces JobRunner::places(const LiveJob& job) const {
    return places_of(job.record, folder_of(job), settings_.submit, ports_.cluster.driver_is_local());
}

Result<Submission> JobRunner::submission_of(const LiveJob& job, const PySparkJobManifest& manifest) const {
    AssetSecrets secrets;
    if (manifest.job_document.contains("\"credentialRef\"")) {
        SW_TRY(secrets, ports_.registry.credentials(job.record.job_id));
    }
    SW_TRY(const auto document, json::parse_object(manifest.job_document));
    return build_submission(manifest, folder_of(job), places(job), settings_.submit, settings_.host, secret_properties(document, secrets));
}

/// Attempts that another instance made, or that a person took from us with the job, are never used again: their numbers are behind us.
Result<int> JobRunner::next_attempt(const LiveJob& job) const {
    if (job.record.attempt > 0) {
        return job.record.attempt + 1;
    }
    SW_TRY(const auto known, ports_.registry.attempts(job.record.job_id));
    int next = 1;
    for (const auto& one : known) {
        const bool ours = one.owner == settings_.enrolment.instance_id && !one.released;  // recorded, and the journal lost it
        next = std::max(next, ours ? one.attempt : one.attempt + 1);
    }
    return next;
}

/// Intent before act: the attempt with its tag is in the journal, then at model-manage, before anything is executed.
Result<bool> JobRunner::begin_attempt(LiveJob& job) {
    SW_TRY(const int attempt, next_attempt(job));
    auto next = job.record;
    next.attempt = attempt;
    next.tag = job_tag(next.job_id, next.attempt);
    next.phase = JobPhase::LAUNCHING;
    next.launched_ms = to_epoch_ms(ports_.clock.now());
    job.launched = false;
    SW_CHECK(save(job, std::move(next)));
    return true;
}

Result<bool> JobRunner::launch(LiveJob& job) {
    const auto folder = folder_of(job);
    SW_TRY(const auto process, ports_.supervisor.look(folder.path(), job.record.attempt));
    if (process.phase != ProcessReport::Phase::absent || job.record.sent_over_rest) {
        job.launched = true;
        return false;
    }
    if (job.record.cancel_requested && !job.record.adopted) {
        SW_CHECK(end(job, JobStatus::CANCELLED, "Cancelled before it was launched."));
        return true;
    }
    SW_TRY(const bool taken_up, take_up(job));
    if (taken_up) {
        return job.record.phase == JobPhase::FINISHING;
    }
    SW_TRY(const bool recorded, record_attempt(job));
    if (!recorded) {
        return job.record.phase == JobPhase::FINISHING;
    }
    return submit(job);
}

Result<bool> JobRunner::submit(LiveJob& job) {
    SW_TRY(auto submission, written_submission(job));
    auto next = job.record;
    next.command = submission.command;
    next.sent_over_rest = ports_.cluster.submits_over_rest();
    if (next.sent_over_rest) {
        SW_CHECK(save(job, std::move(next)));
        SW_CHECK(launch_over_rest(job, submission));
    } else {
        note(job, std::move(next));
        const auto done = ports_.supervisor.launch(submission.launch);
        if (!done && !is_of_the_job(done.error())) {
            return std::unexpected(done.error());
        }
        if (!done) {
            SW_CHECK(end(job, JobStatus::ERROR, done.error().message));
        }
    }
    job.launched = true;
    job.manifest.reset();
    return job.record.phase == JobPhase::FINISHING;
}

/// Goes on with what an earlier service has begun. @return false when the attempt is to be launched from the beginning.
Result<bool> JobRunner::take_up(LiveJob& job) {
    // What an earlier launch has written is complete, and a supervisor that it started may come to it yet: its files are not touched again, unless the host
    // was started anew since, when no supervisor is left and the files may not be whole.
    const auto again = ports_.supervisor.relaunch(folder_of(job).path(), job.record.attempt);
    const bool stale = !again && again.error().reason == "OTHER_BOOT";
    if (!again && !stale) {
        return std::unexpected(again.error());
    }
    if (again && *again) {
        job.launched = true;
        return true;
    }
    if (job.record.begun && !stale) {
        SW_CHECK(end(job, JobStatus::ERROR, "The run is lost: its folder on this host was taken away while it was under way."));
        return true;
    }
    return job.record.adopted ? follow_adopted(job) : Result<bool>{false};
}

/// The journal was lost. On a cluster the tag still finds the run; on this host nothing does any more.
Result<bool> JobRunner::follow_adopted(LiveJob& job) {
    job.launched = true;
    if (!ports_.cluster.driver_is_local()) {
        return true;
    }
    SW_CHECK(end(job, JobStatus::ERROR,
                 fmt::format("Attempt {} was recorded, but this host knows nothing of it any more. It is not launched again: a duplicate run would be worse.",
                             job.record.attempt)));
    return true;
}

/// @return false when nothing may be launched: the job was dropped, or ends here.
Result<bool> JobRunner::record_attempt(LiveJob& job) {
    const auto recorded = ports_.registry.record_attempt(job.record.job_id, {job.record.attempt, job.record.tag});
    if (recorded || recorded.error().reason == "ATTEMPT_EXISTS") {
        return true;
    }
    if (recorded.error().reason == "CANCEL_REQUESTED") {
        SW_CHECK(end(job, JobStatus::CANCELLED, "Cancelled before it was launched."));
        return false;
    }
    job.dropped = recorded.error().code == ErrorCode::conflict || recorded.error().code == ErrorCode::not_found;
    return job.dropped ? Result<bool>{false} : std::unexpected(recorded.error());
}

/// The submission of an attempt with its files on disk.
Result<Submission> JobRunner::written_submission(LiveJob& job) {
    const auto folder = folder_of(job);
    if (!job.manifest) {
        SW_TRY(const auto registered, engine());
        SW_TRY(auto manifest, manifest_of(job, registered));
        job.manifest = std::make_unique<PySparkJobManifest>(std::move(manifest));
        SW_CHECK(folder.write(*job.manifest, settings_.driver));
    }
    SW_TRY(auto submission, submission_of(job, *job.manifest));
    SW_CHECK(JobFolder::write_file(folder.files() + "/model_job_metadata.py", submission.metadata, false));
    if (!submission.properties.empty()) {
        SW_CHECK(JobFolder::write_file(folder.properties(job.record.attempt), submission.properties, false));
    }
    if (!submission.archive.empty()) {
        SW_CHECK(JobFolder::write_file(folder.files() + "/job_files.tar", submission.archive, false));
    }
    if (!settings_.host.job_user.empty()) {
        SW_CHECK(folder.give_to(settings_.host.job_user, job.record.attempt));
        constexpr std::string_view kLocal = "file://";
        if (settings_.submit.staging_url.starts_with(kLocal)) {
            SW_CHECK(JobFolder::give(settings_.submit.staging_url.substr(kLocal.size()) + "/" + job.record.job_id, settings_.host.job_user));
        }
    }
    return submission;
}

/// The create call has neither tag nor idempotency: without an answer nobody can say whether it runs, and it is never sent twice.
Result<void> JobRunner::launch_over_rest(LiveJob& job, const Submission& submission) {
    const auto id = ports_.cluster.create_driver({.application_name = job.record.tag,
                                                  .arguments = {submission.launch.arguments.begin() + 1, submission.launch.arguments.end()},
                                                  .environment = submission.launch.environment});
    if (!id) {
        const bool unknown = id.error().code == ErrorCode::unavailable || id.error().code == ErrorCode::timeout;
        return end(job, JobStatus::ERROR, unknown ? "The outcome of the submission is unknown: " + id.error().message : id.error().message);
    }
    auto next = job.record;
    next.application_id = *id;
    next.phase = JobPhase::ACCEPTED;
    return save(job, std::move(next), {"Spark submission id: " + *id});
}

void JobRunner::discard(const LiveJob& job) const {
    if (const auto cleaned = folder_of(job).clean(); !cleaned) {
        log::warn("folder_left", {{"jobId", job.record.job_id}, {"message", cleaned.error().message}});
    }
    clean_staging(job.record);
}

}  // namespace slipway::spark
