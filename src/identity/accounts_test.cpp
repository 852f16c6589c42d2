#include "identity/accounts.hpp"

#include <functional>
#include <gtest/gtest.h>

#include "adapters/db/db.hpp"
#include "fakes/failing_database.hpp"
#include "fakes/fake_clock.hpp"
#include "store/migrate.hpp"

namespace slipway::identity {
namespace {

using fakes::FailingDatabase;

/// A clock that lets something happen at its n-th look.
class EventfulClock final : public Clock {
public:
    Timestamp now() const override { return from_epoch_ms(1'795'633'204'123); }
    Steady steady() const override {
        if (until > 0 && --until == 0) {
            what();
        }
        return Steady{std::chrono::hours{1}};
    }
    mutable int until{0};
    std::function<void()> what;
};

class AccountsTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(store::migrate(*database, {}));
        ASSERT_TRUE(accounts.ensure_administrator(Secret{"first password"}));
    }
    Result<void> change_password(const std::string& to) {
        SW_TRY(const auto hash, accounts.prepare_password({{"password", to}}, true));
        return store.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(accounts.patch_user(unit, "admin", {}, {}, hash));
            return {};
        });
    }
    std::int64_t tokens_kept() {
        std::int64_t count = -1;
        EXPECT_TRUE(store.read([&](store::Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT count(*) FROM tokens"));
            count = rows.at(0).integer(0);
            return {};
        }));
        return count;
    }
    std::unique_ptr<FailingDatabase> database = std::make_unique<FailingDatabase>(std::move(*db::open_sqlite({.path = ":memory:", .rehearse = true})));
    EventfulClock clock;
    fakes::FakeIds ids;
    store::Store store{*database, clock, ids};
    Tokens tokens{store};
    Accounts accounts{store, tokens};
};

TEST_F(AccountsTest, ASignInWithThePasswordBeforeGivesNothingAfterTheChange) {
    ASSERT_TRUE(accounts.sign_in("admin", Secret{"first password"}, "192.0.2.1"));
    const Secret old{"first password"};
    for (const bool page : {false, true}) {
        // The second look at the clock comes when the old password has been found right.
        clock.what = [&] { EXPECT_TRUE(change_password("second password")); };
        clock.until = 2;
        const auto reason_of = [](const auto& answer) { return answer ? std::string{"signed in"} : answer.error().reason; };
        const auto reason = page ? reason_of(accounts.open_session("admin", old, "192.0.2.1")) : reason_of(accounts.sign_in("admin", old, "192.0.2.1"));
        EXPECT_EQ(clock.until, 0) << "the change was made";
        EXPECT_EQ(reason, "SIGN_IN_FAILED");
        EXPECT_EQ(tokens_kept(), 0);
        ASSERT_TRUE(change_password("first password"));
    }
    EXPECT_TRUE(accounts.sign_in("admin", old, "192.0.2.1"));
}

TEST_F(AccountsTest, AttemptsThatTheDatabaseDidNotAnswerAreNoGuesses) {
    const Secret right{"first password"};
    database->reads = false;
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(accounts.sign_in("admin", right, "192.0.2.1").error().reason, "DATABASE_AWAY") << i;
        ASSERT_EQ(accounts.sign_in_client("edge", right, "192.0.2.1").error().reason, "DATABASE_AWAY") << i;
    }
    database->reads = true;
    EXPECT_TRUE(accounts.sign_in("admin", right, "192.0.2.1"));
}

TEST_F(AccountsTest, WrongPasswordsCountAlsoWhenTheirAuditRecordCannotBeWritten) {
    database->writes = false;
    std::string reason;
    for (int i = 0; i < 10 && reason != "TOO_MANY_ATTEMPTS"; ++i) {
        reason = accounts.sign_in("admin", Secret{"a wrong one"}, "192.0.2.1").error().reason;
    }
    EXPECT_EQ(reason, "TOO_MANY_ATTEMPTS");
}

TEST(TokensTest, ASessionIsReadWhileItsUseCannotBeWritten) {
    FailingDatabase database{std::move(*db::open_sqlite({.path = ":memory:", .rehearse = true}))};
    ASSERT_TRUE(store::migrate(database, {}));
    fakes::FakeClock clock;
    fakes::FakeIds ids;
    store::Store store{database, clock, ids};
    Tokens tokens{store};
    Accounts accounts{store, tokens};
    ASSERT_TRUE(accounts.ensure_administrator(Secret{"first password"}));
    const auto cookie = accounts.open_session("admin", Secret{"first password"}, "192.0.2.1");
    ASSERT_TRUE(cookie);
    clock.advance(std::chrono::minutes{2});
    database.writes = false;
    const auto session = tokens.session(cookie->reveal());
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_EQ(session->principal.name, "admin");
}

TEST(FirstPassword, MustBeAsLongAsAnyOther) {
    const auto database = std::move(*db::open_sqlite({.path = ":memory:", .rehearse = true}));
    ASSERT_TRUE(store::migrate(*database, {}));
    fakes::FakeClock clock;
    fakes::FakeIds ids;
    store::Store store{*database, clock, ids};
    Tokens tokens{store};
    Accounts accounts{store, tokens};
    const auto refused = accounts.ensure_administrator(Secret{"1234567"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
    EXPECT_NE(refused.error().message.find("SLIPWAY_ADMIN_PASSWORD"), std::string::npos);
    EXPECT_TRUE(accounts.ensure_administrator(Secret{"12345678"}));
    EXPECT_TRUE(accounts.ensure_administrator(Secret{"1"})) << "there is one already";
}

}  // namespace
}  // namespace slipway::identity
