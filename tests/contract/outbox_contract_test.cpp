#include <future>
#include <thread>

#include "contract/database_fixture.hpp"
#include "store/outbox.hpp"

namespace slipway::contract {
namespace {

using store::Session;
using store::Unit;

/// What a reader that keeps one number gets to see while several write.
class OutboxContract : public DatabaseTest {
protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (database_) {
            migrate();
        }
    }
    static Result<void> emit(Unit& unit, const std::string& id) {
        return store::emit(unit, {.type = "T", .id = id, .version = 1, .kind = "changed", .group = "g", .created_by = "ada"});
    }
    /// Takes a number for the transaction, as a write does.
    static Result<void> touch(Session& sql, const std::string& key) {
        SW_CHECK(sql.execute("INSERT INTO leases (name, holder, token, expires_at) VALUES ($1, 'x', 1, 1)", {key}));
        return {};
    }
    /// Reads on from the last seen number.
    void read_on() {
        const auto events =
            store::read<std::vector<store::Event>>(database(), [&](Session& sql) { return store::events_after(sql, seen_, store::Scope::all(), 100); });
        SW_OK(events);
        for (const auto& event : *events) {
            seen_ = event.seq;
            ids_seen_.push_back(event.id);
        }
    }
    std::int64_t seen_{0};
    std::vector<std::string> ids_seen_;
};

TEST_P(OutboxContract, AnEarlierTransactionThatEmitsLaterHidesNoEvent) {
    if (GetParam() != Engine::postgres) {
        return;  // one writer at a time: the case cannot arise
    }
    std::promise<void> first_began;
    std::promise<void> second_emitted;
    std::promise<void> first_done;
    const auto began = first_began.get_future();
    const auto emitted = second_emitted.get_future();
    const auto done = first_done.get_future();
    auto own = store();
    std::jthread first{[&] {
        EXPECT_TRUE(own.write({}, [&](Unit& unit) -> Result<void> {
            SW_CHECK(touch(unit.sql, "first"));
            first_began.set_value();
            emitted.wait();
            return emit(unit, "first");
        }));
        first_done.set_value();
    }};
    began.wait();
    SW_OK(own.write({}, [&](Unit& unit) -> Result<void> {
        SW_CHECK(touch(unit.sql, "second"));
        SW_CHECK(emit(unit, "second"));
        second_emitted.set_value();
        done.wait();
        return {};
    }));
    EXPECT_EQ(ids_seen_.size(), 0U);
    read_on();
    read_on();
    EXPECT_EQ(ids_seen_, (std::vector<std::string>{"first", "second"}));
}

TEST_P(OutboxContract, ALongTransactionHoldsUpNobodysEvents) {
    if (GetParam() != Engine::postgres) {
        return;  // one writer at a time
    }
    auto own = store();
    SW_OK(own.write({}, [&](Unit& unit) -> Result<void> {
        SW_CHECK(touch(unit.sql, "long"));
        SW_CHECK(emit(unit, "long"));
        std::jthread{[&] {
            EXPECT_TRUE(own.write({}, [](Unit& other) { return emit(other, "short"); }));
            read_on();
        }}.join();
        EXPECT_EQ(ids_seen_, std::vector<std::string>{"short"});
        return {};
    }));
    read_on();
    EXPECT_EQ(ids_seen_, (std::vector<std::string>{"short", "long"}));
}

TEST_P(OutboxContract, WhoeverWritesEventsWaitsForTheCommitOfThoseBefore) {
    if (GetParam() != Engine::postgres) {
        return;  // one writer at a time
    }
    auto own = store();
    std::atomic<bool> second_done{false};
    std::jthread second;
    SW_OK(own.write({}, [&](Unit& unit) -> Result<void> {
        SW_CHECK(emit(unit, "first"));
        SW_CHECK(store::write_events(unit));
        second = std::jthread{[&] {
            EXPECT_TRUE(own.write({}, [](Unit& other) { return emit(other, "second"); }));
            second_done = true;
        }};
        bool waits = false;
        while (!waits && !second_done) {
            SW_TRY(const auto rows, unit.sql.query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = "
                                                   "(SELECT oid FROM pg_database WHERE datname = current_database())"));
            waits = rows.at(0).integer(0) == 1;
        }
        EXPECT_TRUE(waits) << "the second event got its number while the first was not committed";
        return {};
    }));
    second.join();
    read_on();
    EXPECT_EQ(ids_seen_, (std::vector<std::string>{"first", "second"}));
}

TEST_P(OutboxContract, NoReaderMissesAnEventUnderEightWriters) {
    constexpr int kThreads = 8;
    constexpr int kEach = 25;
    auto own = store();
    std::atomic<int> running{kThreads};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&, i] {
                for (int n = 0; n < kEach; ++n) {
                    EXPECT_TRUE(own.write({}, [&](Unit& unit) -> Result<void> {
                        SW_CHECK(touch(unit.sql, fmt::format("{}-{}", i, n)));
                        return emit(unit, fmt::format("{}-{}", i, n));
                    }));
                }
                --running;
            });
        }
        while (running > 0) {
            read_on();
        }
    }
    read_on();
    EXPECT_EQ(ids_seen_.size(), std::size_t{kThreads * kEach});
}

SW_ON_ALL_ENGINES(OutboxContract);

}  // namespace
}  // namespace slipway::contract
