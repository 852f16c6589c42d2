#include <mutex>
#include <set>
#include <thread>

#include "adapters/db/serve_lock.hpp"
#include "contract/database_fixture.hpp"

namespace slipway::contract {
namespace {

using store::Session;

/// What happens when the world around the database fails.
class FaultContract : public DatabaseTest {
protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (database_) {
            SW_OK(database().transact([](Session& sql) -> Result<void> {
                SW_CHECK(sql.execute("CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT)"));
                return {};
            }));
        }
    }
    static Result<void> insert(Session& sql, const std::string& key, const std::string& value = "v") {
        SW_CHECK(sql.execute("INSERT INTO t (k, v) VALUES ($1, $2)", {key, value}));
        return {};
    }
    Result<void> put(const std::string& key, const std::string& value = "v") {
        return database().transact([&](Session& sql) { return insert(sql, key, value); });
    }
    std::vector<std::string> keys() {
        std::vector<std::string> out;
        EXPECT_TRUE(database().read([&](Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT k FROM t ORDER BY k"));
            for (const auto& row : rows) {
                out.push_back(row.text(0));
            }
            return {};
        }));
        return out;
    }
    Result<void> limit_pages(std::int64_t more) {
        return database().transact([&](Session& sql) -> Result<void> {
            SW_TRY(const auto pages, sql.query("PRAGMA page_count"));
            SW_CHECK(sql.query(fmt::format("PRAGMA max_page_count = {}", pages.at(0).integer(0) + more)));
            return {};
        });
    }
};

TEST_P(FaultContract, ALostConnectionIsReplacedAtTheNextCall) {
    if (GetParam() != Engine::postgres) {
        return;  // no connection to lose
    }
    SW_OK(put("before"));
    SW_OK(database().read([&](Session&) -> Result<void> {
        std::jthread{[&] { EXPECT_TRUE(put("second connection")); }}.join();
        return {};
    }));
    ASSERT_TRUE(restart_postgres());
    EXPECT_EQ(keys().size(), 2U);
    SW_OK(put("after"));
    EXPECT_EQ(keys().size(), 3U);
}

TEST_P(FaultContract, TheLockOfServeComesBackWithTheConnection) {
    if (GetParam() != Engine::postgres) {
        return;  // no connection to lose
    }
    auto serve = open_again(true);
    SW_OK(serve);
    for (const bool asked : {true, false}) {
        ASSERT_TRUE(restart_postgres());
        if (asked) {
            SW_OK(db::keep_lock(**serve));
        } else {
            SW_OK((*serve)->transact([&](Session& sql) { return insert(sql, "a write brings it back"); }));
        }
        const auto second = open_again(true);
        ASSERT_FALSE(second) << asked;
        EXPECT_EQ(second.error().reason, "DATABASE_IN_USE");
    }
}

TEST_P(FaultContract, WhoeverLostTheLockToAnotherWritesNothing) {
    if (GetParam() != Engine::postgres) {
        return;  // no connection to lose
    }
    auto first = open_again(true);
    SW_OK(first);
    SW_OK((*first)->transact([&](Session& sql) { return insert(sql, "first"); }));
    ASSERT_TRUE(restart_postgres());
    auto second = open_again(true);
    SW_OK(second);
    const auto refused = (*first)->transact([&](Session& sql) { return insert(sql, "too late"); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "DATABASE_IN_USE");
    const auto kept = db::keep_lock(**first);
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().code, ErrorCode::conflict);
    SW_OK(db::keep_lock(**second));
    EXPECT_EQ(keys(), std::vector<std::string>{"first"});
    second->reset();
    SW_OK(db::keep_lock(**first));
}

TEST_P(FaultContract, AConnectionLostWithinATransactionUndoesIt) {
    if (GetParam() != Engine::postgres) {
        return;  // no connection to lose
    }
    const auto lost = database().transact([&](Session& sql) -> Result<void> {
        SW_CHECK(insert(sql, "lost"));
        EXPECT_TRUE(restart_postgres());
        return insert(sql, "lost too");
    });
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, ErrorCode::unavailable);
    EXPECT_EQ(lost.error().reason, "DATABASE_UNAVAILABLE") << lost.error().detail;
    SW_OK(put("after"));
    EXPECT_EQ(keys(), std::vector<std::string>{"after"});
}

TEST_P(FaultContract, NobodyWaitsForAConnectionForEver) {
    if (GetParam() != Engine::postgres) {
        return;  // readers of SQLite wait for each other's millisecond
    }
    const auto opened = db::open_postgres({.url = postgres_url_, .pool_size = 1, .exclusive = false, .longest_wait = Milliseconds{20}});
    SW_OK(opened);
    Result<void> second;
    SW_OK((*opened)->read([&](Session&) -> Result<void> {
        std::jthread{[&] { second = (*opened)->read([](Session&) -> Result<void> { return {}; }); }}.join();
        return {};
    }));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, "DATABASE_BUSY");
    SW_OK((*opened)->read([](Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT current_setting('statement_timeout')"));
        EXPECT_EQ(rows.at(0).text(0), "1min");
        return {};
    }));
}

