#include "adapters/model_manage/client.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_transport.hpp"

namespace slipway::model_manage {
namespace {

/// Numbered tokens, each until it is refused.
class Tokens final : public TokenSource {
public:
    int number{1};
    Result<Secret> token() override { return Secret{"t" + std::to_string(number)}; }
    void drop(const Secret& refused) override { number += refused.reveal() == "t" + std::to_string(number) ? 1 : 0; }
};

HttpResponse answer(int status, std::string body = "{}") {
    return {.status = status, .headers = {}, .body = std::move(body)};
}

class ClientTest : public testing::Test {
protected:
    fakes::FakeTransport transport;
    Tokens tokens;
    std::unique_ptr<spark::RegistryClient> client{make_registry_client("http://mm/api", transport, &tokens, "me")};
};

TEST_F(ClientTest, ARefusedTokenIsReplacedAndTheRequestRepeatedOnce) {
    transport.then(answer(401)).then(answer(200, R"({"version":3})"));
    const auto job = client->job("j");
    ASSERT_TRUE(job);
    EXPECT_EQ(job->version, 3);
    EXPECT_EQ(fakes::header_of(transport.requests()[0], "Authorization"), "Bearer t1");
    EXPECT_EQ(fakes::header_of(transport.requests()[1], "Authorization"), "Bearer t2");
}

TEST_F(ClientTest, ReadsJobsThatAreDeeperThanWhatPeopleMaySend) {
    transport.then(answer(200, R"({"version":3,"model":)" + std::string(200, '[') + std::string(200, ']') + "}"));
    const auto job = client->job("j");
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(job->version, 3);
}

TEST_F(ClientTest, ASecondRefusalIsTheAnswer) {
    transport.then(answer(401)).then(answer(401)).then(answer(200));
    const auto job = client->job("j");
    ASSERT_FALSE(job);
    EXPECT_EQ(job.error().code, ErrorCode::unauthenticated);
    EXPECT_EQ(transport.calls(), 2U);
}

/// A server that was restored from a backup counts again from where that was.
TEST_F(ClientTest, WhatIsKnownOfTheWorkIsForgottenOnceModelManageWasAway) {
    const auto work = [&](HttpResponse said) {
        said.headers.emplace_back("etag", "\"m.c\"");
        transport.then(std::move(said));
        return client->work({.runtime_id = "r", .instance_id = "me", .name = "n", .group = "g", .document = {}});
    };
    const auto tag_sent = [&] { return fakes::header_of(transport.requests().back(), "If-None-Match"); };
    ASSERT_TRUE(work(answer(200, R"({"_embedded":{"jobs":[{"id":"j"}]}})")));
    EXPECT_EQ(tag_sent(), "");
    EXPECT_EQ((*work(answer(304)))->size(), 1U);
    EXPECT_EQ(tag_sent(), "\"m.c\"");
    EXPECT_FALSE(work(answer(503)));
    EXPECT_TRUE((*work(answer(200, "{}")))->empty());
    EXPECT_EQ(tag_sent(), "");
}

TEST_F(ClientTest, AGapInALogNamesWhereItGoesOn) {
    transport.then(answer(409, R"({"code":"LOG_GAP","expectedOffset":4})")).then(answer(409, R"({"code":"ALREADY_ENDED"})"));
    EXPECT_EQ(client->append_log("j", spark::LogStream::stdout_log, 9, "x").value_or(0), 4U);
    EXPECT_FALSE(client->append_log("j", spark::LogStream::stdout_log, 9, "x"));
}

TEST_F(ClientTest, AnAttemptOfAnotherInstanceIsNotOurs) {
    transport.then(answer(409, R"({"code":"ATTEMPT_EXISTS","attempt":{"attempt":1,"owner":"me"}})"))
        .then(answer(409, R"({"code":"ATTEMPT_EXISTS","attempt":{"attempt":1,"owner":"other"}})"))
        .then(answer(409, R"({"code":"ATTEMPT_EXISTS","attempt":{"attempt":1,"owner":"me","releasedDate":"2026-11-26T00:00:00Z"}})"));
    EXPECT_EQ(client->record_attempt("j", {.attempt = 1, .tag = "t"}).error().reason, "ATTEMPT_EXISTS");
    EXPECT_EQ(client->record_attempt("j", {.attempt = 1, .tag = "t"}).error().reason, "NOT_THE_OWNER");
    EXPECT_EQ(client->record_attempt("j", {.attempt = 1, .tag = "t"}).error().reason, "NOT_THE_OWNER");
}

}  // namespace
}  // namespace slipway::model_manage
