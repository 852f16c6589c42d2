#include <atomic>
#include <barrier>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "contract/database_fixture.hpp"

namespace slipway::contract {
namespace {

using store::Blob;
using store::Rows;
using store::Session;
using store::Value;

class DatabaseContract : public DatabaseTest {
protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (database_) {
            SW_OK(database().transact([](Session& sql) -> Result<void> {
                SW_CHECK(sql.execute("CREATE TABLE t (k TEXT PRIMARY KEY, n BIGINT NOT NULL)"));
                return {};
            }));
        }
    }
    Result<void> put(const std::string& key, std::int64_t n) {
        return database().transact([&](Session& sql) -> Result<void> {
            SW_CHECK(sql.execute("INSERT INTO t (k, n) VALUES ($1, $2)", {key, n}));
            return {};
        });
    }
    std::int64_t sum() {
        std::int64_t total = -1;
        EXPECT_TRUE(database().read([&](Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT n FROM t"));
            total = 0;
            for (const auto& row : rows) {
                total += row.integer(0);
            }
            return {};
        }));
        return total;
    }
};

TEST_P(DatabaseContract, CommitsWhatSucceededAndUndoesWhatFailed) {
    SW_OK(put("a", 1));
    const auto failed = database().transact([](Session& sql) -> Result<void> {
        SW_CHECK(sql.execute("INSERT INTO t (k, n) VALUES ($1, $2)", {"b", std::int64_t{10}}));
        return fail(ErrorCode::forbidden, "NO", "no");
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().reason, "NO");
    const auto thrown = database().transact([](Session& sql) -> Result<void> {
        SW_CHECK(sql.execute("INSERT INTO t (k, n) VALUES ($1, $2)", {"c", std::int64_t{100}}));
        throw std::runtime_error{"boom"};
    });
    ASSERT_FALSE(thrown);
    EXPECT_EQ(thrown.error().code, ErrorCode::internal);
    EXPECT_EQ(sum(), 1);
    SW_OK(put("b", 2));
    EXPECT_EQ(sum(), 3);
}

TEST_P(DatabaseContract, SaysThatAKeyExistsAndUndoesTheWholeTransaction) {
    SW_OK(put("a", 1));
    const auto swallowed = database().transact([](Session& sql) -> Result<void> {
        SW_CHECK(sql.execute("INSERT INTO t (k, n) VALUES ($1, $2)", {"z", std::int64_t{5}}));
        const auto twice = sql.execute("INSERT INTO t (k, n) VALUES ($1, $2)", {"a", std::int64_t{5}});
        EXPECT_FALSE(twice);
        EXPECT_FALSE(sql.query("SELECT 1"));  // nothing goes on behind a failure
        return {};
    });
    ASSERT_FALSE(swallowed);
    EXPECT_EQ(swallowed.error().code, ErrorCode::conflict);
    EXPECT_EQ(swallowed.error().reason, "ALREADY_EXISTS");
    EXPECT_EQ(sum(), 1);
}

TEST_P(DatabaseContract, KeepsEveryTypeExactly) {
    const bool sqlite = database().dialect() == store::Dialect::sqlite;
    std::string bytes(300000, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(i * 31 % 256);
    }
    const std::string text = "ä'\"\\ \n\t 漢字 %_";
    SW_OK(database().transact([&](Session& sql) -> Result<void> {
        SW_CHECK(sql.execute(std::string{"CREATE TABLE v (i BIGINT, r "} + (sqlite ? "REAL" : "DOUBLE PRECISION") + ", s TEXT, b " +
                             (sqlite ? "BLOB" : "BYTEA") + ")"));
        SW_CHECK(sql.execute("INSERT INTO v (i, r, s, b) VALUES ($1, $2, $3, $4)", {std::numeric_limits<std::int64_t>::min(), 0.1 + 0.2, text, Blob{bytes}}));
        SW_CHECK(sql.execute("INSERT INTO v (i, r, s, b) VALUES ($1, $2, $3, $4)", {Value{}, Value{}, Value{}, Value{}}));
        SW_CHECK(sql.execute("INSERT INTO v (i, r, s, b) VALUES ($1, $2, $3, $4)", {std::numeric_limits<std::int64_t>::max(), 3.0, std::string{}, Blob{}}));
        return {};
    }));
    SW_OK(database().read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT i, r, s, b FROM v ORDER BY i NULLS LAST"));
        EXPECT_EQ(rows.size(), 3U);
        EXPECT_EQ(rows.at(0).integer(0), std::numeric_limits<std::int64_t>::min());
        EXPECT_EQ(rows.at(0).real(1), 0.1 + 0.2);
        EXPECT_EQ(rows.at(0).text(2), text);
        EXPECT_TRUE(rows.at(0).blob(3) == bytes);
        EXPECT_EQ(rows.at(1).integer(0), std::numeric_limits<std::int64_t>::max());
        EXPECT_EQ(rows.at(1).real(1), 3.0);
        EXPECT_FALSE(rows.at(1).is_null(2));
        EXPECT_FALSE(rows.at(1).is_null(3));
        for (std::size_t column = 0; column < 4; ++column) {
            EXPECT_TRUE(rows.at(2).is_null(column));
        }
        SW_TRY(const auto counted, sql.query("SELECT count(*), sum(i) FROM v WHERE i > $1", {std::int64_t{0}}));
        EXPECT_EQ(counted.at(0).integer(0), 1);
        EXPECT_EQ(counted.at(0).integer(1), std::numeric_limits<std::int64_t>::max());
        return {};
    }));
}

