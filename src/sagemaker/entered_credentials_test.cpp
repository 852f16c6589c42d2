#include "sagemaker/entered_credentials.hpp"

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"

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

}  // namespace
}  // namespace slipway::sagemaker
