#include <gtest/gtest.h>

#include "automation/task_rows.hpp"
#include "fakes/automation_world.hpp"
#include "fakes/test_store.hpp"

/// Jobs and tasks whose retries a person sets.
namespace slipway::automation {
namespace {

class StoppedJobsTest : public testing::Test {
protected:
    StoppedJobsTest() {
        lifecycle::ProcessBuilder builder;
        builder.start();
        builder.task("work");
        builder.boundary("late", "work", lifecycle::EventKind::timer, "PT1H").event.timer = lifecycle::TimerKind::duration;
        builder.user("after");
        builder.end();
        builder.path({"s", "work", "after", "e"});
        builder.path({"late", "after"});
        world_.deploy(builder.process);
        instance_ = world_.start("p");
    }
    std::string timer() {
        const auto jobs =
            world_.read<std::vector<JobInfo>>([&](store::Session& sql) { return world_.instances().jobs(sql, world_.ann, {}, store_.clock().now()); });
        return jobs.size() == 1 ? jobs[0].id : "not one";
    }
    void set_retries(const std::string& job, std::int64_t retries) {
        ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().set_job_retries(unit, world_.ann, job, retries); }));
    }
    /// What the audit trail tells of the instance, oldest first: what was done, where, and how.
    std::vector<std::string> audited() {
        return world_.read<std::vector<std::string>>([&](store::Session& sql) -> Result<std::vector<std::string>> {
            SW_TRY(const auto rows, sql.query("SELECT document FROM audit_records WHERE entity_id = $1 ORDER BY row_id", {instance_}));
            std::vector<std::string> out;
            for (const auto& row : rows) {
                SW_TRY(const auto record, json::parse_object(row.text(0)));
                const auto* meta = json::object_of(record, "metaData");
                const auto* changes = record.if_contains("changes");
                out.push_back(meta == nullptr ? json::write(record)
                                              : std::string{json::text_of(*meta, "action")} + " " + std::string{json::text_of(*meta, "taskDefinitionKey")} +
                                                    " " + (changes == nullptr ? "" : json::write(*changes)));
            }
            return out;
        });
    }

    fakes::TestStore store_;
    World world_{*store_};
    std::string instance_;
};

TEST_F(StoppedJobsTest, TheIncidentOfAStoppedTimerEndsWithTheActivityOfTheTimer) {
    set_retries(timer(), 0);
    ASSERT_EQ(world_.incidents(instance_).size(), 1U);
    const auto tasks = world_.fetch("work");
    ASSERT_EQ(tasks.size(), 1U);
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.tasks().complete(unit, world_.ann, tasks[0].id, "w", {}, {}); }));
    EXPECT_EQ(world_.waiting(instance_), "after");
    EXPECT_TRUE(world_.incidents(instance_).empty()) << "there is no timer any more that could be tried again";
    EXPECT_EQ(world_.info(instance_).incidents, 0);
}

TEST_F(StoppedJobsTest, TheIncidentOfAStoppedTimerStaysWhileTheTimerDoes) {
    set_retries(timer(), 0);
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().set_variables(unit, world_.ann, instance_, {{"x", 1}}, {}); }));
    EXPECT_EQ(world_.incidents(instance_).size(), 1U);
    EXPECT_EQ(world_.info(instance_).incidents, 1);
}

TEST_F(StoppedJobsTest, WhoStopsAJobAndLetsItGoOnIsInTheAuditTrail) {
    const auto job = timer();
    set_retries(job, 0);
    set_retries(job, 0);
    set_retries(job, 3);
    const auto told = [&](std::string_view what, int now, int before) {
        return std::string{what} + " late [{\"op\":\"replace\",\"path\":\"/jobs/" + job + "/retries\",\"value\":" + std::to_string(now) +
               ",\"oldValue\":" + std::to_string(before) + "}]";
    };
    EXPECT_EQ(audited(), (std::vector<std::string>{told("stopped", 0, 1), told("retried", 3, 0)}));
}

