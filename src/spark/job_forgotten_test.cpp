#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/running_job.hpp"
#include "spark/job_state.hpp"

/// What is told of a job whose application a healthy cluster does not know any more.
namespace slipway::spark {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr StatePolicy kRemote{.driver_is_local = false};
const Observation kUnknown{.cluster = Observation::Cluster::unknown};

TEST(ForgottenJob, SaysSinceWhenAndWhenItEnds) {
    auto decision = decide(running(), kUnknown, kNow, kRemote);
    EXPECT_THAT(decision.messages, ElementsAre("Waits for the cluster to know app-1 again: it has known nothing of it since 2026-11-25 19:00:00 UTC. Unless it "
                                               "does, the job ends as lost at 19:10:00 UTC (spark-runtime.lostAfter)."));
    decision = decide(decision.next, kUnknown, kNow + Milliseconds{60'000}, kRemote);
    EXPECT_THAT(decision.messages, IsEmpty()) << "once";

    Observation found{.cluster = Observation::Cluster::seen};
    found.application = {.id = "app-1", .state = ApplicationState::running, .word = "RUNNING"};
    EXPECT_THAT(decide(decision.next, found, kNow + Milliseconds{61'000}, kRemote).messages, ElementsAre("The cluster knows app-1 again."));
    EXPECT_THAT(decide(running(), found, kNow, kRemote).messages, IsEmpty());
}

TEST(ForgottenJob, SaysSoOfItsCancelToo) {
    auto forgotten = decide(running(), kUnknown, kNow, kRemote).next;
    forgotten.cancel_requested = true;
    const auto decision = decide(forgotten, kUnknown, kNow + Milliseconds{60'000}, kRemote);
    EXPECT_THAT(
        decision.messages,
        ElementsAre(StartsWith("Cancel was asked for"),
                    "Waits for the cluster to know app-1 again: it has known nothing of it since 2026-11-25 19:00:00 UTC. Unless it does, the job ends as "
                    "cancelled at 19:10:00 UTC (spark-runtime.lostAfter)."));
    const auto ended = decide(decision.next, kUnknown, kNow + kRemote.lost_grace, kRemote);
    EXPECT_EQ(ended.next.outcome, domain::JobStatus::CANCELLED);

    auto asked = running();  // the cluster forgets it after that
    asked.phase = JobPhase::CANCELLING;
    asked.stop = StopReason::CANCEL;
    asked.cancel_requested = true;
    EXPECT_THAT(decide(asked, kUnknown, kNow, kRemote).messages, ElementsAre(StartsWith("Waits for the cluster to know app-1 again")));
}

TEST(ForgottenJob, IsNoneBeforeTheClusterHasKnownIt) {
    auto record = running();
    record.application_id.clear();
    record.phase = JobPhase::SUBMITTED;
    EXPECT_THAT(decide(record, kUnknown, kNow, kRemote).messages, IsEmpty()) << "a cluster under load takes minutes to show one";
}

}  // namespace
}  // namespace slipway::spark
