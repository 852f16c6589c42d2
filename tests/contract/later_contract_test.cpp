#include "contract/database_fixture.hpp"
#include "store/later.hpp"

/// Statements that may be sent together with the next one.
namespace slipway::contract {
namespace {

using store::Session;

class LaterContract : public DatabaseTest {
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

TEST_P(LaterContract, KeepsTheOrderOfStatements) {
    SW_OK(database().transact([](Session& sql) -> Result<void> {
        SW_CHECK(store::execute_later(sql, "INSERT INTO t (k, n) VALUES ($1, $2)", {"a", std::int64_t{1}}));
        SW_CHECK(store::execute_later(sql, "UPDATE t SET n = n * 10 WHERE k = $1", {"a"}));
        SW_TRY(const auto rows, sql.query("SELECT n FROM t WHERE k = $1", {"a"}));
        EXPECT_EQ(rows.at(0).integer(0), 10);
        SW_CHECK(store::execute_later(sql, "UPDATE t SET n = n + 1 WHERE k = $1", {"a"}));
        SW_TRY(const auto changed, sql.execute("UPDATE t SET n = n * 10 WHERE k = $1", {"a"}));
        EXPECT_EQ(changed, 1);
        SW_CHECK(store::execute_later(sql, "INSERT INTO t (k, n) VALUES ($1, $2)", {"b", std::int64_t{2}}));
        return {};
    }));
    EXPECT_EQ(sum(), 112);
    SW_OK(database().transact([](Session& sql) { return store::execute_later(sql, "UPDATE t SET n = $1", {std::int64_t{3}}); }));
    EXPECT_EQ(sum(), 6) << "a transaction of such statements alone";
}

TEST_P(LaterContract, TellsWhatFailed) {
    SW_OK(put("a", 1));
    const auto at_the_end = database().transact([](Session& sql) -> Result<void> {
        SW_CHECK(store::execute_later(sql, "INSERT INTO t (k, n) VALUES ($1, $2)", {"z", std::int64_t{5}}));
        return store::execute_later(sql, "INSERT INTO t (k, n) VALUES ($1, $2)", {"a", std::int64_t{5}});
    });
    ASSERT_FALSE(at_the_end);
    EXPECT_EQ(at_the_end.error().reason, "ALREADY_EXISTS");
    EXPECT_EQ(sum(), 1);
    const auto meanwhile = database().transact([](Session& sql) -> Result<void> {
        (void)store::execute_later(sql, "INSERT INTO t (k, n) VALUES ($1, $2)", {"a", std::int64_t{5}});
        EXPECT_FALSE(sql.query("SELECT n + 1 FROM t"));
        EXPECT_FALSE(sql.query("SELECT 1"));
        return {};
    });
    ASSERT_FALSE(meanwhile);
    EXPECT_EQ(meanwhile.error().reason, "ALREADY_EXISTS");
    const auto bad = database().transact([](Session& sql) -> Result<void> {
        (void)store::execute_later(sql, "INSERT INTO nothing (k) VALUES ($1)", {"a"});
        return store::execute_later(sql, "INSERT INTO t (k, n) VALUES ($1, $2)", {"c", std::int64_t{5}});
    });
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().reason, "INTERNAL");
    // What was not prepared because of the failure before it is prepared now.
    SW_OK(database().transact([](Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT n + 1 FROM t"));
        EXPECT_EQ(rows.at(0).integer(0), 2);
        return store::execute_later(sql, "INSERT INTO t (k, n) VALUES ($1, $2)", {"c", std::int64_t{5}});
    }));
    EXPECT_EQ(sum(), 6);
}

TEST_P(LaterContract, DoesNotWriteLaterInARead) {
    EXPECT_FALSE(database().read([](Session& sql) { return store::execute_later(sql, "INSERT INTO t (k, n) VALUES ('x', 1)", {}); }));
    EXPECT_EQ(sum(), 0);
}

TEST_P(LaterContract, SendsMoreStatementsAtOnceThanAreKept) {
    for (int round = 0; round < 2; ++round) {
        SW_OK(database().transact([&](Session& sql) -> Result<void> {
            for (int i = 0; i < 300; ++i) {
                SW_CHECK(store::execute_later(sql, "INSERT INTO t (k, n) VALUES ('" + std::to_string(round * 1000 + i) + "', $1)", {std::int64_t{1}}));
            }
            return {};
        }));
    }
    EXPECT_EQ(sum(), 600);
}

SW_ON_ALL_ENGINES(LaterContract);

}  // namespace
}  // namespace slipway::contract
