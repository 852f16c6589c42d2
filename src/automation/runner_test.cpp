#include "automation/runner.hpp"

#include <gtest/gtest.h>

#include "fakes/automation_world.hpp"
#include "fakes/test_store.hpp"
#include "registry/tables.hpp"

/// What the runner does when the database fails in its hands.
namespace slipway::automation {
namespace {

/// A database that does what it is asked and then answers otherwise.
class FailingDatabase final : public store::Database {
public:
    explicit FailingDatabase(store::Database& inner) : inner_{inner} {}

    Result<void> transact(const store::Work& work) override {
        auto done = inner_.transact([&](store::Session& sql) -> Result<void> {
            SW_CHECK(work(sql));
            return before_commit ? before_commit(sql) : Result<void>{};
        });
        return done && after_commit ? after_commit() : done;
    }
    Result<void> read(const store::Work& work) override { return inner_.read(work); }
    store::Dialect dialect() const override { return inner_.dialect(); }
    std::string description() const override { return inner_.description(); }

    std::function<Result<void>(store::Session&)> before_commit;  ///< what it answers undoes the transaction
    std::function<Result<void>()> after_commit;

private:
    store::Database& inner_;
};

class RunnerTest : public testing::Test {
protected:
    RunnerTest() {
        world_.handlers["a"] = [this](const ExternalTask&) -> Outcome {
            ++worked_;
            return Done{};
        };
        world_.restart();
        world_.deploy_task();
        instance_ = world_.start("p");
    }
    bool is_locked() {
        return !world_
                    .read<std::string>([&](store::Session& sql) -> Result<std::string> {
                        SW_TRY(const auto rows, sql.query("SELECT worker FROM lifecycle_tasks"));
                        return rows.empty() ? std::string{} : rows[0].text(0);
                    })
                    .empty();
    }
    bool run() { return world_.try_run(); }
    /// What is stored as the file of `p` from now on, and is read after a restart.
    void store_file(const std::string& content) {
        ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(unit.sql.execute("UPDATE lifecycle_resources SET content = $1 WHERE name = 'p.bpmn'", {store::Blob{content}}));
            return {};
        }));
        world_.restart();
    }

    fakes::TestStore store_;
    FailingDatabase database_{store_.database()};
    World world_{store::Store{database_, store_.clock(), store_.ids()}};
    std::string instance_;
    int worked_{0};
};

TEST_F(RunnerTest, ALockWhoseCommitWasNotAnsweredIsFreedAgain) {
    database_.after_commit = [&]() -> Result<void> {
        database_.after_commit = {};
        return fail(ErrorCode::unavailable, "COMMIT_UNKNOWN", "The connection was lost.");
    };
    EXPECT_FALSE(run());
    ASSERT_TRUE(is_locked()) << "the commit was done, and nobody has the task";
    EXPECT_EQ(worked_, 0);
    world_.run();
    EXPECT_EQ(world_.state(instance_), "completed");
    EXPECT_EQ(worked_, 1);
}

TEST_F(RunnerTest, AnAnswerIsKeptWhileTheDatabaseIsAwayAndItsTaskIsNotWorkedAgain) {
    int times = 0;
    database_.after_commit = [&]() -> Result<void> {
        return ++times == 2 ? Result<void>{fail(ErrorCode::unavailable, "COMMIT_UNKNOWN", "The connection was lost.")} : Result<void>{};
    };
    run();
    run();
    database_.after_commit = {};
    world_.run();
    EXPECT_EQ(world_.state(instance_), "completed");
    EXPECT_EQ(worked_, 1);
    EXPECT_TRUE(world_.incidents(instance_).empty());
}

TEST_F(RunnerTest, AHandlerThatThrowsHasFailedAndItsTaskIsThereForAnotherTry) {
    world_.handlers["a"] = [](const ExternalTask&) -> Outcome { throw std::runtime_error{"no such key"}; };
    world_.restart();
    run();
    run();  // takes what came of it
    EXPECT_EQ(world_.state(instance_), "active");
    EXPECT_FALSE(is_locked());
}

