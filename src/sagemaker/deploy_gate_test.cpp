#include "fakes/deployer_fixture.hpp"

/// What a deployment may put on an endpoint: siblings, and variants of a generated snapshot.
namespace slipway::sagemaker {
namespace {

TEST_F(DeployerTest, AnEndpointThatIsMadeByHandForARejectedSnapshotIsTold) {
    start_deployer(true);
    const auto row = all(registry::deployable_models_table()).at(0);
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto ticket, approvals_->open(unit, {.snapshot = row, .subject = {}, .requested_by = "ana", .summary = "?", .evidence = {}}));
        SW_CHECK(registry::decide_ticket(unit, ticket, "REJECTED", "bob", "no"));
        return {};
    }));
    aws_->endpoint("by-hand", kT0 + 90, "own");
    run("fraud");
    run("fraud");
    ASSERT_EQ(told().size(), 1U) << "once";
    EXPECT_NE(told()[0].find("by-hand"), std::string::npos) << told()[0];
    EXPECT_NE(told()[0].find("which bob rejected"), std::string::npos) << told()[0];
    aws_->remove("Endpoint", "by-hand");
    run("fraud");
    run("fraud");
    EXPECT_TRUE(told().empty()) << "it serves it no more";
}

TEST_F(DeployerTest, WhatIsInAwsAlreadyTakesNoVariants) {
    const auto asked = ask({{"productionVariants", json::array{json::object{{"VariantName", "v"}, {"InstanceType", "ml.m5.large"}}}}});
    ASSERT_FALSE(asked);
    EXPECT_TRUE(asked.error().message.contains("must be left out: this snapshot stands for")) << asked.error().message;
    EXPECT_EQ(asked.error().faults.at(0).got, "a list of variants");
}

/// Two models on one configuration.
class SiblingsTest : public DeployerTest {
protected:
    SiblingsTest() {
        aws_->model("other", kT0);
        aws_->remove("EndpointConfig", "own");
        aws_->config("shared", kT0 + 50, {"fraud", "other"});
        run("fraud");
        run("other");
        start_deployer(true);
        rows_ = *store::read<std::vector<store::Entity>>(*database_, [](store::Session& sql) {
            return store::find_by(sql, registry::deployable_models_table(), {{"aws_name", "shared"}}, store::Scope::all());
        });
        EXPECT_EQ(rows_.size(), 2U);
    }
    Result<DeployAnswer> wish(std::size_t which, DeployRequest request = {}) {
        DeployAnswer answer;
        request.deployable_model_id = rows_.at(which).id;
        SW_CHECK(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(answer, deployer_->deploy(unit, ana_, request));
            return {};
        }));
        return answer;
    }
    std::string refusal(std::size_t which) {
        const auto answer = wish(which);
        return answer ? std::string{} : answer.error().reason;
    }
    /// A ticket about it that ends so.
    void decide(std::size_t which, std::string_view decision) {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto ticket,
                   approvals_->open(unit, {.snapshot = rows_.at(which), .subject = {}, .requested_by = "ana", .summary = "?", .evidence = {}}));
            SW_CHECK(registry::decide_ticket(unit, ticket, decision, "bob", "no"));
            return {};
        }));
    }

    std::vector<store::Entity> rows_;
};

TEST_F(SiblingsTest, ARejectedOneStopsTheOther) {
    ASSERT_TRUE(wish(0));
    decide(0, "REJECTED");
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
}

TEST_F(SiblingsTest, ATicketThatWasWithdrawnOrExpiredTakesNoRejectionBack) {
    decide(0, "REJECTED");
    decide(0, "CANCELLED");
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
    decide(0, "EXPIRED");
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
    decide(0, "APPROVED");
    EXPECT_EQ(refusal(1), "") << "who decides may think again";
}

TEST_F(SiblingsTest, DeletingWhatWasRejectedTakesTheRejectionNotAway) {
    decide(0, "REJECTED");
    const auto removed = rows_[0];
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) { return store::remove(unit, registry::deployable_models_table(), removed); }));
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {  // an import brings it back under another id
        SW_TRY(rows_[0], store::insert(unit, registry::deployable_models_table(), {.id = {}, .group = removed.group, .document = removed.document}));
        return {};
    }));
    ASSERT_NE(rows_[0].id, removed.id);
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
    decide(0, "APPROVED");
    EXPECT_EQ(refusal(1), "") << "who decides may think again";
}

