#include "adapters/kerberos/keeper.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes/fake_clock.hpp"

namespace slipway::kerberos {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// A realm with tickets of two minutes that may be renewed for ten.
struct Realm {
    explicit Realm(const Clock& time) : clock{time} {}
    const Clock& clock;
    bool away{false};
    bool keytab{true};
    std::vector<std::string> asked;
    int made{0};
    std::map<std::string, Ticket> tickets{};  ///< by the bytes of their caches
    std::atomic<int> sources{0};
    std::string services{};        ///< what the caches get beside the ticket
    std::function<void()> wait{};  ///< before it answers; it may hang
};

std::string text_of(const fs::path& path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

class RealmSource final : public TicketSource {
public:
    explicit RealmSource(Realm& realm) : realm_{realm} { ++realm_.sources; }
    ~RealmSource() override { --realm_.sources; }
    Result<Ticket> obtain() override {
        realm_.asked.emplace_back("obtain");
        SW_CHECK(check_keytab());
        return make(realm_.clock.now() + seconds{600});
    }
    Result<Ticket> renew(const Ticket& ticket) override {
        realm_.asked.emplace_back("renew");
        return make(ticket.renewable_until);
    }
    Secret with_services(const Ticket& fresh, const std::string& /*cache_file*/) const override {
        return Secret{std::string{fresh.cache.reveal()} + realm_.services};
    }
    Result<Ticket> kept(const std::string& cache_file) const override {
        const auto text = text_of(cache_file);
        const auto found = realm_.tickets.find(text.substr(0, text.find(' ')));
        return found == realm_.tickets.end() ? Result<Ticket>{fail(ErrorCode::not_found, "NO_TICKET", "no ticket")} : found->second;
    }
    Result<void> check_keytab() const override {
        return realm_.keytab ? Result<void>{} : Result<void>{fail(ErrorCode::unavailable, "KEYTAB", "The keytab cannot be read.")};
    }

private:
    Result<Ticket> make(Timestamp until) {
        if (realm_.wait) {
            realm_.wait();
        }
        if (realm_.away) {
            return fail(ErrorCode::unavailable, "KERBEROS", "No Key Distribution Centre answers.");
        }
        const auto now = realm_.clock.now();
        const auto bytes = "ticket-" + std::to_string(++realm_.made);
        return realm_.tickets[bytes] = {.start = now, .end = std::min(now + seconds{120}, until), .renewable_until = until, .cache = Secret{bytes}};
    }
    Realm& realm_;
};

mode_t mode_of(const fs::path& path) {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777U : 0;
}

class KeeperTest : public testing::Test {
protected:
    ~KeeperTest() override { fs::remove_all(folder); }
    void pass(seconds time) {
        clock.advance(time);
        keeper.tick();
    }

    /// In the place of the folder that the cache lies in. @return what takes it away again.
    std::function<void()> put_a_file_in_the_way() {
        fs::rename(folder / "krb5", folder / "away");
        std::ofstream{folder / "krb5"} << "x";
        return [this] {
            fs::remove(folder / "krb5");
            fs::rename(folder / "away", folder / "krb5");
        };
    }

    const fs::path folder{fs::temp_directory_path() / fmt::format("slipway-keeper-{}", ::getpid())};
    fakes::FakeClock clock;
    Realm realm{clock};
    std::vector<std::string> told;
    std::vector<Keeper::Copies> asked_for;
    Keeper::Copies stuck;  ///< copies that cannot be replaced
    std::unique_ptr<Keeper> another() {
        return std::make_unique<Keeper>(
            std::make_unique<RealmSource>(realm), clock,
            Keeper::Settings{.principal = "svc@TEST", .cache_file = folder / "krb5/cc", .on_ticket = [this](const Secret& cache, const Keeper::Copies& only) {
                                 told.emplace_back(cache.reveal());
                                 asked_for.push_back(only);
                                 return stuck;
                             }});
    }
    std::unique_ptr<Keeper> first = another();
    Keeper& keeper = *first;
};

TEST_F(KeeperTest, TheCacheIsOursAloneAndRenewedAtHalfLife) {
    EXPECT_FALSE(keeper.view().valid);
    keeper.tick();
    EXPECT_EQ(text_of(folder / "krb5/cc"), "ticket-1");
    EXPECT_EQ(mode_of(folder / "krb5"), 0700U);
    EXPECT_EQ(mode_of(folder / "krb5/cc"), 0600U);
    EXPECT_EQ(keeper.ticket().reveal(), "ticket-1");
    pass(seconds{50});
    EXPECT_EQ(realm.made, 1);
    pass(seconds{11});
    EXPECT_EQ(text_of(folder / "krb5/cc"), "ticket-2");
    EXPECT_EQ(realm.asked, (std::vector<std::string>{"obtain", "renew"}));
    EXPECT_EQ(told, (std::vector<std::string>{"ticket-1", "ticket-2"}));
}

TEST_F(KeeperTest, ATicketThatCouldNotBeWrittenIsWrittenAsSoonAsThatCanBeDone) {
    keeper.tick();
    const auto free = put_a_file_in_the_way();
    pass(seconds{61});
    EXPECT_THAT(keeper.view().reason, HasSubstr("cannot be"));
    pass(seconds{2});
    EXPECT_THAT(keeper.view().reason, HasSubstr("cannot be"));
    free();
    EXPECT_EQ(text_of(folder / "krb5/cc"), "ticket-1");
    pass(seconds{2});
    EXPECT_EQ(text_of(folder / "krb5/cc"), "ticket-2");
    EXPECT_EQ(keeper.view().reason, "");
    EXPECT_EQ(realm.asked.size(), 2U) << "nobody need be asked again";
    EXPECT_EQ(told, (std::vector<std::string>{"ticket-1", "ticket-2"})) << "jobs had it at once";
}

TEST_F(KeeperTest, OurOwnCacheHasTicketsForServicesAndJobsHaveTheTicketAlone) {
    realm.services = " HTTP/rm";
    keeper.tick();
    EXPECT_EQ(text_of(folder / "krb5/cc"), "ticket-1 HTTP/rm");
    const auto free = put_a_file_in_the_way();
    pass(seconds{61});
    realm.away = true;
    free();
    pass(seconds{2});
    EXPECT_EQ(text_of(folder / "krb5/cc"), "ticket-2 HTTP/rm") << "a file that is written later has them, too";
    EXPECT_EQ(told, (std::vector<std::string>{"ticket-1", "ticket-2"}));
    EXPECT_EQ(keeper.ticket().reveal(), "ticket-2");
    const auto restarted = another();
    EXPECT_EQ(restarted->ticket().reveal(), "ticket-2");
    restarted->tick();
    EXPECT_EQ(text_of(folder / "krb5/cc"), "ticket-2 HTTP/rm") << "nor does a restart take them away";
}

TEST_F(KeeperTest, CopiesOfJobsAreTriedAgainWhileOurOwnFileCannotBeWritten) {
    keeper.tick();
    const auto free = put_a_file_in_the_way();
    stuck = {{"job-1", "Disk quota exceeded"}};
    pass(seconds{61});
    EXPECT_EQ(keeper.view().old_copies, stuck);
    pass(seconds{2});
    EXPECT_EQ(told.size(), 3U);
    EXPECT_EQ(asked_for.back(), stuck) << "those alone";
    stuck.clear();
    pass(seconds{2});
    EXPECT_EQ(told.back(), "ticket-2");
    EXPECT_TRUE(keeper.view().old_copies.empty());
    EXPECT_THAT(keeper.view().reason, HasSubstr("cannot be")) << "our own still";
    realm.away = true;
    pass(seconds{60});
    EXPECT_THAT(keeper.view().reason, AllOf(HasSubstr("No Key Distribution Centre answers."), HasSubstr("cannot be"))) << "both are told";
    realm.away = false;
    free();
    pass(seconds{15});
    EXPECT_EQ(keeper.view().reason, "");
    EXPECT_EQ(text_of(folder / "krb5/cc"), keeper.ticket().reveal());
}

TEST_F(KeeperTest, OverThreeLivesItIsNeverWithoutATicketAndComesBackToTheKeytab) {
    keeper.tick();
    for (int second = 0; second < 1200; ++second) {
        pass(seconds{1});
        ASSERT_TRUE(keeper.view().valid) << second;
    }
    EXPECT_GE(std::ranges::count(realm.asked, "obtain"), 2);
    EXPECT_GE(std::ranges::count(realm.asked, "renew"), 10);
}

TEST_F(KeeperTest, AwayAtTheStartAndThenThere) {
    realm.away = true;
    keeper.tick();
    EXPECT_FALSE(keeper.view().valid);
    EXPECT_EQ(keeper.view().reason, "No Key Distribution Centre answers.");
    EXPECT_TRUE(keeper.ticket().empty());
    realm.away = false;
    pass(seconds{1});
    EXPECT_TRUE(keeper.view().valid);
    EXPECT_TRUE(keeper.view().reason.empty());
}

TEST_F(KeeperTest, AwayInTheMiddleTheTicketServesToItsEndAndNoLonger) {
    keeper.tick();
    realm.away = true;
    pass(seconds{61});
    EXPECT_TRUE(keeper.view().valid);
    EXPECT_FALSE(keeper.view().reason.empty());
    EXPECT_EQ(keeper.ticket().reveal(), "ticket-1");
    pass(seconds{60});
    EXPECT_FALSE(keeper.view().valid);
    EXPECT_TRUE(keeper.ticket().empty());
    EXPECT_EQ(text_of(folder / "krb5/cc"), "ticket-1") << "nothing is taken away from whoever reads it";
    realm.away = false;
    pass(seconds{15});
    EXPECT_TRUE(keeper.view().valid);
}

TEST_F(KeeperTest, AfterARestartTheTicketOfBeforeServesWhileNobodyGivesANewOne) {
    keeper.tick();
    realm.away = true;
    clock.advance(seconds{40});
    const auto restarted = another();
    EXPECT_EQ(restarted->ticket().reveal(), "ticket-1") << "at once, whoever is away";
    EXPECT_TRUE(restarted->view().valid);
    restarted->tick();
    EXPECT_EQ(restarted->ticket().reveal(), "ticket-1");
    EXPECT_EQ(restarted->view().reason, "No Key Distribution Centre answers.");
    EXPECT_EQ(restarted->view().ends, realm.tickets["ticket-1"].end) << "health says until when";
    clock.advance(seconds{10});
    realm.away = false;
    restarted->tick();
    EXPECT_EQ(restarted->ticket().reveal(), "ticket-2");
    EXPECT_TRUE(restarted->view().reason.empty());
    EXPECT_EQ(realm.asked, (std::vector<std::string>{"obtain", "renew", "obtain", "obtain"})) << "a fresher one was asked for from the start";
}

TEST_F(KeeperTest, AfterARestartWithoutAKeytabTheTicketOfBeforeIsRenewed) {
    keeper.tick();
    realm.keytab = false;
    const auto restarted = another();
    restarted->tick();
    EXPECT_EQ(restarted->ticket().reveal(), "ticket-2");
    EXPECT_EQ(realm.asked.back(), "renew");
}

TEST_F(KeeperTest, AnExpiredOrStrangeCacheIsNoTicket) {
    keeper.tick();
    clock.advance(seconds{120});
    EXPECT_FALSE(another()->view().valid);
    ASSERT_TRUE(write_cache(folder / "krb5", "cc", Secret{"garbage"}));
    EXPECT_FALSE(another()->view().valid);
}

TEST_F(KeeperTest, ALostKeytabIsSaidWhileRenewalsGoOn) {
    keeper.tick();
    realm.keytab = false;
    pass(seconds{61});
    EXPECT_TRUE(keeper.view().valid);
    EXPECT_EQ(keeper.view().reason, "The keytab cannot be read.");
    EXPECT_EQ(realm.asked.back(), "renew");
    realm.keytab = true;
    pass(seconds{10});
    EXPECT_TRUE(keeper.view().reason.empty());
}

TEST_F(KeeperTest, CopiesThatCouldNotBeReplacedAreTriedAgainAndNamed) {
    keeper.tick();
    stuck = {{"job-1", "Disk quota exceeded"}};
    pass(seconds{61});
    EXPECT_EQ(told.back(), "ticket-2");
    EXPECT_TRUE(asked_for.back().empty()) << "all copies";
    EXPECT_EQ(keeper.view().old_copies, stuck);
    EXPECT_EQ(keeper.view().reason, "") << "our own ticket is well";
    pass(seconds{2});
    EXPECT_EQ(told.size(), 3U);
    EXPECT_EQ(asked_for.back(), stuck) << "those alone";
    stuck.clear();
    pass(seconds{2});
    EXPECT_EQ(told.back(), "ticket-2");
    EXPECT_TRUE(keeper.view().old_copies.empty());
    pass(seconds{2});
    EXPECT_EQ(told.size(), 4U);
}

TEST_F(KeeperTest, ARefusedTicketIsObtainedAnewOnceInAWhile) {
    EXPECT_FALSE(keeper.refused()) << "nobody could fetch one";
    keeper.start();
    while (!keeper.view().valid) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(keeper.refused()) << "it is fresh";
    clock.advance(seconds{11});
    EXPECT_TRUE(keeper.refused());
    keeper.stop();
    EXPECT_EQ(realm.asked, (std::vector<std::string>{"obtain", "obtain"}));
}

TEST_F(KeeperTest, AClockThatIsSetBackPutsNothingOff) {
    keeper.tick();
    clock.jump(-std::chrono::hours{5});
    pass(seconds{61});
    EXPECT_EQ(realm.asked, (std::vector<std::string>{"obtain", "renew"})) << "at half of the life, however late it is said to be";
    realm.away = true;
    pass(seconds{61});
    ASSERT_EQ(realm.asked.size(), 4U) << "the renewal, then the keytab";
    clock.jump(-std::chrono::hours{5});
    pass(seconds{2});
    EXPECT_EQ(realm.asked.size(), 5U) << "nor a pause";
}

TEST_F(KeeperTest, AfterATryThatHungThereIsAPause) {
    realm.away = true;
    int tries = 0;
    realm.wait = [&] {
        clock.advance(seconds{90});
        realm.away = ++tries < 4;
    };
    keeper.tick();
    EXPECT_EQ(tries, 1);
    EXPECT_GT(keeper.view().next, clock.now());
    EXPECT_EQ(keeper.view().reason, "No Key Distribution Centre answers.");
}

/// A ticket that somebody refuses, and a Key Distribution Centre that hangs from then on.
class HangingRealmTest : public KeeperTest {
protected:
    HangingRealmTest() {
        keeper.start();
        while (!keeper.view().valid) {
            std::this_thread::yield();
        }
        clock.advance(seconds{11});
        realm.wait = [this] {
            hangs.set_value();
            answers.get_future().wait();
        };
    }
    /// @return how long it took.
    template <typename Work>
    static std::chrono::steady_clock::duration time_of(Work&& work) {
        const auto began = std::chrono::steady_clock::now();
        work();
        return std::chrono::steady_clock::now() - began;
    }

    /// The thread that was left behind ends by itself.
    void let_go() {
        answers.set_value();
        first.reset();
        while (realm.sources > 0) {
            std::this_thread::yield();
        }
    }

    std::promise<void> hangs;
    std::promise<void> answers;
};

TEST_F(HangingRealmTest, NobodyWaitsForATryThatHasHungForAWhile) {
    auto asker = std::async(std::launch::async, [&] { return keeper.refused(); });
    hangs.get_future().wait();
    clock.advance(seconds{3});
    EXPECT_LT(time_of([&] { EXPECT_FALSE(keeper.refused()); }), seconds{2});
    EXPECT_TRUE(keeper.view().valid) << "health waits for nobody";
    EXPECT_EQ(keeper.ticket().reveal(), "ticket-1") << "a job is launched with what there is";
    answers.set_value();
    EXPECT_TRUE(asker.get()) << "who asked at its begin has the new one";
    keeper.stop();
}

TEST_F(HangingRealmTest, AStopWaitsForNobody) {
    auto asker = std::async(std::launch::async, [&] { return time_of([&] { keeper.refused(); }); });
    hangs.get_future().wait();
    EXPECT_LT(time_of([&] { keeper.stop(); }), seconds{6});
    EXPECT_LT(asker.get(), seconds{3}) << "who waited for a ticket goes on at once";
    let_go();
}

}  // namespace
}  // namespace slipway::kerberos
