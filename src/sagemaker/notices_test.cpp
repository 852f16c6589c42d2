#include "sagemaker/notices.hpp"

#include <gtest/gtest.h>

#include "fakes/import_fixture.hpp"

namespace slipway::sagemaker {
namespace {

using fakes::kT0;

class Notices : public fakes::ImportFixture {
protected:
    void again() {
        clock_.advance(std::chrono::minutes{1});
        run("fraud");
    }
    std::vector<json::object> open() {
        std::vector<json::object> out;
        for (const auto& one : all(registry::notifications_table())) {
            if (one.document.at("open").as_bool()) {
                out.push_back(one.document);
            }
        }
        return out;
    }
};

TEST_F(Notices, AnImportThatFoundLessSaysSoOnceUntilItFindsAll) {
    small_account();
    aws_->deny("ListTransformJobs");
    run("fraud");
    again();
    ASSERT_EQ(open().size(), 1U);
    EXPECT_EQ(open()[0].at("severity").as_string(), "WARNING");
    EXPECT_EQ(open()[0].at("storedModelId").as_string(), all(registry::stored_models_table()).at(0).id);
    EXPECT_EQ(open()[0].at("message").as_string(), "The import of fraud found less than it should. ListTransformJobs: sagemaker:ListTransformJobs is missing");
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications WHERE group_name = 'risk'"), 1);
    aws_->deny("ListEndpoints");
    again();
    ASSERT_EQ(open().size(), 1U);
    EXPECT_NE(std::string_view{open()[0].at("message").as_string()}.find("sagemaker:ListEndpoints"), std::string_view::npos);
    aws_->allow("ListTransformJobs");
    aws_->allow("ListEndpoints");
    again();
    EXPECT_TRUE(open().empty());
}

TEST_F(Notices, ACleanImportSaysNothing) {
    small_account();
    run("fraud");
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications"), 0);
}

TEST_F(Notices, ARefusedCredentialIsNamed) {
    small_account();
    run("fraud");
    aws_->refuse("ListTransformJobs", "ExpiredTokenException", "The security token included in the request is expired");
    again();
    ASSERT_EQ(open().size(), 2U);
    EXPECT_EQ(open()[0].at("severity").as_string(), "ERROR");
    EXPECT_NE(std::string_view{open()[0].at("message").as_string()}.find("refused the credential"), std::string_view::npos);
    aws_->allow("ListTransformJobs");
    again();
    EXPECT_TRUE(open().empty());
}

TEST_F(Notices, AJobThatFailsBetweenTwoImportsIsTold) {
    small_account();
    aws_->object("TransformJob", "batch-0")["TransformJobStatus"] = "InProgress";
    aws_->object("TransformJob", "batch-2")["TransformJobStatus"] = "Failed";
    run("fraud");
    EXPECT_TRUE(open().empty());
    aws_->object("TransformJob", "batch-0")["TransformJobStatus"] = "Failed";
    aws_->object("TransformJob", "batch-0")["FailureReason"] = "ClientError: no data";
    again();
    again();
    ASSERT_EQ(open().size(), 1U);
    EXPECT_EQ(open()[0].at("message").as_string(), "The job batch-0 failed in AWS. ClientError: no data");
    EXPECT_TRUE(open()[0].contains("jobId"));
}

}  // namespace
}  // namespace slipway::sagemaker
