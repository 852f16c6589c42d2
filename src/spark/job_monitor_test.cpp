#include "spark/job_monitor.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

#include "adapters/db/db.hpp"
#include "base/id.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/spark_peers.hpp"

namespace slipway::spark {
namespace {

constexpr auto kSource = "# modelop.score\ndef score(a, b, c): pass\n";

class NoStore final : public ObjectStore {
public:
    std::map<std::string, std::string> files;
    Result<std::vector<StoredObject>> list(const std::string& url) override { return fail(ErrorCode::not_found, "NOT_FOUND", url); }
    Result<void> read(const std::string& url, std::uint64_t, const std::function<bool(std::string_view)>& sink) override {
        const auto found = files.find(url);
        if (found == files.end()) {
            return fail(ErrorCode::not_found, "NOT_FOUND", url);
        }
        sink(found->second);
        return {};
    }
    Result<void> write(const std::string&, std::string_view) override { return {}; }
    Result<void> make_folder(const std::string&) override { return {}; }
    Result<void> remove(const std::string&) override { return {}; }
};

/// A runtime on fakes. `make()` again is a restart: journal and folders stay.
class JobMonitorTest : public testing::Test {
protected:
    JobMonitorTest() : dir_{std::filesystem::temp_directory_path() / ("monitor-" + random_hex(8))} {
        std::filesystem::create_directories(dir_);
        database_ = *db::open_sqlite({.path = ":memory:"});
        EXPECT_TRUE(migrate_journal(*database_));
        journal_.emplace(*database_);
        make();
    }
    ~JobMonitorTest() override {
        monitor_.reset();
        std::filesystem::remove_all(dir_);
    }