TEST_F(RunnerTest, AClockThatJumpsWorksNothingTwiceAndHoldsNothingUp) {
    world_.handlers["a"] = [this](const ExternalTask&) -> Outcome {
        ++worked_;
        store_.clock().jump(std::chrono::hours{24});  // its lock is long over
        return Done{};
    };
    world_.restart();
    run();
    store_.clock().jump(std::chrono::hours{-48});
    world_.run();
    EXPECT_EQ(world_.state(instance_), "completed");
    EXPECT_EQ(worked_, 1);
}

/// One that looks again after a minute, once.
class SetBackTest : public RunnerTest {
protected:
    SetBackTest() {
        world_.handlers["a"] = [this](const ExternalTask&) -> Outcome { return ++worked_ == 1 ? Outcome{Later{std::chrono::minutes{1}}} : Outcome{Done{}}; };
        world_.restart();
    }
    void pass(Milliseconds time) {
        store_.clock().advance(time);
        world_.run();
    }
    /// An instance that waits at a timer.
    std::string waits(const std::string& key, lifecycle::TimerKind kind, const std::string& text) {
        lifecycle::ProcessBuilder builder;
        builder.process.id = key;
        builder.start();
        auto& timer = builder.catching("wait", lifecycle::EventKind::timer, "");
        timer.event.timer = kind;
        timer.event.expression = text;
        builder.end();
        builder.path({"s", "wait", "e"});
        world_.deploy(builder.process);
        return world_.start(key);
    }
};

TEST_F(SetBackTest, WhatIsLookedAtLaterIsNotLookedAtAnHourLater) {
    world_.run();
    ASSERT_EQ(worked_, 1);
    store_.clock().jump(std::chrono::hours{-1});
    pass(std::chrono::seconds{30});
    EXPECT_EQ(worked_, 1) << "its minute is not over";
    pass(std::chrono::seconds{31});
    EXPECT_EQ(world_.state(instance_), "completed");
}

TEST_F(SetBackTest, NorWhereTheServerWasStoppedMeanwhile) {
    world_.run();
    store_.clock().jump(std::chrono::hours{-1});
    world_.restart();
    pass(std::chrono::seconds{61});
    EXPECT_EQ(world_.state(instance_), "completed");
}

TEST_F(SetBackTest, AndOnceHoweverOftenItStarts) {
    world_.handlers["a"] = [this](const ExternalTask&) -> Outcome { return ++worked_ == 1 ? Outcome{Later{std::chrono::hours{2}}} : Outcome{Done{}}; };
    world_.restart();
    world_.run();
    store_.clock().jump(std::chrono::hours{-1});
    world_.restart();
    world_.restart();
    pass(std::chrono::minutes{61});
    EXPECT_EQ(worked_, 1) << "an hour of its two is left";
    pass(std::chrono::minutes{60});
    EXPECT_EQ(worked_, 2);
}

TEST_F(SetBackTest, WhatIsMadeIsDueWhateverTheClockSays) {
    store_.clock().jump(std::chrono::hours{-1});
    world_.run();
    EXPECT_EQ(worked_, 1);
}

TEST_F(SetBackTest, ADurationPassesAndADateIsADate) {
    const auto minutes = waits("minutes", lifecycle::TimerKind::duration, "PT5M");
    const auto date = waits("date", lifecycle::TimerKind::date, to_iso(store_.clock().now() + std::chrono::minutes{5}));
    world_.run();
    store_.clock().jump(std::chrono::hours{-1});
    pass(std::chrono::minutes{4});
    EXPECT_EQ(world_.state(minutes), "active");
    pass(std::chrono::minutes{2});
    EXPECT_EQ(world_.state(minutes), "completed");
    EXPECT_EQ(world_.state(date), "active");
    pass(std::chrono::hours{1});
    EXPECT_EQ(world_.state(date), "completed");
}

