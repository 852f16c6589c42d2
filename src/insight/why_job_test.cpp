#include <algorithm>
#include <gtest/gtest.h>

#include "fakes/why_answers.hpp"

namespace slipway::insight {
namespace {

JobFacts job(const std::string& status = "CREATED") {
    return {.id = "j-1",
            .status = status,
            .group = "risk",
            .engine = {.id = "r-1", .name = "spark-1", .type = "SPARK_RUNTIME", .state = "ONLINE", .last_contact = kEarly, .instance = "i-1"},
            .created = kEarly};
}

TEST(WhyJob, HasNobodyToRunIt) {
    auto facts = job();
    facts.engine = {.type = "SPARK_RUNTIME"};
    EXPECT_EQ(why_not_started(facts).answer, "No runtime of SPARK_RUNTIME that the group risk may use is enrolled.");
    facts = job();
    facts.engine.state = "OFFLINE";
    facts.engine.reason = "the cluster does not answer";
    auto answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "It waits for the runtime spark-1, which is offline.");
    EXPECT_EQ(cli(answer), "slipway runtime show r-1");
    EXPECT_EQ(answer.facts.back().message, "The runtime spark-1 is offline: the cluster does not answer");
    EXPECT_EQ(answer.facts.back().since, kEarly);
    facts.engine.state = "REMOVED";
    EXPECT_TRUE(has(why_not_started(facts), "RUNTIME_REMOVED"));
}

TEST(WhyJob, IsForARuntimeThatIsNotThere) {
    auto facts = job();
    facts.engine = {.id = "r-9", .name = "nowhere", .type = "SPARK_RUNTIME"};
    const auto answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "No runtime called nowhere is enrolled for the group risk.");
    EXPECT_TRUE(has(answer, "RUNTIME_UNKNOWN"));
    EXPECT_EQ(cli(answer), "slipway runtime list");
    facts.engine.hidden = true;
    EXPECT_EQ(why_not_started(facts).answer, "No runtime called nowhere is enrolled that you may see.") << "it is enrolled";
}

TEST(WhyJob, IsForARuntimeOfAnotherGroup) {
    auto facts = job();
    facts.engine = {.id = "r-9", .name = "edge", .type = "SPARK_RUNTIME", .other_id = "r-2", .other_group = "ops"};
    const auto answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "The runtime edge belongs to the group ops; this job is of the group risk, for which none of that name is enrolled.");
    ASSERT_TRUE(has(answer, "RUNTIME_OF_ANOTHER_GROUP"));
    EXPECT_FALSE(has(answer, "RUNTIME_UNKNOWN"));
    EXPECT_EQ(answer.facts.back().ref->id, "r-2");
    EXPECT_EQ(answer.next.at(0).message, "Make the job anew in the group ops, or for a runtime of the group risk.");
}

TEST(WhyJob, IsAskedOfSageMakerOnceAwsCanBeReached) {
    auto facts = job();
    facts.sagemaker = true;
    facts.engine = {.type = "SAGEMAKER_RUNTIME"};
    auto answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "It has not been asked of SageMaker yet.");
    EXPECT_FALSE(has(answer, "NO_RUNTIME")) << "jobs in SageMaker are bound to none";
    EXPECT_EQ(cli(answer), "slipway job watch j-1");
    facts.aws_trouble = "AWS could not be reached: connection refused.";
    answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "SageMaker has not confirmed it yet: AWS could not be reached: connection refused.");
    EXPECT_TRUE(has(answer, "AWS_TROUBLE"));
    EXPECT_EQ(answer.next[0].message, "Mend that: it is tried again by itself.");
    EXPECT_EQ(cli(answer), "slipway credential list");
    facts.status = "RUNNING";
    EXPECT_TRUE(has(why_not_started(facts), "AWS_TROUBLE")) << "what is shown of it may be old";
}

