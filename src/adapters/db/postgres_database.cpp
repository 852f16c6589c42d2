#include <condition_variable>
#include <fmt/format.h>
#include <mutex>

#include "adapters/db/db.hpp"
#include "adapters/db/postgres_connection.hpp"
#include "adapters/db/serve_lock.hpp"
#include "adapters/db/session.hpp"
#include "base/worker_pool.hpp"

namespace slipway::db {

namespace {

constexpr int kMostAttempts = 10;
/// Attempts beside others. Then the transaction gets its turn alone: whatever the others do, it comes to its end.
constexpr int kAttemptsBesideOthers = 3;
/// A key that is there already was maybe inserted beside us, behind what this attempt could see. What is still there at the second look is refused.
constexpr int kLooksAtKeys = 2;
constexpr std::int64_t kServeLock = 0x536c697077617900;  // "Slipway" and a number

/// A connection that holds the advisory lock of `serve`, and how PostgreSQL knows it.
struct ServeLock {
    std::unique_ptr<PostgresConnection> connection;
    std::int64_t process{0};
    std::string started;
};

/// Ends the server's side of a lost connection that PostgreSQL has not noticed yet: otherwise we would be refused because of ourselves.
Result<void> end_lost(PostgresConnection& connection, const ServeLock& lost) {
    SW_CHECK(
        connection.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2", {lost.process, lost.started}));
    return {};
}

/// @param lost the lock that was held before, if any.
Result<ServeLock> take_serve_lock(const std::string& url, const ServeLock* lost) {
    constexpr int kAttempts = 40;
    ServeLock lock;
    SW_TRY(lock.connection, PostgresConnection::open(url));
    if (lost != nullptr) {
        SW_CHECK(end_lost(*lock.connection, *lost));
    }
    for (int attempt = 1;; ++attempt) {
        SW_TRY(const auto taken, lock.connection->query("SELECT pg_try_advisory_lock($1)", {kServeLock}));
        if (taken.at(0).integer(0) != 0) {
            break;
        }
        if (lost == nullptr || attempt == kAttempts) {
            return fail(ErrorCode::conflict, "DATABASE_IN_USE", "Another slipway serve uses this PostgreSQL database. Stop it first.");
        }
        SW_CHECK(lock.connection->query("SELECT 1 FROM pg_sleep(0.05)", {}));  // the lost one is going
    }
    SW_TRY(const auto own, lock.connection->query("SELECT pid::bigint, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()", {}));
    lock.process = own.at(0).integer(0);
    lock.started = own.at(0).text(1);
    return lock;
}

/// Many at once, or one alone; whoever wants to be alone comes before those who come later.
class Turns {
public:
    class Turn {
    public:
        Turn(Turns& turns, bool alone) : turns_{turns}, alone_{alone} { turns_.begin(alone_); }
        ~Turn() { turns_.end(alone_); }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

    private:
        Turns& turns_;
        bool alone_;
    };

private:
    void begin(bool alone) {
        std::unique_lock lock{mutex_};
        if (alone) {
            ++wanting_;
            changed_.wait(lock, [&] { return running_ == 0; });
            --wanting_;
            running_ = kAlone;
        } else {
            changed_.wait(lock, [&] { return running_ >= 0 && wanting_ == 0; });
            ++running_;
        }
    }
    void end(bool alone) {
        {
            const std::lock_guard lock{mutex_};
            running_ = alone ? 0 : running_ - 1;
        }
        changed_.notify_all();
    }

    static constexpr int kAlone = -1;
    std::mutex mutex_;
    std::condition_variable changed_;
    int running_{0};
    int wanting_{0};
};

/// PostgreSQL behind the port: a bounded pool of connections.
///
/// Transactions that write are SERIALIZABLE: what SQLite's one writer rules out (a name given twice, a change laid over another one) does not happen
/// here either. PostgreSQL refuses one of two that stand in each other's way, and that one runs again.
class PostgresDatabase final : public store::Database {
public:
    PostgresDatabase(PostgresOptions options, ServeLock lock, std::unique_ptr<PostgresConnection> first)
        : options_{std::move(options)}, lock_{std::move(lock)}, made_{1} {
        const int version = first->server_version();
        description_ = fmt::format("PostgreSQL {}.{}", version / 10000, version % 10000);
        idle_.push_back(std::move(first));
    }

    Result<void> transact(const store::Work& work) override {
        const NotNested guard;
        const WorkerPool::Waiting waiting;
        int refused_keys = 0;
        for (int attempt = 1;; ++attempt) {
            const Turns::Turn turn{turns_, attempt > kAttemptsBesideOthers};
            bool key_exists = false;
            auto result = with_transaction("BEGIN ISOLATION LEVEL SERIALIZABLE", work, &key_exists);
            refused_keys += key_exists ? 1 : 0;
            const bool again = !result && (is_worth_repeating(result.error()) || (key_exists && refused_keys < kLooksAtKeys));
            if (!again || attempt == kMostAttempts) {
                return result;
            }
        }
    }
    Result<void> read(const store::Work& work) override {
        const NotNested guard;
        const WorkerPool::Waiting waiting;
        return with_transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work, nullptr);
    }
    Result<void> keep_lock() {
        const std::lock_guard guard{lock_mutex_};
        if (!options_.exclusive || (lock_.connection && lock_.connection->query("SELECT 1", {}))) {
            return {};
        }
        // The lock went with its connection, or soon will.
        lock_.connection.reset();
        SW_TRY(lock_, take_serve_lock(options_.url, &lock_));
        return {};
    }
    store::Dialect dialect() const override { return store::Dialect::postgres; }
    std::string description() const override { return description_; }

private:
    /// Gives the connection back at the end, or forgets it when it is lost.
    class Borrowed {
    public:
        Borrowed(PostgresDatabase& pool, std::unique_ptr<PostgresConnection> connection) : pool_{pool}, connection_{std::move(connection)} {}
        ~Borrowed() { pool_.give_back(std::move(connection_)); }
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        PostgresConnection& operator*() const { return *connection_; }
        PostgresConnection* operator->() const { return connection_.get(); }
        void replace(std::unique_ptr<PostgresConnection> with) { connection_ = std::move(with); }

    private:
        PostgresDatabase& pool_;
        std::unique_ptr<PostgresConnection> connection_;
    };

    /// @param key_exists set when a unique index objected; null for a read, which commits nothing.
    Result<void> with_transaction(const char* begin, const store::Work& work, bool* key_exists) {
        SW_TRY(auto taken, borrow());
        Borrowed connection{*this, std::move(taken)};
        auto result = attempt(*connection, begin, work, key_exists);
        if (!result && !connection->alive() && !connection->begun()) {
            // It was lost while it was idle (the server was restarted): nothing has been done on it, so a new one may try.
            SW_TRY(auto fresh, open_one());
            connection.replace(std::move(fresh));
            result = attempt(*connection, begin, work, key_exists);
        }
        connection->roll_back();
        return result;
    }

    static Result<void> attempt(PostgresConnection& connection, const char* begin, const store::Work& work, bool* key_exists) {
        connection.begin(begin);
        CheckedSession session{connection, store::Dialect::postgres};
        auto result = session.run(work);
        auto failure = session.failure();
        if (result) {
            result = key_exists != nullptr ? commit(connection) : end_read(connection);
            failure = result ? std::nullopt : std::optional{result.error()};
        }
        if (key_exists != nullptr) {
            *key_exists = failure && failure->reason == "ALREADY_EXISTS";
        }
        // What the work made of a serialisation failure does not count: the transaction runs again.
        if (!result && failure && is_worth_repeating(*failure)) {
            return std::unexpected(*std::move(failure));
        }
        return result;
    }

    static Result<void> commit(PostgresConnection& connection) {
        auto committed = connection.commit();
        if (!committed && !connection.alive()) {
            committed.error().reason = "COMMIT_UNKNOWN";
            committed.error().message = "The connection to the database was lost during the commit: the change may or may not be stored. Read it again.";
        }
        return committed;
    }

    static Result<void> end_read(PostgresConnection& connection) { return connection.is_empty() ? Result<void>{} : connection.run("ROLLBACK"); }

    Result<std::unique_ptr<PostgresConnection>> borrow() {
        {
            std::unique_lock lock{mutex_};
            const auto available = [&] { return !idle_.empty() || made_ < std::max<std::size_t>(options_.pool_size, 1); };
            if (!free_.wait_for(lock, options_.longest_wait, available)) {
                return fail(ErrorCode::unavailable, "DATABASE_BUSY", "All connections to the database are busy; try again.");
            }
            if (!idle_.empty()) {
                auto connection = std::move(idle_.back());
                idle_.pop_back();
                return connection;
            }
            ++made_;
        }
        auto opened = open_one();
        if (!opened) {
            forget_one();
        }
        return opened;
    }

    /// A connection of the pool. After a restart of PostgreSQL all of them are made anew: none before the lock is ours again.
    Result<std::unique_ptr<PostgresConnection>> open_one() {
        SW_CHECK(keep_lock());
        return PostgresConnection::open(options_.url);
    }

    void give_back(std::unique_ptr<PostgresConnection> connection) {
        if (!connection->alive()) {
            forget_one();
            return;
        }
        {
            const std::lock_guard lock{mutex_};
            idle_.push_back(std::move(connection));
        }
        free_.notify_one();
    }

    void forget_one() {
        {
            const std::lock_guard lock{mutex_};
            --made_;
        }
        free_.notify_one();
    }

    const PostgresOptions options_;
    Turns turns_;  ///< of the transactions that write
    std::mutex lock_mutex_;
    ServeLock lock_;  ///< without a connection while it is lost
    std::string description_;
    std::mutex mutex_;
    std::condition_variable free_;
    std::vector<std::unique_ptr<PostgresConnection>> idle_;
    std::size_t made_;
};

}  // namespace

Result<void> keep_lock(store::Database& database) {
    auto* postgres = dynamic_cast<PostgresDatabase*>(&database);
    return postgres == nullptr ? Result<void>{} : postgres->keep_lock();
}

Result<std::unique_ptr<store::Database>> open_postgres(const PostgresOptions& options) {
    ServeLock lock;
    if (options.exclusive) {
        SW_TRY(lock, take_serve_lock(options.url, nullptr));
    }
    SW_TRY(auto first, PostgresConnection::open(options.url));
    return std::make_unique<PostgresDatabase>(options, std::move(lock), std::move(first));
}

}  // namespace slipway::db