TEST_F(RunnerTest, WhatIsDoneIsNotDoneAgainByARetryThatEndsAsBefore) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "bad";
    builder.start();
    builder.task("a");
    builder.end("e", "", lifecycle::EventKind::error, "BAD");
    builder.path({"s", "a", "e"});
    world_.deploy(builder.process);
    int worked = 0;
    world_.handlers["a"] = [&](const ExternalTask&) -> Outcome {
        ++worked;
        return Done{};
    };
    world_.restart();
    const auto id = world_.start("bad");
    world_.run();
    const auto before = worked;
    ASSERT_EQ(world_.incidents(id).size(), 1U);
    const auto incident = world_.incidents(id)[0].id;
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().retry_incident(unit, world_.ann, incident, {}); }));
    world_.run();
    EXPECT_EQ(worked, before) << "nothing catches its error still";
    EXPECT_EQ(world_.incidents(id).size(), 1U);
}

TEST_F(RunnerTest, WhatWasGivenUpIsTriedAgainByAPerson) {
    database_.before_commit = [&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT state FROM lifecycle_instances WHERE id = $1", {instance_}));
        return rows.at(0).text(0) == "active" ? Result<void>{} : Result<void>{fail(ErrorCode::internal, "BROKEN", "This cannot be written.")};
    };
    world_.run();
    ASSERT_EQ(world_.state(instance_), "active");
    const auto incidents = world_.incidents(instance_);
    ASSERT_EQ(incidents.size(), 1U);
    EXPECT_EQ(world_.info(instance_).incidents, 1);
    const auto task = world_.read<ExternalTask>([&](store::Session& sql) { return world_.tasks().get(sql, world_.service, incidents[0].job_id); });
    EXPECT_EQ(task.element, "a") << "the incident names what stopped";
    database_.before_commit = {};
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.engine().send(unit, instance_, lifecycle::SetVariables{0, {{"n", 1}}, {}}, true); }));
    EXPECT_EQ(world_.info(instance_).incidents, 1) << "a step that has nothing to do with it made it vanish from the lists";
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().retry_incident(unit, world_.ann, incidents[0].id); }));
    EXPECT_TRUE(world_.incidents(instance_).empty());
    EXPECT_EQ(world_.info(instance_).incidents, 0);
    world_.run();
    EXPECT_EQ(world_.state(instance_), "completed");
    EXPECT_EQ(worked_, 2);
}

TEST_F(RunnerTest, AProcessThatCannotBeReadKeepsTheTasksOfNobody) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "whole";
    builder.start();
    builder.task("a");
    builder.task("elsewhere");
    builder.end();
    builder.path({"s", "a", "elsewhere", "e"});
    world_.deploy(builder.process);
    const auto whole = world_.start("whole");
    store_file("no process");
    world_.run();
    EXPECT_EQ(world_.waiting(whole), "elsewhere");
    ASSERT_EQ(world_.incidents(instance_).size(), 1U);
    EXPECT_NE(world_.incidents(instance_)[0].message.find("can no longer be read"), std::string::npos) << world_.incidents(instance_)[0].message;
    EXPECT_EQ(world_.fetch("elsewhere").size(), 1U);
    store_file("p#1");
    const auto incident = world_.incidents(instance_)[0].id;
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().retry_incident(unit, world_.ann, incident); }));
    world_.run();
    EXPECT_EQ(world_.state(instance_), "completed");
    EXPECT_EQ(worked_, 2);
}

TEST_F(RunnerTest, AProcessThatCannotBeReadKeepsTheTasksFromNoWorkerOutside) {
    world_.handlers.clear();
    world_.deploy_task("a", "whole");
    const auto whole = world_.start("whole");
    store_file("no process");
    const auto got = world_.fetch("a");
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].instance_id, whole);
    EXPECT_EQ(world_.incidents(instance_).size(), 1U);
}

/// A bound that came with a newer server than the file.
TEST_F(RunnerTest, WhatIsDeployedGoesOnThoughItWouldBeRefusedNow) {
    lifecycle::ProcessBuilder builder;
    builder.start();
    builder.task("a");
    builder.user("u").candidate_groups.assign(256, 'g');
    builder.end();
    builder.path({"s", "a", "u", "e"});
    ASSERT_FALSE(world_.try_deploy(builder.process, world_.service));
    store_file("p#2");
    world_.run();
    EXPECT_EQ(worked_, 1);
    ASSERT_EQ(world_.incidents(instance_).size(), 1U);
    EXPECT_NE(world_.incidents(instance_)[0].message.find("256 bytes"), std::string::npos) << world_.incidents(instance_)[0].message;
}

