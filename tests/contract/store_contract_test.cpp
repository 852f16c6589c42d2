#include <thread>

#include "contract/database_fixture.hpp"
#include "store/idempotency.hpp"
#include "store/lease.hpp"
#include "store/outbox.hpp"

namespace slipway::contract {
namespace {

using store::Session;
using store::Unit;

class MigrationContract : public DatabaseTest {
protected:
    static constexpr EmbeddedFile kFirst{"0001_a.sql",
                                         "-- a comment; with a semicolon;\nCREATE TABLE a (id {{row_id}}, b {{blob}}, r {{real}}, t TEXT {{c}});\n"
                                         "INSERT INTO a (t) VALUES ('kept');\n"};
    static constexpr EmbeddedFile kSecond{"0002_b.sql", "ALTER TABLE a ADD COLUMN n BIGINT;\nUPDATE a SET n = 7;\n"};
    static constexpr EmbeddedFile kBroken{"0003_c.sql", "CREATE TABLE c (x BIGINT);\nINSERT INTO nowhere VALUES (1);\n"};
};

TEST_P(MigrationContract, RunsEachStepOnceAndKeepsTheData) {
    int backups = 0;
    const auto backup = [&]() -> Result<void> {
        ++backups;
        return {};
    };
    const std::array one{kFirst};
    const std::array both{kFirst, kSecond};
    auto report = store::migrate(database(), one, backup);
    SW_OK(report);
    EXPECT_EQ(report->to, 1);
    EXPECT_EQ(backups, 0);  // nothing to save yet
    report = store::migrate(database(), both, backup);
    SW_OK(report);
    EXPECT_EQ(report->from, 1);
    EXPECT_EQ(report->to, 2);
    EXPECT_EQ(backups, 1);
    SW_OK(store::migrate(database(), both, backup));
    EXPECT_EQ(backups, 1);
    SW_OK(database().read([](Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT t, n FROM a"));
        EXPECT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows.at(0).text(0), "kept");
        EXPECT_EQ(rows.at(0).integer(1), 7);
        return {};
    }));
}

TEST_P(MigrationContract, RefusesADatabaseOfANewerVersion) {
    const std::array one{kFirst};
    const std::array both{kFirst, kSecond};
    SW_OK(store::migrate(database(), both, {}));
    const auto refused = store::migrate(database(), one, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "DATABASE_TOO_NEW");
}

TEST_P(MigrationContract, UndoesAStepThatFailsAndStopsWithoutBackup) {
    const std::array broken{kFirst, kBroken};
    EXPECT_FALSE(store::migrate(database(), broken, {}));
    const std::array both{kFirst, kSecond};
    EXPECT_FALSE(store::migrate(database(), both, [] { return Result<void>{fail(ErrorCode::unavailable, "BACKUP_FAILED", "disk full")}; }));
    const auto report = store::migrate(database(), both, {});
    SW_OK(report);
    EXPECT_EQ(report->from, 1);
    EXPECT_FALSE(database().read([](Session& sql) -> Result<void> {
        SW_CHECK(sql.query("SELECT x FROM c"));
        return {};
    }));
}

TEST_P(MigrationContract, TwoStartersDoNotDisturbEachOther) {
    if (!concurrent()) {
        return;  // nobody else can open a database in memory
    }
    auto other = open_again();
    SW_OK(other);
    std::atomic<int> failures{0};
    {
        std::jthread a{[&] { failures += store::migrate(database(), {}).has_value() ? 0 : 1; }};
        std::jthread b{[&] { failures += store::migrate(**other, {}).has_value() ? 0 : 1; }};
    }
    EXPECT_EQ(failures, 0);
}

SW_ON_ALL_ENGINES(MigrationContract);

class StoreContract : public DatabaseTest {
protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (database_) {
            migrate();
        }
    }
    Result<void> write(const std::function<Result<void>(Unit&)>& work) { return store().write({.subject = "ada", .request_id = "r1"}, work); }
};

