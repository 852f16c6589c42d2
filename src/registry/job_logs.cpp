#include "registry/job_logs.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace slipway::registry {

namespace {

constexpr std::int64_t kSmallPiece = 32 << 10;  ///< small appends grow the last piece up to this

struct Summary {
    std::int64_t size{0};
    bool truncated{false};
};

Result<Summary> summary_of(store::Session& sql, std::string_view job_id, std::string_view stream) {
    SW_TRY(const auto rows, sql.query("SELECT size, truncated FROM job_logs WHERE job_id = $1 AND stream = $2", {std::string{job_id}, std::string{stream}}));
    return rows.empty() ? Summary{} : Summary{.size = rows[0].integer(0), .truncated = rows[0].integer(1) != 0};
}

Result<void> keep_summary(store::Unit& unit, std::string_view job_id, std::string_view stream, const Summary& summary) {
    SW_CHECK(
        unit.sql.execute("INSERT INTO job_logs (job_id, stream, size, truncated, written_at) VALUES ($1, $2, $3, $4, $5) "
                         "ON CONFLICT (job_id, stream) DO UPDATE SET size = excluded.size, truncated = excluded.truncated, written_at = excluded.written_at",
                         {std::string{job_id}, std::string{stream}, summary.size, std::int64_t{summary.truncated}, store::to_value(unit.now)}));
    return {};
}

Result<void> add_bytes(store::Unit& unit, std::string_view job_id, std::string_view stream, std::int64_t end, std::string_view bytes) {
    SW_TRY(const auto rows, unit.sql.query("SELECT start_at, bytes FROM job_log_pieces WHERE job_id = $1 AND stream = $2 AND start_at > $3 "
                                           "ORDER BY start_at DESC LIMIT 1",
                                           {std::string{job_id}, std::string{stream}, end - kSmallPiece}));
    if (!rows.empty() && static_cast<std::int64_t>(rows[0].blob(1).size() + bytes.size()) <= kSmallPiece) {
        SW_CHECK(unit.sql.execute("UPDATE job_log_pieces SET bytes = $1 WHERE job_id = $2 AND stream = $3 AND start_at = $4",
                                  {store::Blob{rows[0].blob(1) + std::string{bytes}}, std::string{job_id}, std::string{stream}, rows[0].integer(0)}));
        return {};
    }
    SW_CHECK(unit.sql.execute("INSERT INTO job_log_pieces (job_id, stream, start_at, bytes) VALUES ($1, $2, $3, $4)",
                              {std::string{job_id}, std::string{stream}, end, store::Blob{std::string{bytes}}}));
    return {};
}

}  // namespace

Result<LogEnd> append_log(store::Unit& unit, std::string_view job_id, std::string_view stream, std::int64_t offset, std::string_view bytes) {
    SW_TRY(auto summary, summary_of(unit.sql, job_id, stream));
    const auto end = offset + static_cast<std::int64_t>(bytes.size());
    if (!summary.truncated && offset > summary.size) {
        return fail(ErrorCode::conflict, "LOG_GAP", fmt::format("Bytes from {} to {} are missing: go on at offset {}.", summary.size, offset, summary.size),
                    std::to_string(summary.size));
    }
    const auto kept = std::min(end, kLargestLog);
    const bool cut = end > kLargestLog;
    if (kept <= summary.size && (!cut || summary.truncated)) {
        return LogEnd{.next = std::max(end, summary.size), .truncated = summary.truncated};
    }
    if (kept > summary.size) {
        const auto fresh = bytes.substr(static_cast<std::size_t>(summary.size - offset), static_cast<std::size_t>(kept - summary.size));
        SW_CHECK(add_bytes(unit, job_id, stream, summary.size, fresh));
        summary.size = kept;
    }
    summary.truncated = summary.truncated || cut;
    SW_CHECK(keep_summary(unit, job_id, stream, summary));
    return LogEnd{.next = end, .truncated = summary.truncated};
}

Result<LogPart> read_log(store::Session& sql, std::string_view job_id, std::string_view stream, std::int64_t offset, std::int64_t most) {
    SW_TRY(const auto summary, summary_of(sql, job_id, stream));
    const auto from = std::clamp<std::int64_t>(offset, 0, summary.size);
    const auto to = from + std::min(most, summary.size - from);
    LogPart part{.bytes = {}, .from = offset, .size = summary.size, .truncated = summary.truncated};
    if (from == to) {
        return part;
    }
    // No piece is longer than one append, so the first one that counts begins at most that far before.
    SW_TRY(const auto rows,
           sql.query("SELECT start_at, bytes FROM job_log_pieces WHERE job_id = $1 AND stream = $2 AND start_at > $3 AND start_at < $4 ORDER BY start_at",
                     {std::string{job_id}, std::string{stream}, from - static_cast<std::int64_t>(kLargestLogChunk), to}));
    part.bytes.reserve(static_cast<std::size_t>(to - from));
    for (const auto& row : rows) {
        const auto start = row.integer(0);
        const auto& bytes = row.blob(1);
        const auto end = start + static_cast<std::int64_t>(bytes.size());
        const auto first = std::max(start, from);
        const auto last = std::min(end, to);
        if (first < last) {
            part.bytes += std::string_view{bytes}.substr(static_cast<std::size_t>(first - start), static_cast<std::size_t>(last - first));
        }
    }
    part.from = from;
    return part;
}

Result<void> remove_logs(store::Unit& unit, std::string_view job_id) {
    SW_CHECK(unit.sql.execute("DELETE FROM job_log_pieces WHERE job_id = $1", {std::string{job_id}}));
    SW_CHECK(unit.sql.execute("DELETE FROM job_logs WHERE job_id = $1", {std::string{job_id}}));
    return {};
}

Result<std::int64_t> prune_job_logs(store::Unit& unit, Timestamp before) {
    SW_CHECK(
        unit.sql.execute("DELETE FROM job_log_pieces WHERE EXISTS (SELECT 1 FROM job_logs l WHERE l.job_id = job_log_pieces.job_id "
                         "AND l.stream = job_log_pieces.stream AND l.written_at < $1)",
                         {store::to_value(before)}));
    return unit.sql.execute("DELETE FROM job_logs WHERE written_at < $1", {store::to_value(before)});
}

}  // namespace slipway::registry
