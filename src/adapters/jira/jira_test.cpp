#include "adapters/jira/jira.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"

namespace slipway::jira {
namespace {

using Kind = tickets::TicketError::Kind;

HttpResponse answer(int status, std::string body, HttpHeaders headers = {}) {
    return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

class JiraTest : public ::testing::Test {
protected:
    void use(Flavor flavor) {
        jira_ = make_jira({.base_url = "https://jira.example.com",
                           .flavor = flavor,
                           .email = "bot@example.com",
                           .token = Secret{"t0ken"},
                           .project = "MRM",
                           .issue_type = "Task"},
                          transport_, clock_, stopping_);
    }
    void SetUp() override { use(Flavor::cloud); }
    static tickets::IssueDraft draft() {
        return {.label = "slipway-1", .ticket_id = "t-1", .summary = "May it?", .text = {{.kind = tickets::TextBlock::Kind::paragraph, .text = "Evidence"}}};
    }
    std::string sent(std::size_t index) { return transport_.requests().at(index).body; }

    fakes::FakeTransport transport_;
    fakes::FakeClock clock_;
    std::atomic<bool> stopping_{false};
    std::unique_ptr<tickets::TicketSystem> jira_;
};

TEST_F(JiraTest, MakesAnIssueInTheCloud) {
    transport_.then(answer(201, R"({"id":"10501","key":"MRM-1","self":"x"})"));
    const auto made = jira_->create(draft());
    ASSERT_TRUE(made);
    EXPECT_EQ(made->link, "https://jira.example.com/browse/MRM-1");
    const auto request = transport_.requests().at(0);
    EXPECT_EQ(request.url, "https://jira.example.com/rest/api/3/issue");
    EXPECT_EQ(fakes::header_of(request, "Authorization"), "Basic Ym90QGV4YW1wbGUuY29tOnQwa2Vu");
    EXPECT_TRUE(request.once) << "a dead connection must not send it twice";
    EXPECT_EQ(request.body,
              R"({"fields":{"project":{"key":"MRM"},"issuetype":{"name":"Task"},"summary":"May it?","labels":["slipway","slipway-1"],"description":)"
              R"({"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Evidence"}]}]}},)"
              R"("properties":[{"key":"slipway.ticket","value":{"id":"t-1"}}]})");
}

TEST_F(JiraTest, SpeaksVersion2WithADataCenter) {
    use(Flavor::data_center);
    transport_.then(answer(201, R"({"id":"10501","key":"MRM-1"})"));
    ASSERT_TRUE(jira_->create(draft()));
    EXPECT_EQ(transport_.requests().at(0).url, "https://jira.example.com/rest/api/2/issue");
    EXPECT_EQ(fakes::header_of(transport_.requests().at(0), "Authorization"), "Bearer t0ken");
    EXPECT_NE(sent(0).find(R"("description":"Evidence\n\n")"), std::string::npos) << sent(0);
    transport_.then(answer(200, R"({"issues":[],"total":0})"));
    ASSERT_TRUE(jira_->read(std::vector<std::string>{"1", "2"}));
    EXPECT_NE(sent(1).find(R"x("jql":"id in (1, 2)")x"), std::string::npos);
    EXPECT_NE(sent(1).find(R"("validateQuery":false)"), std::string::npos) << "else one id that is no more fails all";
}

TEST_F(JiraTest, TellsWhatWasSurelyNotDoneFromWhatIsNotKnown) {
    const std::vector<std::tuple<HttpResponse, Kind>> cases{
        {answer(400, R"({"errorMessages":[],"errors":{"customfield_1":"Risk owner is required."}})"), Kind::refused},
        {answer(401, R"({"errorMessages":["Client must be authenticated."]})"), Kind::denied},
        {answer(403, "<html>no</html>"), Kind::denied},
        {answer(302, ""), Kind::denied},
        {answer(410, R"({"errorMessages":["removed"]})"), Kind::refused},
        {answer(413, ""), Kind::refused},
        {answer(422, "{}"), Kind::refused},
        {answer(429, "{}", {{"retry-after", "17"}}), Kind::throttled},
        {answer(500, R"({"errorMessages":["Internal server error"]})"), Kind::unknown},
        {answer(503, "busy"), Kind::unknown},
        {answer(200, "<!DOCTYPE html><html>Log in</html>"), Kind::unknown},
        {answer(201, R"({"issues": [{"id)"), Kind::unknown},
        {answer(201, "{}"), Kind::unknown},
    };
    for (const auto& [response, kind] : cases) {
        transport_.then(response);
        const auto made = jira_->create(draft());
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().kind, kind) << response.status << " " << response.body << ": " << made.error().message;
        EXPECT_EQ(made.error().message.find("t0ken"), std::string::npos);
        if (kind == Kind::throttled) {
            EXPECT_EQ(made.error().retry_after, Milliseconds{17'000});
        }
    }
    transport_.then(answer(400, R"({"errorMessages":[],"errors":{"customfield_1":"Risk owner is required."}})"));
    EXPECT_NE(jira_->create(draft()).error().message.find("customfield_1: Risk owner is required."), std::string::npos);
    transport_.then(fail(ErrorCode::timeout, "TIMEOUT", "slow"));
    EXPECT_EQ(jira_->create(draft()).error().kind, Kind::unknown);
}

TEST_F(JiraTest, AnIssueIsAbsentOnlyWhenJiraItselfSaysSo) {
    transport_.then(answer(404, R"({"errorMessages":["Issue does not exist or you do not have permission to see it."],"errors":{}})"));
    const auto gone = jira_->read_one("10501");
    ASSERT_TRUE(gone);
    EXPECT_FALSE(*gone);
    transport_.then(answer(404, "<html>404 of a proxy</html>"));
    EXPECT_FALSE(jira_->read_one("10501"));
}

TEST_F(JiraTest, ReadsManyAtOncePastTheSearch) {
    transport_.then(answer(200, R"({"issues":[{"id":"1","key":"MRM-1","fields":{"status":{"id":"10412","name":"Fertig","untranslatedName":"Done",
        "statusCategory":{"key":"done"}},"resolution":null,"project":{"id":"10200","key":"MRM"}}},{"id":"2"}],"issueErrors":[]})"));
    const auto found = jira_->read(std::vector<std::string>{"1", "2"});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1U) << "what has no status is no issue";
    EXPECT_EQ(found->front().status_untranslated, "Done");
    EXPECT_TRUE(found->front().done);
    EXPECT_TRUE(found->front().resolution.empty());
    EXPECT_TRUE(transport_.requests().at(0).url.ends_with("/issue/bulkfetch"));
}

