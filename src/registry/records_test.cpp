#include "registry/records.hpp"

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"
#include "registry/registry.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {
namespace {

class NotificationsTest : public testing::Test {
protected:
    store::Entity write(const json::object& document) {
        std::optional<store::Entity> made;
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(made, store::insert(unit, notifications_table(), {.id = {}, .group = "risk", .document = document}));
            return {};
        }));
        return *made;
    }
    Result<void> move(const store::Entity& notification, const std::string& group) {
        return store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(registry_.collection("notifications").patch(unit, ann_, notification.id, {{"group", group}}, {}));
            return {};
        });
    }

    fakes::TestStore store_;
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    Registry registry_{{.store = *store_, .access = access_, .sealer = sealer_}};
    identity::Principal ann_{.name = "ann", .groups = {"risk", "fraud"}};
};

TEST_F(NotificationsTest, ATicketStaysWithItsApprovers) {
    const auto ticket = write({{"notificationType", "MODEL_APPROVAL_NOTIFICATION"}, {"open", true}, {"severity", "INFO"}, {"message", "May it?"}});
    const auto moved = move(ticket, "fraud");
    ASSERT_FALSE(moved) << "whoever decides in the other group would decide on it";
    EXPECT_EQ(moved.error().reason, "IMMUTABLE");
    EXPECT_EQ(moved.error().faults.at(0).pointer, "/group");
    EXPECT_TRUE(move(ticket, "risk"));
    EXPECT_TRUE(move(write({{"notificationType", "MODEL_NOTIFICATION"}, {"open", true}, {"severity", "INFO"}, {"message", "Look."}}), "fraud"));
}

}  // namespace
}  // namespace slipway::registry