TEST_F(SiblingsTest, OneOfAnotherGroupCountsAndIsNotNamed) {
    const auto before = rows_[0];
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(rows_[0], store::update(unit, registry::deployable_models_table(), before, before.document, "crm"));
        return {};
    }));
    const auto siblings = store::read<json::array>(*database_, [&](store::Session& sql) { return approvals_->siblings(sql, rows_[1]); });
    ASSERT_TRUE(siblings);
    EXPECT_EQ(json::write(json::value(*siblings)), R"([{"otherGroup":true}])");
    decide(0, "REJECTED");
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
}

TEST_F(SiblingsTest, OneEndpointServesBoth) {
    start_deployer(false);
    ASSERT_TRUE(wish(0));
    EXPECT_EQ(refusal(1), "ALREADY_RUNNING") << "what is under way ends first";
    pass(Milliseconds{5000});
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    pass(Milliseconds{61'000});
    ASSERT_EQ(state(), "DEPLOYED");
    EXPECT_EQ(refusal(1), "ALREADY_DEPLOYED") << "before a sync has seen it";
    run("other");
    EXPECT_EQ(refusal(1), "ALREADY_DEPLOYED");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
    EXPECT_EQ(wish(1, {.endpoint_name = "second"}).has_value(), true) << "a person may want another one";
    pass(Milliseconds{5000});
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 2);
}

TEST_F(SiblingsTest, WhatCameToNoEndInTimeHoldsTheOtherUp) {
    start_deployer(false);
    ASSERT_TRUE(wish(0));
    pass(Milliseconds{2000});
    for (int i = 0; i < 100; ++i) {
        clock_.advance(std::chrono::minutes{1});
        step();
    }
    ASSERT_EQ(only_run().state, DeployState::TIMED_OUT);
    EXPECT_EQ(refusal(1), "DEPLOYMENT_OPEN");
}

TEST_F(SiblingsTest, ARejectionWhileADeploymentWaitsStopsIt) {
    start_deployer(false);
    aws_->refuse("CreateEndpoint", "ThrottlingException", "Rate exceeded", {}, ErrorCode::unavailable);
    ASSERT_TRUE(wish(1));
    pass(Milliseconds{10'000});
    ASSERT_EQ(only_run().state, DeployState::REQUESTED);
    decide(0, "REJECTED");
    aws_->allow("CreateEndpoint");
    pass(Milliseconds{400'000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_TRUE(json::text_of(deployment(), "reason").contains("rejected")) << json::text_of(deployment(), "reason");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(SiblingsTest, ARejectionWhileADeploymentWaitsForRoomStopsIt) {
    start_deployer(false);
    aws_->refuse("CreateEndpoint", "ResourceLimitExceeded", "The account-level service limit is 0 Instances.");
    ASSERT_TRUE(wish(1));
    pass(Milliseconds{10'000});
    ASSERT_EQ(state(), "DEPLOYING");
    decide(0, "REJECTED");
    aws_->allow("CreateEndpoint");
    pass(Milliseconds{400'000});
    EXPECT_EQ(only_run().state, DeployState::FAILED) << "it is asked again whether it may, before AWS is";
    EXPECT_TRUE(json::text_of(deployment(), "reason").contains("rejected")) << json::text_of(deployment(), "reason");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(SiblingsTest, WhatAwsWasAskedForBeforeTheRejectionIsNotLost) {
    start_deployer(false);
    endpoints_->lose_answer("CreateEndpoint");
    ASSERT_TRUE(wish(1));
    step();
    ASSERT_EQ(endpoints_->endpoints.size(), 1U);
    decide(0, "REJECTED");
    aws_->lag("Endpoint", endpoints_->endpoints.at(0));
    pass(Milliseconds{30'000});
    EXPECT_EQ(only_run().state, DeployState::WAITING) << "it is there, late as AWS shows it";
}

/// Three models on one configuration, of which `fraud` is imported, and approvals are needed.
class ImportedByAndByTest : public DeployerTest {
protected:
    ImportedByAndByTest() {
        aws_->model("other", kT0);
        aws_->model("third", kT0);
        aws_->remove("EndpointConfig", "own");
        aws_->config("shared", kT0 + 50, {"fraud", "other", "third"});
        run("fraud");
        of_fraud_ = of("fraud").id;
        start_deployer(true);
    }
    store::Entity of(std::string_view model) {
        auto rows = *store::read<std::vector<store::Entity>>(*database_, [](store::Session& sql) {
            return store::find_by(sql, registry::deployable_models_table(), {{"aws_name", "shared"}}, store::Scope::all());
        });
        std::erase_if(rows,
                      [&](const store::Entity& row) { return json::text_of(row.document.at("storedModel").at("sageMaker").as_object(), "name") != model; });
        EXPECT_EQ(rows.size(), 1U);
        return rows.at(0);
    }
    DeployAnswer wish(bool only_ask = false) {
        DeployAnswer answer;
        const auto written = store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            DeployRequest request{.deployable_model_id = of_fraud_};
            if (only_ask) {
                request.ask = json::object{};
            }
            SW_TRY(answer, deployer_->deploy(unit, ana_, request));
            return {};
        });
        EXPECT_TRUE(written) << written.error().message;
        return answer;
    }
    void decide(const std::string& ticket_id, std::string_view decision) {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto ticket, store::require(unit.sql, registry::notifications_table(), ticket_id, store::Scope::all()));
            SW_CHECK(registry::decide_ticket(unit, ticket, decision, "bob", "so"));
            return {};
        }));
    }
    void remove(const store::Entity& snapshot) {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) { return store::remove(unit, registry::deployable_models_table(), snapshot); }));
    }
    std::string of_fraud_;
};

TEST_F(ImportedByAndByTest, AnApprovalStaysGoodWhicheverOthersAreImportedAndDeleted) {
    run("other");
    decide(wish().ticket_id, "APPROVED");
    run("third");
    remove(of("other"));
    EXPECT_TRUE(wish().operation);
    EXPECT_EQ(only_run().detail.models->size(), 2U) << "all that are known are looked at in AWS";
}

TEST_F(ImportedByAndByTest, ARejectionStaysOneWhicheverOthersAreImportedAndDeleted) {
    decide(wish().ticket_id, "APPROVED");
    run("other");
    decide(wish(true).ticket_id, "REJECTED");
    run("third");
    EXPECT_TRUE(wish().refused) << "the approval of before was taken in its place";
    remove(of("other"));
    EXPECT_FALSE(wish().operation);
}

/// Approvals are needed, and there is one for `fraud`.
class ApprovedTest : public DeployerTest {
protected:
    ApprovedTest() {
        start_deployer(true);
        const auto asked = ask();
        EXPECT_TRUE(asked && asked->refused);
        ticket_ = asked->ticket_id;
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto ticket, store::require(unit.sql, registry::notifications_table(), ticket_, store::Scope::all()));
            SW_CHECK(registry::decide_ticket(unit, ticket, "APPROVED", "bob", "fine"));
            return {};
        }));
    }
    std::string ticket_;
};

