#include "spark/job_runner.hpp"

#include "base/log.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_identity.hpp"
#include "spark/outputs.hpp"

namespace slipway::spark {
namespace {

using domain::JobStatus;

constexpr Milliseconds kUnconfirmedPause{500};
constexpr auto kUnlaunched = "Cancelled before it was launched.";

}  // namespace

Result<void> JobRunner::advance(LiveJob& job, bool slot_free) {
    Result<void> done;
    for (bool more = true; more && done && !job.dropped;) {
        auto stepped = step(job, slot_free);
        more = stepped.value_or(false);
        done = stepped ? Result<void>{} : std::unexpected(stepped.error());
    }
    // A launch is told together with what becomes of it: in a moment. What cannot go on is told where it stands.
    const bool launching = job.record.phase == JobPhase::LAUNCHING && !job.record.sent_over_rest;
    const bool waits = launching && !done && job.said_waiting;
    const bool silent = job.dropped || job.record.phase == JobPhase::DONE || (launching && !waits);
    const auto told = silent ? Result<void>{} : tell(job);
    let_go(job);
    return done ? told : done;
}

Result<bool> JobRunner::step(LiveJob& job, bool slot_free) {
    switch (job.record.phase) {
        case JobPhase::CLAIMING: return claim(job);
        case JobPhase::PREPARING: return prepare(job);
        case JobPhase::READY:
            if (job.record.cancel_requested) {
                return cancel_unlaunched(job);
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

Result<void> JobRunner::apply(LiveJob& job, const Decision& decision) {
    SW_CHECK(write(job, decision));
    const auto& record = job.record;
    if (job.record.phase == JobPhase::READY || job.record.phase == JobPhase::LAUNCHING) {
        job.launched = false;
        job.process_end.reset();
    }
    if (decision.stop_process) {
        SW_CHECK(ports_.supervisor.stop(folder_of(job).path(), record.attempt, decision.stop_now, mark_of(record)));
    }
    if (decision.kill_application) {
        kill(job);
    }
    return {};
}

void JobRunner::note(LiveJob& job, JobRecord next, std::vector<std::string> messages) const {
    next.messages_next += static_cast<std::int64_t>(messages.size());
    job.record = std::move(next);
    std::ranges::move(messages, std::back_inserter(job.noted));
    job.has_notes = true;
}

void JobRunner::say_waiting(LiveJob& job, std::string why) const {
    if (!std::exchange(job.said_waiting, true)) {
        note(job, job.record, {std::move(why)});
    }
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

Result<bool> JobRunner::prepare(LiveJob& job) {
    if (job.record.cancel_requested) {
        SW_TRY(const auto attempt, launched_before(job));
        if (!attempt) {
            SW_CHECK(end(job, JobStatus::CANCELLED, kUnlaunched));
            return true;
        }
    }
    SW_TRY(const auto registered, engine());
    auto manifest = manifest_of(job, registered);
    if (!manifest) {
        if (manifest.error().code == ErrorCode::not_found) {
            job.dropped = true;
            return false;
        }
        if (!is_of_the_job(manifest.error())) {
            if (!may_mend(manifest.error())) {
                say_waiting(job, "Waits for its document: " + manifest.error().message);
            }
            return std::unexpected(manifest.error());
        }
        SW_CHECK(end(job, JobStatus::ERROR, manifest.error().message));
        return true;
    }
    if (const auto laid = lay_ready(job, *manifest); !laid) {
        if (!is_of_the_job(laid.error())) {
            return std::unexpected(laid.error());
        }
        SW_CHECK(end(job, JobStatus::ERROR, laid.error().message));
        return true;
    }
    auto next = job.record;
    next.phase = JobPhase::READY;
    next.job_type = json::enum_name(manifest->job_type);
    next.deployable_model_id = manifest->deployable_model_id;
    next.staging_url = settings_.submit.staging_url;
    next.timeout_ms = manifest->timeout ? std::optional<std::int64_t>{manifest->timeout->count()} : std::nullopt;
    job.manifest = std::make_unique<HeldManifest>(std::move(*manifest), held_);
    note(job, std::move(next));
    return true;
}

AttemptPlaces JobRunner::places(const LiveJob& job) const {
    return places_of(job.record, folder_of(job), settings_.submit, ports_.cluster);
}

Result<Submission> JobRunner::submission_of(const LiveJob& job, const PySparkJobManifest& manifest) const {
    AssetSecrets secrets;
    if (names_secrets(manifest)) {
        SW_TRY(secrets, ports_.registry.credentials(job.record.job_id));
    }
    SW_TRY(const auto document, json::parse_object(manifest.job_document));
    auto properties = secret_properties(document, secrets);
    SW_TRY(const auto parameters, secret_parameters(document, secrets, settings_.submit.opened_options));
    properties.insert(properties.end(), parameters.begin(), parameters.end());
    return build_submission(manifest, folder_of(job), places(job), settings_.submit, settings_.host, properties);
}

/// Attempts that another instance made, or that a person took from us with the job, are never used again: their numbers are behind us. One of ours that the
/// journal does not have was launched by a service whose journal was younger than this one: the journal is always the first to know.
Result<JobRunner::NextAttempt> JobRunner::next_attempt(const LiveJob& job) const {
    SW_TRY(const auto attempts, ports_.registry.attempts(job.record.job_id));
    NextAttempt next{.number = job.record.attempt + 1};
    for (const auto& one : attempts) {
        const bool ours = one.owner == settings_.enrolment.instance_id && !one.released;
        if (ours && one.attempt > job.record.attempt && (!next.known || one.attempt > next.known->attempt)) {
            next.known = one;
        }
        next.number = std::max(next.number, one.attempt + 1);
    }
    return next;
}

/// One that a service with a younger journal has launched: what the journal calls unlaunched has run, and may still.
Result<std::optional<AttemptRecord>> JobRunner::launched_before(const LiveJob& job) const {
    const auto attempt = job.record.taken ? Result<NextAttempt>{} : next_attempt(job);
    if (!attempt && may_mend(attempt.error())) {
        return std::unexpected(attempt.error());
    }
    return attempt ? attempt->known : std::nullopt;  // a job that is not shown to us has none of ours
}

/// Ends what is to be cancelled before its launch; what was launched all the same is taken up, to be stopped and told truly.
Result<bool> JobRunner::cancel_unlaunched(LiveJob& job) {
    SW_TRY(const auto attempt, launched_before(job));
    if (attempt) {
        return adopt_known(job, *attempt);
    }
    SW_CHECK(end(job, JobStatus::CANCELLED, kUnlaunched));
    return true;
}

Result<bool> JobRunner::adopt_known(LiveJob& job, const AttemptRecord& attempt) {
    log::warn("attempt_adopted", {{"jobId", job.record.job_id}, {"attempt", attempt.attempt}});
    SW_CHECK(save(job, adopt(job.record, attempt.attempt, attempt.tag, ports_.clock.now())));
    return true;
}

/// What an attempt that is over has printed, before another one takes its place: all of its log to model-manage. @return its lines for the messages.
Result<std::vector<std::string>> JobRunner::close_attempt(LiveJob& job) {
    if (job.record.attempt == 0) {
        return std::vector<std::string>{};
    }
    SW_CHECK(ship_logs(job, true));
    return captured(job);
}

/// Intent before act: the attempt with its tag is in the journal, then at model-manage, before anything is executed.
Result<bool> JobRunner::begin_attempt(LiveJob& job) {
    SW_TRY(const bool able, is_able_to_launch(job));
    if (!able) {
        return job.record.phase == JobPhase::FINISHING;
    }
    SW_TRY(const auto attempt, next_attempt(job));
    job.launched = false;
    job.process_end.reset();
    job.returned.reset();
    job.asked_at_end = false;
    if (attempt.known) {
        return adopt_known(job, *attempt.known);
    }
    SW_TRY(auto lines, close_attempt(job));
    auto next = begin(job.record, attempt.number, job_tag(job.record.job_id, attempt.number), ports_.clock.now());
    next.launched_steady = steady_ms(ports_.clock);
    next.boot = boot_id();
    next.held = !ports_.cluster.submits_over_rest();
    if (next.held) {
        SW_CHECK(folder_of(job).hold(next.attempt));
    }
    SW_CHECK(save(job, std::move(next), std::move(lines)));
    return true;
}

Result<bool> JobRunner::launch(LiveJob& job) {
    const auto folder = folder_of(job);
    note_execution(job);
    SW_TRY(const auto process, ports_.supervisor.look(folder.path(), job.record.attempt, mark_of(job.record)));
    if (process.phase != ProcessReport::Phase::absent || job.record.sent_over_rest) {
        job.launched = true;
        return false;
    }
    const bool unknown = job.record.taken && job.record.adopted && !ports_.cluster.driver_is_local();
    if (unknown || folder.was_sent(job.record.attempt)) {  // before this copy of the journal was made, for all that is known
        SW_CHECK(follow_elsewhere(job));
        return false;
    }
    if (job.record.taken || (job.record.cancel_requested && !job.record.adopted)) {
        return withdraw(job);
    }
    if (!job.confirmed) {  // an old copy of the journal may name what has long been run, here or elsewhere
        job.not_before = ports_.clock.steady() + kUnconfirmedPause;
        return false;
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

/// Ends what was not executed. A supervisor that was started may come to it in this very moment: it is told first that it may not.
Result<bool> JobRunner::withdraw(LiveJob& job) {
    const auto& record = job.record;
    if (record.held && !record.begun && record.boot == boot_id()) {
        SW_TRY(const bool withdrawn, folder_of(job).withdraw(record.attempt));
        if (!withdrawn) {
            note_execution(job);
            return false;  // looked at again: it has begun, or its folder was taken away
        }
    }
    if (record.begun && !ports_.cluster.driver_is_local()) {
        kill(job);  // a run whose folder is gone may live there yet
    }
    SW_CHECK(end(job, JobStatus::CANCELLED, kUnlaunched));
    return true;
}

/// Where the host was started anew since its attempt was recorded, what counts within the host's life counts from now on in this one.
Result<void> JobRunner::note_submission(LiveJob& job, JobRecord next) {
    const auto boot = boot_id();
    if (!next.held || next.boot == boot) {
        note(job, std::move(next));
        return {};
    }
    SW_CHECK(folder_of(job).hold(next.attempt));  // it was not synced
    next.boot = boot;
    next.launched_steady = steady_ms(ports_.clock) - (to_epoch_ms(ports_.clock.now()) - next.launched_ms);
    return save(job, std::move(next));
}

/// It is tried again by itself; without a word the job would stand there as taken for as long as that lasts.
std::unexpected<Error> JobRunner::waits_for_launch(LiveJob& job, Error error) const {
    say_waiting(job, "Waits for its launch: " + error.message);
    return std::unexpected(std::move(error));
}

Result<bool> JobRunner::submit(LiveJob& job) {
    auto made = written_submission(job);
    if (!made && is_over_there(made.error())) {
        job.dropped = true;
        return false;
    }
    if (!made && is_final(made.error())) {
        SW_CHECK(end(job, JobStatus::ERROR, "The submission cannot be made: " + made.error().message));
        return true;
    }
    if (!made) {
        return waits_for_launch(job, std::move(made.error()));
    }
    auto submission = *std::move(made);
    auto next = job.record;
    next.command = submission.command;
    next.sent_over_rest = ports_.cluster.submits_over_rest();
    if (next.sent_over_rest) {
        SW_CHECK(folder_of(job).mark_sent(next.attempt));
        SW_CHECK(save(job, std::move(next)));
        SW_CHECK(launch_over_rest(job, submission));
    } else {
        SW_CHECK(note_submission(job, std::move(next)));
        if (!job.record.held) {
            submission.launch.held.clear();
        }
        const auto done = ports_.supervisor.launch(submission.launch);
        if (!done && !is_of_the_job(done.error())) {
            return waits_for_launch(job, done.error());
        }
        if (!done) {
            SW_CHECK(end(job, JobStatus::ERROR, done.error().message));
        }
    }
    job.launched = true;
    job.manifest.reset();
    return job.record.phase == JobPhase::FINISHING;
}

/// @return false when nothing may be launched: the job was dropped, or ends here.
Result<bool> JobRunner::record_attempt(LiveJob& job) {
    const auto recorded =
        ports_.registry.record_attempt(job.record.job_id, {.attempt = job.record.attempt, .tag = job.record.tag, .owner = settings_.enrolment.instance_id});
    if (recorded || recorded.error().reason == "ATTEMPT_EXISTS") {
        return true;
    }
    if (recorded.error().reason == "CANCEL_REQUESTED") {
        SW_CHECK(end(job, JobStatus::CANCELLED, kUnlaunched));
        return false;
    }
    job.dropped = is_over_there(recorded.error());
    return job.dropped ? Result<bool>{false} : std::unexpected(recorded.error());
}

/// The submission of an attempt with its files on disk.
Result<Submission> JobRunner::written_submission(LiveJob& job) {
    const auto folder = folder_of(job);
    SW_CHECK(hold_manifest(job));
    SW_TRY(auto submission, submission_of(job, job.manifest->manifest));
    SW_CHECK(JobFolder::write_file(folder.files() + "/model_job_metadata.py", submission.metadata, false));
    if (!submission.properties.empty()) {
        SW_CHECK(JobFolder::write_file(folder.properties(job.record.attempt), submission.properties, false));
    }
    if (!submission.archive.empty()) {
        SW_CHECK(JobFolder::write_file(folder.files() + "/job_files.tar", submission.archive, false));
    }
    SW_CHECK(upload(job, job.manifest->manifest, submission));
    if (!settings_.host.job_user.empty()) {
        if (!ports_.cluster.submits_over_rest()) {  // else nothing of it runs on this host
            SW_CHECK(folder.give_to(settings_.host.job_user, job.record.attempt));
        }
        SW_CHECK(give_staging(staging_of(job.record, settings_.submit), job.record.job_id));
    }
    return submission;
}

/// The create call has neither tag nor idempotency: it is never sent twice. Without an answer the driver itself says, in the staging area, that it runs.
Result<void> JobRunner::launch_over_rest(LiveJob& job, const Submission& submission) {
    const auto id = ports_.cluster.create_driver({.application_name = job.record.tag,
                                                  .arguments = {submission.launch.arguments.begin() + 1, submission.launch.arguments.end()},
                                                  .environment = submission.launch.environment});
    if (!id && id.error().reason == kNotSent) {
        auto next = job.record;
        next.sent_over_rest = false;
        SW_CHECK(folder_of(job).unmark_sent(next.attempt));
        SW_CHECK(save(job, std::move(next)));
        return std::unexpected(id.error());
    }
    if (!id) {
        const auto code = id.error().code;
        const auto& message = id.error().message;
        const auto unknown = fmt::format("Whether the master took the submission is unknown ({}). It is not sent again; the driver is looked for.", message);
        return code == ErrorCode::unavailable || code == ErrorCode::timeout ? save(job, job.record, {unknown}) : end(job, JobStatus::ERROR, message);
    }
    auto next = job.record;
    next.application_id = *id;
    next.phase = JobPhase::ACCEPTED;
    return save(job, std::move(next), {"Spark submission id: " + *id});
}

}  // namespace slipway::spark
