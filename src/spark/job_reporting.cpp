#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "domain/visible_text.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_runner.hpp"
#include "spark/kept_log.hpp"
#include "spark/outputs.hpp"

/// The part of JobRunner that tells model-manage: status, messages, logs, and the end.
namespace slipway::spark {
namespace {

constexpr std::size_t kLogChunk = 512U << 10;
constexpr std::uint64_t kFetchedFront = 32U << 20;  ///< of a log on the cluster; more than model-manage keeps
constexpr std::uint64_t kFetchedEnd = 8U << 20;     ///< and its end, where people look first
constexpr Milliseconds kShortestTail{2'000};
constexpr Milliseconds kLongestTail{60'000};

std::uint64_t size_of(const std::string& path) {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

Result<void> append_to(const std::string& path, std::string_view bytes) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    const auto written = fd < 0 ? -1 : ::write(fd, bytes.data(), bytes.size());
    const int problem = errno;
    if (fd >= 0) {
        ::close(fd);
    }
    if (written != static_cast<ssize_t>(bytes.size())) {
        return fail(ErrorCode::unavailable, "DISK", fmt::format("Cannot write {}: {}.", path, std::error_code{problem, std::generic_category()}.message()));
    }
    return {};
}

/// Leaves a hole up to `size`, as slipway-jobd makes it in what grows without end on this host.
Result<void> leave_out(const std::string& path, std::uint64_t size) {
    const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file.get() < 0 || ::ftruncate(file.get(), static_cast<off_t>(size)) != 0) {
        return fail(ErrorCode::unavailable, "DISK", fmt::format("Cannot write {}: {}.", path, std::error_code{errno, std::generic_category()}.message()));
    }
    return {};
}

/// Deleted between the record of its attempt and the first word of its run: nobody else would stop it.
bool was_deleted_at_launch(const JobRecord& record) {
    return record.pushed_status == "CREATED" && !record.adopted && may_be_running(record.phase);
}

/// What model-manage takes as a sentence: whatever a program called its error.
std::string plain(std::string_view text, std::size_t limit) {
    const auto front = json::utf8_front(text, limit);
    return domain::visible_text(front, true) + (front.size() < text.size() ? "…" : "");
}

/// A list of a thousand files says no more than its beginning and its length.
std::string shortened(const std::string& argument) {
    constexpr std::size_t kLongest = 1024;
    if (argument.size() <= kLongest) {
        return argument;
    }
    const auto parts = std::ranges::count(argument, ',') + 1;
    const auto front = std::string{json::utf8_front(argument, kLongest)};
    return parts > 1 ? fmt::format("{},… ({} in all)", front.substr(0, front.rfind(',')), parts) : front + "…";
}

/// The command as model-manage takes it (at most 64 KiB).
json::array shown_command(const std::vector<std::string>& command) {
    constexpr std::size_t kLongest = 48U << 10;
    json::array out;
    std::size_t size = 0;
    for (const auto& argument : command) {
        const auto text = plain(shortened(argument), 2048);
        size += text.size() + 1;
        if (size > kLongest) {
            out.emplace_back(fmt::format("… ({} arguments in all)", command.size()));
            break;
        }
        out.emplace_back(text);
    }
    return out;
}

/// Where people find of a driver's log what could not be brought here.
std::string where_to_look(std::string_view manager, const JobRecord& record) {
    const auto id = plain(record.application_id, 256);
    return manager == "yarn" ? fmt::format(" Look for it with `yarn logs -applicationId {}`.", id)
                             : fmt::format(" Look for it in the folder of driver {} on its worker.", id);
}

/// Times of a job are model-manage's, which stamps what it hears. Only an end that it hears of late is told by our clock. How long the run was always is, as
/// the job's messages say it: both clocks together would make a duration of neither.
void add_times(json::object& patch, const JobRecord& record, Timestamp now) {
    constexpr std::int64_t kPrompt = 5'000;
    if (to_epoch_ms(now) - record.ended_ms > kPrompt) {
        patch["jobEndTime"] = record.ended_ms;
    }
    if (const auto began = began_ms(record, record.ended_ms); began > 0) {
        patch["jobDuration"] = std::max<std::int64_t>(0, record.ended_ms - began);
    }
}

/// The end and nothing that could be wrong with it.
json::object bare(const json::object& patch) {
    json::object out;
    for (const std::string_view name : {"jobStatus", "jobResult", "jobEndTime", "jobDuration"}) {
        if (const auto* value = patch.if_contains(name)) {
            out[name] = *value;
        }
    }
    return out;
}

}  // namespace

json::object JobRunner::status_patch(const JobRecord& record) const {
    const auto status = shown_status(record);
    json::object patch{{"jobStatus", json::enum_name(status)}};
    if (!record.application_id.empty()) {
        const bool opened = !record.opened_id.empty();
        json::object application{{"id", plain(opened ? record.opened_id : record.application_id, 256)},
                                 {"attemptId", std::to_string(record.attempt)},
                                 {"tag", record.tag},
                                 {"master", settings_.submit.master},
                                 {"deployMode", settings_.submit.deploy_mode}};
        if (opened) {
            application["submissionId"] = plain(record.application_id, 256);
        }
        if (auto url = followed_at(record, settings_.history_url); !url.empty()) {
            application["trackingUrl"] = std::move(url);
        }
        patch["sparkApplication"] = std::move(application);
    }
    if (!record.command.empty()) {
        patch["effectiveCommand"] = shown_command(record.command);
    }
    if (domain::is_terminal(status)) {
        patch["jobResult"] = status == domain::JobStatus::COMPLETE ? "SUCCESS" : status == domain::JobStatus::ERROR ? "FAILURE" : "CANCELLED";
        add_times(patch, record, ports_.clock.now());
        if (!record.reason.empty()) {
            patch["statusReason"] = plain(record.reason, 4096);
        }
    }
    return patch;
}

bool JobRunner::is_hidden_now(LiveJob& job, const Error& error) const {
    const bool hidden = is_hidden(job.record, error, ports_.clock.now());
    job.hidden = job.hidden || hidden;
    return hidden;
}

/// Whether model-manage is asked again after such an answer.
bool JobRunner::waits_for(LiveJob& job, const Error& error) const {
    return may_mend(error) || is_hidden_now(job, error);
}

bool JobRunner::is_told_to_nobody(LiveJob& job, const Error& error) const {
    return (is_over_there(error) || is_refused_for_ever(job.record, error, ports_.clock.now())) && !is_hidden_now(job, error);
}

Result<void> JobRunner::tell(LiveJob& job) {
    SW_CHECK(tell_status(job));
    SW_CHECK(send_messages(job));
    tail_cluster_logs(job);
    return may_be_running(job.record.phase) ? ship_logs(job, false) : Result<void>{};
}

Result<void> JobRunner::tell_status(LiveJob& job) {
    if (job.record.taken) {
        return {};
    }
    const auto status = std::string{json::enum_name(shown_status(job.record))};
    const auto application = application_key(job.record);
    if (status == "CREATED" || (job.record.pushed_status == status && job.record.pushed_application == application)) {
        return {};
    }
    SW_CHECK(push_status(job));
    auto next = job.record;
    next.pushed_status = status;
    next.pushed_application = application;
    next.command.clear();  // model-manage has it, and thousands of jobs need not hold it
    note(job, std::move(next));
    return {};
}

/// What model-manage finds wrong with the words of a status would be wrong for ever: then the status goes alone.
Result<void> JobRunner::push_status(LiveJob& job) {
    auto patch = status_patch(job.record);
    auto pushed = ports_.registry.push(job.record.job_id, patch);
    if (!pushed && is_of_the_job(pushed.error())) {
        note(job, job.record, {"model-manage did not take everything that is said with this status: " + pushed.error().message});
        pushed = ports_.registry.push(job.record.job_id, bare(patch));
    }
    if (!pushed && !is_told_to_nobody(job, pushed.error()) && !is_of_the_job(pushed.error())) {
        return std::unexpected(pushed.error());
    }
    if (!pushed && pushed.error().code == ErrorCode::not_found && was_deleted_at_launch(job.record)) {
        auto next = job.record;
        next.taken = next.cancel_requested = true;
        note(job, std::move(next));
    }
    if (!pushed) {
        log::warn("status_refused", {{"jobId", job.record.job_id},
                                     {"status", json::text_of(patch, "jobStatus")},
                                     {"code", pushed.error().reason},
                                     {"message", pushed.error().message}});
    }
    return {};
}

/// A batch is journalled before it is sent, so that its repetition is the same one and model-manage knows it by its number.
Result<void> JobRunner::send_messages(LiveJob& job) {
    if (job.record.taken) {  // nobody is told: they are forgotten with the next step
        auto next = job.record;
        next.messages_sent = next.messages_next;
        note(job, std::move(next));
        return {};
    }
    if (!job.noted.empty()) {
        auto next = job.record;
        begin_batch(next, 0);
        SW_CHECK(save(job, std::move(next)));
    }
    while (job.record.messages_sent < job.record.messages_next) {
        const bool again = job.record.messages_batch >= job.record.messages_sent;
        const auto limit = again ? static_cast<std::size_t>(job.record.messages_batch - job.record.messages_sent + 1) : kMessagesAtOnce;
        SW_TRY(const auto pending, ports_.journal.messages(job.record.job_id, job.record.messages_sent, limit));
        if (pending.empty()) {
            break;
        }
        std::vector<std::string> lines;
        for (const auto& message : pending) {
            lines.push_back(message.line);
        }
        if (!again) {
            auto next = job.record;
            next.messages_batch = pending.back().seq;
            SW_CHECK(save(job, std::move(next)));
        }
        const auto sent = ports_.registry.add_messages(job.record.job_id, pending.back().seq, lines);
        if (!sent && !is_told_to_nobody(job, sent.error()) && !is_of_the_job(sent.error())) {
            return std::unexpected(sent.error());
        }
        auto next = job.record;
        next.messages_sent = pending.back().seq + 1;
        note(job, std::move(next));
    }
    return {};
}

/// In cluster modes the driver's output is brought here first, so that everything else reads files: the size of a file is how much of the log is here.
/// Of what is larger than anybody reads, the end comes once it has ended.
/// @return true when there was more than before.
Result<bool> JobRunner::fetch_cluster_logs(LiveJob& job, bool ended) const {
    const auto folder = folder_of(job);
    bool grown = false;
    std::optional<Error> missing;
    for (const auto stream : {LogStream::stdout_log, LogStream::stderr_log}) {
        const auto path = stream == LogStream::stdout_log ? folder.stdout_path(job.record.attempt) : folder.stderr_path(job.record.attempt);
        for (bool end = false; !end;) {
            const auto size = size_of(path);
            if (size >= kFetchedFront && !ended) {
                break;
            }
            const auto piece = ports_.cluster.read_log({.tag = job.record.tag, .id = job.record.application_id}, stream, size);
            if (!piece) {
                if (piece.error().code == ErrorCode::not_found) {  // it may come yet, and the other stream may be there
                    missing = ended ? std::optional{piece.error()} : missing;
                    break;
                }
                return std::unexpected(piece.error());
            }
            if (size >= kFetchedFront && piece->size > size + kFetchedEnd) {
                SW_CHECK(leave_out(path, piece->size - kFetchedEnd));
                continue;
            }
            if (size >= kFetchedFront && piece->size == 0) {
                break;  // who knows how much more
            }
            SW_CHECK(append_to(path, piece->bytes));
            grown = grown || !piece->bytes.empty();
            end = piece->end || piece->bytes.empty();
        }
    }
    if (missing) {
        return std::unexpected(std::move(*missing));
    }
    return grown;
}

/// While it runs: often as long as it writes, seldom while it does not. A log that cannot be had now is had at the end.
void JobRunner::tail_cluster_logs(LiveJob& job) const {
    if (ports_.cluster.driver_is_local() || job.record.phase != JobPhase::RUNNING || ports_.clock.steady() < job.next_tail) {
        return;
    }
    const auto grown = fetch_cluster_logs(job, false);
    job.tail_pause = grown && *grown ? kShortestTail : std::min(kLongestTail, std::max(kShortestTail, job.tail_pause * 2));
    job.next_tail = ports_.clock.steady() + job.tail_pause;
}

/// @param all the attempt is over: its log goes to its end.
Result<void> JobRunner::ship_logs(LiveJob& job, bool all) {
    SW_CHECK(ship_log(job, LogStream::stdout_log, all));
    return ship_log(job, LogStream::stderr_log, all);
}

Result<void> JobRunner::ship_log(LiveJob& job, LogStream stream, bool all) {
    if (job.record.taken) {
        return {};
    }
    const auto folder = folder_of(job);
    const bool out = stream == LogStream::stdout_log;
    const auto path = out ? folder.stdout_path(job.record.attempt) : folder.stderr_path(job.record.attempt);
    auto& sent = out ? job.record.stdout_sent : job.record.stderr_sent;
    auto& base = out ? job.record.stdout_base : job.record.stderr_base;
    bool gone_back = false;
    const KeptLog log{path, kLargestLog - base, all};
    for (bool more = true; more;) {
        const auto bytes = log.read(sent, kLogChunk);
        if (bytes.empty()) {
            break;
        }
        const auto next = ports_.registry.append_log(job.record.job_id, stream, static_cast<std::uint64_t>(base + sent), bytes);
        if (!next) {
            return is_told_to_nobody(job, next.error()) || next.error().code == ErrorCode::invalid_argument ? Result<void>{} : std::unexpected(next.error());
        }
        const auto expected = static_cast<std::int64_t>(*next);
        const bool back = expected < base + sent;  // it was restored from a backup: what it lacks of attempts before is lost
        if (expected == base + sent || (back && std::exchange(gone_back, true))) {
            break;  // it keeps no more
        }
        base = std::min(base, expected);
        sent = expected - base;
        more = all || back;
    }
    return {};
}

Result<std::vector<std::string>> JobRunner::captured(const LiveJob& job) const {
    std::vector<std::string> lines;
    if (!settings_.capture_output || job.record.attempt == 0) {
        return lines;
    }
    const auto folder = folder_of(job);
    SW_TRY(lines, captured_lines(folder.stdout_path(job.record.attempt), "stdout", settings_.capture_limit / 2));
    SW_TRY(auto errors, captured_lines(folder.stderr_path(job.record.attempt), "stderr", settings_.capture_limit / 2));
    lines.insert(lines.end(), std::make_move_iterator(errors.begin()), std::make_move_iterator(errors.end()));
    return lines;
}

Result<bool> JobRunner::conclude(LiveJob& job) {
    if (!job.record.captured) {
        std::string unread;
        if (!job.record.taken && !ports_.cluster.driver_is_local() && job.record.attempt > 0 && !job.record.application_id.empty()) {
            constexpr int kMostTries = 4;
            const auto fetched = fetch_cluster_logs(job, true);
            if (!fetched && fetched.error().code != ErrorCode::not_found && job.failures < kMostTries) {
                return std::unexpected(fetched.error());  // a cluster that is away for a moment costs no log
            }
            unread = fetched ? "" : fetched.error().message;
        }
        SW_TRY(auto lines, captured(job));
        if (!unread.empty()) {
            lines.push_back("The end of the driver's output could not be read from the cluster: " + unread +
                            where_to_look(ports_.cluster.manager(), job.record));
        }
        lines.push_back(job.record.reason);
        auto next = job.record;
        next.captured = true;
        SW_CHECK(save(job, std::move(next), std::move(lines)));
    }
    if (job.record.attempt > 0) {
        SW_CHECK(ship_logs(job, true));
    }
    SW_CHECK(send_messages(job));
    SW_CHECK(tell_status(job));
    SW_CHECK(send_messages(job));  // what was refused of the last word is said too
    discard(job);                  // before the record says DONE: what a crash leaves between both is found again
    auto next = job.record;
    next.phase = JobPhase::DONE;
    SW_CHECK(save(job, std::move(next)));
    return false;
}

}  // namespace slipway::spark
