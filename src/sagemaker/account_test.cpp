#include "fakes/import_fixture.hpp"
#include "sagemaker/fill.hpp"
#include "sagemaker/syncer.hpp"

/// Keys of another AWS account than the one that is meant.
namespace slipway::sagemaker {
namespace {

using fakes::kT0;

class KeysOfAnotherAccount : public fakes::ImportFixture {
protected:
    KeysOfAnotherAccount() {
        small_account();
        run("fraud");
        // Of that account, under the names of this one.
        other_->model("fraud", kT0);
        other_->config("theirs", kT0 + 40, {"fraud"});
        other_->transform("theirs", kT0 + 41, "fraud");
    }
    ~KeysOfAnotherAccount() override { syncer_.reset(); }

    void sync(int cycles) {
        syncer_ = std::make_unique<Syncer>(registry_, *service_, SyncPace{}, *pool_, [] { return 0.5; });
        EXPECT_TRUE(syncer_->advance());
        for (int i = 0; i < cycles; ++i) {
            clock_.advance(std::chrono::minutes{10});
            EXPECT_TRUE(syncer_->advance());
            syncer_->wait_idle();
        }
    }
    SyncState state() {
        return store::read<std::vector<SyncState>>(*database_, [&](store::Session& sql) { return syncer_->states(sql, ana_); })->at(0);
    }
    std::vector<std::int64_t> index() {
        return {count("SELECT COUNT(*) FROM sagemaker_objects"), count("SELECT COUNT(*) FROM sagemaker_objects WHERE status IN ('Gone', 'Missing')")};
    }
    /// The entered credential, and the model that it brought in.
    std::string enter(const std::string& key) {
        const auto done = run(json::object{{"modelName", "other"}, {"credentials", keys(key)}});
        return std::string{json::text_of(done.request.value_or(json::object{}), "credentialId")};
    }
    static json::object keys(const std::string& key) { return {{"region", "eu-west-1"}, {"accessKeyId", key}, {"secretAccessKey", "s"}}; }
    Result<Credential> replace(const std::string& id, const std::string& key) {
        Credential fresh;
        fresh.region = "eu-west-1";
        fresh.access_key_id = key;
        fresh.secret_access_key = Secret{"s"};
        return service_->check_replacement(ana_, id, fresh);
    }

    static AwsError sts(ErrorCode code, const std::string& aws_code) {
        return {.error = {code, "AWS_UNAVAILABLE", aws_code + ": STS", {}, {}},
                .operation = "GetCallerIdentity",
                .code = aws_code,
                .message = "STS",
                .request_id = {},
                .permission = {}};
    }
    /// AWS's code of why it is not taken for that account; empty: it is.
    std::string ask(const SageMakerService::Reach& reach, const std::string& account = std::string{fakes::FakeSageMaker::kAccount}) {
        const auto asked = service_->require_account(reach, account, {});
        return asked ? "" : asked.error().code;
    }
    SageMakerService::Reach reach() { return *service_->reach_for("risk", "eu-west-1", "fraud", {}); }

