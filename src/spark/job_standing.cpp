#include <algorithm>
#include <array>
#include <fmt/ranges.h>

#include "base/encoding.hpp"
#include "base/json_codec.hpp"
#include "spark/job_state.hpp"

/// Short answers about a record, for whoever need not decide anything.
namespace slipway::spark {

using domain::JobStatus;

bool may_be_running(JobPhase phase) {
    return phase >= JobPhase::LAUNCHING && phase <= JobPhase::CANCELLING;
}

JobStatus shown_status(const JobRecord& record) {
    switch (record.phase) {
        case JobPhase::CLAIMING:
        case JobPhase::PREPARING:
        case JobPhase::READY:
        case JobPhase::LAUNCHING: return JobStatus::CREATED;
        case JobPhase::SUBMITTED:
        case JobPhase::ACCEPTED: return JobStatus::WAITING;
        case JobPhase::RUNNING:
        case JobPhase::COLLECTING: return JobStatus::RUNNING;
        case JobPhase::CANCELLING: return record.running_ms > 0 ? JobStatus::RUNNING : JobStatus::WAITING;
        case JobPhase::FINISHING:
        case JobPhase::DONE: return record.outcome;
    }
    return JobStatus::CREATED;
}

bool changes_nothing(const JobRecord& record, const ApplicationReport& application, Timestamp now) {
    const auto as_known = record.phase == JobPhase::RUNNING ? ApplicationState::running : ApplicationState::pending;
    return (record.phase == JobPhase::RUNNING || record.phase == JobPhase::ACCEPTED) && application.state == as_known &&
           application.id == record.application_id && (application.tracking_url.empty() || application.tracking_url == record.tracking_url) &&
           record.stop == StopReason::NONE && !record.cancel_requested && record.returned_ms == 0 && record.missing_since == 0 && !is_over_time(record, now);
}

bool learn_opened(JobRecord& record, const Observation& seen) {
    if (!seen.opened || seen.opened->id.empty() || seen.opened->id == record.opened_id) {
        return false;
    }
    record.opened_id = seen.opened->id;
    record.tracking_url = seen.opened->tracking_url;
    return true;
}

std::int64_t told_end(const Observation& seen, bool driver_is_local) {
    if (seen.result && seen.result->ended_ms > 0) {
        return seen.result->ended_ms;
    }
    if (driver_is_local) {
        const bool ended = seen.process && seen.process->phase == ProcessReport::Phase::ended && seen.process->ended > Timestamp{};
        return ended ? to_epoch_ms(seen.process->ended) : 0;
    }
    return seen.cluster == Observation::Cluster::seen ? seen.application.finished_ms : 0;
}

std::int64_t began_ms(const JobRecord& record, std::int64_t end_ms) {
    return record.running_ms > 0 && record.running_ms <= end_ms ? record.running_ms : record.launched_ms;
}

std::string followed_at(const JobRecord& record, const std::string& history_url) {
    const auto& id = record.opened_id.empty() ? record.application_id : record.opened_id;
    const auto& url = record.tracking_url;
    const bool kept = !id.empty() && !id.starts_with("driver-");  // what a standalone master calls a driver is no application
    if (domain::is_terminal(shown_status(record)) && kept && !history_url.empty() && !url.contains(id)) {
        return fmt::format("{}/history/{}/", history_url, percent_encode(id));
    }
    return url.starts_with("http://") || url.starts_with("https://") ? url : std::string{};
}

std::string duration_words(std::int64_t ms) {
    const auto seconds = ms / 1000;
    if (seconds < 60) {
        return fmt::format("{}.{} s", seconds, ms % 1000 / 100);
    }
    return seconds < 3600 ? fmt::format("{} min {} s", seconds / 60, seconds % 60) : fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

std::string time_allowed(const JobRecord& record) {
    const auto allowed = duration_words(record.timeout_ms.value_or(0));
    const auto waited = record.running_ms - record.launched_ms;
    return record.running_ms == 0 ? fmt::format("{} from its launch, all of which it waited for the cluster", allowed)
           : waited > 0           ? fmt::format("{} from its launch, of which it waited {} for the cluster", allowed, duration_words(waited))
                                  : fmt::format("{} from its launch", allowed);
}

bool is_over_time(const JobRecord& record, Timestamp now) {
    return record.timeout_ms && record.launched_ms > 0 && to_epoch_ms(now) - record.launched_ms >= *record.timeout_ms;
}

std::string after(const JobRecord& record, Timestamp now) {
    const auto end = record.over_ms > 0 ? record.over_ms : to_epoch_ms(now);
    const auto begin = began_ms(record, end);
    return begin > 0 ? " after " + duration_words(std::max<std::int64_t>(0, end - begin)) : "";
}

void tell_missing(Decision& decision, Milliseconds lost_grace) {
    const auto& record = decision.next;
    if (record.application_id.empty()) {
        return;
    }
    auto since = to_iso(from_epoch_ms(record.missing_since)).substr(0, 19);
    since[10] = ' ';
    const auto end = to_iso(from_epoch_ms(record.missing_since) + lost_grace).substr(11, 8);
    const bool cancelled = record.stop == StopReason::CANCEL || record.cancel_requested;
    decision.messages.push_back(fmt::format(
        "Waits for the cluster to know {} again: it has known nothing of it since {} UTC. Unless it does, the job ends {} at {} UTC (spark-runtime.lostAfter).",
        record.application_id, since,
        cancelled                            ? "as cancelled"
        : record.stop == StopReason::TIMEOUT ? "as out of time"
                                             : "as lost",
        end));
}

JobRecord finished(JobRecord record, JobStatus outcome, std::string reason, Timestamp now) {
    if (record.phase == JobPhase::FINISHING || record.phase == JobPhase::DONE) {
        return record;
    }
    record.phase = JobPhase::FINISHING;
    record.outcome = outcome;
    record.reason = std::move(reason);
    record.ended_ms = record.over_ms > 0 ? record.over_ms : to_epoch_ms(now);
    return record;
}

JobRecord collected(JobRecord record, const std::string& fault, Timestamp now) {
    if (!fault.empty()) {
        return finished(std::move(record), JobStatus::ERROR, fault, now);
    }
    auto reason = fmt::format("Complete{}.", after(record, now));
    return finished(std::move(record), JobStatus::COMPLETE, std::move(reason), now);
}

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        if (const auto last = line.find_last_not_of("\r "); last != std::string_view::npos) {
            out.push_back(line.substr(0, last + 1));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

bool is_frame(std::string_view line) {
    return line.starts_with("\tat ") || line.starts_with("\t... ");
}

/// `java.io.IOException: …` of a line that begins an exception or names its cause; else empty.
std::string_view exception_in(std::string_view line) {
    constexpr std::string_view kCause = "Caused by: ";
    if (line.starts_with(kCause)) {
        return line.substr(kCause.size());
    }
    if (line.starts_with("Exception in thread ")) {
        const auto name = line.find("\" ");
        return name == std::string_view::npos ? line : line.substr(name + 2);
    }
    const auto name = line.substr(0, line.find(':'));
    const bool dotted = name.contains('.') && !name.contains(' ') && !name.contains('\t');
    return dotted && (name.ends_with("Exception") || name.ends_with("Error")) ? line : std::string_view{};
}

std::string_view without_class(std::string_view exception) {
    const auto colon = exception.find(": ");
    return colon == std::string_view::npos ? exception : exception.substr(colon + 2);
}

/// The last exception of a log: its deepest cause, or what has the words of that and more.
std::string_view exception_of(const std::vector<std::string_view>& lines) {
    std::vector<std::string_view> chain;
    for (const auto line : lines) {
        if (const auto found = exception_in(line); !found.empty()) {
            if (!line.starts_with("Caused by: ")) {
                chain.clear();
            }
            chain.push_back(found);
        }
    }
    std::string_view best;
    for (auto one = chain.rbegin(); one != chain.rend(); ++one) {
        if (best.empty() || without_class(*one).contains(without_class(best))) {
            best = *one;
        }
    }
    return best;
}

constexpr std::string_view kThrown = "User class threw exception: ";

/// EXIT_SC_NOT_INITED of Spark's application master, which it also gives where the program failed before it opened a session.
bool waited_in_vain(std::string_view diagnostics) {
    constexpr std::string_view kCode = "exitCode: 13";
    const auto at = diagnostics.find(kCode);
    const auto behind = at == std::string_view::npos ? std::string_view{"0"} : diagnostics.substr(at + kCode.size());
    const bool by_code = behind.empty() || behind.front() < '0' || behind.front() > '9';
    return (by_code || diagnostics.contains("Timed out waiting for SparkContext")) && !diagnostics.contains("User application exited") &&
           !diagnostics.contains(kThrown) && !diagnostics.contains("Uncaught exception: ");
}

/// `26/11/28 07:10:30 INFO …`
bool is_log_line(std::string_view line) {
    return line.size() > 18 && line[2] == '/' && line[5] == '/' && line[8] == ' ' && line[11] == ':';
}

/// Of one line what it says itself; empty for frames, logs and what only leads to others.
std::string_view said_in(std::string_view line) {
    for (const std::string_view lead : {"Failing this attempt.", "Diagnostics: ", "."}) {
        line.remove_prefix(line.starts_with(lead) ? lead.size() : 0);
    }
    if (const auto stamp = line.find(']'); line.starts_with('[') && stamp != std::string_view::npos) {
        line.remove_prefix(stamp + 1);
    }
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    constexpr std::array<std::string_view, 7> kLeads{
        "For more detailed output", "Then click on links", "Failing the application", "Last 4096 bytes", "Container id: ", "Exit code: ", "Error file: "};
    const bool leads = std::ranges::any_of(kLeads, [&](std::string_view lead) { return line.starts_with(lead); });
    return leads || is_frame(line) || is_log_line(line) || line.starts_with("java.base/") ? std::string_view{} : line;
}

}  // namespace

std::string cluster_words(std::string_view diagnostics) {
    if (const auto at = diagnostics.find(kThrown); at != std::string_view::npos) {
        const auto thrown = diagnostics.substr(at + kThrown.size());
        const auto line = thrown.substr(0, thrown.find_first_of("\r\n"));
        return fmt::format("{}{}", line,
                           line.contains("Cannot run program") ? ". It must be on every host of the cluster: see spark-runtime.pysparkPython, and the job's "
                                                                 "spark.pyspark.python."
                                                               : "");
    }
    constexpr std::size_t kLongest = 600;
    std::vector<std::string_view> told;
    for (const auto line : lines_of(diagnostics)) {
        if (const auto said = said_in(line); !said.empty() && std::ranges::find(told, said) == told.end()) {
            told.push_back(said);
        }
    }
    auto words = fmt::format("{}", fmt::join(told, " "));
    if (words.size() > kLongest) {
        words = std::string{json::utf8_front(words, kLongest)} + "…";
    }
    return (waited_in_vain(diagnostics) ? "no Spark session was opened in the time that YARN waits for one in cluster mode (spark.yarn.am.waitTime, 100 s by "
                                          "Spark). Open it earlier, or give the job spark.yarn.am.waitTime, such as 600s. "
                                        : "") +
           words;
}

std::vector<std::string> left_out_of(std::string_view diagnostics) {
    const auto lines = lines_of(diagnostics);
    if (lines.empty() || cluster_words(diagnostics).contains(diagnostics)) {
        return {};
    }
    std::vector<std::string> out{"The cluster's own words:"};
    out.insert(out.end(), lines.begin(), lines.end());
    return out;
}

std::string telling_line(std::string_view error_tail, std::string_view output_tail) {
    constexpr std::string_view kError = "Error: ";
    const auto lines = lines_of(error_tail);
    const auto exception = exception_of(lines);
    if (exception.contains("SparkUserAppException")) {
        const auto output = lines_of(output_tail);
        return std::string{output.empty() ? exception : output.back()};
    }
    if (!exception.empty()) {
        return std::string{exception};
    }
    if (const auto found = std::ranges::find_if(lines, [&](std::string_view line) { return line.starts_with(kError); }); found != lines.end()) {
        return std::string{found->substr(kError.size())};
    }
    auto last = lines.rbegin();
    while (last != lines.rend() && is_frame(*last)) {
        ++last;
    }
    return lines.empty() ? std::string{} : std::string{last == lines.rend() ? lines.back() : *last};
}

std::string failure_words(const DriverResult& result) {
    if (result.outcome != DriverResult::Outcome::exited) {
        return raised_words(result);
    }
    // A wrong model ended before its function was called.
    return result.error_type == "WrongModel" ? result.error_message : fmt::format("the model called exit({}).", result.exit_code);
}

std::string raised_words(const DriverResult& result) {
    constexpr std::string_view kCause = "Caused by: ";
    if (result.error_message.empty()) {
        return result.error_type;
    }
    const auto lines = lines_of(result.error_message);
    if (std::ranges::none_of(lines, is_frame)) {
        return result.error_type + ": " + result.error_message;
    }
    std::string_view first;
    std::string_view cause;
    for (const auto line : lines) {
        const auto plain = line.substr(line.starts_with(": ") ? 2 : 0);  // as py4j sets it apart from its own words
        if (line.starts_with(kCause)) {
            cause = line.substr(kCause.size());
        } else if (first.empty() && !exception_in(plain).empty()) {
            first = plain;
        }
    }
    if (first.empty()) {
        return fmt::format("{}: {}", result.error_type, lines.front());
    }
    const bool says_more = !cause.empty() && !without_class(first).contains(without_class(cause));
    return fmt::format("{}: {}{}{}", result.error_type, first, says_more ? "; caused by " : "", says_more ? cause : "");
}

bool is_retryable_submission(std::string_view error_tail) {
    static constexpr std::array<std::string_view, 9> kPatterns{"All masters are unresponsive", "Connection refused",     "java.net.ConnectException",
                                                               "NoRouteToHostException",       "UnknownHostException",   "SafeModeException",
                                                               "Connection reset by peer",     "SocketTimeoutException", "Failed to connect to master"};
    return std::ranges::any_of(kPatterns, [&](std::string_view pattern) { return error_tail.contains(pattern); });
}

}  // namespace slipway::spark
