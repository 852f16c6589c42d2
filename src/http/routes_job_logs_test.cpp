#include <atomic>

#include "fakes/edge.hpp"
#include "http/waiters.hpp"
#include "registry/job_logs.hpp"
#include "registry/job_messages.hpp"

/// Messages, logs and credentials of jobs, through the routes.
namespace slipway::http {
namespace {

using fakes::Edge;
using fakes::job_of;
using fakes::RegistryService;
using namespace std::string_literals;

class JobLogs : public testing::Test {
protected:
    JobLogs() {
        edge_.enrol();
        job_ = edge_.claimed();
    }
    RegistryService::Answer read(const std::string& more = {}, const std::string& stream = "stdout") {
        return service_.get("jobs/" + job_ + "/logs/" + stream + more);
    }
    RegistryService service_;
    Edge edge_{service_};
    std::string job_;
};

TEST_F(JobLogs, AMessageIsTakenOnce) {
    EXPECT_EQ(edge_.post(job_, "messages", R"({"seq":1,"lines":["one","esc \u001b[31m and \u0000 and\nline"]})").at("/seq"), "1");
    EXPECT_EQ(edge_.post(job_, "messages", R"({"seq":1,"lines":["one","again"]})").at("/seq"), "1");
    EXPECT_EQ(edge_.post(job_, "messages", R"({"seq":2,"lines":["two"]})").at("/seq"), "2");
    const auto shown = service_.get("jobs/" + job_);
    EXPECT_EQ(shown.at("/jobMessages"), R"(["2026/11/25 19:00:04 one","2026/11/25 19:00:04 esc ␛[31m and ␀ and␊line","2026/11/25 19:00:04 two"])");
    EXPECT_EQ(shown.at("/version"), "2") << "no version";
    EXPECT_EQ(service_.post("jobs/" + job_ + "/messages", R"({"seq":3,"lines":["x"]})").code(), "NOT_THE_OWNER");
    EXPECT_EQ(edge_.post(job_, "messages", R"({"seq":0,"lines":[]})").pointer(), "/seq");
    EXPECT_EQ(edge_.post(job_, "messages", R"({"seq":3,"lines":[1]})").pointer(), "/lines/0");
}

TEST_F(JobLogs, MessagesAreBounded) {
    const std::string line(10000, 'x');
    std::string lines;
    for (int i = 0; i < 1000; ++i) {
        lines += (i == 0 ? "\"" : ",\"") + line + "\"";
    }
    const auto taken = edge_.post(job_, "messages", R"({"seq":1,"lines":[)" + lines + "]}");
    EXPECT_EQ(taken.at("/truncated"), "true") << taken.response.body.substr(0, 300);
    EXPECT_EQ(edge_.post(job_, "messages", R"({"seq":2,"lines":["more"]})").at("/truncated"), "true");
    const auto shown = service_.get("jobs/" + job_).at("/jobMessages");
    EXPECT_LT(shown.size(), 5U << 20);
    EXPECT_TRUE(shown.contains("further messages of this run are left out"));
    EXPECT_FALSE(shown.contains("more\""));
}

TEST_F(JobLogs, BytesAreAppendedWhereTheyBelong) {
    EXPECT_EQ(edge_.append(job_, "stdout", 0, "hello ").at("/nextOffset"), "6");
    EXPECT_EQ(edge_.append(job_, "stdout", 0, "hello ").at("/nextOffset"), "6") << "a repetition";
    const auto gap = edge_.append(job_, "stdout", 9, "late");
    EXPECT_EQ(gap.status(), 409);
    EXPECT_EQ(gap.code(), "LOG_GAP");
    EXPECT_EQ(gap.at("/expectedOffset"), "6");
    EXPECT_EQ(edge_.append(job_, "stdout", 3, "lo world\n").at("/nextOffset"), "12") << "what is there is skipped";
    EXPECT_EQ(read().response.body, "hello world\n");
    EXPECT_EQ(read("?offset=6").response.body, "world\n");
    EXPECT_EQ(read("?tail=3").response.body, "ld\n");
    EXPECT_EQ(read("?offset=6").header("X-Next-Offset"), "12");
    EXPECT_EQ(read().header("X-Job-Ended"), "false");
    EXPECT_EQ(read("", "stderr").response.body, "");
    EXPECT_EQ(read("", "other").status(), 404);
    EXPECT_EQ(read("?offset=-1").pointer(), "?offset");
    EXPECT_EQ(service_.send(Edge::kWho, "PUT", "jobs/" + job_ + "/logs/stdout", "x").pointer(), "?offset");
    EXPECT_EQ(edge_.append(job_, "stdout", 12, std::string((1U << 20) + 1, 'x')).status(), 413);
    EXPECT_EQ(service_.send(RegistryService::kAnn, "PUT", "jobs/" + job_ + "/logs/stdout?offset=12", "x").code(), "NOT_THE_OWNER");
    EXPECT_EQ(service_.send(RegistryService::kEve, "GET", "jobs/" + job_ + "/logs/stdout").status(), 404);
    EXPECT_EQ(service_.get("jobs/" + job_).at("/version"), "2");
}

TEST_F(JobLogs, AViewShowsEscapesADownloadKeepsThem) {
    edge_.append(job_, "stdout", 0, "\x1b[31mred\0\xff\r\n"s);
    EXPECT_EQ(read().response.body, "␛[31mred␀\uFFFD\n");
    EXPECT_EQ(read().response.content_type, "text/plain; charset=utf-8");
    const auto raw = read("?raw=true");
    EXPECT_EQ(raw.response.body, "\x1b[31mred\0\xff\r\n"s);
    EXPECT_EQ(raw.response.content_type, "application/octet-stream");
    EXPECT_TRUE(raw.header("Content-Disposition").starts_with("attachment"));
}

TEST_F(JobLogs, AHalfCharacterWaitsForItsOtherHalf) {
    const std::string text = "ab漢";
    edge_.append(job_, "stdout", 0, text.substr(0, 4));
    EXPECT_EQ(read().response.body, "ab");
    EXPECT_EQ(read().header("X-Next-Offset"), "2");
    edge_.append(job_, "stdout", 4, text.substr(4));
    EXPECT_EQ(read("?offset=2").response.body, "漢");
    edge_.append(job_, "stdout", 5, text.substr(2, 1));
    edge_.patch(job_, R"({"jobStatus":"ERROR"})");
    EXPECT_EQ(read("?offset=5").response.body, "\uFFFD") << "nothing more will come";
    EXPECT_EQ(read("?offset=5").header("X-Job-Ended"), "true");
    EXPECT_EQ(read("?follow=true&offset=6").header("X-Next-Offset"), "6") << "answered at once";
}

TEST_F(JobLogs, ALogIsCutAtItsCap) {
    const std::string piece(1U << 20, 'x');
    for (std::size_t i = 0; i < 16; ++i) {
        ASSERT_EQ(edge_.append(job_, "stdout", i << 20, piece).at("/truncated"), "false") << i;
    }
    EXPECT_EQ(edge_.append(job_, "stdout", 16U << 20, "more").at("/truncated"), "true");
    EXPECT_EQ(edge_.append(job_, "stdout", (16U << 20) + 4, "more").at("/nextOffset"), std::to_string((16U << 20) + 8));
    EXPECT_EQ(read("?tail=1").header("X-Truncated"), "true");
    EXPECT_EQ(read("?tail=1").header("X-Log-Size"), std::to_string(16U << 20));
    EXPECT_EQ(read().response.body.size(), 1U << 20) << "one answer of a view";
    EXPECT_EQ(read("?raw=true").response.body.size(), 16U << 20);
}

TEST_F(JobLogs, GoWithTheJobAndWithAge) {
    edge_.append(job_, "stderr", 0, "canary");
    std::int64_t gone = 0;
    const auto prune = [&](Milliseconds age) {
        EXPECT_TRUE(service_.store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(gone, registry::prune_job_logs(unit, unit.now - age));
            return {};
        }));
        return gone;
    };
    EXPECT_EQ(prune(Milliseconds{1}), 0);
    service_.store_.clock().advance(Milliseconds{10});
    EXPECT_EQ(prune(Milliseconds{1}), 1);
    EXPECT_EQ(service_.everything().find("canary"), std::string::npos);
    edge_.append(job_, "stderr", 0, "canary");
    edge_.patch(job_, R"({"jobStatus":"ERROR"})");
    EXPECT_EQ(service_.remove("jobs/" + job_).status(), 204);
    EXPECT_EQ(service_.everything().find("canary"), std::string::npos);
}

TEST_F(JobLogs, SecretsAreOpenedForTheOwnerAlone) {
    const auto made = service_.post("jobs", job_of(R"({"name":"spark-1"})", R"(,"inputData":[{"assetType":"EXTERNAL_FILE","fileUrl":"s3a://b/k",
        "repositoryInfo":{"repositoryType":"S3_REPOSITORY","secretKey":"hush-hush"}}])"));
    ASSERT_EQ(made.status(), 201) << made.response.body;
    const auto reference = made.at("/inputData/0/repositoryInfo/credentialRef");
    const auto path = "jobs/" + made.id() + "/credentials";
    EXPECT_EQ(service_.send(Edge::kWho, "GET", path).code(), "NOT_THE_OWNER");
    edge_.claim(made.id());
    const auto opened = service_.send(Edge::kWho, "GET", path);
    ASSERT_EQ(opened.status(), 200) << opened.response.body;
    EXPECT_EQ(opened.at("/credentials/" + reference + "/secretKey"), "hush-hush");
    for (const auto* who : {"ann:risk", "admin", "edge-2:risk"}) {
        EXPECT_EQ(service_.send(who, "GET", path).code(), "NOT_THE_OWNER") << who;
    }
    const auto audited = [&] { return service_.get("auditRecords?size=100&filter=entityId:" + made.id()).response.body; };
    const auto once = audited();
    EXPECT_TRUE(once.contains("CREDENTIALS_READ"));
    EXPECT_FALSE(once.contains("hush-hush"));
    service_.send(Edge::kWho, "GET", path);
    EXPECT_EQ(audited(), once) << "once per attempt";
    edge_.attempt(made.id(), 1);
    service_.send(Edge::kWho, "GET", path);
    EXPECT_NE(audited(), once);
    edge_.patch(made.id(), R"({"jobStatus":"ERROR"})");
    EXPECT_EQ(service_.send(Edge::kWho, "GET", path).code(), "ALREADY_ENDED");
}

TEST(Waiting, WakesAreNotMissed) {
    Waiters waiters;
    std::atomic<int> woken{0};
    const auto count = [&] { ++woken; };
    const auto ticket = waiters.ticket("job");
    waiters.wait_for("job", ticket, Milliseconds{1000})->until(count);
    waiters.wake("another");
    EXPECT_EQ(woken, 0);
    waiters.wake("job");
    EXPECT_EQ(woken, 1);
    waiters.wake("job");
    EXPECT_EQ(woken, 1) << "once";
    waiters.wait_for("job", ticket, Milliseconds{1000})->until(count);
    EXPECT_EQ(woken, 2) << "it happened before the wait began";
    for (std::size_t i = 0; i < Waiters::kMost; ++i) {
        waiters.wait_for("job", waiters.ticket("job"), Milliseconds{60000})->until(count);
    }
    EXPECT_FALSE(waiters.wait_for("job", waiters.ticket("job"), Milliseconds{1000}));
}

}  // namespace
}  // namespace slipway::http