    std::unique_ptr<Syncer> syncer_;
};

TEST_F(KeysOfAnotherAccount, SyncBelievesNothingOfThem) {
    const auto before = everything();
    const auto known = index();
    start_with_foreign_keys();
    sync(4);
    EXPECT_EQ(other_->total(), 0) << "nothing is asked of that account";
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(index(), known);
    ASSERT_EQ(state().problems.size(), 1U);
    EXPECT_EQ(state().problems[0].code, "ACCOUNT_MISMATCH");
    EXPECT_TRUE(state().problems[0].message.contains(kForeign) && state().problems[0].message.contains(fakes::FakeSageMaker::kAccount));
    EXPECT_FALSE(state().succeeded);
    syncer_.reset();
    aws_->config("late", kT0 + 900, {"fraud"});
    start_with_own_keys();
    sync(1);
    EXPECT_TRUE(state().problems.empty());
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models WHERE aws_name = 'late'"), 1);
}

TEST_F(KeysOfAnotherAccount, AnImportThatWaitedEndsAsError) {
    clock_.advance(std::chrono::minutes{1});
    const auto known = index();
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    start_with_foreign_keys();
    ASSERT_TRUE(service_->resume_running());
    settle();
    const auto ended = stored(operation->id);
    EXPECT_EQ(ended.state, registry::OperationState::ERROR);
    ASSERT_EQ(ended.problems.size(), 1U);
    EXPECT_EQ(ended.problems[0].code, "ACCOUNT_MISMATCH");
    EXPECT_EQ(other_->total(), 0);
    EXPECT_EQ(index(), known);
    EXPECT_EQ(count("SELECT COUNT(*) FROM runtimes WHERE state = 'ONLINE'"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications WHERE open = 1"), 1);
}

TEST_F(KeysOfAnotherAccount, StsIsAskedOnceForEachReader) {
    EXPECT_EQ(gateway_.identified, 0) << "the import saw the account in what AWS answered to these keys";
    start();
    sync(3);
    EXPECT_EQ(gateway_.identified, 1);
    EXPECT_EQ(run("fraud").state, registry::OperationState::COMPLETE);
    EXPECT_EQ(gateway_.identified, 1);
}

TEST_F(KeysOfAnotherAccount, WhatStsSaidOfAReaderIsBelievedWhileItIsAway) {
    enter("AKIAENTERED");
    for (const auto code : {ErrorCode::unavailable, ErrorCode::timeout}) {
        gateway_.sts_fails.reset();
        ASSERT_EQ(ask(reach()), "");
        clock_.advance(std::chrono::hours{30});
        enter("AKIANEXT");  // noting another one takes nothing away
        gateway_.sts_fails = sts(code, "Network");
        EXPECT_EQ(ask(reach()), "");
        EXPECT_EQ(ask(reach(), kForeign), "ACCOUNT_MISMATCH");
    }
}

TEST_F(KeysOfAnotherAccount, WhatStsRefusesOrNobodyKnowsIsNotBelieved) {
    ASSERT_EQ(ask(reach()), "");
    clock_.advance(std::chrono::hours{2});
    gateway_.sts_fails = sts(ErrorCode::failed_precondition, "InvalidClientTokenId");
    EXPECT_EQ(ask(reach()), "InvalidClientTokenId");
    gateway_.sts_fails = fakes::FakeSageMaker::cancelled("GetCallerIdentity");
    EXPECT_EQ(ask(reach()), "Cancelled");
    gateway_.sts_fails = sts(ErrorCode::unavailable, "Network");
    auto replaced = reach();
    replaced.credential.access_key_id = "AKIAFOREIGN";
    replaced.reader = reader_name(replaced.credential);
    EXPECT_EQ(ask(replaced), "Network");
}

TEST_F(KeysOfAnotherAccount, OfTheDefaultChainNothingIsBelievedBeyondAnHour) {
    auto chain = reach();
    chain.credential = default_chain();
    chain.reader = reader_name(chain.credential);
    ASSERT_EQ(ask(chain), "");
    gateway_.sts_fails = sts(ErrorCode::unavailable, "Network");
    EXPECT_EQ(ask(chain), "");
    clock_.advance(std::chrono::hours{2});
    EXPECT_EQ(ask(chain), "Network") << "what the machine finds may be of another account now";
}

TEST_F(KeysOfAnotherAccount, NotMoreReadersAreKnownThanAreRemembered) {
    const auto first = reach();
    ASSERT_EQ(ask(first), "");
    for (int i = 0; i < 1'000; ++i) {
        clock_.advance(std::chrono::seconds{1});
        auto other = first;
        other.reader = std::to_string(i);
        ASSERT_EQ(ask(other), "");
    }
    gateway_.sts_fails = sts(ErrorCode::unavailable, "Network");
    EXPECT_EQ(ask(first), "Network") << "the one that was known longest ago gave way";
    auto last = first;
    last.reader = "999";
    EXPECT_EQ(ask(last), "");
}

TEST_F(KeysOfAnotherAccount, AResumedImportAsksTooAndThatIsNoPermission) {
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    start();
    ASSERT_TRUE(service_->resume_running());
    settle();
    EXPECT_EQ(stored(operation->id).state, registry::OperationState::COMPLETE);
    EXPECT_EQ(gateway_.identified, 1);
    expect_nowhere("sagemaker:GetCallerIdentity");
}

TEST_F(KeysOfAnotherAccount, AnImportWhoseAccountCannotBeAskedSaysWhy) {
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    settings_.credentials.configured.at(0).access_key_id = "AKIANEXT";
    settings_.credentials.configured.at(0).secret_access_key = Secret{"wrong"};
    start();
    ASSERT_TRUE(service_->resume_running());
    settle();
    const auto ended = stored(operation->id);
    EXPECT_EQ(ended.state, registry::OperationState::ERROR);
    ASSERT_EQ(ended.problems.size(), 1U);
    EXPECT_EQ(ended.problems[0].code, "InvalidClientTokenId");
    EXPECT_EQ(ended.problems[0].operation, "GetCallerIdentity");
}

TEST_F(KeysOfAnotherAccount, CannotReplaceThoseThatModelsWereImportedWith) {
    const auto id = enter("AKIAENTERED");
    ASSERT_FALSE(id.empty());
    gateway_.accounts["AKIAFOREIGN"] = kForeign;
    const auto refused = replace(id, "AKIAFOREIGN");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_EQ(refused.error().reason, "ACCOUNT_MISMATCH");
    EXPECT_TRUE(refused.error().message.contains(kForeign)) << refused.error().message;
    EXPECT_TRUE(replace(id, "AKIAROTATED"));
    // No model needs the former account any more.
    ASSERT_TRUE(store_.write({}, [](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("DELETE FROM sagemaker_model_credentials"));
        return {};
    }));
    EXPECT_TRUE(replace(id, "AKIAFOREIGN"));
}

}  // namespace
}  // namespace slipway::sagemaker
