#include "adapters/model_manage/client.hpp"

#include <functional>
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
    transport.then(answer(401)).then(answer(200, R"({"id":"j","version":3})"));
    const auto job = client->job("j");
    ASSERT_TRUE(job);
    EXPECT_EQ(job->version, 3);
    EXPECT_EQ(fakes::header_of(transport.requests()[0], "Authorization"), "Bearer t1");
    EXPECT_EQ(fakes::header_of(transport.requests()[1], "Authorization"), "Bearer t2");
}

TEST_F(ClientTest, ReadsJobsThatAreDeeperThanWhatPeopleMaySend) {
    transport.then(answer(200, R"({"id":"j","version":3,"model":)" + std::string(200, '[') + std::string(200, ']') + "}"));
    const auto job = client->job("j");
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(job->version, 3);
}

TEST_F(ClientTest, AWrongAddressIsNamedWithItsKey) {
    const spark::Enrolment enrolment{.runtime_id = "r", .instance_id = "me", .name = "n", .group = "g", .document = {}};
    transport.then(answer(404, R"({"code":"NOT_FOUND","detail":"There is nothing at this address."})"));
    EXPECT_EQ(client->enrol(enrolment).error().message, "There is nothing at this address. Is spark-runtime.modelManageUrl right? It is http://mm/api");
    transport.then(answer(404, "<html>"));
    EXPECT_TRUE(client->enrol(enrolment).error().message.ends_with("spark-runtime.modelManageUrl right? It is http://mm/api"));
    transport.then(fail(ErrorCode::unavailable, "NO_CONNECTION", "mm cannot be reached."));
    EXPECT_EQ(client->job("j").error().message, "mm cannot be reached. Is spark-runtime.modelManageUrl right? It is http://mm/api");
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
    EXPECT_TRUE((*work(answer(200, R"({"_embedded":{"jobs":[]}})")))->empty());
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

/// A call, and the answer that model-manage gives to it.
struct Call {
    std::string name;
    HttpResponse truth;
    std::function<Result<void>(spark::RegistryClient&)> ask;
};

std::vector<Call> calls() {
    static const spark::Enrolment own{.runtime_id = "r", .instance_id = "me", .name = "n", .group = "g", .document = {}};
    const auto plain = [](auto result) { return result ? Result<void>{} : std::unexpected(result.error()); };
    auto content = answer(200, "bytes");
    content.headers = {{"etag", "\"1\""}, {"content-disposition", "attachment"}};
    return {{"enrol", answer(200, R"({"id":"r"})"), [=](auto& it) { return plain(it.enrol(own)); }},
            {"heartbeat", answer(200, R"({"state":"ONLINE","nextWithin":10})"), [=](auto& it) { return it.heartbeat(own, "ONLINE", {}, ""); }},
            {"work", answer(200, R"({"_embedded":{"jobs":[]},"more":false})"), [=](auto& it) { return plain(it.work(own)); }},
            {"job", answer(200, R"({"id":"j","version":1})"), [=](auto& it) { return plain(it.job("j")); }},
            {"content", content, [=](auto& it) { return plain(it.content("j", "a")); }},
            {"credentials", answer(200, R"({"credentials":{},"missing":[]})"), [=](auto& it) { return plain(it.credentials("j")); }},
            {"claim", answer(200, R"({"id":"j","version":2})"), [=](auto& it) { return plain(it.claim("j", 1, "me")); }},
            {"record_attempt", answer(201, R"({"attempt":1,"tag":"t"})"), [=](auto& it) { return it.record_attempt("j", {.attempt = 1, .tag = "t"}); }},
            {"attempts", answer(200, R"({"_embedded":{"attempts":[]}})"), [=](auto& it) { return plain(it.attempts("j")); }},
            {"push", answer(200, R"({"id":"j","version":2})"), [=](auto& it) { return it.push("j", {{"jobStatus", "COMPLETE"}}); }},
            {"add_messages", answer(200, R"({"seq":1,"truncated":false})"), [=](auto& it) { return it.add_messages("j", 1, {"line"}); }},
            {"append_log", answer(200, R"({"nextOffset":1,"truncated":false})"),
             [=](auto& it) { return plain(it.append_log("j", spark::LogStream::stdout_log, 0, "x")); }},
            {"release", answer(200, R"({"id":"j","version":2})"), [=](auto& it) { return it.release("j", Milliseconds{5000}); }},
            {"add_test_result", answer(201, R"({"id":"t"})"), [=](auto& it) { return it.add_test_result("k", {}); }}};
}

TEST_F(ClientTest, NothingFollowsFromWhatIsNotModelManagesWord) {
    const std::string page = "<html><body>We are back soon.</body></html>";
    const std::vector<HttpResponse> foreign{answer(200, page),
                                            answer(200, "{}"),
                                            answer(200, "[]"),
                                            answer(200, R"({"id":7,"version":"x","_embedded":[],"state":1,"attempt":"1","seq":{},"nextOffset":null})"),
                                            answer(200, R"({"id":"j","ver)"),
                                            answer(200, ""),
                                            answer(302, ""),
                                            answer(304, ""),
                                            answer(400, page),
                                            answer(403, page),
                                            answer(404, page),
                                            answer(404, R"({"timestamp":1,"status":404,"error":"Not Found","path":"/"})"),
                                            answer(409, "{}"),
                                            answer(422, "[]")};
    for (const auto& call : calls()) {
        transport.then(call.truth);
        EXPECT_TRUE(call.ask(*client)) << call.name;
        for (const auto& one : foreign) {
            transport.then(one);
            const auto done = call.ask(*client);
            ASSERT_FALSE(done) << call.name << " " << one.status << " " << one.body;
            EXPECT_EQ(done.error().code, ErrorCode::unavailable) << call.name << " " << one.status << " " << one.body;
        }
    }
}

TEST_F(ClientTest, WhatIsTooLargeForAProxyIsNotSentForEver) {
    transport.then(answer(413, "<html><body>Request Entity Too Large</body></html>"));
    EXPECT_EQ(client->push("j", {{"jobStatus", "COMPLETE"}}).error().code, ErrorCode::invalid_argument);
}

TEST_F(ClientTest, ARefusalOfModelManageIsOne) {
    for (const auto& call : calls()) {
        transport.then(answer(404, R"({"code":"NOT_FOUND","detail":"There is no job j."})"));
        const auto done = call.ask(*client);
        ASSERT_FALSE(done) << call.name;
        EXPECT_EQ(done.error().code, ErrorCode::not_found) << call.name;
        EXPECT_EQ(done.error().reason, "NOT_FOUND");
    }
}

TEST_F(ClientTest, GivesAJobBack) {
    transport.then(answer(200, R"({"id":"j","version":4})")).then(answer(409, R"({"code":"ATTEMPT_RECORDED","detail":"It stays."})"));
    EXPECT_TRUE(client->release("j", Milliseconds{1700}));
    EXPECT_EQ(transport.requests()[0].timeout, Milliseconds{1700}) << "of a clean stop";
    EXPECT_EQ(transport.requests()[0].connect_timeout, Milliseconds{1700});
    EXPECT_EQ(transport.requests()[0].method, "PATCH");
    EXPECT_EQ(transport.requests()[0].url, "http://mm/api/jobs/j");
    EXPECT_EQ(transport.requests()[0].body, R"({"owner":null,"instanceId":"me"})");
    const auto kept = client->release("j", Milliseconds{5000});
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.error().reason, "ATTEMPT_RECORDED");
}

}  // namespace
}  // namespace slipway::model_manage
