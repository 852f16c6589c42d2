#pragma once

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <mutex>
#include <thread>

#include "adapters/db/db.hpp"
#include "base/id.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/spark_peers.hpp"
#include "spark/job_identity.hpp"
#include "spark/job_monitor.hpp"

namespace slipway::spark {

inline constexpr auto kSource = "# modelop.score\ndef score(a, b, c): pass\n";

/// Files that a test has put there. What is written is noted, and not kept. Thread-safe for those who use it as a store.
class NoStore final : public ObjectStore {
public:
    std::map<std::string, std::string> files;
    std::vector<std::string> written;
    std::vector<std::string> removed;
    std::optional<int> reads_left;  ///< then it is away for reading
    std::function<void(const std::string&)> before_read;
    std::function<void()> before_list;
    std::function<void(const std::string&)> before_remove;
    Result<std::vector<StoredObject>> list(const std::string& url) override {
        if (before_list) {
            before_list();
        }
        const std::lock_guard lock{mutex_};
        std::map<std::string, StoredObject> found;
        for (const auto& [file, content] : files) {
            if (file == url) {
                return std::vector{StoredObject{.url = url, .name = url.substr(url.rfind('/') + 1), .size = content.size()}};
            }
            if (file.starts_with(url + "/")) {
                const auto rest = file.substr(url.size() + 1);
                const auto name = rest.substr(0, rest.find('/'));
                found[name] = {.url = url + "/" + name, .name = name, .size = content.size(), .folder = name.size() < rest.size()};
            }
        }
        std::vector<StoredObject> out;
        for (auto& [name, one] : found) {
            out.push_back(std::move(one));
        }
        return out.empty() ? Result<std::vector<StoredObject>>{fail(ErrorCode::not_found, "NOT_FOUND", url)} : out;
    }
    Result<void> read(const std::string& url, std::uint64_t, const std::function<bool(std::string_view)>& sink) override {
        if (before_read) {
            before_read(url);
        }
        const std::lock_guard lock{mutex_};
        if (reads_left && (*reads_left)-- <= 0) {
            return fail(ErrorCode::unavailable, "HDFS", "The NameNode is away.");
        }
        const auto found = files.find(url);
        if (found == files.end()) {
            return fail(ErrorCode::not_found, "NOT_FOUND", url);
        }
        sink(found->second);
        return {};
    }
    std::optional<Error> refusal;
    Result<void> write(const std::string& url, std::string_view) override {
        const std::lock_guard lock{mutex_};
        written.push_back(url);
        return refusal ? Result<void>{std::unexpected(*refusal)} : Result<void>{};
    }
    Result<void> make_folder(const std::string&) override { return {}; }
    Result<void> remove(const std::string& url) override {
        if (before_remove) {
            before_remove(url);
        }
        const std::lock_guard lock{mutex_};
        removed.push_back(url);
        std::erase_if(files, [&](const auto& file) { return file.first == url || file.first.starts_with(url + "/"); });
        return {};
    }

private:
    std::mutex mutex_;
};

/// A runtime on fakes. `make()` again is a restart: journal and folders stay.
class JobMonitorTest : public testing::Test {
protected:
    JobMonitorTest() : dir_{std::filesystem::temp_directory_path() / ("monitor-" + random_hex(8))} {
        std::filesystem::create_directories(dir_);
        database_ = *db::open_sqlite({.path = ":memory:", .rehearse = true});
        EXPECT_TRUE(migrate_journal(*database_));
        journal_.emplace(*database_);
        make();
    }
    ~JobMonitorTest() override {
        monitor_.reset();
        std::filesystem::remove_all(dir_);
    }