TEST(WhyJob, FailedForWhatWasSaidLast) {
    const auto of = [](std::string_view document) { return failure_of(json::parse(document).value().as_object()); };
    EXPECT_EQ(
        of(R"({"jobResult":"FAILURE","jobMessages":["2026/11/26 15:04:05 Taken by runtime r.","2026/11/26 15:04:06 Failed after 44.6 s: ValueError: no column age"]})"),
        "ValueError: no column age");
    EXPECT_EQ(of(R"({"jobResult":"FAILURE","jobMessages":["2026/11/26 15:04:06 /jobParameters/--master must be left out: it is the service's."]})"),
              "/jobParameters/--master must be left out: it is the service's.");
    EXPECT_EQ(of(R"({"jobMessages":["of another program: as it stands"]})"), "of another program: as it stands");
    EXPECT_EQ(of(R"({"sageMaker":{"failureReason":"no such image"},"jobResult":"FAILURE","jobMessages":["x"]})"), "no such image");
    EXPECT_EQ(of(R"({"jobResult":"FAILURE"})"), "") << "that it failed is no reason";
    EXPECT_EQ(of(R"({"jobResult":"FAILURE","statusReason":"Failed after 4.4 s: exit code 3"})"), "exit code 3") << "its messages are gone";
    EXPECT_EQ(of(R"({"statusReason":"The run was ended by signal 9.","jobMessages":["2026/11/26 15:04:05 Output x is not there."]})"),
              "The run was ended by signal 9.")
        << "the last message is about something else";
    EXPECT_EQ(of(R"({"statusReason":"of before","jobMessages":["2026/11/26 15:04:05 Failed after 3 s: KeyError: 1"]})"), "KeyError: 1");
}

TEST(WhyJob, WaitsForItsTurnItsOwnerOrTheCluster) {
    auto facts = job();
    facts.before = 2;
    EXPECT_EQ(why_not_started(facts).answer, "It waits for its turn at spark-1: 2 jobs are before it.");
    facts.owner = "i-1";
    EXPECT_EQ(why_not_started(facts).answer, "The runtime spark-1 has taken it and prepares it.");
    facts.waits = waits_of(json::parse(R"({"jobMessages":["2026/11/26 15:04:05 Waits for one of 2 drivers on this host to end."]})").value().as_object());
    EXPECT_EQ(why_not_started(facts).answer, "The runtime spark-1 has taken it. Waits for one of 2 drivers on this host to end.");
    EXPECT_EQ(waits_of(json::parse(R"({"jobMessages":["Waits for one", "Taken by runtime r."]})").value().as_object()), "");
    facts.owner = "i-0";
    EXPECT_TRUE(has(why_not_started(facts), "OWNER_GONE"));
    EXPECT_EQ(cli(why_not_started(facts)), "slipway job reassign j-1 --reason '…'");
    facts.owner = "i-1";
    facts.status = "WAITING";
    facts.tracking_url = "http://spark/app";
    EXPECT_EQ(why_not_started(facts).answer, "spark-1 has submitted it; nothing has said yet that it runs.");
    EXPECT_EQ(why_not_started(facts).next[0].href, "http://spark/app");
}

TEST(WhyJob, RunsForAnOwnerThatIsNoMore) {
    for (const auto* status : {"WAITING", "RUNNING"}) {
        auto facts = job(status);
        facts.cancelled_by = "ana";
        facts.owner = "i-1";
        EXPECT_FALSE(has(why_not_started(facts), "OWNER_GONE"));
        facts.owner = "i-0";
        const auto answer = why_not_started(facts);
        EXPECT_EQ(answer.answer, "It was taken by an instance of spark-1 that runs no more: nobody follows it.") << status;
        EXPECT_TRUE(has(answer, "OWNER_GONE"));
        EXPECT_EQ(cli(answer), "slipway job reassign j-1 --force --reason '…'");
    }
}

TEST(WhyJob, WaitsForARuntimeThatTookItselfOut) {
    auto facts = job();
    facts.engine.state = "REMOVED";
    EXPECT_EQ(why_not_started(facts).answer, "Its runtime spark-1 was removed: nobody takes it any more.");
    facts.engine.reason = "http://spark:8080 does not answer.";
    const auto answer = why_not_started(facts);
    EXPECT_EQ(answer.answer, "Its runtime spark-1 takes no jobs: http://spark:8080 does not answer.");
    EXPECT_TRUE(has(answer, "RUNTIME_REMOVED"));
    EXPECT_EQ(cli(answer), "slipway runtime show r-1");
}

TEST(WhyJob, RunsOrHasEnded) {
    auto facts = job("RUNNING");
    EXPECT_EQ(why_not_started(facts).question, "Why does this job still run?");
    facts.cancelled_by = "ana";
    EXPECT_EQ(why_not_started(facts).answer, "It runs until what runs it has confirmed that it is cancelled.");
    EXPECT_TRUE(has(why_not_started(facts), "CANCEL_REQUESTED"));
    facts.status = "CANCELLED";
    EXPECT_EQ(why_not_started(facts).answer, "It was cancelled: ana asked for it.");
    facts = job("ERROR");
    facts.failure = "ValueError: no column age";
    EXPECT_EQ(why_not_started(facts).answer, "It failed: ValueError: no column age");
    EXPECT_EQ(cli(why_not_started(facts)), "slipway job logs j-1");
}

}  // namespace
}  // namespace slipway::insight