    void make() {
        monitor_.reset();
        MonitorSettings settings{.enrolment = {.runtime_id = "r", .instance_id = "me", .name = "spark", .group = "g", .document = {}},
                                 .submit = {.master = "yarn", .deploy_mode = cluster.local_driver ? "client" : "cluster", .staging_url = "mem:/stage"},
                                 .host = {.spark_submit = "/spark-submit", .environment = {}, .job_user = "", .service_tag = "mms", .defaults = ""},
                                 .jobs_dir = dir_.string() + "/jobs",
                                 .driver = "# driver"};
        settings.policy.driver_is_local = cluster.local_driver;
        monitor_ = std::make_unique<JobMonitor>(MonitorPorts{registry, cluster, supervisor, store, *journal_, clock_, [this] { return engine; }},
                                                std::move(settings), metrics_);
        EXPECT_TRUE(monitor_->recover());
    }
    void add_job(const std::string& id, std::string source = kSource) {
        registry.jobs[id].document = {
            {"jobType", "MODEL_BATCH_JOB"},
            {"model",
             {{"storedModel",
               {{"modelAssets",
                 json::array{json::object{{"assetType", "SOURCE_CODE"}, {"name", "m.py"}, {"primaryModelSource", true}, {"sourceCode", source}}}}}}}}};
    }
    /// One cycle, to the end of what it hands to workers.
    void cycle(bool may_claim = true) {
        clock_.advance(Milliseconds{60'000});
        monitor_->tick(may_claim);
        monitor_->wait_until_idle();
    }
    const std::string& status(const std::string& id) { return registry.jobs.at(id).status; }
    std::string folder(const std::string& id) const { return dir_.string() + "/jobs/" + id; }
    void ends(const std::string& id, int code) {
        supervisor.processes[fakes::FakeSupervisor::key(folder(id), 1)] = {.phase = ProcessReport::Phase::ended, .exit_code = code};
    }

    json::object engine{{"engineType", "SPARK_RUNTIME"}, {"name", "spark"}};
    fakes::FakeRegistry registry;
    fakes::FakeCluster cluster;
    fakes::FakeSupervisor supervisor;
    NoStore store;
    fakes::FakeClock clock_;
    Metrics metrics_;
    std::filesystem::path dir_;
    std::unique_ptr<store::Database> database_;
    std::optional<Journal> journal_;
    std::unique_ptr<JobMonitor> monitor_;
};

TEST_F(JobMonitorTest, AJobGoesItsWayOnce) {
    add_job("j1");
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 1U) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_EQ(registry.jobs["j1"].owner, "me");
    EXPECT_EQ(registry.jobs["j1"].attempts.size(), 1U);
    cycle();
    EXPECT_EQ(status("j1"), "WAITING");

    ends("j1", 0);
    cluster.applications = {{.id = "application_1", .tag = registry.jobs["j1"].attempts[0].tag, .state = ApplicationState::running, .word = "RUNNING"}};
    cycle();
    EXPECT_EQ(status("j1"), "RUNNING");
    EXPECT_EQ(registry.jobs["j1"].document["sparkApplication"].at("id"), "application_1");

    cluster.applications[0].state = ApplicationState::finished;
    store.files["mem:/stage/j1/result-1.json"] =
        "{\"version\":1,\"tag\":\"" + registry.jobs["j1"].attempts[0].tag + "\",\"outcome\":\"returned\",\"exitCode\":0}";
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_FALSE(std::filesystem::exists(folder("j1")));
    EXPECT_TRUE(std::ranges::any_of(registry.jobs["j1"].messages, [](const auto& line) { return line.contains("Spark application id: application_1"); }));
}

TEST_F(JobMonitorTest, NothingIsPushedWhenNothingChanged) {
    add_job("j1");
    cycle();
    cycle();
    const auto pushes = registry.pushes;
    for (int i = 0; i < 5; ++i) {
        cycle();
    }
    EXPECT_EQ(registry.pushes, pushes);
}

TEST_F(JobMonitorTest, ABadModelEndsWithItsReasonAndLaunchesNothing) {
    add_job("j1", "def unmarked(): pass\n");
    cycle();
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(supervisor.launches.empty());
    EXPECT_TRUE(registry.jobs["j1"].messages.back().contains("# modelop.score")) << registry.jobs["j1"].messages.back();
    EXPECT_FALSE(std::filesystem::exists(folder("j1")));
}

TEST_F(JobMonitorTest, WithoutAClusterNothingIsTaken) {
    add_job("j1");
    cycle(false);
    EXPECT_EQ(registry.jobs["j1"].owner, "");
    EXPECT_EQ(cluster.reports, 0U);
}

TEST_F(JobMonitorTest, SomebodyElsesJobIsLeftAlone) {
    add_job("j1");
    registry.jobs["j1"].owner = "other";
    cycle();
    EXPECT_TRUE(supervisor.launches.empty());
    EXPECT_FALSE(monitor_->has_jobs());
}

TEST_F(JobMonitorTest, ARestartFollowsWithoutLaunchingAgain) {
    add_job("j1");
    cycle();
    make();
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(status("j1"), "WAITING");
}

TEST_F(JobMonitorTest, AClaimThatWasNotJournalledIsTakenUp) {
    add_job("j1");
    registry.jobs["j1"].owner = "me";
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

TEST_F(JobMonitorTest, ALostJournalLaunchesNothingThatWasRecorded) {
    add_job("j1");
    registry.jobs["j1"].owner = "me";
    registry.jobs["j1"].attempts = {{.attempt = 1, .tag = "mmj-x-1", .owner = "me"}};
    cluster.applications = {{.id = "application_9", .tag = "mmj-x-1", .state = ApplicationState::running, .word = "RUNNING"}};
    cycle();
    cycle();
    EXPECT_TRUE(supervisor.launches.empty());
    EXPECT_EQ(status("j1"), "RUNNING");
}

TEST_F(JobMonitorTest, ModelManageAwayLosesNothing) {
    add_job("j1");
    cycle();
    cycle();
    registry.away = true;
    ends("j1", 0);
    cluster.applications = {
        {.id = "a", .tag = registry.jobs["j1"].attempts[0].tag, .state = ApplicationState::failed, .word = "FAILED", .diagnostics = "User class threw"}};
    cycle();
    EXPECT_EQ(status("j1"), "WAITING");
    registry.away = false;
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(registry.jobs["j1"].messages.back().contains("User class threw"));
}

TEST_F(JobMonitorTest, CancelBeforeTheLaunchAndWhileItRuns) {
    add_job("j1");
    registry.jobs["j1"].cancel_requested = true;
    cycle();
    EXPECT_EQ(status("j1"), "CANCELLED");
    EXPECT_TRUE(supervisor.launches.empty());

    add_job("j2");
    cycle();
    const auto tag = registry.jobs["j2"].attempts.at(0).tag;
    ends("j2", 0);
    cluster.applications = {{.id = "a2", .tag = tag, .state = ApplicationState::running, .word = "RUNNING"}};
    cycle();
    registry.jobs["j2"].cancel_requested = true;
    cycle();
    EXPECT_EQ(cluster.kills, std::vector<std::string>{tag});
    cluster.applications[0].state = ApplicationState::killed;
    cycle();
    cycle();
    EXPECT_EQ(status("j2"), "CANCELLED");
}

TEST_F(JobMonitorTest, ManyJobsCostOneQuestionEach) {
    cluster.local_driver = true;
    make();
    for (int i = 0; i < 4; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 4U);
    const auto reports = cluster.reports;
    const auto questions = registry.work_questions;
    cycle();
    EXPECT_EQ(cluster.reports, reports + 1);
    EXPECT_EQ(registry.work_questions, questions + 1);
}

TEST_F(JobMonitorTest, SubmissionsWaitForASlot) {
    for (int i = 0; i < 6; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 4U);
    for (int i = 0; i < 6; ++i) {
        cluster.applications.push_back({.id = "a" + std::to_string(i), .tag = "", .state = ApplicationState::running, .word = "RUNNING"});
    }
    for (auto& [id, job] : registry.jobs) {
        if (!job.attempts.empty()) {
            cluster.applications[static_cast<std::size_t>(id[1] - '0')].tag = job.attempts[0].tag;
            ends(id, 0);
        }
    }
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 6U);
}

/// A local driver's job in the middle of its run.
class LocalJobTest : public JobMonitorTest {
protected:
    LocalJobTest() {
        cluster.local_driver = true;
        make();
        add_job("j1");
    }
    spark::ProcessReport& process(int attempt = 1) { return supervisor.processes[fakes::FakeSupervisor::key(folder("j1"), attempt)]; }
    void returns() {
        std::ofstream{folder("j1") + "/reports/result-1.json"} << "{\"version\":1,\"tag\":\"" << registry.jobs["j1"].attempts.at(0).tag
                                                               << "\",\"outcome\":\"returned\",\"exitCode\":0}";
        process() = {.phase = ProcessReport::Phase::ended};
    }
};

TEST_F(LocalJobTest, AfterARestartNothingIsPreparedOrLaunchedBeforeTheRuntimeIsEnrolled) {
    registry.jobs["j1"].owner = "me";  // claimed, and the service was killed
    const auto known = std::exchange(engine, {});
    cycle(false);
    cycle(false);
    EXPECT_EQ(status("j1"), "CREATED");
    engine = known;
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

TEST_F(LocalJobTest, AfterARestartWhatHasReturnedIsCollectedWithoutAnEnrolment) {
    cycle();
    returns();
    engine.clear();
    make();
    cycle(false);
    cycle(false);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(LocalJobTest, ASupervisorThatDiedBeforeItExecutedAnythingIsStartedAgain) {
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 1U);
    for (int i = 0; i < 3; ++i) {
        supervisor.processes.clear();
        cycle();
        cycle();
    }
    EXPECT_EQ(supervisor.relaunches.size(), 3U);
    EXPECT_EQ(supervisor.launches.size(), 1U);  // with the files of the first time
    EXPECT_EQ(registry.jobs["j1"].attempts.size(), 1U);
    returns();
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
}

TEST_F(LocalJobTest, AFolderThatWasTakenAwayIsALostRunAndNoReasonToLaunchAgain) {
    cycle();
    cycle();
    supervisor.processes.clear();
    supervisor.written.clear();
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(registry.jobs["j1"].messages.back().contains("taken away")) << registry.jobs["j1"].messages.back();
}

TEST_F(LocalJobTest, AttemptsOfAnotherInstanceAreNeverUsedAgain) {
    registry.jobs["j1"].attempts = {{.attempt = 1, .tag = "mmj-old-1", .owner = "other", .released = true},
                                    {.attempt = 2, .tag = "mmj-old-2", .owner = "me", .released = true}};
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(supervisor.launches[0].attempt, 3);
    EXPECT_EQ(registry.jobs["j1"].attempts.back().attempt, 3);
}

TEST_F(LocalJobTest, AJobThatIsTakenFromUsBeforeItsLaunchLeavesNoFolder) {
    registry.jobs["j1"].owner = "me";
    registry.refuse_attempts = true;
    cycle();
    EXPECT_FALSE(monitor_->has_jobs());
    EXPECT_FALSE(std::filesystem::exists(folder("j1")));
    EXPECT_TRUE(supervisor.launches.empty());
}

TEST_F(JobMonitorTest, AClusterModeLogIsFollowedWhileItRuns) {
    add_job("j1");
    cycle();
    ends("j1", 0);
    cluster.applications = {{.id = "a1", .tag = registry.jobs["j1"].attempts[0].tag, .state = ApplicationState::running, .word = "RUNNING"}};
    cluster.logs[{"a1", LogStream::stdout_log}] = "one\n";
    cycle();
    cycle();
    EXPECT_EQ(registry.jobs["j1"].log[0], "one\n");
    cluster.logs[{"a1", LogStream::stdout_log}] += "two\n";
    cycle();
    EXPECT_EQ(registry.jobs["j1"].log[0], "one\ntwo\n");
    const auto asked = cluster.log_questions;
    for (int i = 0; i < 20; ++i) {
        clock_.advance(Milliseconds{1000});
        monitor_->tick(true);
        monitor_->wait_until_idle();
    }
    EXPECT_LT(cluster.log_questions - asked, 12U);  // ever more seldom
}

TEST_F(JobMonitorTest, LogsOfManyJobsCostEachCycleAFewQuestions) {
    for (int i = 0; i < 4; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    for (auto& [id, job] : registry.jobs) {
        ends(id, 0);
        cluster.applications.push_back({.id = "a" + id, .tag = job.attempts.at(0).tag, .state = ApplicationState::running, .word = "RUNNING"});
    }
    cycle();
    const auto asked = cluster.log_questions;
    cycle();
    EXPECT_LE(cluster.log_questions - asked, 8U);
}

}  // namespace
}  // namespace slipway::spark
