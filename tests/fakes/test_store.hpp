#pragma once

#include <array>
#include <stdexcept>

#include "adapters/db/db.hpp"
#include "fakes/fake_clock.hpp"
#include "store/entity.hpp"
#include "store/migrate.hpp"

namespace slipway::fakes {

/// A migrated database in memory with a fake clock and counted ids: what unit tests write to.
class TestStore {
public:
    TestStore() : database_{open()}, store_{*database_, clock_, ids_} {
        if (auto migrated = store::migrate(*database_, {}); !migrated) {
            throw std::runtime_error{migrated.error().message + " " + migrated.error().detail};
        }
    }
    store::Store& operator*() { return store_; }
    store::Store* operator->() { return &store_; }
    store::Database& database() { return *database_; }
    FakeClock& clock() { return clock_; }
    FakeIds& ids() { return ids_; }

private:
    static std::unique_ptr<store::Database> open() {
        auto opened = db::open_sqlite({.path = ":memory:", .rehearse = true});
        if (!opened) {
            throw std::runtime_error{opened.error().message};
        }
        return std::move(*opened);
    }
    FakeClock clock_;
    FakeIds ids_;
    std::unique_ptr<store::Database> database_;
    store::Store store_;
};

}  // namespace slipway::fakes
