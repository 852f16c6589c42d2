#pragma once

#include <atomic>
#include <memory>

#include "store/database.hpp"

namespace slipway::fakes {

/// A database whose reads or writes can fail: one that is away, or a full disk, which stops what writes alone.
class FailingDatabase final : public store::Database {
public:
    explicit FailingDatabase(std::unique_ptr<store::Database> inner) : inner_{std::move(inner)} {}
    Result<void> transact(const store::Work& work) override { return writes ? inner_->transact(work) : away(); }
    Result<void> read(const store::Work& work) override { return reads ? inner_->read(work) : away(); }
    store::Dialect dialect() const override { return inner_->dialect(); }
    std::string description() const override { return inner_->description(); }

    std::atomic<bool> reads{true};
    std::atomic<bool> writes{true};

private:
    static Result<void> away() { return fail(ErrorCode::unavailable, "DATABASE_AWAY", "The database is away."); }
    std::unique_ptr<store::Database> inner_;
};

}  // namespace slipway::fakes