TEST_F(RunnerTest, LinksAreMendedByTheirIdsAndNothingIsWrittenWhereAllAreWhole) {
    const auto link = [&](const std::string& id) {
        ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(store::insert(unit, registry::model_mlcs_table(),
                                   {.id = id, .group = "risk", .document = {{"storedModelId", "m"}, {"processInstance", {{"id", id}}}}}));
            return {};
        }));
    };
    int commits = 0;
    const auto commits_of_prune = [&] {
        commits = 0;
        database_.after_commit = [&]() -> Result<void> {
            ++commits;
            return {};
        };
        world_.prune();
        database_.after_commit = {};
        return commits;
    };
    link(instance_);
    const auto usual = commits_of_prune();
    link("gone");
    EXPECT_EQ(commits_of_prune(), usual + 1);
    ASSERT_EQ(world_.rows("model_mlcs"), 1) << "of an instance that is no more";
    world_.run();
    ASSERT_EQ(world_.state(instance_), "completed");
    EXPECT_EQ(commits_of_prune(), usual + 1);
    const auto row =
        world_.read<store::Entity>([&](store::Session& sql) { return store::require(sql, registry::model_mlcs_table(), instance_, store::Scope::all()); });
    EXPECT_TRUE(row.document.at("processInstance").as_object().contains("endTime"));
    EXPECT_EQ(commits_of_prune(), usual);
}

TEST_F(RunnerTest, AMessageThatReachesNobodyIsCountedInTheFirstStepAndInTheLast) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "tells";
    builder.start();
    builder.throwing("first", lifecycle::EventKind::message, "nobody");
    builder.user("u");
    builder.throwing("last", lifecycle::EventKind::message, "nobody");
    builder.end();
    builder.path({"s", "first", "u", "last", "e"});
    world_.deploy(builder.process);
    const auto id = world_.start("tells");
    ASSERT_EQ(world_.waiting(id), "u");
    EXPECT_EQ(world_.info(id).incidents, 1);
    const auto token = world_.read<std::int64_t>([](store::Session& sql) -> Result<std::int64_t> {
        SW_TRY(const auto rows, sql.query("SELECT token FROM lifecycle_user_tasks"));
        return rows.at(0).integer(0);
    });
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.engine().send(unit, id, lifecycle::Complete{token, {}, {}}, true); }));
    EXPECT_EQ(world_.state(id), "completed");
    EXPECT_EQ(world_.incidents(id).size(), 2U);
    EXPECT_EQ(world_.info(id).incidents, 2);
}

TEST_F(RunnerTest, AProcessThatCannotBeReadKeepsTheTimersOfNobody) {
    for (const auto* key : {"broken", "nightly"}) {
        lifecycle::ProcessBuilder builder;
        builder.process.id = key;
        builder.event(lifecycle::ElementKind::start_event, "s", {}, lifecycle::EventKind::timer, "R/PT1H").event.timer = lifecycle::TimerKind::cycle;
        builder.task("elsewhere");
        builder.end();
        builder.path({"s", "elsewhere", "e"});
        world_.deploy(builder.process);
    }
    world_.restart();
    ASSERT_TRUE(world_.change([](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute(
            "UPDATE lifecycle_resources SET content = (SELECT r.content FROM lifecycle_resources r WHERE r.name = 'nightly.bpmn') WHERE name = 'broken.bpmn'"));
        return {};
    }));
    const auto started = [&](const std::string& key) {
        return world_
            .read<std::vector<InstanceInfo>>([&](store::Session& sql) { return world_.instances().list(sql, world_.service, {.definition_key = key}); })
            .size();
    };
    for (std::size_t hour = 1; hour <= 2; ++hour) {
        store_.clock().advance(std::chrono::minutes{61});
        world_.run();
        EXPECT_EQ(started("nightly"), hour);
    }
    EXPECT_EQ(started("broken"), 0U);
    EXPECT_EQ(world_.rows("notifications"), 1) << "said once, and not tried again and again";
}

}  // namespace
}  // namespace slipway::automation
