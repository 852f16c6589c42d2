#include "spark/journal.hpp"

#include "base/embedded.hpp"
#include "store/migrate.hpp"

namespace slipway::embedded {
std::span<const EmbeddedFile> edge_migrations();
}

namespace slipway::spark {
namespace {

Result<JobRecord> read_record(const std::string& text) {
    SW_TRY(const auto document, json::parse(text));
    return json::decode<JobRecord>(document);
}

Result<void> append_messages(store::Session& sql, const std::string& job_id, std::int64_t seq, const std::vector<std::string>& lines) {
    for (const auto& line : lines) {
        SW_CHECK(sql.execute("INSERT INTO spark_messages (job_id, seq, line) VALUES ($1, $2, $3)", {job_id, seq++, line}));
    }
    return {};
}

}  // namespace

Result<void> Journal::save(std::span<const JournalEntry> entries, Timestamp now) {
    if (entries.empty()) {
        return {};
    }
    return database_.transact([&](store::Session& sql) -> Result<void> {
        for (const auto& [record, messages] : entries) {
            // `messages_next` in the record is behind these lines already.
            SW_CHECK(append_messages(sql, record.job_id, record.messages_next - static_cast<std::int64_t>(messages.size()), messages));
            SW_CHECK(sql.execute("DELETE FROM spark_messages WHERE job_id = $1 AND seq < $2", {record.job_id, record.messages_sent}));
            const bool live = record.phase != JobPhase::DONE;
            SW_CHECK(
                sql.execute("INSERT INTO spark_jobs (job_id, live, ended_at, record) VALUES ($1, $2, $3, $4) "
                            "ON CONFLICT (job_id) DO UPDATE SET live = $2, ended_at = $3, record = $4",
                            {record.job_id, std::int64_t{live}, live ? 0 : to_epoch_ms(now), json::write(json::encode(record))}));
        }
        return {};
    });
}

Result<std::vector<JobRecord>> Journal::live() {
    std::vector<JobRecord> records;
    SW_CHECK(database_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT record FROM spark_jobs WHERE live = 1 ORDER BY row_id"));
        records.clear();
        for (const auto& row : rows) {
            if (auto record = read_record(row.text(0))) {
                records.push_back(std::move(*record));
            }
        }
        return {};
    }));
    return records;
}

Result<std::vector<std::string>> Journal::unreadable() {
    std::vector<std::string> ids;
    SW_CHECK(database_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT job_id, record FROM spark_jobs WHERE live = 1 ORDER BY row_id"));
        ids.clear();
        for (const auto& row : rows) {
            if (!read_record(row.text(1))) {
                ids.push_back(row.text(0));
            }
        }
        return {};
    }));
    return ids;
}

Result<std::optional<JobRecord>> Journal::find(const std::string& job_id) {
    std::optional<JobRecord> found;
    SW_CHECK(database_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT record FROM spark_jobs WHERE job_id = $1", {job_id}));
        found.reset();
        if (auto record = rows.empty() ? Result<JobRecord>{fail(ErrorCode::not_found, "NO_RECORD", job_id)} : read_record(rows.front().text(0))) {
            found = std::move(*record);
        }
        return {};
    }));
    return found;
}

Result<std::vector<PendingMessage>> Journal::messages(const std::string& job_id, std::int64_t from, std::size_t limit) {
    std::vector<PendingMessage> out;
    SW_CHECK(database_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT seq, line FROM spark_messages WHERE job_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
                                          {job_id, from, static_cast<std::int64_t>(limit)}));
        out.clear();
        for (const auto& row : rows) {
            out.push_back({row.integer(0), row.text(1)});
        }
        return {};
    }));
    return out;
}

Result<void> Journal::forget(const std::string& job_id) {
    return database_.transact([&](store::Session& sql) -> Result<void> {
        SW_CHECK(sql.execute("DELETE FROM spark_messages WHERE job_id = $1", {job_id}));
        SW_CHECK(sql.execute("DELETE FROM spark_jobs WHERE job_id = $1", {job_id}));
        return {};
    });
}

Result<std::int64_t> Journal::prune(Timestamp before) {
    std::int64_t gone = 0;
    SW_CHECK(database_.transact([&](store::Session& sql) -> Result<void> {
        SW_TRY(gone, sql.execute("DELETE FROM spark_jobs WHERE live = 0 AND ended_at < $1", {to_epoch_ms(before)}));
        return {};
    }));
    return gone;
}

Result<void> migrate_journal(store::Database& database) {
    SW_CHECK(store::migrate(database, embedded::edge_migrations(), [] { return Result<void>{}; }));
    return {};
}

}  // namespace slipway::spark
