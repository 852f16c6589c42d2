#include "spark/live_job.hpp"

#include "spark/job_folder.hpp"
#include "spark/job_identity.hpp"
#include "spark/kept_log.hpp"

namespace slipway::spark {
namespace {
constexpr std::size_t kMaxReport = 8U << 20;

std::size_t size_of(const PySparkJobManifest& manifest) {
    std::size_t size = manifest.job_document.size() * 2;  // its parts stand in the lists, too
    for (const auto& file : manifest.files) {
        size += file.content.size();
    }
    for (const auto& input : manifest.staged_inputs) {
        size += input.content.size();
    }
    return size;
}

/// What is not shown, or may not be written, after that long is given up.
bool is_long_over(const JobRecord& record, Timestamp now) {
    constexpr Milliseconds kLongest = std::chrono::days{7};
    const auto over = record.returned_ms > 0 ? record.returned_ms : record.ended_ms;
    return over > 0 && to_epoch_ms(now) - over >= kLongest.count();
}

bool is_refused(const Error& error) {
    return error.code == ErrorCode::forbidden && error.reason != "NOT_THE_OWNER";
}
}  // namespace

HeldManifest::HeldManifest(PySparkJobManifest made, std::shared_ptr<std::atomic<std::size_t>> held)
    : manifest{std::move(made)}, held_{std::move(held)}, size_{size_of(manifest)} {
    *held_ += size_;
}

std::string taken_by(std::string_view runtime) {
    return fmt::format("Taken by runtime {}.", runtime);
}

const std::string& staging_of(const JobRecord& record, const SubmitSettings& submit) {
    return record.staging_url.empty() ? submit.staging_url : record.staging_url;
}

AttemptPlaces places_of(const JobRecord& record, const JobFolder& folder, const SubmitSettings& submit, const ClusterClient& cluster) {
    const auto& staging_url = staging_of(record, submit);
    AttemptPlaces places{.attempt = record.attempt, .tag = record.tag};
    if (cluster.driver_is_local()) {
        places.application_path = folder.application_path(record.attempt);
        places.result_path = folder.result_path(record.attempt);
    } else {
        places.result_url = fmt::format("{}/{}/result-{}.json", staging_url, record.job_id, record.attempt);
    }
    if (cluster.submits_over_rest()) {
        places.application_url = fmt::format("{}/{}/application-{}.json", staging_url, record.job_id, record.attempt);
        places.files_url = fmt::format("{}/{}/run-{}", staging_url, record.job_id, record.attempt);
    }
    return places;
}

Result<std::optional<DriverResult>> read_result(const AttemptPlaces& places, ObjectStore& store) {
    std::optional<std::string> text;
    if (!places.result_path.empty()) {
        SW_TRY(text, JobFolder::read_file(places.result_path, kMaxReport));
    } else {
        auto read = read_all(store, places.result_url, kMaxReport);
        if (!read && read.error().code != ErrorCode::not_found) {
            return std::unexpected(read.error());
        }
        text = read ? std::optional{std::move(*read)} : std::nullopt;
    }
    if (!text) {
        return std::optional<DriverResult>{};
    }
    auto result = parse_driver_result(*text, places.tag);
    return result ? std::optional{std::move(*result)} : std::optional<DriverResult>{};
}

Result<std::optional<DriverWords>> read_driver_words(const AttemptPlaces& places, ObjectStore& store) {
    const auto text = read_all(store, places.application_url, kMaxReport);
    if (!text) {
        return text.error().code == ErrorCode::not_found ? Result<std::optional<DriverWords>>{std::nullopt} : std::unexpected(text.error());
    }
    auto id = parse_driver_id(*text, places.tag);
    auto applications = parse_driver_applications(*text, places.tag);
    return id && applications ? std::optional{DriverWords{std::move(*id), std::move(*applications)}} : std::optional<DriverWords>{};
}

bool log_has_grown(const JobRecord& record, const JobFolder& folder) {
    const auto grown = [](const std::string& path, std::int64_t sent, std::int64_t base) { return KeptLog{path, kLargestLog - base, false}.size() > sent; };
    return grown(folder.stdout_path(record.attempt), record.stdout_sent, record.stdout_base) ||
           grown(folder.stderr_path(record.attempt), record.stderr_sent, record.stderr_base);
}

std::int64_t steady_ms(const Clock& clock) {
    return std::chrono::duration_cast<Milliseconds>(clock.steady().time_since_epoch()).count();
}

void by_clock_of_now(JobRecord& record, const Clock& clock, std::string_view boot) {
    const auto now = to_epoch_ms(clock.now());
    const auto marks = {&record.launched_ms, &record.running_ms,    &record.over_ms,        &record.returned_ms,
                        &record.stopped_ms,  &record.missing_since, &record.finished_since, &record.ended_ms};
    if (!record.boot.empty() && record.boot == boot && record.launched_ms > 0) {
        const auto shift = now - (steady_ms(clock) - record.launched_steady) - record.launched_ms;
        for (auto* mark : marks) {
            *mark += *mark > 0 ? shift : 0;
        }
    }
    for (auto* mark : marks) {
        *mark = std::min(*mark, now);  // no grace would ever pass from a time of the future
    }
}

bool is_of_the_job(const Error& error) {
    return error.code == ErrorCode::failed_precondition || error.code == ErrorCode::invalid_argument;
}

bool is_final(const Error& error) {
    return is_of_the_job(error) || error.code == ErrorCode::forbidden || error.code == ErrorCode::not_found;
}

bool may_mend(const Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout || error.code == ErrorCode::unauthenticated;
}

bool is_hidden(const JobRecord& record, const Error& error, Timestamp now) {
    const bool begun = record.pushed_status == "WAITING" || record.pushed_status == "RUNNING";
    const bool unseen = error.code == ErrorCode::not_found || is_refused(error);
    return begun && unseen && !is_long_over(record, now);
}

bool is_refused_for_ever(const JobRecord& record, const Error& error, Timestamp now) {
    return record.phase == JobPhase::FINISHING && is_refused(error) && is_long_over(record, now);
}

JobRecord begin(const JobRecord& record, int attempt, std::string tag, Timestamp now) {
    return {.job_id = record.job_id,
            .phase = JobPhase::LAUNCHING,
            .version = record.version,
            .attempt = attempt,
            .tag = std::move(tag),
            .job_type = record.job_type,
            .deployable_model_id = record.deployable_model_id,
            .staging_url = record.staging_url,
            .cancel_requested = record.cancel_requested,
            .pushed_status = record.pushed_status,
            .pushed_application = record.pushed_application,
            .messages_next = record.messages_next,
            .messages_sent = record.messages_sent,
            .messages_batch = record.messages_batch,
            .stdout_base = record.stdout_base + record.stdout_sent,
            .stderr_base = record.stderr_base + record.stderr_sent,
            .taken = record.taken,
            .timeout_ms = record.timeout_ms,
            .launched_ms = to_epoch_ms(now)};
}

JobRecord adopt(const JobRecord& record, int attempt, std::string tag, Timestamp now) {
    // Messages of an adopted job are numbered from the time on: those that were sent before the journal was lost, however often, are below.
    auto next = begin(record, attempt, std::move(tag), now);
    next.adopted = true;
    next.messages_next = std::max(next.messages_next, to_epoch_ms(now));
    next.messages_sent = next.messages_next;
    next.messages_batch = 0;
    return next;
}

bool is_over_there(const Error& error) {
    return error.code == ErrorCode::conflict || error.code == ErrorCode::not_found || error.reason == "NOT_THE_OWNER";
}

bool was_released(const std::vector<AttemptRecord>& attempts, int attempt) {
    return std::ranges::any_of(attempts, [&](const auto& one) { return one.released && one.attempt >= attempt; });
}

void begin_batch(JobRecord& record, std::size_t fresh) {
    const auto last = record.messages_next + static_cast<std::int64_t>(fresh) - 1;
    if (record.messages_batch < record.messages_sent && last >= record.messages_sent) {
        record.messages_batch = std::min<std::int64_t>(last, record.messages_sent + static_cast<std::int64_t>(kMessagesAtOnce) - 1);
    }
}

std::string mark_of(const JobRecord& record) {
    return record.begun ? process_mark(record.tag) : "";
}

std::string application_key(const JobRecord& record) {
    return record.application_id + (record.opened_id.empty() ? "" : "/" + record.opened_id) + " " + record.tracking_url;
}

bool has_untold(const JobRecord& record) {
    const auto status = shown_status(record);
    return record.messages_sent < record.messages_next ||
           (status != domain::JobStatus::CREATED && (record.pushed_status != json::enum_name(status) || record.pushed_application != application_key(record)));
}

bool holds_slot(const JobRecord& record, const std::string& manager, bool driver_began) {
    if (manager == "local") {
        return may_be_running(record.phase);
    }
    return !driver_began && (record.phase == JobPhase::LAUNCHING || record.phase == JobPhase::SUBMITTED);
}

}  // namespace slipway::spark
