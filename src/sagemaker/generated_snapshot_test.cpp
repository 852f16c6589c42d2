#include "fakes/deployer_fixture.hpp"

/// Snapshots whose configuration is made with their deployment.
namespace slipway::sagemaker {
namespace {

/// One that stands for no configuration in AWS yet: it is made when it is deployed.
class GeneratedSnapshot : public DeployerTest {
protected:
    GeneratedSnapshot() {
        aws_->model("bare", kT0);
        const auto imported = run("bare");
        snapshot_ = store::read<std::vector<store::Entity>>(*database_,
                                                            [&](store::Session& sql) {
                                                                return store::find_by(sql, registry::deployable_models_table(),
                                                                                      {{"stored_model_id", *imported.stored_model_id}}, store::Scope::all());
                                                            })
                        ->at(0)
                        .id;
    }
    void deploy(DeployRequest request = {}) {
        request.deployable_model_id = snapshot_;
        const auto written = store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(deployer_->deploy(unit, ana_, request));
            return {};
        });
        ASSERT_TRUE(written) << written.error().message;
    }
    Result<DeployAnswer> with_variant(const json::object& variant) {
        DeployAnswer answer;
        SW_TRY(auto request, parse_deploy_request({{"deployableModelId", snapshot_}, {"productionVariants", json::array{variant}}}));
        SW_CHECK(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(answer, deployer_->deploy(unit, ana_, request));
            return {};
        }));
        return answer;
    }
    std::string snapshot_;
};

TEST_F(GeneratedSnapshot, ServesItsOwnModelAlone) {
    const auto other = with_variant({{"VariantName", "v"}, {"ModelName", "fraud"}, {"InstanceType", "ml.m5.large"}});
    ASSERT_FALSE(other) << "another model would go out under this snapshot's approval";
    EXPECT_EQ(other.error().code, ErrorCode::failed_precondition);
    EXPECT_EQ(other.error().reason, "OTHER_MODEL");
    EXPECT_EQ(other.error().faults.at(0).pointer, "/productionVariants/0/ModelName");
    ASSERT_TRUE(with_variant({{"VariantName", "v"}, {"InstanceType", "ml.m5.large"}}));
    EXPECT_EQ(json::text_of(only_run().detail.production_variants->at(0).as_object(), "ModelName"), "bare") << "none stays empty for another one";
}

TEST_F(GeneratedSnapshot, GetsItsConfigurationWhenItIsDeployed) {
    endpoints_->lose_answer("CreateEndpointConfig");
    deploy();
    pass(Milliseconds{30'000});
    EXPECT_EQ(endpoints_->made("CreateEndpointConfig"), 1);
    ASSERT_EQ(endpoints_->endpoints.size(), 1U);
    const auto row = store::read<std::optional<store::Entity>>(
        *database_, [&](store::Session& sql) { return store::find(sql, registry::deployable_models_table(), snapshot_, store::Scope::all()); });
    const auto* facts = json::object_of((*row)->document, "sageMaker");
    EXPECT_FALSE(json::text_of(*facts, "arn").empty());
    EXPECT_EQ(json::array_of(*facts, "productionVariants")->at(0).at("InstanceType").as_string(), "ml.m5.large");
}

TEST_F(GeneratedSnapshot, WhoseConfigurationIsSeenBeforeItsDeploymentSeesItStaysTheOnlyOne) {
    const auto snapshots = [&] {
        return count("SELECT COUNT(*) FROM deployable_models WHERE stored_model_id = (SELECT stored_model_id FROM deployable_models WHERE id = '" + snapshot_ +
                     "')");
    };
    endpoints_->lose_answer("CreateEndpointConfig");
    deploy();
    step();
    ASSERT_EQ(endpoints_->made("CreateEndpointConfig"), 1);
    ASSERT_EQ(only_run().state, DeployState::PLANNED);
    run("bare");
    EXPECT_EQ(snapshots(), 1);
    pass(Milliseconds{30'000});
    run("bare");
    EXPECT_EQ(snapshots(), 1);
    EXPECT_EQ(endpoints_->endpoints.size(), 1U);
}

TEST_F(GeneratedSnapshot, MadeByAPersonIsDeployedAsAnImportedOne) {
    const auto imported = snapshot_;
    const auto written = store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        const auto before = store::require(unit.sql, registry::deployable_models_table(), imported, store::Scope::all());
        json::object body{{"name", "by-hand"}, {"storedModel", {{"id", before->document.at("storedModel").at("id")}}}};
        SW_TRY(const auto made, registry_.collection("deployableModels").create(unit, ana_, std::move(body)));
        snapshot_ = made.entity.id;
        return {};
    });
    ASSERT_TRUE(written) << written.error().message;
    const auto row = store::read<std::optional<store::Entity>>(
        *database_, [&](store::Session& sql) { return store::find(sql, registry::deployable_models_table(), snapshot_, store::Scope::all()); });
    const auto* facts = json::object_of((*row)->document, "sageMaker");
    ASSERT_NE(facts, nullptr);
    EXPECT_EQ(json::text_of(*facts, "name"), "by-hand");
    EXPECT_EQ(facts->at("generated"), true);
    EXPECT_FALSE(facts->contains("describe")) << "what AWS says of the model is the model's";
    deploy();
    pass(Milliseconds{30'000});
    EXPECT_EQ(endpoints_->made("CreateEndpointConfig"), 1);
    EXPECT_EQ(endpoints_->endpoints.size(), 1U);
}

TEST_F(GeneratedSnapshot, WhatWasApprovedIsSoAgainOnceItsConfigurationIsMade) {
    start_deployer(true);
    const auto wish = [&] {
        DeployAnswer answer;
        EXPECT_TRUE(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(answer, deployer_->deploy(unit, ana_, {.deployable_model_id = snapshot_}));
            return {};
        }));
        return answer;
    };
    const auto asked = wish();
    ASSERT_TRUE(asked.refused);
    EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto ticket, store::require(unit.sql, registry::notifications_table(), asked.ticket_id, store::Scope::all()));
        SW_CHECK(registry::decide_ticket(unit, ticket, "APPROVED", "bob", "fine"));
        return {};
    }));
    ASSERT_TRUE(wish().operation);
    pass(Milliseconds{5000});
    endpoints_->become(endpoints_->endpoints.at(0), "Failed", "no capacity");
    pass(Milliseconds{61'000});
    const auto again = wish();
    EXPECT_TRUE(again.operation) << "the same content needs no second approval";
    pass(Milliseconds{5000});
    EXPECT_EQ(endpoints_->made("CreateEndpointConfig"), 1);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 2);
}

}  // namespace
}  // namespace slipway::sagemaker