TEST_F(StoppedJobsTest, WhoLetsATaskBeTriedAgainIsInTheAuditTrail) {
    const auto tasks = world_.fetch("work");
    ASSERT_EQ(tasks.size(), 1U);
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.tasks().set_retries(unit, world_.ann, tasks[0].id, 2); }));
    const auto all = audited();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_TRUE(all[0].starts_with("retried work [{\"op\":\"add\",\"path\":\"/tasks/" + tasks[0].id + "/retries\",\"value\":2}")) << all[0];
}

TEST_F(StoppedJobsTest, ATaskThatWasGivenUpIsTriedAgainByItsRetries) {
    const auto tasks = world_.fetch("work");
    ASSERT_EQ(tasks.size(), 1U);
    ASSERT_TRUE(world_.change([&](store::Unit& unit) {
        return give_up(unit, instance_, "lifecycle_tasks", tasks[0].token, Error{ErrorCode::internal, "LOST", "It was lost ten times.", {}, {}});
    }));
    ASSERT_EQ(world_.info(instance_).incidents, 1);
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.tasks().set_retries(unit, world_.ann, tasks[0].id, 2); }));
    EXPECT_TRUE(world_.incidents(instance_).empty());
    EXPECT_EQ(world_.info(instance_).incidents, 0);
}

/// Two tokens are at one activity, and the timer of each comes to grief behind itself, at a gateway.
class ParkedTimersTest : public testing::Test {
protected:
    ParkedTimersTest() {
        lifecycle::ProcessBuilder builder;
        builder.start();
        builder.add(lifecycle::ElementKind::parallel_gateway, "fork");
        builder.user("work");
        builder.boundary("late", "work", lifecycle::EventKind::timer, "PT1H", false).event.timer = lifecycle::TimerKind::duration;
        builder.add(lifecycle::ElementKind::exclusive_gateway, "gate");
        builder.user("after");
        builder.end();
        builder.path({"s", "fork", "work", "e"});
        builder.flow("fork", "work").id = "again";
        builder.path({"late", "gate"});
        builder.flow("gate", "after", "${ready}");
        builder.flow("gate", "e", "${!ready}");
        builder.path({"after", "e"});
        world_.deploy(builder.process);
        instance_ = world_.start("p");
        store_.clock().advance(std::chrono::minutes{61});
        world_.run();
    }
    fakes::TestStore store_;
    World world_{*store_};
    std::string instance_;
};

TEST_F(ParkedTimersTest, TheRetriesOfAJobEndItsOwnIncident) {
    ASSERT_EQ(world_.incidents(instance_).size(), 2U);
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().set_variables(unit, world_.ann, instance_, {{"ready", true}}, {}); }));
    for (std::size_t left = 2; left > 0; --left) {
        const auto jobs =
            world_.read<std::vector<JobInfo>>([&](store::Session& sql) { return world_.instances().jobs(sql, world_.ann, {}, store_.clock().now()); });
        ASSERT_EQ(jobs.size(), left);
        EXPECT_EQ(jobs.back().retries, 0);
        ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().set_job_retries(unit, world_.ann, jobs.back().id, 1); }));
        world_.run();
        EXPECT_EQ(world_.incidents(instance_).size(), left - 1);
    }
    EXPECT_EQ(world_.waiting(instance_), "after after work work");
}

TEST(Orphans, OneBehindAHundredThatAPersonWakesIsFound) {
    fakes::TestStore store;
    World world{*store};
    lifecycle::ProcessBuilder builder;
    builder.process.id = "by_hand";
    builder.start();
    builder.add(lifecycle::ElementKind::receive_task, "wait");
    builder.end();
    builder.path({"s", "wait", "e"});
    world.deploy(builder.process);
    world.deploy_task();
    ASSERT_TRUE(world.change([&](store::Unit& unit) -> Result<void> {
        for (int i = 0; i < 101; ++i) {
            SW_CHECK(world.instances().start(unit, world.ann, {.key = "by_hand", .group = "risk"}));
        }
        return {};
    }));
    const auto orphan = world.start("p");
    ASSERT_TRUE(world.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_tasks WHERE instance_id = $1", {orphan}));
        return {};
    }));
    world.restart();
    ASSERT_EQ(world.incidents(orphan).size(), 1U);
    EXPECT_NE(world.incidents(orphan)[0].message.find("Nothing can wake this instance"), std::string::npos);
}

}  // namespace
}  // namespace slipway::automation
