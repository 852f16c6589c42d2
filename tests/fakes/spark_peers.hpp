#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fakes/fake_registry.hpp"
#include "spark/supervisor.hpp"

namespace slipway::fakes {

/// Attempts as a host would see them; a launch is counted, and never happens twice. Thread-safe.
class FakeSupervisor final : public spark::Supervisor {
public:
    std::map<std::string, spark::ProcessReport> processes;  ///< by `folder#attempt`
    std::vector<spark::LaunchSpec> launches;
    std::set<std::string> written;  ///< specs that lie in their folders
    std::vector<std::string> relaunches;
    std::vector<std::string> stops;
    std::optional<Error> refusal;                                             ///< of each launch
    bool slow{false};                                                         ///< what is launched has not come to its first file yet
    mutable std::function<void(const std::string&, int attempt)> after_look;  ///< what happens right behind a look, once

    static std::string key(const std::string& folder, int attempt) { return folder + "#" + std::to_string(attempt); }

    Result<void> launch(const spark::LaunchSpec& spec) override {
        const std::lock_guard lock{mutex_};
        if (slow && !refusal) {
            launches.push_back(spec);
        } else if (refusal) {
            return std::unexpected(*refusal);
        } else if (processes.try_emplace(key(spec.folder, spec.attempt), spark::ProcessReport{.phase = spark::ProcessReport::Phase::running}).second) {
            launches.push_back(spec);
            written.insert(key(spec.folder, spec.attempt));
        }
        return {};
    }
    Result<bool> relaunch(const std::string& folder, int attempt) override {
        const std::lock_guard lock{mutex_};
        const auto known = written.contains(key(folder, attempt));
        if (known && processes.try_emplace(key(folder, attempt), spark::ProcessReport{.phase = spark::ProcessReport::Phase::running}).second) {
            relaunches.push_back(key(folder, attempt));
        }
        return known;
    }
    Result<spark::ProcessReport> look(const std::string& folder, int attempt, const std::string&) const override {
        const std::lock_guard lock{mutex_};
        const auto found = processes.find(key(folder, attempt));
        const auto report = found == processes.end() ? spark::ProcessReport{} : found->second;
        if (const auto happens = std::exchange(after_look, nullptr)) {
            happens(folder, attempt);
        }
        return report;
    }
    Result<void> stop(const std::string& folder, int attempt, bool, const std::string&) override {
        const std::lock_guard lock{mutex_};
        stops.push_back(key(folder, attempt));
        return {};
    }

private:
    mutable std::mutex mutex_;
};

/// A cluster that says what it is told to. Thread-safe for reading.
class FakeCluster final : public spark::ClusterClient {
public:
    std::string name{"yarn"};
    bool local_driver{false};
    bool over_rest{false};  ///< submissions go to create_driver()
    bool tags{false};
    bool away{false};
    std::vector<spark::ApplicationReport> applications;
    std::vector<spark::DriverRequest> drivers;
    Result<std::string> driver_answer{"driver-1"};
    std::vector<std::string> kills;
    std::map<std::pair<std::string, spark::LogStream>, std::string> logs;  ///< by id and stream
    std::size_t reports{0};
    std::size_t finds{0};
    std::size_t log_questions{0};
    std::map<std::string, std::size_t> questions_of;  ///< for logs, by application
    std::function<void()> before_report;
    std::function<void()> before_log;
    std::function<void()> before_find;
    std::function<void()> on_kill;
    std::optional<Error> kill_refusal;
    bool logs_away{false};

    std::string manager() const override { return name; }
    bool driver_is_local() const override { return local_driver; }
    bool submits_over_rest() const override { return over_rest; }
    bool carries_tags() const override { return tags; }
    Result<std::string> create_driver(const spark::DriverRequest& request) override {
        const std::lock_guard lock{mutex_};
        drivers.push_back(request);
        return driver_answer;
    }
    Result<std::vector<spark::ApplicationReport>> report(const std::string&, Timestamp) override {
        if (before_report) {
            before_report();
        }
        const std::lock_guard lock{mutex_};
        ++reports;
        return away ? Result<std::vector<spark::ApplicationReport>>{fail(ErrorCode::unavailable, "CLUSTER_AWAY", "away")} : applications;
    }
    Result<std::optional<spark::ApplicationReport>> find(const spark::ApplicationRef& wanted) override {
        if (before_find) {
            before_find();
        }
        const std::lock_guard lock{mutex_};
        ++finds;
        if (away) {
            return fail(ErrorCode::unavailable, "CLUSTER_AWAY", "away");
        }
        for (const auto& one : applications) {
            if (one.id == wanted.id || one.tag == wanted.tag) {
                return std::optional{one};
            }
        }
        return std::optional<spark::ApplicationReport>{};
    }
    Result<void> kill(const spark::ApplicationRef& application) override {
        const std::lock_guard lock{mutex_};
        if (away) {
            return fail(ErrorCode::unavailable, "CLUSTER_AWAY", "away");
        }
        kills.push_back(application.tag);
        if (on_kill) {
            on_kill();
        }
        return kill_refusal ? Result<void>{std::unexpected(*kill_refusal)} : Result<void>{};
    }
    Result<spark::LogPiece> read_log(const spark::ApplicationRef& application, spark::LogStream stream, std::uint64_t offset) override {
        if (before_log) {
            before_log();
        }
        const std::lock_guard lock{mutex_};
        ++log_questions;
        ++questions_of[application.id];
        if (away || logs_away) {
            return fail(ErrorCode::unavailable, "CLUSTER_AWAY", "away");
        }
        if (std::ranges::find(applications, application.id, &spark::ApplicationReport::id) == applications.end()) {
            return fail(ErrorCode::not_found, "NOT_FOUND", "no log");
        }
        const auto& log = logs[{application.id, stream}];
        const auto piece = offset < log.size() ? log.substr(offset, spark::kLongestLogPiece) : "";
        return spark::LogPiece{.bytes = piece, .offset = offset, .end = offset + piece.size() >= log.size(), .size = log.size()};
    }
    Result<json::object> probe() override {
        return away ? Result<json::object>{fail(ErrorCode::unavailable, "CLUSTER_AWAY", "The master is away.")}
                    : json::object{{"manager", name}, {"master", name}, {"deployMode", local_driver ? "client" : "cluster"}};
    }

private:
    std::mutex mutex_;
};

}  // namespace slipway::fakes