    MonitorSettings settings() const {
        MonitorSettings settings{.enrolment = {.runtime_id = "r", .instance_id = "me", .name = "spark", .group = "g", .document = {}},
                                 .submit = {.master = "yarn",
                                            .deploy_mode = cluster.local_driver ? "client" : "cluster",
                                            .opened_options = opened_options,
                                            .staging_url = staging_url},
                                 .host = {.spark_submit = "/spark-submit", .environment = {}, .job_user = {}, .service_tag = "mms", .defaults = ""},
                                 .jobs_dir = dir_.string() + "/jobs",
                                 .driver = "# driver",
                                 .max_drivers = max_drivers};
        settings.policy.driver_is_local = cluster.local_driver;
        settings.submit.max_embedded = 1U << 20;
        settings.access.local_files = serves_local_files(cluster.local_driver, staging_url, job_user);
        return settings;
    }
    MonitorPorts ports() {
        return {registry, cluster, supervisor, store, *journal_, clock_, [this] { return engine; }, [this] { ++wakes; }, [this] { return obstacle; }};
    }
    void make() {
        monitor_.reset();
        monitor_ = std::make_unique<JobMonitor>(ports(), settings(), metrics_);
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
        if (!hangs) {
            monitor_->wait_for_looks();
        }
    }
    void cycles(int times) {
        for (int i = 0; i < times; ++i) {
            cycle();
        }
    }
    bool has_message(std::string_view part) {
        return std::ranges::any_of(registry.jobs.at("j1").messages, [&](const std::string& line) { return line.contains(part); });
    }
    void journalled(JobRecord record) {
        JournalEntry entry{.record = std::move(record), .messages = {}};
        EXPECT_TRUE(journal_->save(std::span{&entry, 1}, clock_.now()));
    }
    const std::string& status(const std::string& id) { return registry.jobs.at(id).status; }
    std::string folder(const std::string& id) const { return dir_.string() + "/jobs/" + id; }
    void ends(const std::string& id, int code) {
        supervisor.processes[fakes::FakeSupervisor::key(folder(id), 1)] = {.phase = ProcessReport::Phase::ended, .exit_code = code};
    }

    bool hangs{false};  ///< somebody does: a cycle does not wait for what it asks beside
    std::atomic<int> wakes{0};
    std::size_t max_drivers{0};
    std::set<std::string> opened_options;
    std::string staging_url{"mem:/stage"};
    std::string obstacle;  ///< what is wrong with the disk
    std::string job_user;  ///< as far as outputs are concerned
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

/// A job whose driver runs on the cluster.
class ClusterJobTest : public JobMonitorTest {
protected:
    void runs(const std::string& id) {
        add_job(id);
        cycle();
        ends(id, 0);
        cluster.applications.push_back({.id = "app-" + id, .tag = job_tag(id, 1), .state = ApplicationState::running, .word = "RUNNING"});
        cycles(2);
        EXPECT_EQ(status(id), "RUNNING");
    }
    void returned(const std::string& id) {
        store.files[fmt::format("{}/{}/result-1.json", staging_url, id)] =
            fmt::format(R"({{"version":1,"tag":"{}","outcome":"returned","exitCode":0}})", job_tag(id, 1));
        for (auto& one : cluster.applications) {
            if (one.id == "app-" + id) {
                one.state = ApplicationState::finished;
                one.word = "FINISHED";
            }
        }
    }
};

/// A local driver's job in the middle of its run.
class LocalJobTest : public JobMonitorTest {
protected:
    LocalJobTest() {
        cluster.local_driver = true;
        make();
        add_job("j1");
    }
    spark::ProcessReport& process(int attempt = 1) { return supervisor.processes[fakes::FakeSupervisor::key(folder("j1"), attempt)]; }
    void returns(int attempt = 1, const std::string& more = {}) {
        std::ofstream{fmt::format("{}/reports/result-{}.json", folder("j1"), attempt)}
            << "{\"version\":1,\"tag\":\"" << registry.jobs["j1"].attempts.at(static_cast<std::size_t>(attempt) - 1).tag
            << "\",\"outcome\":\"returned\",\"exitCode\":0" << more << "}";
        process(attempt) = {.phase = ProcessReport::Phase::ended};
    }
    /// spark-submit does not reach its cluster.
    void refuses(int attempt) {
        std::ofstream{fmt::format("{}/stderr-{}", folder("j1"), attempt)} << "java.net.ConnectException: Connection refused " << attempt << "\n";
        process(attempt) = {.phase = ProcessReport::Phase::ended, .exit_code = 1};
    }
};

}  // namespace slipway::spark