TEST_P(DatabaseContract, RefusesNulInTexts) {
    const auto refused = put(std::string{"a\0b", 3}, 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
}

TEST_P(DatabaseContract, BindsByNumberInAnyOrder) {
    SW_OK(put("a", 7));
    SW_OK(database().read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT k FROM t WHERE n = $2 AND k = $1 AND n = $2", {"a", std::int64_t{7}}));
        EXPECT_EQ(rows.size(), 1U);
        return {};
    }));
}

TEST_P(DatabaseContract, CountsChangedRowsAndUpserts) {
    SW_OK(put("a", 1));
    SW_OK(database().transact([](Session& sql) -> Result<void> {
        SW_TRY(const auto none, sql.execute("UPDATE t SET n = $1 WHERE k = $2", {std::int64_t{9}, "nobody"}));
        EXPECT_EQ(none, 0);
        SW_TRY(const auto rows,
               sql.query("INSERT INTO t (k, n) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET n = t.n + excluded.n RETURNING n", {"a", std::int64_t{4}}));
        EXPECT_EQ(rows.at(0).integer(0), 5);
        SW_TRY(const auto skipped, sql.execute("INSERT INTO t (k, n) VALUES ($1, $2) ON CONFLICT (k) DO NOTHING", {"a", std::int64_t{4}}));
        EXPECT_EQ(skipped, 0);
        return {};
    }));
    EXPECT_EQ(sum(), 5);
}

TEST_P(DatabaseContract, DoesNotWriteInARead) {
    EXPECT_FALSE(database().read([](Session& sql) -> Result<void> {
        SW_CHECK(sql.execute("INSERT INTO t (k, n) VALUES ('x', 1)"));
        return {};
    }));
    EXPECT_EQ(sum(), 0);
    SW_OK(put("x", 2));
}

TEST_P(DatabaseContract, LosesNoUpdateUnderEightThreads) {
    SW_OK(put("counter", 0));
    constexpr int kThreads = 8;
    constexpr int kEach = 25;
    std::atomic<int> conflicts{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&] {
                for (int done = 0; done < kEach;) {
                    const auto result = database().transact([&](Session& sql) -> Result<void> {
                        SW_TRY(const auto rows, sql.query("SELECT n FROM t WHERE k = $1", {"counter"}));
                        const auto before = rows.at(0).integer(0);
                        SW_TRY(const auto changed, sql.execute("UPDATE t SET n = $1 WHERE k = $2 AND n = $3", {before + 1, "counter", before}));
                        return changed == 1 ? Result<void>{} : fail(ErrorCode::conflict, "VERSION_MISMATCH", "changed meanwhile");
                    });
                    done += result ? 1 : 0;
                    conflicts += result ? 0 : 1;
                }
            });
        }
    }
    EXPECT_EQ(sum(), kThreads * kEach);
}

/// Runs `work` of each of `threads` threads `rounds` times, all threads beginning each round at once.
template <typename Work>
void at_once(int threads, int rounds, const Work& work) {
    std::barrier round_begins{threads};
    std::vector<std::jthread> running;
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([&, i] {
            for (int round = 0; round < rounds; ++round) {
                round_begins.arrive_and_wait();
                work(i, round);
            }
        });
    }
}

TEST_P(DatabaseContract, WhoFoundNothingAndInsertsIsAlone) {
    std::atomic<int> inserted{0};
    std::atomic<int> failed{0};
    at_once(4, 20, [&](int thread, int round) {
        // No index stands behind the value; only that nobody else has it yet when it is written.
        bool mine = false;
        const auto result = database().transact([&](Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT k FROM t WHERE n = $1", {std::int64_t{round}}));
            mine = rows.empty();
            if (mine) {
                SW_CHECK(sql.execute("INSERT INTO t (k, n) VALUES ($1, $2)", {fmt::format("{}-{}", thread, round), std::int64_t{round}}));
            }
            return {};
        });
        inserted += result && mine ? 1 : 0;
        failed += result ? 0 : 1;
    });
    EXPECT_EQ(inserted, 20);
    EXPECT_EQ(failed, 0);
}

