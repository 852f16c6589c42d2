#include "registry/job_messages.hpp"

#include <fmt/format.h>
#include <limits>
#include <map>

#include "base/json.hpp"

namespace slipway::registry {

namespace {

/// `2026/11/25 19:00:04`, as the matched product stamps its lines.
std::string stamp(Timestamp at) {
    auto text = to_iso(at).substr(0, 19);
    text[4] = text[7] = '/';
    text[10] = ' ';
    return text;
}

/// The newest lines of a job: at most `most` of them, and no more than `bytes`, which it takes down.
Result<json::array> messages_of(store::Session& sql, std::string_view job_id, std::size_t most, std::size_t& bytes) {
    SW_TRY(const auto rows, sql.query("SELECT seq, line FROM job_messages WHERE job_id = $1 ORDER BY seq DESC LIMIT $2",
                                      {std::string{job_id}, static_cast<std::int64_t>(most)}));
    std::size_t shown = 0;
    while (shown < rows.size() && rows[shown].text(1).size() <= bytes) {
        bytes -= rows[shown++].text(1).size();
    }
    json::array lines;
    const auto earlier = shown < rows.size() ? rows[shown].integer(0) : (shown == 0 ? 0 : rows[shown - 1].integer(0) - 1);
    if (earlier > 0) {
        lines.emplace_back(fmt::format("… {} earlier lines are not shown", earlier));
    }
    for (auto at = shown; at-- > 0;) {
        SW_TRY(auto line, json::parse(rows[at].text(1)));
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace

Result<void> append_job_messages(store::Unit& unit, std::string_view job_id, std::span<const std::string> lines) {
    SW_TRY(const auto rows, unit.sql.query("SELECT COALESCE(MAX(seq), 0) FROM job_messages WHERE job_id = $1", {std::string{job_id}}));
    auto seq = rows[0].integer(0);
    for (const auto& line : lines) {
        SW_CHECK(
            unit.sql.execute("INSERT INTO job_messages (job_id, seq, written_at, line) VALUES ($1, $2, $3, $4)",
                             {std::string{job_id}, ++seq, store::to_value(unit.now), json::write(json::value(fmt::format("{} {}", stamp(unit.now), line)))}));
    }
    return {};
}

Result<void> attach_job_messages(store::Session& sql, std::span<store::Entity> jobs) {
    if (jobs.size() == 1) {
        auto no_bound = std::numeric_limits<std::size_t>::max();
        SW_TRY(jobs[0].document["jobMessages"], messages_of(sql, jobs[0].id, kMostMessages, no_bound));
        return {};
    }
    // A list shows the jobs that have messages with them; most have none, so one query finds those.
    std::map<std::string, store::Entity*> by_id;
    std::string in;
    store::Values values;
    for (auto& job : jobs) {
        job.document["jobMessages"] = json::array{};
        by_id[job.id] = &job;
        values.emplace_back(job.id);
        in += fmt::format("{}${}", in.empty() ? "" : ", ", values.size());
    }
    if (values.empty()) {
        return {};
    }
    SW_TRY(const auto rows, sql.query(fmt::format("SELECT DISTINCT job_id FROM job_messages WHERE job_id IN ({})", in), values));
    auto bytes = kMostMessageBytesInList;
    for (const auto& row : rows) {
        SW_TRY(by_id.at(row.text(0))->document["jobMessages"], messages_of(sql, row.text(0), kMostMessagesInList, bytes));
    }
    return {};
}

Result<void> remove_job_messages(store::Unit& unit, std::string_view job_id) {
    SW_CHECK(unit.sql.execute("DELETE FROM job_messages WHERE job_id = $1", {std::string{job_id}}));
    return {};
}

Result<std::int64_t> prune_job_messages(store::Unit& unit, Timestamp before) {
    return unit.sql.execute("DELETE FROM job_messages WHERE written_at < $1", {store::to_value(before)});
}

}  // namespace slipway::registry
