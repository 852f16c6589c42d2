#include <array>

#include "fakes/import_fixture.hpp"
#include "sagemaker/syncer.hpp"

/// What is shown of a credential that AWS takes no more.
namespace slipway::sagemaker {
namespace {

constexpr std::array kAsked{"ListModels",
                            "ListEndpointConfigs",
                            "ListEndpoints",
                            "ListTransformJobs",
                            "ListTrainingJobs",
                            "DescribeModel",
                            "DescribeEndpointConfig",
                            "DescribeEndpoint",
                            "DescribeTransformJob",
                            "DescribeTrainingJob",
                            "ListTags",
                            "Search",
                            "ListMonitoringSchedules"};

class RefusedKeysTest : public fakes::ImportFixture {
protected:
    RefusedKeysTest() {
        small_account();
        run("fraud");
        syncer_ = std::make_unique<Syncer>(registry_, *service_, SyncPace{}, *pool_, [] { return 0.5; });
        EXPECT_TRUE(syncer_->advance());
    }
    ~RefusedKeysTest() override { syncer_.reset(); }
    void cycle(Milliseconds later = std::chrono::seconds{60}) {
        clock_.advance(later);
        ASSERT_TRUE(syncer_->advance());
        syncer_->wait_idle();
    }

    std::unique_ptr<Syncer> syncer_;
};

TEST_F(RefusedKeysTest, AKeyThatAwsRefusesIsShownWithItsCredentialUntilAwsTakesIt) {
    const auto check = [&] {
        const auto shown = store::read<std::vector<ShownCredential>>(*database_, [&](store::Session& sql) { return service_->credentials(sql, ana_); });
        return shown->at(0).check.value_or(CredentialCheck{});
    };
    ASSERT_TRUE(check().ok) << "the import has shown it";
    for (const auto* operation : kAsked) {
        aws_->refuse(operation, "UnrecognizedClientException", "The security token included in the request is invalid.");
    }
    cycle();
    const auto first = clock_.now();
    EXPECT_FALSE(check().ok);
    ASSERT_TRUE(check().error);
    EXPECT_EQ(check().error->code, "UnrecognizedClientException");
    EXPECT_EQ(check().since, first);
    cycle(std::chrono::minutes{11});
    EXPECT_GT(check().at, first) << "it is refused still";
    EXPECT_EQ(check().since, first);
    for (const auto* operation : kAsked) {
        aws_->allow(operation);
    }
    cycle(std::chrono::minutes{11});
    EXPECT_TRUE(check().ok);
    EXPECT_FALSE(check().error);
    EXPECT_FALSE(check().since);
}

}  // namespace
}  // namespace slipway::sagemaker
