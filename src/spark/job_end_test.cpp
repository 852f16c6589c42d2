#include <gtest/gtest.h>

#include "fakes/running_job.hpp"
#include "spark/job_state.hpp"

/// When a run has ended, and in which words that is told.
namespace slipway::spark {
namespace {

using domain::JobStatus;
using Phase = ProcessReport::Phase;

constexpr StatePolicy kLocal{.driver_is_local = true};

Observation ended_with(int exit_code) {
    return {.process = ProcessReport{.phase = Phase::ended, .exit_code = exit_code}};
}

TEST(JobEnd, TheEndIsWhenTheDriverOrTheSupervisorSawIt) {
    auto record = running();
    auto seen = ended_with(0);
    seen.process->ended = kNow - Milliseconds{60'000};
    seen.result = DriverResult{.outcome = DriverResult::Outcome::raised, .error_type = "ValueError", .error_message = "no rows"};
    auto ended = decide(record, seen, kNow, kLocal).next;
    EXPECT_EQ(ended.ended_ms, to_epoch_ms(kNow) - 60'000) << "the exit record";
    EXPECT_TRUE(ended.reason.starts_with("Failed after 1 min 14 s")) << ended.reason;

    seen.result->ended_ms = to_epoch_ms(kNow) - 90'000;
    EXPECT_EQ(decide(record, seen, kNow, kLocal).next.ended_ms, seen.result->ended_ms);
    seen.result->ended_ms = to_epoch_ms(kNow) + 3'600'000;
    EXPECT_EQ(decide(record, seen, kNow, kLocal).next.ended_ms, to_epoch_ms(kNow)) << "another host's clock may be wrong";
    seen.result->ended_ms = record.launched_ms - 86'400'000;
    EXPECT_EQ(decide(record, seen, kNow, kLocal).next.ended_ms, to_epoch_ms(kNow)) << "or was set meanwhile";

    record.running_ms = to_epoch_ms(kNow);  // all of it was while this service was away
    seen.result->ended_ms = to_epoch_ms(kNow) - 90'000;
    EXPECT_TRUE(decide(record, seen, kNow, kLocal).next.reason.starts_with("Failed after 44.0 s")) << decide(record, seen, kNow, kLocal).next.reason;
}

/// As with YARN in cluster mode: spark-submit leaves once its application is accepted.
TEST(JobEnd, OnAClusterTheEndOfSparkSubmitIsNotTheEndOfTheRun) {
    constexpr StatePolicy kRemote{.driver_is_local = false};
    auto record = running();
    record.running_ms = to_epoch_ms(kNow) - 100'000;
    auto seen = ended_with(0);
    seen.process->ended = kNow - Milliseconds{120'000};
    seen.cluster = Observation::Cluster::seen;
    seen.application = {.id = "app-1", .state = ApplicationState::running, .word = "RUNNING"};
    record = decide(record, seen, kNow - Milliseconds{60'000}, kRemote).next;
    EXPECT_EQ(record.over_ms, 0);

    seen.application = {.id = "app-1", .state = ApplicationState::failed, .word = "FAILED", .finished_ms = to_epoch_ms(kNow) - 30'000};
    auto ended = decide(record, seen, kNow, kRemote).next;
    EXPECT_EQ(ended.ended_ms, seen.application.finished_ms);
    EXPECT_EQ(after(ended, kNow), " after 1 min 10 s");

    seen.result = DriverResult{.outcome = DriverResult::Outcome::raised, .error_type = "ValueError", .ended_ms = to_epoch_ms(kNow) - 40'000};
    EXPECT_EQ(decide(record, seen, kNow, kRemote).next.ended_ms, seen.result->ended_ms) << "the driver knows better than its cluster";
    record.over_ms = record.launched_ms + 5'000;
    EXPECT_EQ(decide(record, seen, kNow, kRemote).next.ended_ms, seen.result->ended_ms) << "a journal of old has the end of spark-submit";
    seen.result->ended_ms = record.running_ms - 5'000;
    EXPECT_EQ(decide(record, seen, kNow, kRemote).next.ended_ms, record.running_ms) << "its host's clock is behind: it was seen to run";
    seen.result.reset();
    seen.application.finished_ms = 0;
    record.over_ms = 0;
    EXPECT_EQ(decide(record, seen, kNow, kRemote).next.ended_ms, to_epoch_ms(kNow)) << "nobody says";
}

std::string reason_of(std::string error_tail, std::string output_tail = {}) {
    auto seen = ended_with(1);
    seen.error_tail = std::move(error_tail);
    seen.output_tail = std::move(output_tail);
    const auto reason = decide(running(), seen, kNow, kLocal).next.reason;
    return reason.substr(reason.find(": ") + 2);
}

TEST(JobEnd, AFailedSubmissionIsToldByItsDeepestTellingLine) {
    EXPECT_EQ(reason_of("Exception in thread \"main\" java.io.IOException: Cannot run program \"/nope/python\": error=2, No such file or directory\n"
                        "\tat java.base/java.lang.ProcessBuilder.start(ProcessBuilder.java:1143)\n"
                        "Caused by: java.io.IOException: error=2, No such file or directory\n"
                        "\tat java.base/java.lang.ProcessImpl.forkAndExec(Native Method)\n\t... 15 more\n"
                        "26/11/27 08:00:01 INFO ShutdownHookManager: Shutdown hook called\n"),
              "java.io.IOException: Cannot run program \"/nope/python\": error=2, No such file or directory")
        << "the cause says less than what it caused";
    EXPECT_EQ(reason_of("Exception in thread \"main\" org.apache.spark.SparkException: Cannot load main class\n\tat x.Y.z(Y.java)\n"
                        "Caused by: java.lang.ClassNotFoundException: a.B\n\tat x.Y.z(Y.java)\n\t... 3 more\n"),
              "java.lang.ClassNotFoundException: a.B");
    EXPECT_EQ(reason_of("Error: Missing application resource.\n\nUsage: spark-submit\n"), "Missing application resource.");
    EXPECT_EQ(reason_of("26/11/27 WARN x: y\nKilled\n"), "Killed");
    EXPECT_EQ(reason_of("\tat a.b(C.java)\n\t... 15 more\n", ""), "\t... 15 more") << "nothing tells anything";
}

TEST(JobEnd, ASessionThatYarnWaitedForInVainIsNamed) {
    const auto told = [](std::string diagnostics) {
        Observation seen{.cluster = Observation::Cluster::seen,
                         .application = {.id = "app-1", .state = ApplicationState::failed, .word = "FAILED/FAILED", .diagnostics = std::move(diagnostics)}};
        return decide(running(), seen, kNow, {.driver_is_local = false}).next.reason;
    };
    const std::string yarn =
        "Application application_1_0001 failed 1 times due to AM Container for appattempt_1_0001_000001 exited with  exitCode: 13\nFailing this "
        "attempt.Diagnostics: [2026-11-27 08:00:00]Exception from container-launch.";
    EXPECT_TRUE(told(yarn).starts_with("The cluster says FAILED/FAILED: no Spark session was opened in the time")) << told(yarn);
    EXPECT_TRUE(told(yarn).contains("spark.yarn.am.waitTime")) << told(yarn);
    EXPECT_TRUE(told(yarn).ends_with("container-launch.")) << "YARN's own words follow";
    EXPECT_TRUE(told("Timed out waiting for SparkContext.").contains("spark.yarn.am.waitTime"));
    for (const auto* other :
         {"User application exited with status 13, exitCode: 13", "exited with  exitCode: 137", "Max number of executor failures (3) reached"}) {
        EXPECT_FALSE(told(other).contains("session")) << told(other);
    }
}

/// As YARN 3.5 tells it of a host without that Python, shortened to one frame of each.
constexpr std::string_view kNoPython =
    "Application application_1_0003 failed 1 times (global limit =2; local limit is =1) due to AM Container for appattempt_1_0003_000001 exited with  "
    "exitCode: 13\nFailing this attempt.Diagnostics: [2026-11-28 07:10:30.625]Exception from container-launch.\nContainer id: container_1_0003_01_000001\n"
    "Exit code: 13\n\n[2026-11-28 07:10:30.627]Container exited with a non-zero exit code 13. Error file: prelaunch.err.\nLast 4096 bytes of stderr :\n "
    "java.base/java.lang.ProcessImpl.forkAndExec(Native Method)\n\tat java.base/java.lang.ProcessImpl.<init>(ProcessImpl.java:314)\n26/11/28 07:10:30 INFO "
    "ApplicationMaster: Final app status: FAILED, exitCode: 13, (reason: User class threw exception: java.io.IOException: Cannot run program "
    "\"/nope/python\": error=2, No such file or directory\n\tat java.base/java.lang.ProcessBuilder.start(ProcessBuilder.java:1143)\n)\n";

TEST(JobEnd, WhatTheProgramThrewOnYarnIsTheReasonAndTheRestAreMessages) {
    Observation seen{.cluster = Observation::Cluster::seen,
                     .application = {.id = "app-1", .state = ApplicationState::failed, .word = "FAILED/FAILED", .diagnostics = std::string{kNoPython}}};
    const auto end = decide(running(), seen, kNow, {.driver_is_local = false});
    EXPECT_TRUE(
        end.next.reason.starts_with("The cluster says FAILED/FAILED: java.io.IOException: Cannot run program \"/nope/python\": error=2, No such file or "
                                    "directory. It must be on every host"))
        << end.next.reason;
    ASSERT_GT(end.messages.size(), 5U);
    EXPECT_EQ(end.messages[0], "The cluster's own words:");
    EXPECT_TRUE(std::ranges::any_of(end.messages, [](const auto& line) { return line.contains("ProcessBuilder.java:1143"); }));
}

TEST(JobEnd, WhatYarnPutsAroundItsWordsIsLeftOut) {
    EXPECT_EQ(
        cluster_words("Application application_1_0001 failed 1 times (global limit =2; local limit is =1) due to AM Container for "
                      "appattempt_1_0001_000001 exited with  exitCode: 137\nFailing this attempt.Diagnostics: [2026-11-28 07:02:11.812]Container killed on "
                      "request. Exit code is 137\n[2026-11-28 07:02:11.830]Container exited with a non-zero exit code 137. \n[2026-11-28 "
                      "07:02:11.831]Killed by external signal\n.For more detailed output, check the application tracking page: "
                      "http://localhost:54581/cluster/app/application_1_0001 Then click on links to logs of each attempt.\n. Failing the application."),
        "Application application_1_0001 failed 1 times (global limit =2; local limit is =1) due to AM Container for appattempt_1_0001_000001 exited with  "
        "exitCode: 137 Container killed on request. Exit code is 137 Container exited with a non-zero exit code 137. Killed by external signal");
    EXPECT_TRUE(left_out_of("Max number of executor failures (3) reached").empty());
    EXPECT_LT(cluster_words(std::string(5000, 'x')).size(), 700U);
    EXPECT_EQ(left_out_of(std::string(5000, 'x')).size(), 2U);
}

TEST(JobEnd, WherePythonFailedItsOwnLastLineIsTheReason) {
    const auto* const java =
        "Exception in thread \"main\" org.apache.spark.SparkUserAppException: User application exited with 1\n"
        "\tat org.apache.spark.deploy.SparkSubmit.main(SparkSubmit.scala)\n";
    EXPECT_EQ(reason_of(java, "Traceback (most recent call last):\n  File \"d.py\", line 1\nImportError: cannot import name 'x'\n\n"),
              "ImportError: cannot import name 'x'");
    EXPECT_EQ(reason_of(java), "org.apache.spark.SparkUserAppException: User application exited with 1");
}

TEST(JobEnd, AnExceptionOfTheJvmIsToldInALine) {
    const auto told = [](std::string message) {
        auto seen = ended_with(1);
        seen.result = DriverResult{.outcome = DriverResult::Outcome::raised, .error_type = "py4j.protocol.Py4JJavaError", .error_message = std::move(message)};
        const auto reason = decide(running(), seen, kNow, kLocal).next.reason;
        return reason.substr(reason.find("py4j"));
    };
    const std::string call = "An error occurred while calling o58.csv.\n: ";
    EXPECT_EQ(told(call + "org.apache.spark.SparkException: Job aborted.\n\tat a.B.c(B.scala:1)\n\tat a.B.d(B.scala:2)\n"
                          "Caused by: org.apache.spark.SparkException: Task failed.\n\tat a.B.e(B.scala)\n\t... 9 more\n"
                          "Caused by: java.io.FileNotFoundException: File hdfs://a/b does not exist\n\tat a.B.f(B.scala)\n\t... 12 more\n"),
              "py4j.protocol.Py4JJavaError: org.apache.spark.SparkException: Job aborted.; caused by java.io.FileNotFoundException: File hdfs://a/b does not "
              "exist");
    EXPECT_EQ(told(call + "java.io.FileNotFoundException: File x does not exist\n\tat a.B.c(B.scala:1)\n"),
              "py4j.protocol.Py4JJavaError: java.io.FileNotFoundException: File x does not exist");
    EXPECT_EQ(told(call + "java.io.IOException: Mkdirs failed: denied\n\tat a.B.c(B.scala:1)\nCaused by: x.Y: denied\n\tat a.B.c(B.scala:1)\n"),
              "py4j.protocol.Py4JJavaError: java.io.IOException: Mkdirs failed: denied")
        << "the cause says less";
    EXPECT_EQ(told("one\ntwo"), "py4j.protocol.Py4JJavaError: one\ntwo") << "a message of Python's own stays whole";
    EXPECT_EQ(told(call + "org.apache.spark.SparkFileNotFoundException\n\tat a.B.c(B.scala:1)\n"),
              "py4j.protocol.Py4JJavaError: org.apache.spark.SparkFileNotFoundException");
}

TEST(JobEnd, AnEndBeforeTheFunctionIsNotTheModelsExitCode) {
    auto seen = ended_with(1);
    seen.result = DriverResult{.outcome = DriverResult::Outcome::exited, .error_type = "WrongModel", .error_message = "it was never called"};
    EXPECT_TRUE(decide(running(), seen, kNow, kLocal).next.reason.ends_with(": it was never called"));
}

TEST(JobEnd, ATimeoutSaysWhatItCounted) {
    auto record = running();
    record.timeout_ms = 120'000;
    record.running_ms = record.launched_ms + 62'000;
    auto stopped = decide(record, {}, kNow, kLocal);
    EXPECT_EQ(stopped.messages,
              std::vector<std::string>{"The time allowed for the job is over: 2 min 0 s from its launch, of which it waited 1 min 2 s for the "
                                       "cluster. The run is being stopped."});
    EXPECT_EQ(decide(stopped.next, ended_with(143), kNow, kLocal).next.reason,
              "Stopped after 1 min 12 s: the time allowed for the job was over: 2 min 0 s from its launch, of which it waited 1 min 2 s for the cluster.");
    record.running_ms = 0;
    EXPECT_EQ(time_allowed(record), "2 min 0 s from its launch, all of which it waited for the cluster");
    record.running_ms = record.launched_ms;
    EXPECT_EQ(time_allowed(record), "2 min 0 s from its launch");
}

TEST(JobEnd, TheDriversPageGivesWayToTheHistory) {
    const std::string history = "http://history:18080";
    auto record = running();
    record.tracking_url = "http://edge-1:4040";
    EXPECT_EQ(followed_at(record, history), "http://edge-1:4040");
    record = finished(record, JobStatus::COMPLETE, "", kNow);
    EXPECT_EQ(followed_at(record, history), "http://history:18080/history/app-1/");
    EXPECT_EQ(followed_at(record, ""), "http://edge-1:4040") << "what it was";
    record.tracking_url = "http://rm:8088/cluster/app/app-1";
    EXPECT_EQ(followed_at(record, history), record.tracking_url) << "of YARN, which survives";
    record.tracking_url = "javascript:x";
    EXPECT_EQ(followed_at(record, ""), "");
    record.application_id = "driver-1";
    EXPECT_EQ(followed_at(record, history), "") << "no history server knows it";
}

TEST(JobEnd, AKilledPythonProcessIsCalledThat) {
    auto seen = ended_with(137);
    seen.error_tail = "Exception in thread main\n\tat org.apache.spark.deploy.SparkSubmit.main(SparkSubmit.scala)\n";
    EXPECT_TRUE(decide(running(), seen, kNow, kLocal).next.reason.starts_with("spark-submit failed with exit code 137"));
    seen.driver_began = true;
    EXPECT_EQ(decide(running(), seen, kNow, kLocal).next.reason,
              "The Python process of the model was ended by signal 9 after 2 min 14 s: by somebody, or because memory ran out.");
}

}  // namespace
}  // namespace slipway::spark