TEST_F(JiraTest, EveryCallIsBoundedInTimeAndBytes) {
    transport_.otherwise([](const HttpRequest&) { return answer(200, "{}"); });
    static_cast<void>(jira_->create(draft()));
    static_cast<void>(jira_->labelled("slipway-1"));
    static_cast<void>(jira_->read(std::vector<std::string>{"1"}));
    static_cast<void>(jira_->read_one("1"));
    static_cast<void>(jira_->moves("1"));
    static_cast<void>(jira_->has_comment("1", "x"));
    static_cast<void>(jira_->comment("1", "x"));
    const auto requests = transport_.requests();
    ASSERT_GE(requests.size(), 7U);
    for (const auto& request : requests) {
        EXPECT_LE(request.timeout, Milliseconds{30'000}) << request.url;
        EXPECT_LE(request.max_response_bytes, std::size_t{16U << 20}) << request.url;
        EXPECT_EQ(request.cancelled, &stopping_) << request.url;
    }
}

TEST_F(JiraTest, GoesThroughAllPagesOfASearchEmptyOnesToo) {
    const auto issue = [](const std::string& id) { return R"({"id":")" + id + R"(","key":"MRM-1","fields":{"status":{"id":"1","name":"To Do"}}})"; };
    transport_.then(answer(200, R"({"issues":[],"isLast":false,"nextPageToken":"a"})"));
    transport_.then(answer(200, R"({"issues":[)" + issue("20") + R"(],"isLast":false,"nextPageToken":"b"})"));
    transport_.then(answer(200, R"({"issues":[)" + issue("9") + R"(],"isLast":true})"));
    const auto found = jira_->labelled("slipway-1");
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ(found->front().id, "9") << "the oldest first";
    EXPECT_NE(sent(0).find(R"(labels = \"slipway-1\")"), std::string::npos) << sent(0);
}

TEST_F(JiraTest, ReadsWhoMovedAnIssueOldestFirstInOneLanguage) {
    transport_.then(answer(200, R"({"id":"1","changelog":{"histories":[
        {"author":{"displayName":"Ravi","emailAddress":"ravi@x","accountId":"712020:a"},"created":"2026-11-22T12:00:02.000+0000","items":[{"field":"status","to":"10412","toString":"Fertig"}]},
        {"author":{"displayName":"Sena"},"created":"2026-11-22T12:00:01.000+0000","items":[{"field":"labels","to":"x"},{"field":"status","to":"3","toString":"In Arbeit"}]}]}})"));
    transport_.then(answer(200, R"([{"id":"10412","name":"Fertig","untranslatedName":"Done"},{"id":"3","name":"In Arbeit"}])"));
    const auto moves = jira_->moves("1");
    ASSERT_TRUE(moves);
    ASSERT_EQ(moves->size(), 2U);
    EXPECT_EQ(moves->at(0).by, "Sena");
    EXPECT_EQ(moves->at(1).after.status, "Done");
    EXPECT_EQ(moves->at(1).account, "712020:a");
    EXPECT_EQ(moves->at(1).also, (std::vector<std::string>{"ravi@x", "712020:a"}));
}

