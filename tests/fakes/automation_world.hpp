#pragma once

#include <gtest/gtest.h>
#include <map>
#include <string>

#include "automation/external_tasks.hpp"
#include "automation/instances.hpp"
#include "automation/runner.hpp"
#include "fakes/process_builder.hpp"
#include "store/unit.hpp"

namespace slipway::automation {

/// Definitions, instances and a runner on a database of the test's; processes are built in code and "read" by their key. restart() forgets all that stands
/// in memory, as a crash does.
class World {
public:
    explicit World(store::Store store) : store_{std::move(store)} { restart(); }
    ~World() { runner_.reset(); }

    void restart() {
        runner_.reset();
        definitions_ = std::make_unique<Definitions>(access_, readers());
        engine_ = std::make_unique<Engine>(*definitions_, Engine::Settings{});
        instances_ = std::make_unique<Instances>(*engine_, *definitions_, access_);
        std::set<std::string, std::less<>> own;
        for (const auto& [topic, handler] : handlers) {
            own.insert(topic);
        }
        tasks_ = std::make_unique<ExternalTasks>(*engine_, access_, own);
        runner_ = std::make_unique<Runner>(*engine_, store_, handlers, pool_, Runner::Settings{.node = "node" + std::to_string(++node_)});
        EXPECT_TRUE(runner_->recover());
    }

    Handlers handlers;  ///< take effect with restart()
    /// How files of decisions are read; nothing: none is one.
    std::function<Result<FileReaders::Read<lifecycle::DecisionTable>>(std::string_view)> read_decisions{};
    identity::Principal ann{.name = "ann", .groups = {"risk"}};
    identity::Principal bob{.name = "bob", .groups = {"fraud"}};
    identity::Principal service{identity::Principal::service()};

