#include "spark/job_state.hpp"

#include <gtest/gtest.h>

namespace slipway::spark {
namespace {

using domain::JobStatus;
using Phase = ProcessReport::Phase;
using Cluster = Observation::Cluster;

constexpr Timestamp kNow{Milliseconds{1'795'633'200'000}};
constexpr StatePolicy kLocal{.driver_is_local = true};
constexpr StatePolicy kRemote{.driver_is_local = false};

JobRecord record_in(JobPhase phase) {
    JobRecord record{.job_id = "j", .phase = phase, .attempt = 1, .tag = "mmj-0-1"};
    record.launched_ms = to_epoch_ms(kNow) - 134'000;
    if (phase >= JobPhase::ACCEPTED) {
        record.application_id = "app-1";
    }
    if (phase >= JobPhase::RUNNING) {
        record.running_ms = record.launched_ms;
    }
    return record;
}

Observation process_in(Phase phase, int exit_code = 0, int signal = 0) {
    return {.process = ProcessReport{.phase = phase, .exit_code = exit_code, .signal = signal}};
}

Observation cluster_says(ApplicationState state, std::string word = "WORD") {
    return {.cluster = Cluster::seen, .application = {.id = "app-1", .state = state, .word = std::move(word)}};
}

DriverResult result_of(DriverResult::Outcome outcome) {
    return {.outcome = outcome, .exit_code = 3, .error_type = "ValueError", .error_message = "no rows"};
}

TEST(JobState, StartedMarkerMakesItWaitingAndApplicationMakesALocalDriverRun) {
    auto decision = decide(record_in(JobPhase::LAUNCHING), process_in(Phase::running), kNow, kLocal);
    EXPECT_EQ(decision.next.phase, JobPhase::SUBMITTED);
    EXPECT_EQ(shown_status(decision.next), JobStatus::WAITING);

    auto seen = process_in(Phase::running);
    seen.applications = {{.id = "local-7", .master = "local[1]"}};
    decision = decide(decision.next, seen, kNow, kLocal);
    EXPECT_EQ(decision.next.phase, JobPhase::RUNNING);
    EXPECT_EQ(decision.next.application_id, "local-7");
    ASSERT_EQ(decision.messages.size(), 1U);
    EXPECT_EQ(decision.messages[0], "Spark application id: local-7");
}

TEST(JobState, WithALocalMasterAModelWithoutSessionRunsOnceItHasBegun) {
    auto policy = kLocal;
    policy.begun_is_running = true;
    auto seen = process_in(Phase::running);
    EXPECT_EQ(decide(record_in(JobPhase::SUBMITTED), seen, kNow, policy).next.phase, JobPhase::SUBMITTED);
    seen.driver_began = true;
    EXPECT_EQ(decide(record_in(JobPhase::SUBMITTED), seen, kNow, policy).next.phase, JobPhase::RUNNING);
}

TEST(JobState, OnAClusterAModelWithoutSessionRunsOnceItHasHadTimeToOpenOne) {
    auto seen = process_in(Phase::running);
    auto record = record_in(JobPhase::SUBMITTED);
    EXPECT_EQ(decide(record, seen, kNow, kLocal).next.phase, JobPhase::SUBMITTED) << "spark-submit is starting";
    seen.driver_began = true;
    auto fresh = record;
    fresh.launched_ms = to_epoch_ms(kNow) - 5'000;
    EXPECT_EQ(decide(fresh, seen, kNow, kLocal).next.phase, JobPhase::SUBMITTED) << "its session would say so";
    const auto decision = decide(record, seen, kNow, kLocal);
    EXPECT_EQ(decision.next.phase, JobPhase::RUNNING);
    ASSERT_EQ(decision.messages.size(), 1U);
    EXPECT_TRUE(decision.messages[0].contains("no Spark session")) << decision.messages[0];
    seen.applications = {{.id = "app-7"}};
    EXPECT_EQ(decide(decision.next, seen, kNow, kLocal).next.application_id, "app-7");
}

TEST(JobState, PendingApplicationWaits) {
    const auto decision = decide(record_in(JobPhase::SUBMITTED), cluster_says(ApplicationState::pending), kNow, kRemote);
    EXPECT_EQ(decision.next.phase, JobPhase::ACCEPTED);
    EXPECT_EQ(shown_status(decision.next), JobStatus::WAITING);
    EXPECT_EQ(decide(decision.next, cluster_says(ApplicationState::running), kNow, kRemote).next.phase, JobPhase::RUNNING);
}

TEST(JobState, ReturnedAndProcessOverIsCollectedWhateverTheExitCode) {
    auto seen = process_in(Phase::ended, 143);
    seen.result = result_of(DriverResult::Outcome::returned);
    const auto decision = decide(record_in(JobPhase::RUNNING), seen, kNow, kLocal);
    EXPECT_TRUE(decision.collect);
    EXPECT_EQ(decision.next.phase, JobPhase::COLLECTING);
    EXPECT_EQ(collected(decision.next, "", kNow).outcome, JobStatus::COMPLETE);
    EXPECT_EQ(collected(decision.next, "a left _temporary", kNow).outcome, JobStatus::ERROR);
}

TEST(JobState, ExitCodeZeroWithoutResultIsAnError) {
    const auto decision = decide(record_in(JobPhase::RUNNING), process_in(Phase::ended, 0), kNow, kLocal);
    EXPECT_EQ(decision.next.outcome, JobStatus::ERROR);
    EXPECT_TRUE(decision.next.reason.contains("ended before it reported")) << decision.next.reason;
}

TEST(JobState, RaisedNamesTheExceptionAndTheTime) {
    auto seen = process_in(Phase::ended, 1);
    seen.result = result_of(DriverResult::Outcome::raised);
    const auto decision = decide(record_in(JobPhase::RUNNING), seen, kNow, kLocal);
    EXPECT_EQ(decision.next.outcome, JobStatus::ERROR);
    EXPECT_EQ(decision.next.reason, "Failed after 2 min 14 s: ValueError: no rows");
}

TEST(JobState, ReturnedButKeptAliveIsStoppedWithoutTouchingTheStatus) {
    auto seen = process_in(Phase::running);
    seen.result = result_of(DriverResult::Outcome::returned);
    auto decision = decide(record_in(JobPhase::RUNNING), seen, kNow, kLocal);
    EXPECT_FALSE(decision.stop_process);
    const auto later = kNow + kLocal.keepalive_grace;
    decision = decide(decision.next, seen, later, kLocal);
    EXPECT_TRUE(decision.stop_process);
    EXPECT_EQ(decision.next.phase, JobPhase::RUNNING);
    seen.process = ProcessReport{.phase = Phase::ended, .signal = 15};
    seen.cluster = Cluster::seen;
    seen.application = {.id = "app-1", .state = ApplicationState::killed, .word = "KILLED"};
    EXPECT_TRUE(decide(decision.next, seen, later, kLocal).collect);
}

TEST(JobState, ClusterThatSaysKilledContradictsAReturn) {
    auto seen = process_in(Phase::ended, 0);
    seen.result = result_of(DriverResult::Outcome::returned);
    seen.cluster = Cluster::seen;
    seen.application = {.id = "app-1", .state = ApplicationState::killed, .word = "KILLED"};
    const auto decision = decide(record_in(JobPhase::RUNNING), seen, kNow, kLocal);
    EXPECT_EQ(decision.next.outcome, JobStatus::ERROR);
    EXPECT_TRUE(decision.next.reason.contains("KILLED"));
}

TEST(JobState, SilentClusterChangesNothing) {
    const auto before = record_in(JobPhase::RUNNING);
    const auto decision = decide(before, {.result_readable = false}, kNow + std::chrono::hours{48}, kRemote);
    EXPECT_EQ(decision.next.phase, JobPhase::RUNNING);
    EXPECT_EQ(decision.next.missing_since, 0);
    EXPECT_FALSE(decision.kill_application);
}

TEST(JobState, ForgottenApplicationIsLostOnlyAfterTheGrace) {
    const Observation seen{.cluster = Cluster::unknown};
    auto decision = decide(record_in(JobPhase::RUNNING), seen, kNow, kRemote);
    EXPECT_EQ(decision.next.phase, JobPhase::RUNNING);
    EXPECT_EQ(decide(decision.next, seen, kNow + kRemote.lost_grace - Milliseconds{1}, kRemote).next.phase, JobPhase::RUNNING);
    EXPECT_EQ(decide(decision.next, seen, kNow + kRemote.lost_grace, kRemote).next.outcome, JobStatus::ERROR);

    // Seen again, the time begins anew.
    decision = decide(decision.next, cluster_says(ApplicationState::running), kNow + Milliseconds{1000}, kRemote);
    EXPECT_EQ(decision.next.missing_since, 0);
}

TEST(JobState, ClusterSuccessAloneIsNotSuccess) {
    auto seen = cluster_says(ApplicationState::finished, "FINISHED/SUCCEEDED");
    seen.result_readable = false;
    auto decision = decide(record_in(JobPhase::RUNNING), seen, kNow, kRemote);
    EXPECT_EQ(decision.next.phase, JobPhase::RUNNING);
    decision = decide(decision.next, seen, kNow + kRemote.result_grace, kRemote);
    EXPECT_EQ(decision.next.outcome, JobStatus::ERROR);
    EXPECT_TRUE(decision.next.reason.contains("could not be read")) << decision.next.reason;

    seen.result_readable = true;
    seen.result = result_of(DriverResult::Outcome::returned);
    EXPECT_TRUE(decide(record_in(JobPhase::RUNNING), seen, kNow, kRemote).collect);
}

TEST(JobState, KilledOutsideIsAnErrorAndKilledByUsIsCancelled) {
    auto record = record_in(JobPhase::RUNNING);
    EXPECT_EQ(decide(record, cluster_says(ApplicationState::killed), kNow, kRemote).next.outcome, JobStatus::ERROR);

    record.cancel_requested = true;
    auto decision = decide(record, cluster_says(ApplicationState::running), kNow, kRemote);
    EXPECT_TRUE(decision.kill_application);
    EXPECT_EQ(decision.next.phase, JobPhase::CANCELLING);
    EXPECT_EQ(shown_status(decision.next), JobStatus::RUNNING);
    decision = decide(decision.next, cluster_says(ApplicationState::killed), kNow, kRemote);
    EXPECT_EQ(decision.next.outcome, JobStatus::CANCELLED);
}

/// The journal is older than the kill that it asked for.
TEST(JobState, WhatWasCancelledAndIsFoundKilledIsCancelled) {
    auto record = record_in(JobPhase::RUNNING);
    record.cancel_requested = true;
    EXPECT_EQ(decide(record, cluster_says(ApplicationState::killed), kNow, kRemote).next.outcome, JobStatus::CANCELLED);
    auto returned = cluster_says(ApplicationState::killed);
    returned.result = result_of(DriverResult::Outcome::returned);
    EXPECT_TRUE(decide(record, returned, kNow, kRemote).collect);
}

TEST(JobState, WhetherAKillWasOursIsSaidOnceModelManageHasSpoken) {
    for (const bool has_returned : {false, true}) {
        auto seen = cluster_says(ApplicationState::killed);
        seen.cancel_known = false;
        seen.result = has_returned ? std::optional{result_of(DriverResult::Outcome::returned)} : std::nullopt;
        EXPECT_EQ(decide(record_in(JobPhase::RUNNING), seen, kNow, kRemote).next.phase, JobPhase::RUNNING);
        seen.cancel_known = true;
        EXPECT_EQ(decide(record_in(JobPhase::RUNNING), seen, kNow, kRemote).next.outcome, JobStatus::ERROR);
    }
    auto here = process_in(Phase::ended, 0, 15);
    here.cancel_known = false;
    EXPECT_EQ(decide(record_in(JobPhase::RUNNING), here, kNow, kLocal).next.phase, JobPhase::RUNNING);
    here.cancel_known = true;
    EXPECT_EQ(decide(record_in(JobPhase::RUNNING), here, kNow, kLocal).next.outcome, JobStatus::ERROR);
}

TEST(JobState, AnEndThatCameFirstWinsOverACancel) {
    auto record = record_in(JobPhase::RUNNING);
    record.cancel_requested = true;
    const auto cancelling = decide(record, process_in(Phase::running), kNow, kLocal);
    EXPECT_TRUE(cancelling.stop_process);
    auto seen = process_in(Phase::ended, 0);
    seen.result = result_of(DriverResult::Outcome::returned);
    const auto decision = decide(cancelling.next, seen, kNow, kLocal);
    EXPECT_TRUE(decision.collect);
    ASSERT_FALSE(decision.messages.empty());
}

TEST(JobState, TimeAllowedEndsAsAnErrorThatSaysSo) {
    auto record = record_in(JobPhase::RUNNING);
    record.timeout_ms = 134'000;
    const auto decision = decide(record, process_in(Phase::running), kNow, kLocal);
    EXPECT_TRUE(decision.stop_process);
    const auto ended = decide(decision.next, process_in(Phase::ended, 0, 15), kNow, kLocal);
    EXPECT_EQ(ended.next.outcome, JobStatus::ERROR);
    EXPECT_TRUE(ended.next.reason.contains("time allowed"));
}

TEST(JobState, UnreachableClusterIsTriedAgainUnlessTheDriverHadBegun) {
    auto seen = process_in(Phase::ended, 1);
    seen.error_tail = "x\njava.net.ConnectException: Connection refused\n";
    const auto again = decide(record_in(JobPhase::SUBMITTED), seen, kNow, kLocal);
    EXPECT_EQ(again.next.phase, JobPhase::READY);

    seen.driver_began = true;
    const auto failed = decide(record_in(JobPhase::SUBMITTED), seen, kNow, kLocal);
    EXPECT_EQ(failed.next.outcome, JobStatus::ERROR);
    EXPECT_TRUE(failed.next.reason.contains("java.net.ConnectException: Connection refused")) << failed.next.reason;

    seen.driver_began = false;
    auto last = record_in(JobPhase::SUBMITTED);
    last.attempt = kLocal.attempts;
    EXPECT_EQ(decide(last, seen, kNow, kLocal).next.outcome, JobStatus::ERROR);
}

TEST(JobState, FailedSubmissionToAClusterWaitsForASettledAnswer) {
    auto seen = process_in(Phase::ended, 1);
    seen.error_tail = "Connection refused";
    seen.cluster = Cluster::unknown;
    auto decision = decide(record_in(JobPhase::SUBMITTED), seen, kNow, kRemote);
    EXPECT_EQ(decision.next.phase, JobPhase::SUBMITTED);
    EXPECT_EQ(decide(decision.next, seen, kNow + kRemote.settle, kRemote).next.phase, JobPhase::READY);

    // The application came to be after all: followed, never launched again.
    const auto found = decide(decision.next, cluster_says(ApplicationState::running), kNow + kRemote.settle, kRemote);
    EXPECT_EQ(found.next.phase, JobPhase::RUNNING);
}

TEST(JobState, LostProcessIsAnErrorAndItsReturnStillCounts) {
    EXPECT_EQ(decide(record_in(JobPhase::RUNNING), process_in(Phase::lost), kNow, kLocal).next.outcome, JobStatus::ERROR);
    auto seen = process_in(Phase::lost);
    seen.result = result_of(DriverResult::Outcome::returned);
    EXPECT_TRUE(decide(record_in(JobPhase::RUNNING), seen, kNow, kLocal).collect);
}

TEST(JobState, WhatAProgramLeftIsStoppedBeforeTheEndIsJudged) {
    auto seen = process_in(Phase::remnant);
    seen.result = result_of(DriverResult::Outcome::returned);
    auto decision = decide(record_in(JobPhase::RUNNING), seen, kNow, kLocal);
    EXPECT_TRUE(decision.stop_process);
    EXPECT_FALSE(decision.collect);
    auto cancelled = record_in(JobPhase::RUNNING);
    cancelled.cancel_requested = true;
    seen.result.reset();
    decision = decide(cancelled, seen, kNow, kLocal);
    EXPECT_TRUE(decision.stop_process);
    EXPECT_TRUE(decide(decision.next, seen, kNow, kLocal).stop_process);
}

TEST(JobState, AKilledRunOfACancelledJobIsCancelledAlsoWhenTheJournalWasLost) {
    auto record = record_in(JobPhase::RUNNING);
    record.adopted = true;
    record.cancel_requested = true;
    EXPECT_EQ(decide(record, process_in(Phase::ended, 0, 15), kNow, kLocal).next.outcome, JobStatus::CANCELLED);
    EXPECT_EQ(decide(record, process_in(Phase::lost), kNow, kLocal).next.outcome, JobStatus::CANCELLED);
    EXPECT_EQ(decide(record, process_in(Phase::ended, 3), kNow, kLocal).next.outcome, JobStatus::ERROR);
    record.cancel_requested = false;
    EXPECT_EQ(decide(record, process_in(Phase::ended, 0, 15), kNow, kLocal).next.outcome, JobStatus::ERROR);
}

TEST(JobState, ASupervisorThatExecutedNothingGoesBackToItsLaunch) {
    auto record = decide(record_in(JobPhase::LAUNCHING), process_in(Phase::running), kNow, kLocal).next;
    EXPECT_TRUE(record.begun);
    record = decide(record, process_in(Phase::absent), kNow, kLocal).next;
    EXPECT_EQ(record.phase, JobPhase::LAUNCHING);
    EXPECT_EQ(record.attempt, 1);
}

TEST(JobState, WhatHasLeftAnythingOfItsRunIsNotLaunchedAgain) {
    auto seen = process_in(Phase::absent);
    seen.driver_began = true;
    auto record = decide(record_in(JobPhase::SUBMITTED), seen, kNow, kLocal).next;
    EXPECT_EQ(record.outcome, JobStatus::ERROR);
    EXPECT_TRUE(record.reason.contains("lost")) << record.reason;
    seen = process_in(Phase::absent);
    seen.result = result_of(DriverResult::Outcome::returned);
    EXPECT_TRUE(decide(record_in(JobPhase::SUBMITTED), seen, kNow, kLocal).collect);
    record = record_in(JobPhase::SUBMITTED);
    record.application_id = "app-1";
    EXPECT_NE(decide(record, process_in(Phase::absent), kNow, kRemote).next.phase, JobPhase::LAUNCHING);
}

TEST(JobState, ARunWhoseProcessHasLeftNothingEnds) {
    auto seen = process_in(Phase::absent);
    EXPECT_EQ(decide(record_in(JobPhase::RUNNING), seen, kNow, kLocal).next.outcome, JobStatus::ERROR);
    seen.result = result_of(DriverResult::Outcome::returned);
    EXPECT_TRUE(decide(record_in(JobPhase::RUNNING), seen, kNow, kLocal).collect);
}

TEST(JobState, AFolderThatWasTakenAwayIsTheReasonOfTheEnd) {
    auto seen = process_in(Phase::absent);
    seen.folder_gone = true;
    for (const auto phase : {JobPhase::SUBMITTED, JobPhase::RUNNING}) {
        const auto record = decide(record_in(phase), seen, kNow, kLocal).next;
        EXPECT_EQ(record.outcome, JobStatus::ERROR);
        EXPECT_TRUE(record.reason.contains("taken away")) << record.reason;
    }
}

TEST(JobState, AnAbsentProcessKeepsNoJobThatTheClusterDoesNotKnow) {
    auto cancelling = record_in(JobPhase::LAUNCHING);
    cancelling.phase = JobPhase::CANCELLING;
    cancelling.stop = StopReason::CANCEL;
    auto adopted = record_in(JobPhase::LAUNCHING);
    adopted.adopted = true;
    auto seen = process_in(Phase::absent);
    seen.cluster = Cluster::unknown;
    for (const auto& [record, outcome] : {std::pair{cancelling, JobStatus::CANCELLED}, std::pair{adopted, JobStatus::ERROR}}) {
        const auto waiting = decide(record, seen, kNow, kRemote).next;
        EXPECT_EQ(waiting.phase, record.phase);
        const auto ended = decide(waiting, seen, kNow + kRemote.lost_grace, kRemote).next;
        EXPECT_EQ(ended.phase, JobPhase::FINISHING);
        EXPECT_EQ(ended.outcome, outcome);
    }
    auto launching = record_in(JobPhase::LAUNCHING);
    launching.missing_since = 1;
    EXPECT_EQ(decide(launching, seen, kNow, kRemote).next.phase, JobPhase::LAUNCHING) << "it is launched again";
    launching.phase = JobPhase::SUBMITTED;
    launching.adopted = true;
    EXPECT_EQ(decide(launching, seen, kNow, kRemote).next.phase, JobPhase::LAUNCHING) << "its supervisor died before it executed anything";
}

/// The short way must agree with decide() in every case, not only where it is taken.
TEST(JobState, WhatChangesNothingIsWhatDecideSaysNothingTo) {
    std::vector<JobRecord> records;
    for (auto phase : {JobPhase::LAUNCHING, JobPhase::SUBMITTED, JobPhase::ACCEPTED, JobPhase::RUNNING, JobPhase::CANCELLING}) {
        records.push_back(record_in(phase));
        for (const auto change : std::initializer_list<void (*)(JobRecord&)>{
                 [](JobRecord& r) { r.cancel_requested = true; }, [](JobRecord& r) { r.timeout_ms = 134'000; }, [](JobRecord& r) { r.timeout_ms = 134'001; },
                 [](JobRecord& r) { r.missing_since = 1; }, [](JobRecord& r) { r.stop = StopReason::CANCEL; }, [](JobRecord& r) { r.application_id = "app-0"; },
                 [](JobRecord& r) { r.tracking_url = "http://new"; }, [](JobRecord& r) { r.tracking_url = "http://old"; }}) {
            records.push_back(record_in(phase));
            change(records.back());
        }
    }
    int quiet = 0;
    for (const auto& record : records) {
        for (int state = 0; state <= static_cast<int>(ApplicationState::uncertain); ++state) {
            auto seen = cluster_says(static_cast<ApplicationState>(state));
            seen.process = ProcessReport{.phase = Phase::ended};
            for (const auto* url : {"", "http://new"}) {
                seen.application.tracking_url = url;
                if (!changes_nothing(record, seen.application, kNow)) {
                    continue;
                }
                ++quiet;
                const auto decision = decide(record, seen, kNow, kRemote);
                EXPECT_EQ(decision.next, record) << json::write(json::encode(record));
                EXPECT_TRUE(decision.messages.empty() && !decision.stop_process && !decision.kill_application && !decision.collect);
            }
        }
    }
    EXPECT_EQ(quiet, 10);  // of each of both phases: as it is, with time left, with each of two links and none
}

TEST(JobState, TerminalPhasesNeverChange) {
    for (const auto phase : {JobPhase::FINISHING, JobPhase::DONE}) {
        auto record = record_in(phase);
        record.outcome = JobStatus::CANCELLED;
        auto seen = process_in(Phase::ended, 0);
        seen.result = result_of(DriverResult::Outcome::returned);
        const auto decision = decide(record, seen, kNow, kLocal);
        EXPECT_EQ(decision.next.phase, phase);
        EXPECT_EQ(finished(decision.next, JobStatus::COMPLETE, "", kNow).outcome, JobStatus::CANCELLED);
    }
}

}  // namespace
}  // namespace slipway::spark
