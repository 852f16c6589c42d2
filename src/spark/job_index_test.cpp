#include "spark/job_index.hpp"

#include <gtest/gtest.h>

#include "fakes/spark_peers.hpp"

namespace slipway::spark {
namespace {

TEST(JobIndex, AJobThatWasRemovedTouchesNothingOfTheNextOneOfItsId) {
    fakes::FakeCluster cluster;
    JobIndex index{cluster};
    const auto old = std::make_shared<LiveJob>();
    old->record.phase = JobPhase::RUNNING;
    old->record.launched_ms = 5;
    ASSERT_TRUE(index.add("j1", old));
    EXPECT_EQ(index.in_flight(), 1U);
    index.remove("j1");
    const auto fresh = std::make_shared<LiveJob>();
    fresh->record.phase = JobPhase::RUNNING;
    fresh->record.launched_ms = 9;
    ASSERT_TRUE(index.add("j1", fresh));
    old->record.phase = JobPhase::DONE;
    index.settle(old);  // an answer about it that came late
    EXPECT_EQ(index.find("j1"), fresh);
    EXPECT_EQ(index.in_flight(), 1U);
    EXPECT_EQ(index.oldest_launch(), 9);
    EXPECT_EQ(index.by_phase(), (std::map<JobPhase, std::size_t>{{JobPhase::RUNNING, 1}}));
}

}  // namespace
}  // namespace slipway::spark