    /// Everything that is due now, handlers too.
    void run() {
        for (int i = 0; i < 50; ++i) {
            const auto done = runner_->run({});
            ASSERT_TRUE(done) << done.error().message << done.error().detail;
            runner_->wait_idle();
        }
    }
    /// One look at what is due, and the end of the handlers that it began.
    void run_once() {
        ASSERT_TRUE(runner_->run({}));
        runner_->wait_idle();
    }
    /// The same, where it may fail.
    bool try_run() {
        const auto done = runner_->run({});
        runner_->wait_idle();
        return done.has_value();
    }
    void prune() {
        const auto done = runner_->prune();
        ASSERT_TRUE(done) << done.error().message << done.error().detail;
    }
    Result<Deployment> try_deploy(const lifecycle::Process& process, const identity::Principal& who, bool filter = false) {
        processes_[process.id + "#" + std::to_string(++files_)] = process;
        if (filter) {
            processes_[process.id] = process;
        }
        return write<Deployment>([&](store::Unit& unit) {
            return definitions_->deploy(unit, who,
                                        {.name = process.id,
                                         .resources = {{process.id + ".bpmn", filter ? process.id : process.id + "#" + std::to_string(files_)}},
                                         .filter_duplicates = filter});
        });
    }
    Definition deploy(const lifecycle::Process& process) {
        const auto made = try_deploy(process, service);
        EXPECT_TRUE(made) << made.error().message << made.error().detail;
        return made ? made->definitions.at(0) : Definition{};
    }
    /// A process that starts (`s`), has one external task with its topic as id, and ends (`e`).
    Definition deploy_task(const std::string& topic = "a", const std::string& key = "p") {
        lifecycle::ProcessBuilder builder;
        builder.process.id = key;
        builder.start();
        builder.task(topic);
        builder.end();
        builder.path({"s", topic, "e"});
        return deploy(builder.process);
    }
    std::string start(const std::string& key, json::object variables = {}, const std::string& business_key = {}) {
        const auto started = write<Started>([&](store::Unit& unit) {
            return instances_->start(unit, ann, {.key = key, .business_key = business_key, .variables = variables, .group = "risk"});
        });
        EXPECT_TRUE(started) << started.error().message << started.error().detail;
        return started ? started->instance.id : std::string{};
    }
    template <typename T>
    Result<T> write(const std::function<Result<T>(store::Unit&)>& work) {
        std::optional<T> out;
        const auto keep = [&](store::Unit& unit) -> Result<void> {
            SW_TRY(out, work(unit));
            return {};
        };
        SW_CHECK(store_.write({.subject = "ann", .request_id = {}}, keep));
        return std::move(*out);
    }
    Result<void> change(const std::function<Result<void>(store::Unit&)>& work) { return store_.write({.subject = "ann", .request_id = {}}, work); }
    template <typename T>
    T read(const std::function<Result<T>(store::Session&)>& work) {
        auto out = store::read<T>(store_.database(), work);
        EXPECT_TRUE(out) << out.error().message << out.error().detail;
        return out ? *std::move(out) : T{};
    }
    InstanceInfo info(const std::string& id) {
        return read<InstanceInfo>([&](store::Session& sql) { return instances_->get(sql, service, id); });
    }
    std::string state(const std::string& id) {
        constexpr std::array kNames{"created", "active", "completed", "failed", "cancelled"};
        return kNames.at(static_cast<std::size_t>(info(id).state));
    }
    json::object variables(const std::string& id) {
        return read<json::object>([&](store::Session& sql) { return instances_->variables(sql, service, id); });
    }
    /// Elements where tokens wait, without scopes, in order.
    std::string waiting(const std::string& id) {
        std::string out;
        std::vector<std::string> all;
        for (const auto& one : read<std::vector<ActivityInfo>>([&](store::Session& sql) { return instances_->activities(sql, service, id); })) {
            if (one.type != "processDefinition" && one.type != "subProcess") {
                all.push_back(one.element);
            }
        }
        std::ranges::sort(all);
        for (const auto& one : all) {
            out += (out.empty() ? "" : " ") + one;
        }
        return out;
    }
    std::vector<IncidentInfo> incidents(const std::string& id) {
        return read<std::vector<IncidentInfo>>([&](store::Session& sql) { return instances_->incidents(sql, service, {.instance_id = id}); });
    }
    std::vector<ExternalTask> fetch(const std::string& topic, const std::string& worker = "w", Milliseconds lock_for = Milliseconds{60'000}) {
        auto got = write<std::vector<ExternalTask>>(
            [&](store::Unit& unit) { return tasks_->fetch(unit, ann, {.worker = worker, .most = 100, .topics = {{.name = topic, .lock_for = lock_for}}}); });
        EXPECT_TRUE(got) << got.error().message << got.error().detail;
        return got ? *std::move(got) : std::vector<ExternalTask>{};
    }
    std::int64_t rows(const std::string& table) {
        return read<std::int64_t>([&](store::Session& sql) -> Result<std::int64_t> {
            SW_TRY(const auto rows, sql.query("SELECT count(*) FROM " + table));
            return rows[0].integer(0);
        });
    }
    Definitions& definitions() { return *definitions_; }
    Engine& engine() { return *engine_; }
    Instances& instances() { return *instances_; }
    ExternalTasks& tasks() { return *tasks_; }
    store::Store& store() { return store_; }

private:
    FileReaders readers() {
        return {.processes = [this](std::string_view content) -> Result<FileReaders::Read<lifecycle::Process>> {
                    const auto found = processes_.find(std::string{content});
                    if (found == processes_.end()) {
                        return fail(ErrorCode::invalid_argument, "BPMN", "This is no process.");
                    }
                    return FileReaders::Read<lifecycle::Process>{{found->second}, {{.rule = "SEEN", .message = "It was read."}}};
                },
                .decisions = [this](std::string_view content) -> Result<FileReaders::Read<lifecycle::DecisionTable>> {
                    return read_decisions ? read_decisions(content) : fail(ErrorCode::invalid_argument, "DMN", "This is no decision.");
                }};
    }

    store::Store store_;
    identity::Access access_;
    std::map<std::string, lifecycle::Process> processes_;
    int files_{0};
    int node_{0};
    WorkerPool pool_{"handlers", 2, 100};
    std::unique_ptr<Definitions> definitions_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Instances> instances_;
    std::unique_ptr<ExternalTasks> tasks_;
    std::unique_ptr<Runner> runner_;
};

}  // namespace slipway::automation
