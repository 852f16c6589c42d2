#include <future>
#include <gtest/gtest.h>
#include <semaphore>
#include <stdexcept>

#include "fakes/import_fixture.hpp"

/// What becomes of imports that wait for their turn, and of the checks of the credentials that they use.
namespace slipway::sagemaker {
namespace {

class ImportQueue : public fakes::ImportFixture {};
class ImportChecks : public fakes::ImportFixture {};

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

TEST_F(ImportQueue, AnImportThatBreaksEachTimeEndsAfterTheThird) {
    small_account();
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    aws_->before_call = [](std::string_view) { throw std::runtime_error{"broken"}; };
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(stored(operation->id).state, registry::OperationState::RUNNING);
        ASSERT_TRUE(service_->resume_running());
        settle();
    }
    const auto ended = stored(operation->id);
    EXPECT_EQ(ended.state, registry::OperationState::ERROR);
    ASSERT_EQ(ended.problems.size(), 1U);
    EXPECT_EQ(ended.problems[0].code, "INTERNAL");
    EXPECT_TRUE(ended.problems[0].message.contains("broken")) << ended.problems[0].message;
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications WHERE open = 1"), 1);
    aws_->before_call = nullptr;
    EXPECT_EQ(run("fraud").state, registry::OperationState::COMPLETE) << "another one may be asked for";
}

TEST_F(ImportChecks, WhatACredentialMayNotDoAnyMoreIsTakenBack) {
    small_account();
    const auto check = [&] {
        const auto shown = store::read<std::vector<ShownCredential>>(*database_, [&](store::Session& sql) { return service_->credentials(sql, ana_); });
        EXPECT_TRUE(shown && !shown->empty() && shown->at(0).check);
        return shown && !shown->empty() && shown->at(0).check ? *shown->at(0).check : CredentialCheck{};
    };
    run("fraud");
    EXPECT_TRUE(check().permissions.contains("sagemaker:ListTransformJobs"));
    aws_->deny("ListTransformJobs");
    clock_.advance(std::chrono::hours{1});
    run("fraud");
    EXPECT_FALSE(check().permissions.contains("sagemaker:ListTransformJobs"));
    EXPECT_TRUE(check().permissions.contains("sagemaker:ListEndpoints"));
    EXPECT_TRUE(check().ok);
    for (const std::string operation : {"ListTransformJobs", "ListEndpoints", "ListEndpointConfigs", "ListTrainingJobs", "Search"}) {
        aws_->refuse(operation, "ExpiredTokenException", "The security token included in the request is expired");
    }
    run("fraud");
    EXPECT_FALSE(check().ok);
    ASSERT_TRUE(check().error);
    EXPECT_EQ(check().error->code, "ExpiredTokenException");
}

}  // namespace
}  // namespace slipway::sagemaker