TEST_P(FaultContract, ATextTooLongForAnIndexIsTheCallersMatter) {
    std::string random;
    for (int i = 0; i < 400; ++i) {
        random += random_hex(16);
    }
    const auto put_long = put(random);
    if (GetParam() == Engine::postgres) {
        ASSERT_FALSE(put_long);
        EXPECT_EQ(put_long.error().code, ErrorCode::invalid_argument) << put_long.error().detail;
    } else {
        SW_OK(put_long);
    }
}

TEST_P(FaultContract, ACommitWithoutAnAnswerIsCalledUnknown) {
    if (GetParam() != Engine::postgres) {
        return;  // no connection to lose
    }
    const auto unknown = database().transact([&](Session& sql) -> Result<void> {
        SW_CHECK(insert(sql, "unknown"));
        EXPECT_TRUE(restart_postgres());
        return {};
    });
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().reason, "COMMIT_UNKNOWN") << unknown.error().detail;
    SW_OK(put("after"));
    EXPECT_EQ(keys(), std::vector<std::string>{"after"});
}

TEST_P(FaultContract, AFullDiskLosesNothingStoredAndHealsWithRoom) {
    if (GetParam() == Engine::postgres) {
        return;  // its pages are the server's
    }
    SW_OK(put("before"));
    SW_OK(limit_pages(40));
    std::mutex mutex;
    std::set<std::string> stored{"before"};
    std::set<std::string> refused;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&, thread] {
                for (int i = 0; i < 40; ++i) {
                    const auto key = fmt::format("{}-{}", thread, i);
                    const auto written = put(key, std::string(4000, 'x'));
                    const std::lock_guard lock{mutex};
                    (written ? stored : refused).insert(key);
                    if (!written) {
                        EXPECT_EQ(written.error().reason, "STORAGE_FULL") << written.error().detail;
                        EXPECT_EQ(written.error().code, ErrorCode::unavailable);
                    }
                }
            });
        }
    }
    EXPECT_GT(stored.size(), 10U);
    EXPECT_GT(refused.size(), 10U);
    EXPECT_EQ(keys(), (std::vector<std::string>{stored.begin(), stored.end()}));
    SW_OK(limit_pages(1000));
    SW_OK(put("after", std::string(4000, 'x')));
}

TEST_P(FaultContract, ABackupBeforeAMigrationHasTheRowsAsTheyWere) {
    static constexpr EmbeddedFile kFirst{"0001_a.sql", "CREATE TABLE a (x BIGINT);\nINSERT INTO a (x) VALUES (5);\n"};
    static constexpr EmbeddedFile kSecond{"0002_b.sql", "ALTER TABLE a ADD COLUMN y BIGINT;\nUPDATE a SET x = 6;\n"};
    const auto copy = (folder_.path() / "copy.db").string();
    const auto make = [&] { return db::backup(database(), copy); };
    if (GetParam() == Engine::postgres) {
        const auto refused = make();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().reason, "NOT_SQLITE");
        return;
    }
    SW_OK(put("a row", std::string(100000, 'x')));
    SW_OK(store::migrate(database(), std::array{kFirst}, make));
    EXPECT_FALSE(std::filesystem::exists(copy)) << "there was nothing to save";
    SW_OK(store::migrate(database(), std::array{kFirst, kSecond}, make));
    auto saved = db::open_sqlite({.path = copy});
    SW_OK(saved);
    SW_OK((*saved)->read([](Session& sql) -> Result<void> {
        SW_TRY(const auto sound, sql.query("PRAGMA integrity_check"));
        EXPECT_EQ(sound.at(0).text(0), "ok");
        SW_TRY(const auto rows, sql.query("SELECT * FROM a"));
        EXPECT_EQ(rows.at(0).size(), 1U);
        EXPECT_EQ(rows.at(0).integer(0), 5);
        SW_TRY(const auto texts, sql.query("SELECT k, length(v) FROM t"));
        EXPECT_EQ(texts.at(0).text(0), "a row");
        EXPECT_EQ(texts.at(0).integer(1), 100000);
        return {};
    }));
    EXPECT_EQ(std::filesystem::status(copy).permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto twice = make();
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().reason, "ALREADY_EXISTS");
    SW_OK(store::migrate(**saved, std::array{kFirst, kSecond}, {}));  // and it can be used
}

SW_ON_ALL_ENGINES(FaultContract);

}  // namespace
}  // namespace slipway::contract