TEST_P(StoreContract, AnswersTheSameKeyWithTheSameAnswerForADay) {
    const store::IdempotencyKey key{"ada", "k-1", "hash-1"};
    const auto find = [&](const store::IdempotencyKey& wanted) {
        return store::read<std::optional<store::KeptAnswer>>(database(), [&](Session& sql) { return store::find_answer(sql, wanted, clock_.now()); });
    };
    EXPECT_FALSE(find(key)->has_value());
    SW_OK(write([&](Unit& unit) { return store::keep_answer(unit, key, {201, R"({"Location":"/x"})", "{}"}); }));
    const auto kept = find(key);
    SW_OK(kept);
    ASSERT_TRUE(kept->has_value());
    EXPECT_EQ((*kept)->status, 201);
    EXPECT_EQ((*kept)->headers, R"({"Location":"/x"})");
    EXPECT_EQ(find({"ada", "k-1", "hash-2"}).error().reason, "IDEMPOTENCY_KEY_REUSED");
    EXPECT_FALSE(find({"bob", "k-1", "hash-2"})->has_value());
    const auto again = write([&](Unit& unit) { return store::keep_answer(unit, key, {201, "{}", "{}"}); });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().reason, "ALREADY_EXISTS");
    clock_.advance(std::chrono::hours{25});
    EXPECT_FALSE(find(key)->has_value());
    SW_OK(write([&](Unit& unit) { return store::keep_answer(unit, {"ada", "k-1", "hash-2"}, {200, "{}", "new"}); }));
    SW_OK(write([&](Unit& unit) -> Result<void> {
        SW_TRY(const auto pruned, store::prune_answers(unit, clock_.now() + std::chrono::hours{1}));
        EXPECT_EQ(pruned, 1);
        return {};
    }));
}

TEST_P(StoreContract, LendsALeaseToOneHolderAndFencesTheFormerOne) {
    std::optional<store::Lease> a;
    std::optional<store::Lease> b;
    const auto acquire = [&](std::string_view holder, std::optional<store::Lease>& into) {
        return write([&](Unit& unit) -> Result<void> {
            SW_TRY(into, store::acquire_lease(unit, "sync", holder, Milliseconds{1000}));
            return {};
        });
    };
    SW_OK(acquire("a", a));
    ASSERT_TRUE(a.has_value());
    SW_OK(acquire("b", b));
    EXPECT_FALSE(b.has_value());
    clock_.advance(Milliseconds{500});
    const auto token = a->token;
    SW_OK(acquire("a", a));
    ASSERT_TRUE(a.has_value());
    EXPECT_EQ(a->token, token);
    clock_.advance(Milliseconds{1000});
    SW_OK(acquire("b", b));
    ASSERT_TRUE(b.has_value());
    EXPECT_GT(b->token, a->token);
    const auto fenced = write([&](Unit& unit) { return store::check_lease(unit, *a); });
    ASSERT_FALSE(fenced);
    EXPECT_EQ(fenced.error().reason, "LEASE_LOST");
    SW_OK(write([&](Unit& unit) { return store::release_lease(unit, *a); }));  // not its own any more: changes nothing
    SW_OK(write([&](Unit& unit) { return store::check_lease(unit, *b); }));
    SW_OK(write([&](Unit& unit) { return store::release_lease(unit, *b); }));
    SW_OK(acquire("a", a));
    ASSERT_TRUE(a.has_value());
    EXPECT_GT(a->token, b->token);
}

TEST_P(StoreContract, WhatAUnitLeavesForAfterwardsIsDoneOnceItIsCommitted) {
    std::optional<std::size_t> seen;
    const auto look = [&] {
        SW_OK(database().read([&](Session& sql) -> Result<void> {
            SW_TRY(const auto all, store::events_after(sql, 0, store::Scope::all(), 100));
            seen = all.size();
            return {};
        }));
    };
    const auto leave = [&](Unit& unit) {
        unit.afterwards.emplace_back(look);
        return store::emit(unit, {.type = "T", .id = "id", .version = 1, .kind = "changed", .group = "g", .created_by = "ada"});
    };
    EXPECT_FALSE(write([&](Unit& unit) -> Result<void> {
        SW_CHECK(leave(unit));
        return fail(ErrorCode::conflict, "NO", "It is not to be.");
    }));
    EXPECT_EQ(seen, std::nullopt);
    SW_OK(write(leave));
    EXPECT_EQ(seen, 1U);
}

