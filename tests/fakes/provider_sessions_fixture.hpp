#pragma once

#include <gtest/gtest.h>
#include <map>
#include <thread>

#include "adapters/db/db.hpp"
#include "fakes/failing_database.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_identity_provider.hpp"
#include "fakes/turnstile.hpp"
#include "identity/provider_sessions.hpp"
#include "store/migrate.hpp"

namespace slipway::fakes {

/// Sessions of people whom a fake provider knows.
class ProviderSessionsTest : public testing::Test {
protected:
    ProviderSessionsTest() {
        SW_ASSERT(store::migrate(*database, [] { return Result<void>{}; }).has_value(), "no schema");
        provider.clock = &clock;
    }
    std::string open() { return std::string{sessions.open(provider.sign_in("ana"), "192.0.2.7").value().reveal()}; }
    std::string who(const std::string& cookie) {
        const auto found = sessions.session(cookie);
        return found ? found->principal.name : found.error().reason;
    }
    std::string everything_kept() {
        std::string all;
        SW_ASSERT(store
                      .read([&](store::Session& sql) -> Result<void> {
                          SW_TRY(const auto rows, sql.query("SELECT hash, principal, sealed FROM provider_sessions"));
                          for (const auto& row : rows) {
                              all += row.text(0) + row.text(1) + row.blob(2);
                          }
                          return {};
                      })
                      .has_value(),
                  "no rows");
        return all;
    }

    FakeClock clock;
    FakeIds ids;
    std::unique_ptr<FailingDatabase> database = std::make_unique<FailingDatabase>(db::open_sqlite({.path = ":memory:", .rehearse = true}).value());
    store::Store store{*database, clock, ids};
    crypto::Sealer sealer{Secret{std::string(32, 'k')}};
    FakeIdentityProvider provider;
    identity::ProviderSessions sessions{store, provider, sealer, {.recheck = std::chrono::seconds{30}}};
};

/// Answers to so many at once, each on a thread of its own.
class Crowd {
public:
    template <typename Ask>
    void ask(int count, Ask one) {
        for (int i = 0; i < count; ++i) {
            threads_.emplace_back([this, i, one] {
                const auto answer = one(i);
                const std::lock_guard lock{mutex_};
                ++answers_[answer];
                changed_.notify_all();
            });
        }
    }
    bool wait_for(const std::string& answer, int count) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return answers_[answer] >= count; });
    }
    /// Until all have their answer. @return how many got this one.
    int in_all(const std::string& answer) {
        threads_.clear();
        return answers_[answer];
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, int> answers_;
    std::vector<std::jthread> threads_;
};

}  // namespace slipway::fakes