TEST_F(JiraTest, ReadsWhoChangedTheResolutionAndHowTheIssueLookedThen) {
    transport_.then(
        answer(200, R"({"id":"1","fields":{"status":{"id":"10412","name":"Done"},"resolution":{"id":"10000","name":"Done"}},"changelog":{"histories":[
        {"author":{"displayName":"Mina"},"created":"2026-11-22T12:00:02.000+0000","items":[{"field":"resolution","from":"10001","fromString":"Won't Do","to":"10000","toString":"Done"}]},
        {"author":{"displayName":"Bob"},"created":"2026-11-22T12:00:01.000+0000","items":[{"field":"status","from":"1","fromString":"To Do","to":"10412","toString":"Done"},
            {"field":"resolution","from":null,"fromString":null,"to":"10001","toString":"Won't Do"}]}]}})"));
    transport_.then(answer(200, R"([{"id":"10412","name":"Done","statusCategory":{"key":"done"}},{"id":"1","name":"To Do","statusCategory":{"key":"new"}}])"));
    const auto moves = jira_->moves("1");
    ASSERT_TRUE(moves);
    ASSERT_EQ(moves->size(), 2U);
    EXPECT_EQ(moves->at(0).before.status, "To Do");
    EXPECT_FALSE(moves->at(0).before.done);
    EXPECT_EQ(moves->at(0).before.resolution, "");
    EXPECT_EQ(moves->at(0).after.resolution, "Won't Do");
    EXPECT_TRUE(moves->at(0).after.done);
    EXPECT_EQ(moves->at(1).by, "Mina");
    EXPECT_EQ(moves->at(1).before.resolution_id, "10001");
    EXPECT_EQ(moves->at(1).before.status_id, "10412");
    EXPECT_EQ(moves->at(1).after.resolution_id, "10000");
}

TEST_F(JiraTest, OrdersMovesByTimeWhereClocksAreSetBack) {
    transport_.then(answer(200, R"({"id":"1","changelog":{"histories":[
        {"author":{"displayName":"Sena"},"created":"2026-10-25T02:30:00.000+0200","items":[{"field":"status","to":"3","toString":"In Progress"}]},
        {"author":{"displayName":"Ravi"},"created":"2026-10-25T02:10:00.000+0100","items":[{"field":"status","to":"10412","toString":"Done"}]}]}})"));
    transport_.then(answer(200, R"([{"id":"10412","name":"Done"},{"id":"3","name":"In Progress"}])"));
    const auto moves = jira_->moves("1");
    ASSERT_TRUE(moves);
    ASSERT_EQ(moves->size(), 2U);
    EXPECT_EQ(moves->at(1).by, "Ravi") << "forty minutes later, though its text comes before";
}

}  // namespace
}  // namespace slipway::jira
