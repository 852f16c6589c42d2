#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spark/job_record.hpp"
#include "store/database.hpp"

namespace slipway::spark {

/// A line of `jobMessages` that model-manage does not have yet.
struct PendingMessage {
    std::int64_t seq{0};
    std::string line;
};

/// A record with the messages that came with its change; their numbers end right below `record.messages_next`.
struct JournalEntry {
    JobRecord record;
    std::vector<std::string> messages{};
};

/// What the runtime must not forget, in its own SQLite file: intent before act. Thread-safe.
class Journal {
public:
    /// The database must have the schema of migrate_journal().
    explicit Journal(store::Database& database) : database_{database} {}

    /// Writes records and messages, all or nothing, durable on return. Messages below `record.messages_sent` are forgotten.
    Result<void> save(std::span<const JournalEntry> entries, Timestamp now);
    /// Records that are not DONE, of those that can be read. What a newer service has written may have words that this one does not know: such a job is as one
    /// whose record was lost, and its row stays until it is written anew.
    Result<std::vector<JobRecord>> live();
    /// Jobs of records that are not DONE, as far as one can tell, and cannot be read.
    Result<std::vector<std::string>> unreadable();
    /// @return nothing for a record that cannot be read, too.
    Result<std::optional<JobRecord>> find(const std::string& job_id);
    /// Messages of a job from number `from` on, at most `limit`.
    Result<std::vector<PendingMessage>> messages(const std::string& job_id, std::int64_t from, std::size_t limit);
    /// Drops a record that turned out to be somebody else's.
    Result<void> forget(const std::string& job_id);
    /// Deletes DONE records that ended before `before`. @return how many.
    Result<std::int64_t> prune(Timestamp before);

private:
    store::Database& database_;
};

/// Brings the schema of the edge database up to date.
Result<void> migrate_journal(store::Database& database);

}  // namespace slipway::spark
