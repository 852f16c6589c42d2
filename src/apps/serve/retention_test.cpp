#include "apps/serve/retention.hpp"

#include <gtest/gtest.h>

#include "adapters/db/db.hpp"
#include "fakes/fake_clock.hpp"
#include "identity/access.hpp"
#include "registry/registry.hpp"
#include "store/migrate.hpp"

namespace slipway::serve {
namespace {

TEST(RetentionTest, RemovesOldEndedOperationsAlone) {
    fakes::FakeClock clock;
    fakes::FakeIds ids;
    auto database = db::open_sqlite({.path = ":memory:"});
    ASSERT_TRUE(database);
    ASSERT_TRUE(store::migrate(**database, [] { return Result<void>{}; }));
    store::Store store{**database, clock, ids};
    const identity::Access access;
    const crypto::Sealer sealer{Secret{std::string(32, 'k')}};
    const registry::Foundation foundation{.store = store, .access = access, .sealer = sealer};
    registry::Operations operations{foundation};
    const auto start = [&](std::string key, registry::OperationState end) {
        EXPECT_TRUE(store.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(auto operation, operations.start(unit, {.group = "risk", .created_by = "ana"}, key));
            operation.state = end;
            if (end != registry::OperationState::RUNNING) {
                operation.finished = clock.now();
            }
            return operations.save(unit, operation, false);
        }));
    };
    start("old", registry::OperationState::COMPLETE);
    start("runs", registry::OperationState::RUNNING);
    clock.advance(std::chrono::days{31});
    start("new", registry::OperationState::ERROR);
    std::int64_t removed = 0;
    ASSERT_TRUE(store.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(removed, prune_operations(unit, unit.now - std::chrono::days{30}));
        return {};
    }));
    EXPECT_EQ(removed, 1);
    ASSERT_TRUE(store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rest, operations.list(sql, identity::Principal::service(), {}));
        EXPECT_EQ(rest.items.size(), 2U);
        return {};
    }));
}

}  // namespace
}  // namespace slipway::serve
