#include <future>
#include <gtest/gtest.h>
#include <semaphore>

#include "fakes/import_fixture.hpp"

/// What becomes of imports that wait for their turn.
namespace slipway::sagemaker {
namespace {

class ImportQueue : public fakes::ImportFixture {};

TEST_F(ImportQueue, ACancelledOneThatWaitsForItsTurnEndsAtOnce) {
    settings_.imports_at_once = 1;
    start();
    small_account();
    const auto first = import({{"modelName", "fraud"}});
    const auto second = import({{"modelName", "other"}});
    ASSERT_TRUE(first && second);
    std::promise<void> goes_on;
    auto waits = goes_on.get_future().share();
    std::counting_semaphore<> begun{0};
    aws_->before_call = [&](std::string_view) {
        begun.release();
        waits.wait();
    };
    service_->run(first->id);
    EXPECT_TRUE(begun.try_acquire_for(std::chrono::seconds{20}));
    service_->run(second->id);
    EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(service_->cancel(unit, ana_, second->id));
        return {};
    }));
    service_->cancelled(second->id);
    EXPECT_EQ(stored(second->id).state, registry::OperationState::CANCELLED) << "the first is still under way";
    EXPECT_EQ(stored(first->id).state, registry::OperationState::RUNNING);
    goes_on.set_value();
    settle();
    EXPECT_EQ(stored(first->id).state, registry::OperationState::COMPLETE);
    EXPECT_EQ(stored(second->id).state, registry::OperationState::CANCELLED);
}

}  // namespace
}  // namespace slipway::sagemaker
