#include <algorithm>
#include <gtest/gtest.h>

#include "insight/why.hpp"

/// What keeps a job from being taken by the runtime that it is for.
namespace slipway::insight {
namespace {

const Timestamp kEarly = from_epoch_ms(1'795'000'000'000);

const Fact* fact_of(const Answer& answer, std::string_view code) {
    const auto found = std::ranges::find(answer.facts, code, &Fact::code);
    return found == answer.facts.end() ? nullptr : &*found;
}

JobFacts job() {
    return {.id = "j-1",
            .status = "CREATED",
            .group = "risk",
            .engine = {.id = "r-1", .name = "spark-1", .type = "SPARK_RUNTIME", .state = "ONLINE", .last_contact = kEarly, .instance = "i-1"},
            .created = kEarly};
}

TEST(WhyJobInSageMaker, ThatNeverReachedAwsHasNoLogThere) {
    auto facts = job();
    facts.sagemaker = true;
    facts.status = "ERROR";
    facts.failure = "AccessDenied: it needs sagemaker:CreateTransformJob.";
    facts.reached_aws = false;
    const auto refused = why_not_started(facts);
    EXPECT_EQ(refused.answer, "It failed: AccessDenied: it needs sagemaker:CreateTransformJob.");
    EXPECT_NE(fact_of(refused, "NEVER_IN_AWS"), nullptr);
    ASSERT_EQ(refused.next.size(), 1U);
    EXPECT_EQ(refused.next[0].cli, "slipway job retry j-1");
    facts.reached_aws = true;
    facts.logs_url = "https://aws/log";
    EXPECT_EQ(why_not_started(facts).next.at(0).href, "https://aws/log");
}

TEST(WhyJobRuntime, LaunchesNothing) {
    auto facts = job();
    facts.engine.reason = "No free disk space: 3 MiB of 20.0 GiB are left for /data.";
    auto answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "Its runtime spark-1 takes nothing: No free disk space: 3 MiB of 20.0 GiB are left for /data.");
    EXPECT_NE(fact_of(answer, "RUNTIME_SAYS"), nullptr);
    EXPECT_EQ(answer.next.front().cli, "slipway runtime show r-1");
    facts.owner = "i-1";
    facts.waits = "Waits for one of 2 drivers on this host to end.";
    answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "The runtime spark-1 has taken it, but launches nothing: No free disk space: 3 MiB of 20.0 GiB are left for /data.");
    EXPECT_NE(fact_of(answer, "RUNTIME_SAYS"), nullptr);
}

TEST(WhyJobRuntime, IsOfflineSinceThen) {
    auto facts = job();
    facts.engine.state = "OFFLINE";
    facts.engine.last_contact = kEarly + Milliseconds{90'000};
    facts.engine.offline_since = kEarly;
    const auto answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "It waits for the runtime spark-1, which is offline since 2026-11-18 11:06 UTC.");
    ASSERT_NE(fact_of(answer, "RUNTIME_OFFLINE"), nullptr);
    EXPECT_EQ(fact_of(answer, "RUNTIME_OFFLINE")->since, kEarly);
}

TEST(WhyJobRuntime, WaitsForAClusterThatIsGone) {
    auto facts = job();
    facts.status = "WAITING";
    facts.engine.workers = 2;
    EXPECT_EQ(why_not_started(facts).answer, "spark-1 has submitted it; nothing has said yet that it runs.");
    ASSERT_NE(fact_of(why_not_started(facts), "LAST_CONTACT"), nullptr) << "a runtime that was killed a moment ago is still held for ONLINE";
    EXPECT_EQ(fact_of(why_not_started(facts), "LAST_CONTACT")->since, facts.engine.last_contact);
    facts.engine.workers = 0;
    auto answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "spark-1 has submitted it; no worker of the cluster is alive.");
    EXPECT_NE(fact_of(answer, "NO_WORKER"), nullptr);
    for (const auto* state : {"OFFLINE", "REMOVED"}) {
        facts = job();
        facts.status = "WAITING";
        facts.engine.state = state;
        facts.engine.reason = "http://spark:8080 does not answer.";
        answer = why_not_started(facts);
        EXPECT_EQ(answer.answer, "spark-1 has submitted it, but its cluster cannot be used: http://spark:8080 does not answer.");
        EXPECT_EQ(answer.facts.back().since, kEarly);
        EXPECT_EQ(answer.next.at(0).cli, "slipway runtime show r-1");
        facts.engine.reason.clear();
        EXPECT_EQ(why_not_started(facts).answer, "spark-1 has submitted it, and is not heard of any more: since then nobody knows.");
    }
}

TEST(WhyJobRuntime, RunsAnApplicationThatTheClusterHasForgotten) {
    auto facts = job();
    facts.status = "RUNNING";
    facts.owner = "i-1";
    facts.waits = "Waits for the cluster to know app-1 again: …";
    auto answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "It has started and runs, as far as is known. Waits for the cluster to know app-1 again: …");
    ASSERT_NE(fact_of(answer, "RUNTIME_WAITS"), nullptr);
    EXPECT_EQ(fact_of(answer, "RUNTIME_WAITS")->message, facts.waits);
    facts.cancelled_by = "ann";
    answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "It runs until what runs it has confirmed that it is cancelled. Waits for the cluster to know app-1 again: …");
    facts.status = "WAITING";
    EXPECT_TRUE(why_not_started(facts).answer.ends_with("Waits for the cluster to know app-1 again: …")) << why_not_started(facts).answer;
}

TEST(WhyJobRuntime, ThatHasTakenItIsHeardOfNoMore) {
    const auto last_step = [](const Answer& answer) { return answer.next.empty() ? std::string{} : answer.next.back().cli; };
    for (const std::string status : {"CREATED", "WAITING", "RUNNING"}) {
        auto facts = job();
        facts.status = status;
        facts.owner = "i-1";
        ASSERT_NE(fact_of(why_not_started(facts), "LAST_CONTACT"), nullptr) << status << ": a runtime that was killed a moment ago is still held for ONLINE";
        EXPECT_EQ(fact_of(why_not_started(facts), "LAST_CONTACT")->since, kEarly);
        for (const std::string state : {"OFFLINE", "REMOVED"}) {
            facts.engine.state = state;
            facts.engine.reason.clear();
            const auto answer = why_not_started(facts);
            EXPECT_TRUE(answer.answer.contains("spark-1") && answer.answer.contains("heard of")) << status << " " << state << ": " << answer.answer;
            ASSERT_NE(fact_of(answer, "RUNTIME_" + state), nullptr) << status;
            ASSERT_EQ(answer.next.size(), 2U) << status << " " << state;
            EXPECT_EQ(answer.next.front().cli, "slipway runtime show r-1");
            EXPECT_EQ(last_step(answer), status == "CREATED" ? "slipway job reassign j-1 --reason '…'" : "slipway job reassign j-1 --force --reason '…'");
            facts.engine.reason = "http://spark:8080 does not answer.";
            const auto away = why_not_started(facts);
            EXPECT_TRUE(away.answer.ends_with("http://spark:8080 does not answer.")) << status << " " << state << ": " << away.answer;
            ASSERT_EQ(away.next.size(), 1U) << "a runtime that lives comes back by itself";
            EXPECT_EQ(last_step(away), "slipway runtime show r-1");
        }
    }
}

}  // namespace
}  // namespace slipway::insight