TEST_F(ApprovedTest, BindsTheModelThatItWasGivenFor) {
    aws_->remove("Model", "fraud");
    aws_->model("fraud", kT0 + 900);
    const auto asked = ask();
    ASSERT_TRUE(asked && asked->operation) << "what is known here has not changed";
    pass(Milliseconds{3000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_TRUE(json::text_of(deployment(), "reason").contains("fraud")) << json::text_of(deployment(), "reason");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(ApprovedTest, AModelThatIsGoneIsNotDeployed) {
    aws_->remove("Model", "fraud");
    ASSERT_TRUE(ask()->operation);
    pass(Milliseconds{3000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(ApprovedTest, NamesTheModelInWhatIsApproved) {
    const auto ticket = *store::read<std::optional<store::Entity>>(
        *database_, [&](store::Session& sql) { return store::find(sql, registry::notifications_table(), ticket_, store::Scope::all()); });
    const auto& subject = ticket->document.at("evidence").at("subject").as_object();
    ASSERT_TRUE(subject.contains("models"));
    EXPECT_EQ(json::text_of(subject.at("models").at(0).as_object(), "arn"), aws_->arn("model", "fraud"));
}

TEST_F(ApprovedTest, OneThatWasGivenBeforeModelsWereBoundStaysGood) {
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto ticket, store::require(unit.sql, registry::notifications_table(), ticket_, store::Scope::all()));
        auto document = ticket.document;
        auto subject = document.at("evidence").at("subject").as_object();
        subject.erase("models");
        document["dedupKey"] = "approval:" + std::string{json::text_of(document, "deployableModelId")} + ":" + registry::approval_hash(subject);
        SW_CHECK(store::update(unit, registry::notifications_table(), ticket, std::move(document)));
        return {};
    }));
    EXPECT_TRUE(ask()->operation);
    pass(Milliseconds{3000});
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
}

}  // namespace
}  // namespace slipway::sagemaker
