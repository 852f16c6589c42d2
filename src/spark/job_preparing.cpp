#include "base/log.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_runner.hpp"

/// The part of JobRunner that reads a job's document and lays its files ready.
namespace slipway::spark {
namespace {

/// The list at `path` of a document, nullptr where there is none.
json::array* list_at(json::value& document, std::initializer_list<std::string_view> path) {
    auto* node = &document;
    for (const auto name : path) {
        auto* object = node->if_object();
        node = object != nullptr ? object->if_contains(name) : nullptr;
        if (node == nullptr) {
            return nullptr;
        }
    }
    return node->if_array();
}

/// Fetches the content of embedded assets that model-manage keeps apart, of those that a run is given. Only where it does so, and by their ids: a document is
/// other people's text, and an address in it would be fetched with our rights, not with theirs. It goes into files, never into the document.
Result<void> fetch_contents(json::value& document, std::string_view list_name, std::initializer_list<std::string_view> path, const std::string& job_id,
                            RegistryClient& registry, std::size_t limit, Contents& out) {
    auto* list = list_at(document, path);
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        const auto* asset = list->at(i).if_object();
        if (asset == nullptr || json::text_of(*asset, "assetType") != "FILE" || json::text_of(*asset, "contentUrl").empty()) {
            continue;
        }
        auto bytes = registry.content(job_id, std::string{json::text_of(*asset, "assetId")});
        if (!bytes && !may_mend(bytes.error())) {  // the job is there: this one asset is not to be had
            return fail(ErrorCode::failed_precondition, "NO_CONTENT",
                        fmt::format("The content of the embedded asset {} cannot be had: {}", json::text_of(*asset, "name"), bytes.error().message));
        }
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        out.bytes += bytes->size();
        if (out.bytes > limit) {
            return fail(ErrorCode::failed_precondition, "TOO_MUCH_CONTENT",
                        fmt::format("The embedded files of the job are more than {} MiB together (up to the asset {}): keep them in a store, and name them as "
                                    "EXTERNAL_FILE.",
                                    limit >> 20U, json::text_of(*asset, "name")));
        }
        out.by_place[{std::string{list_name}, i}] = std::move(*bytes);
    }
    return {};
}

}  // namespace

Result<bool> JobRunner::claim(LiveJob& job) {
    auto ended = end_before(job.record);  // first: behind a claim nothing may fail that would have it made again, in vain
    auto version = ended ? ports_.registry.claim(job.record.job_id, job.record.version, settings_.enrolment.instance_id)
                         : Result<std::int64_t>{std::unexpected(ended.error())};
    if (!version) {
        const auto code = version.error().code;
        const bool refused = code == ErrorCode::forbidden || version.error().reason == "NOT_YOUR_ENGINE";  // not a matter of who was first
        job.refusal = refused ? std::optional{version.error()} : std::nullopt;
        job.dropped = code == ErrorCode::conflict || code == ErrorCode::not_found || code == ErrorCode::forbidden;
        return job.dropped ? Result<bool>{false} : std::unexpected(version.error());
    }
    job.confirmed = true;
    if (*ended) {
        auto& known = **ended;
        known.version = *version;
        log::warn("server_went_back", {{"jobId", known.job_id}, {"attempt", known.attempt}, {"outcome", json::enum_name(known.outcome)}});
        auto said = fmt::format("Attempt {} of this job has ended here already, as {}: it is not run again (was model-manage set back to a backup?).",
                                known.attempt, json::enum_name(known.outcome));
        SW_CHECK(save(job, std::move(known), {std::move(said)}));
        return true;
    }
    auto next = job.record;
    next.phase = JobPhase::PREPARING;
    next.version = *version;
    note(job, std::move(next), {taken_by(settings_.enrolment.name)});
    return true;
}

/// The end that the journal has of a job that model-manage calls new: it was set back. What a person took away since may run anew.
/// @return nothing where it was never launched here.
Result<std::optional<JobRecord>> JobRunner::end_before(const JobRecord& fresh) const {
    SW_TRY(auto known, ports_.journal.find(fresh.job_id));
    if (!known || known->attempt == 0 || known->taken || !domain::is_terminal(known->outcome)) {
        return std::optional<JobRecord>{};
    }
    SW_TRY(const auto attempts, ports_.registry.attempts(fresh.job_id));
    if (was_released(attempts, known->attempt)) {
        return std::optional<JobRecord>{};
    }
    known->phase = JobPhase::FINISHING;
    known->pushed_status.clear();
    return known;
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
    Contents contents;
    const auto limit = settings_.submit.max_embedded;
    SW_CHECK(fetch_contents(document, "inputData", {"inputData"}, job.record.job_id, ports_.registry, limit, contents));
    SW_CHECK(fetch_contents(document, "modelAssets", {"model", "storedModel", "modelAssets"}, job.record.job_id, ports_.registry, limit, contents));
    SW_TRY(const auto parsed, domain::parse_job(document));
    SW_TRY(const auto engine, domain::parse_runtime(json::value(registered)));
    auto submit = settings_.submit;
    submit.staging_url = staging_of(job.record, settings_.submit);
    return preprocess(parsed, job.record.job_id, document.get_object(), engine, submit, std::move(contents));
}

/// Of a run that has been: what it wrote, and where.
Result<PySparkJobManifest> JobRunner::outputs_of(const LiveJob& job) const {
    SW_TRY(auto found, ports_.registry.job(job.record.job_id));
    const json::value document(std::move(found.document));
    SW_TRY(const auto parsed, domain::parse_job(document));
    return preprocess_outputs(parsed, job.record.job_id, document.get_object(), staging_of(job.record, settings_.submit));
}

