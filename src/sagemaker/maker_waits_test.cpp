#include "fakes/maker_fixture.hpp"
#include "sagemaker/deploy_checks.hpp"

/// What is to be made in AWS and waits for it: people are told once it lasts.
namespace slipway::sagemaker {
namespace {

using std::chrono::minutes;

class MakerWaitsTest : public MakerTest {
protected:
    std::vector<std::string> told() {
        std::vector<std::string> out;
        for (const auto& one : all(registry::notifications_table())) {
            const auto* open = one.document.if_contains("open");
            if (open != nullptr && *open == json::value(true)) {
                out.emplace_back(json::text_of(one.document, "message"));
            }
        }
        return out;
    }
};

TEST_F(MakerWaitsTest, AFullQuotaThatLastsIsToldOnceAndClosedWhenItIsOver) {
    aws_->refuse("CreateEndpointConfig", "ResourceLimitExceeded", "The quota of endpoint configurations is used up.");
    const auto made = create_snapshot({{"productionVariants", json::array{json::object{{"InitialInstanceCount", 2}}}}});
    ASSERT_TRUE(made) << made.error().message;
    pass(minutes{14});
    EXPECT_TRUE(told().empty()) << "it may pass";
    pass(minutes{12});
    const auto said = told();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_TRUE(said[0].contains("has waited for AWS since ")) << said[0];
    EXPECT_TRUE(said[0].contains("The quota of endpoint configurations is used up.")) << said[0];
    EXPECT_TRUE(said[0].contains("ask AWS for more")) << "the next step: " << said[0];
    const auto deployable = store::read<bool>(*database_, [&](store::Session& sql) -> Result<bool> {
        SW_CHECK(has_configuration(sql, made->id, {}));
        return true;
    });
    ASSERT_FALSE(deployable);
    EXPECT_EQ(deployable.error().reason, "CONFIGURATION_PENDING");
    EXPECT_TRUE(deployable.error().message.contains("The quota of endpoint configurations is used up.")) << deployable.error().message;
    aws_->allow("CreateEndpointConfig");
    pass(minutes{6});
    EXPECT_TRUE(told().empty()) << "it is made";
    EXPECT_EQ(account_->made("CreateEndpointConfig"), 1);
}

TEST_F(MakerWaitsTest, AWaitThatAPersonHasClosedIsNotSaidAgain) {
    aws_->refuse("CreateTransformJob", "ResourceLimitExceeded", "The quota of ml.c5.xlarge is used up.");
    ASSERT_TRUE(post({}));
    pass(minutes{25});
    ASSERT_EQ(told().size(), 1U);
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto rows, store::find_by(unit.sql, registry::notifications_table(), {{"open", std::int64_t{1}}}, store::Scope::all()));
        for (const auto& row : rows) {
            auto document = row.document;
            document["open"] = false;
            SW_CHECK(store::update(unit, registry::notifications_table(), row, std::move(document)));
        }
        return {};
    }));
    pass(minutes{30});
    EXPECT_TRUE(told().empty());
}

TEST_F(MakerWaitsTest, AJobThatWaitsIsToldAndClosedWhenAPersonCancelsIt) {
    aws_->refuse("CreateTransformJob", "ResourceLimitExceeded", "The quota of ml.c5.xlarge is used up.");
    const auto made = post({});
    ASSERT_TRUE(made) << made.error().message;
    pass(minutes{25});
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].starts_with("The job ")) << told()[0];
    cancel(made->id);
    pass(minutes{6});
    EXPECT_TRUE(told().empty());
}

TEST_F(MakerWaitsTest, KeysThatAreRefusedWhileAJobIsFollowedAreTold) {
    const auto made = post({});
    ASSERT_TRUE(made) << made.error().message;
    pass(Milliseconds{3000});
    ASSERT_EQ(status(made->id), "RUNNING");
    aws_->refuse("DescribeTransformJob", "UnrecognizedClientException", "The security token included in the request is invalid.");
    pass(minutes{30});
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].contains("Enter other keys")) << told()[0];
    aws_->allow("DescribeTransformJob");
    pass(minutes{6});
    EXPECT_TRUE(told().empty()) << told()[0];
}

}  // namespace
}  // namespace slipway::sagemaker