TEST_P(DatabaseContract, WhoFoundNoKeyDoesNotHearThatItExists) {
    std::atomic<int> failed{0};
    std::mutex mutex;
    std::string first_error;
    at_once(4, 20, [&](int, int round) {
        const auto key = fmt::format("k{}", round);
        const auto result = database().transact([&](Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT n FROM t WHERE k = $1", {key}));
            SW_CHECK(rows.empty() ? sql.execute("INSERT INTO t (k, n) VALUES ($1, 1)", {key}) : sql.execute("UPDATE t SET n = n + 1 WHERE k = $1", {key}));
            return {};
        });
        if (!result) {
            ++failed;
            const std::lock_guard lock{mutex};
            first_error = result.error().reason + " " + result.error().detail;
        }
    });
    EXPECT_EQ(failed, 0) << first_error;
    EXPECT_EQ(sum(), 4 * 20);
}

TEST_P(DatabaseContract, TwoThatRelyOnEachOthersRowDoNotBothChangeIt) {
    SW_OK(put("a", 1));
    SW_OK(put("b", 1));
    std::atomic<int> failed{0};
    std::atomic<int> both_gone{0};
    at_once(2, 20, [&](int thread, int) {
        // Each takes its own away only while the other one is there.
        const auto result = database().transact([&](Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT sum(n) FROM t"));
            both_gone += rows.at(0).integer(0) == 0 ? 1 : 0;
            if (rows.at(0).integer(0) == 2) {
                SW_CHECK(sql.execute("UPDATE t SET n = 0 WHERE k = $1", {thread == 0 ? "a" : "b"}));
            } else {
                SW_CHECK(sql.execute("UPDATE t SET n = 1 WHERE k = $1 OR k = $2", {"a", "b"}));
            }
            return {};
        });
        failed += result ? 0 : 1;
    });
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(both_gone, 0);
}

TEST_P(DatabaseContract, NobodyIsTurnedAwayByACrowd) {
    SW_OK(put("counter", 0));
    std::atomic<int> failed{0};
    at_once(8, 25, [&](int, int) {
        const auto result = database().transact([&](Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT n FROM t WHERE k = $1", {"counter"}));
            SW_CHECK(sql.execute("UPDATE t SET n = $1 WHERE k = $2", {rows.at(0).integer(0) + 1, "counter"}));
            return {};
        });
        failed += result ? 0 : 1;
    });
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(sum(), 8 * 25);
}

TEST_P(DatabaseContract, OneFailureUndoesNothingOfOthers) {
    constexpr int kThreads = 8;
    std::barrier start{kThreads};
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&, i] {
                start.arrive_and_wait();
                for (int round = 0; round < 30; ++round) {
                    const bool bad = (i + round) % 3 == 0;
                    const auto result = database().transact([&](Session& sql) -> Result<void> {
                        SW_CHECK(sql.execute("INSERT INTO t (k, n) VALUES ($1, $2)", {fmt::format("{}-{}", i, round), std::int64_t{bad ? 1000000 : 1}}));
                        return bad ? fail(ErrorCode::internal, "ON_PURPOSE", "on purpose") : Result<void>{};
                    });
                    wrong += result.has_value() == bad ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(sum(), kThreads * 30 * 2 / 3);
}

TEST_P(DatabaseContract, ReadsOneSnapshot) {
    if (!concurrent()) {
        return;  // one connection: reads and writes take turns, so that a read sees one state by nature
    }
    SW_OK(put("a", 1));
    SW_OK(database().read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto before, sql.query("SELECT n FROM t"));
        std::jthread{[&] { EXPECT_TRUE(put("b", 2)); }}.join();
        SW_TRY(const auto after, sql.query("SELECT n FROM t"));
        EXPECT_EQ(before.size(), 1U);
        EXPECT_EQ(after.size(), 1U);
        return {};
    }));
    EXPECT_EQ(sum(), 3);
}

TEST_P(DatabaseContract, LetsOneServeIn) {
    if (!concurrent()) {
        return;  // nobody else can open a database in memory
    }
    auto first = open_again(true);
    SW_OK(first);
    const auto second = open_again(true);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, "DATABASE_IN_USE");
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    first->reset();
    // PostgreSQL frees the lock when it notices the closed connection.
    bool free = false;
    for (int i = 0; i < 10000 && !free; ++i) {
        free = open_again(true).has_value();
    }
    EXPECT_TRUE(free);
}

SW_ON_ALL_ENGINES(DatabaseContract);

}  // namespace
}  // namespace slipway::contract
