#include "sagemaker/entered_credentials.hpp"

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"
#include "store/outbox.hpp"

namespace slipway::sagemaker {
namespace {

TEST(EnteredCredentials, CanBeRemovedAndReplacedWithoutTheKeyThatSealedThem) {
    fakes::TestStore store;
    const crypto::Sealer before{Secret{std::string(32, 'a')}};
    const crypto::Sealer after{Secret{std::string(32, 'b')}};
    EnteredCredentials kept{before};
    EnteredCredentials left{after};
    const auto done = store->write({}, [&](store::Unit& unit) -> Result<void> {
        Credential keys;
        keys.group = "risk";
        keys.region = "eu-west-1";
        keys.access_key_id = "AKIAONE";
        keys.secret_access_key = Secret{"first"};
        SW_TRY(const auto entered, kept.keep(unit, keys));
        EXPECT_FALSE(left.find(unit.sql, entered.id, store::Scope::all()));
        SW_TRY(const auto entry, left.find_entry(unit.sql, entered.id, store::Scope::all()));
        EXPECT_EQ(entry.value().credential.access_key_id, "AKIAONE");
        EXPECT_TRUE(entry->credential.secret_access_key.empty());
        keys.secret_access_key = Secret{"second"};
        SW_CHECK(left.replace(unit, *entry, keys));
        SW_TRY(const auto readable, left.find(unit.sql, entered.id, store::Scope::all()));
        EXPECT_EQ(readable.value().credential.secret_access_key.reveal(), "second");
        SW_CHECK(left.remove(unit, *entry));
        SW_TRY(const auto rest, left.list(unit.sql, store::Scope::all()));
        EXPECT_TRUE(rest.empty());
        return {};
    });
    EXPECT_TRUE(done) << done.error().message;
}

TEST(EnteredCredentials, ChangesAreToldToWhoeverEnteredThem) {
    fakes::TestStore store;
    const crypto::Sealer sealer{Secret{std::string(32, 'a')}};
    EnteredCredentials entered{sealer};
    std::string id;
    const auto as = [&](const std::string& person, auto work) {
        const auto done = store->write({.subject = person}, [&](store::Unit& unit) -> Result<void> { return work(unit); });
        EXPECT_TRUE(done) << done.error().message;
    };
    Credential keys;
    keys.group = "risk";
    keys.access_key_id = "AKIAONE";
    keys.secret_access_key = Secret{"first"};
    as("ann", [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto made, entered.keep(unit, keys));
        id = made.id;
        return {};
    });
    as("bob", [&](store::Unit& unit) -> Result<void> {
        keys.secret_access_key = Secret{"second"};
        SW_CHECK(entered.keep(unit, keys));
        SW_TRY(const auto entry, entered.find_entry(unit.sql, id, store::Scope::all()));
        SW_CHECK(entered.replace(unit, *entry, keys));
        return entered.remove(unit, *entry);
    });
    EXPECT_TRUE(store->read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto events, store::events_after(sql, 0, store::Scope::all(), 100));
        EXPECT_EQ(events.size(), 4U);
        for (const auto& event : events) {
            EXPECT_EQ(event.created_by, "ann") << event.kind;
        }
        return {};
    }));
}

}  // namespace
}  // namespace slipway::sagemaker