TEST_P(StoreContract, TellsEventsInOrderToThoseWhoMaySeeThem) {
    int woken = 0;
    auto own = store();
    own.on_events([&] { ++woken; });
    for (int i = 1; i <= 5; ++i) {
        SW_OK(own.write({}, [&](Unit& unit) {
            return store::emit(
                unit, {.type = "T", .id = fmt::format("id{}", i), .version = i, .kind = "changed", .group = i % 2 == 0 ? "even" : "odd", .created_by = "ada"});
        }));
    }
    SW_OK(own.write({}, [](Unit&) { return Result<void>{}; }));
    EXPECT_EQ(woken, 5);
    SW_OK(database().read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto all, store::events_after(sql, 0, store::Scope::all(), 100));
        EXPECT_EQ(all.size(), 5U);
        for (std::size_t i = 1; i < all.size(); ++i) {
            EXPECT_GT(all[i].seq, all[i - 1].seq);
            EXPECT_GT(all[i].version, all[i - 1].version);
        }
        SW_TRY(const auto rest, store::events_after(sql, all.at(2).seq, store::Scope::all(), 1));
        EXPECT_EQ(rest.size(), 1U);
        EXPECT_EQ(rest.at(0).id, "id4");
        SW_TRY(const auto even, store::events_after(sql, 0, {.groups = {"even"}}, 100));
        EXPECT_EQ(even.size(), 2U);
        SW_TRY(const auto owned, store::events_after(sql, 0, {.owner = "ada", .owner_groups = {"odd"}}, 100));
        EXPECT_EQ(owned.size(), 3U);
        SW_TRY(const auto none, store::events_after(sql, 0, {}, 100));
        EXPECT_TRUE(none.empty());
        SW_TRY(const auto range, store::event_range(sql));
        EXPECT_EQ(range.first, all.front().seq);
        EXPECT_EQ(range.last, all.back().seq);
        return {};
    }));
}

TEST_P(StoreContract, NeverGivesAnEventNumberTwice) {
    const auto emit = [&] { return write([](Unit& unit) { return store::emit(unit, {.type = "T", .id = "x", .kind = "created", .group = "g"}); }); };
    const auto range = [&] { return *store::read<store::EventRange>(database(), [](Session& sql) { return store::event_range(sql); }); };
    SW_OK(emit());
    SW_OK(emit());
    const auto last = range().last;
    SW_OK(write([&](Unit& unit) -> Result<void> {
        SW_CHECK(store::prune_events(unit, clock_.now() + std::chrono::hours{1}));
        return {};
    }));
    SW_OK(emit());
    EXPECT_GT(range().last, last);
}

TEST_P(StoreContract, KeepsEventsThatLifeCyclesHaveNotRead) {
    const auto emit = [&] { return write([](Unit& unit) { return store::emit(unit, {.type = "T", .id = "x", .kind = "created", .group = "g"}); }); };
    const auto range = [&] { return *store::read<store::EventRange>(database(), [](Session& sql) { return store::event_range(sql); }); };
    for (int i = 0; i < 4; ++i) {
        SW_OK(emit());
    }
    const auto read = range().last - 2;
    SW_OK(write([&](Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("INSERT INTO lifecycle_cursors (name, seq) VALUES ('signals', $1)", {read}));
        SW_CHECK(store::prune_events(unit, clock_.now() + std::chrono::hours{1}));
        return {};
    }));
    EXPECT_EQ(range().first, read + 1);
}

SW_ON_ALL_ENGINES(StoreContract);

}  // namespace
}  // namespace slipway::contract
