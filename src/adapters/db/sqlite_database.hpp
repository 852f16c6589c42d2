#pragma once

#include <condition_variable>

#include "adapters/db/commit_group.hpp"
#include "adapters/db/db.hpp"
#include "adapters/db/sqlite_connection.hpp"
#include "base/unique_fd.hpp"

namespace slipway::db {

/// SQLite behind the port: one writing connection, a bounded pool of reading ones. In memory there is one connection for both.
class SqliteDatabase final : public store::Database {
public:
    static Result<std::unique_ptr<SqliteDatabase>> open(const SqliteOptions& options);
    ~SqliteDatabase() override;

    Result<void> transact(const store::Work& work) override;
    Result<void> read(const store::Work& work) override;
    store::Dialect dialect() const override { return store::Dialect::sqlite; }
    std::string description() const override { return std::string{"SQLite "} + sqlite3_libversion(); }
    Result<void> back_up(const std::string& path);

private:
    SqliteDatabase(SqliteOptions options, std::unique_ptr<SqliteConnection> writer, UniqueFd lock);
    bool in_memory() const { return options_.path == ":memory:"; }
    CommitGroup::Engine engine();
    Result<void> commit();
    void checkpoint();
    CommitGroup::Outcome run_member(const store::Work& work);
    CommitGroup::Outcome run_in_savepoint(const store::Work& work);
    Result<std::unique_ptr<SqliteConnection>> borrow_reader();
    void give_back(std::unique_ptr<SqliteConnection> reader);
    static Result<void> run_reading(SqliteConnection& connection, const store::Work& work);

    const SqliteOptions options_;
    UniqueFd lock_;
    std::unique_ptr<SqliteConnection> writer_;
    int wal_pages_{0};  ///< touched by the writing thread alone
    CommitGroup group_;

    std::mutex readers_mutex_;
    std::condition_variable reader_free_;
    std::vector<std::unique_ptr<SqliteConnection>> readers_;
    std::size_t readers_made_{0};
};

}  // namespace slipway::db