/// Makes what a launch needs where it was let go of, with its files.
Result<void> JobRunner::hold_manifest(LiveJob& job) const {
    if (job.manifest) {
        return {};
    }
    SW_TRY(const auto registered, engine());
    SW_TRY(auto manifest, manifest_of(job, registered));
    job.manifest = std::make_unique<HeldManifest>(std::move(manifest), held_);
    return folder_of(job).write(job.manifest->manifest, settings_.driver);
}

/// The keys that a launch needs are to be had, and Spark can tell them apart.
Result<void> JobRunner::check_keys(const LiveJob& job) const {
    SW_TRY(const auto keys, ports_.registry.credentials(job.record.job_id));
    SW_TRY(const auto document, json::parse_object(job.manifest->manifest.job_document));
    return check_bucket_keys(document, keys);
}

/// Asked before an attempt takes a slot: a job whose keys are not to be had keeps nobody else from being launched.
/// @return false when nothing may be launched: the job was dropped, or ends here.
Result<bool> JobRunner::is_able_to_launch(LiveJob& job) {
    auto able = hold_manifest(job);
    if (able && names_secrets(job.manifest->manifest)) {
        able = check_keys(job);
    }
    if (able) {
        return true;
    }
    if (is_over_there(able.error())) {
        job.dropped = true;
        return false;
    }
    if (is_of_the_job(able.error())) {
        SW_CHECK(end(job, domain::JobStatus::ERROR, "It cannot be launched: " + able.error().message));
        return false;
    }
    say_waiting(job, "Waits for what its launch needs: " + able.error().message);
    return std::unexpected(able.error());
}

/// Many may wait for a slot: the first keep what was made ready for their launch, the others make it anew.
void JobRunner::let_go(LiveJob& job) const {
    constexpr std::size_t kMostHeld = 16U << 20;
    const bool waits = job.record.phase == JobPhase::READY && *held_ <= kMostHeld;
    if (!waits && job.record.phase != JobPhase::LAUNCHING) {
        job.manifest.reset();
    }
}

/// Files and embedded inputs, where a run finds them. @return `failed_precondition`, in words for the job's end, for what nothing would mend.
Result<void> JobRunner::lay_ready(LiveJob& job, const PySparkJobManifest& manifest) const {
    SW_CHECK(folder_of(job).write(manifest, settings_.driver));
    auto staged = stage(job.record, manifest);
    if (!staged && is_final(staged.error())) {
        return fail(ErrorCode::failed_precondition, staged.error().reason, "The place for embedded files cannot be used: " + staged.error().message);
    }
    if (!staged) {
        say_waiting(job, "Waits for the place of embedded files: " + staged.error().message);
    }
    return staged;
}

Result<void> JobRunner::stage(const JobRecord& record, const PySparkJobManifest& manifest) const {
    for (const auto& input : manifest.staged_inputs) {
        SW_CHECK(ports_.store.write(input.url, input.content));
    }
    for (const auto& output : manifest.staged_outputs) {
        SW_CHECK(ports_.store.make_folder(output.url.substr(0, output.url.rfind('/'))));  // models open the file as they would anywhere
    }
    return manifest.staged_inputs.empty() && manifest.staged_outputs.empty() ? Result<void>{}
                                                                             : give_staging(staging_of(record, settings_.submit), record.job_id);
}

/// What a spark-submit on the cluster reads: it sees nothing of this host.
Result<void> JobRunner::upload(const LiveJob& job, const PySparkJobManifest& manifest, const Submission& submission) const {
    const auto base = places(job).files_url;
    if (base.empty()) {
        return {};
    }
    if (!submission.properties.empty() && path_of_file_url(base).empty()) {
        return fail(
            ErrorCode::failed_precondition, "SECRETS_NEED_A_FOLDER",
            "The job has settings with secrets, and a standalone cluster takes these from a file of the worker alone: keep them in spark-defaults.conf of "
            "the workers, or let spark-runtime.stagingUrl be a folder that the workers have mounted (file://).");
    }
    SW_CHECK(ports_.store.write(fmt::format("{}/{}", base, kDriverFile), settings_.driver));
    SW_CHECK(ports_.store.write(fmt::format("{}/{}", base, kMetadataFile), submission.metadata));
    SW_CHECK(ports_.store.write(fmt::format("{}/{}", base, kArchiveFile), submission.archive));
    if (!submission.properties.empty()) {
        SW_CHECK(ports_.store.write(fmt::format("{}/{}", base, kPropertiesFile), submission.properties));
    }
    for (const auto& file : manifest.files) {
        if (!file.path.contains('/')) {
            SW_CHECK(ports_.store.write(fmt::format("{}/{}", base, file.path), file.content));
        }
    }
    return {};
}

/// What is staged on this host is the job's user's, who alone takes it away again.
Result<void> JobRunner::give_staging(const std::string& url, const std::string& job_id) const {
    constexpr std::string_view kLocal = "file://";
    return settings_.host.job_user.empty() || !url.starts_with(kLocal) ? Result<void>{}
                                                                       : JobFolder::give(url.substr(kLocal.size()) + "/" + job_id, settings_.host.job_user);
}

/// The program's own process has taken back that nothing was executed, or the folder was taken away: whatever else lies there, it is never launched again.
void JobRunner::note_execution(LiveJob& job) const {
    const auto& record = job.record;
    const auto folder = folder_of(job);
    if (record.held && !record.begun && record.boot == boot_id() && !folder.is_held(record.attempt) && !folder.is_withdrawn(record.attempt)) {
        auto next = record;
        next.begun = true;
        note(job, std::move(next));
    }
}

}  // namespace slipway::spark
