#pragma once

#include <algorithm>
#include <atomic>
#include <map>

#include "fakes/scripted_peer.hpp"
#include "spark/cluster_client.hpp"

namespace slipway::fakes {

/// Applications as a cluster manager knows them. Thread-safe.
class KnownApplications {
public:
    struct One {
        std::string tag;
        std::string state;         ///< the manager's own word
        std::string final_status;  ///< YARN's second word
        std::string log[2];
        int kills{0};
    };
    void put(const std::string& id, One one) {
        const std::lock_guard lock{mutex_};
        all_[id] = std::move(one);
    }
    void erase(const std::string& id) {
        const std::lock_guard lock{mutex_};
        all_.erase(id);
    }
    void say(const std::string& id, spark::LogStream stream, const std::string& bytes) {
        const std::lock_guard lock{mutex_};
        all_[id].log[stream == spark::LogStream::stdout_log ? 0 : 1] += bytes;
    }
    /// @return false when there is none.
    bool kill(const std::string& id) {
        const std::lock_guard lock{mutex_};
        const auto found = all_.find(id);
        if (found != all_.end()) {
            ++found->second.kills;
        }
        return found != all_.end();
    }
    std::map<std::string, One> all() const {
        const std::lock_guard lock{mutex_};
        return all_;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, One> all_;
};

/// Value of `name` in the query of a target, or empty.
inline std::string query_value(const std::string& target, const std::string& name) {
    for (auto at = target.find('?'); at != std::string::npos; at = target.find('&', at + 1)) {
        if (target.compare(at + 1, name.size() + 1, name + "=") == 0) {
            const auto begin = at + name.size() + 2;
            return target.substr(begin, target.find('&', begin) - begin);
        }
    }
    return {};
}

/// What stands behind the last `/` of a target, before its query.
inline std::string last_segment(const std::string& target) {
    const auto path = target.substr(0, target.find('?'));
    return path.substr(path.rfind('/') + 1);
}

/// Master page, REST server, worker and history server of a standalone Spark at one address. Answers as seen with Spark 4.3.
class StandalonePeer {
public:
    KnownApplications known;
    std::atomic<bool> standby{false};
    std::string log_head;  ///< stands over every piece of a log; empty: what is true of it
    ScriptedPeer peer{[this](const ScriptedPeer::Request& request) { return answer(request); },
                      R"({"status":"ALIVE","activeapps":7,"activedrivers":[[]],"completedapps":"x","completeddrivers":null,"driverState":[],"success":"yes"})"};

    static bool has_ended(const std::string& state) { return state == "FINISHED" || state == "FAILED" || state == "KILLED" || state == "ERROR"; }

private:
    std::string answer(const ScriptedPeer::Request& request) {
        const auto& target = request.target;
        if (target.starts_with("/json/")) {
            return http_answer(200, json::write(json::value(master())));
        }
        if (standby && target.starts_with("/v1/")) {
            return http_answer(200, R"({"action":"SubmissionStatusResponse","message":"Current state is not alive: STANDBY. Can only ...","success":false})");
        }
        if (target.starts_with("/v1/submissions/create")) {
            known.put("driver-1", {.tag = "", .state = "SUBMITTED"});
            return http_answer(200, R"({"action":"CreateSubmissionResponse","serverSparkVersion":"4.3.0","submissionId":"driver-1","success":true})");
        }
        if (target.starts_with("/v1/submissions/kill/")) {
            const auto done = known.kill(last_segment(target));
            return http_answer(200, fmt::format(R"({{"action":"KillSubmissionResponse","serverSparkVersion":"4.3.0","success":{}}})", done));
        }
        if (target.starts_with("/v1/submissions/status/")) {
            return status_of(last_segment(target));
        }
        if (target.starts_with("/api/v1/applications/")) {
            return history_of(last_segment(target));
        }
        return target.starts_with("/log/") ? log_of(target) : http_answer(404, "no such page", "text/plain");
    }

    json::object master() const {
        json::object out{{"url", "spark://127.0.0.1:7077"}, {"status", "ALIVE"}, {"aliveworkers", 1}, {"cores", 4}, {"coresused", 0}};
        out["workers"] = json::array{json::object{{"id", "worker-1"}, {"webuiaddress", peer.url()}, {"state", "ALIVE"}}};
        json::array lists[4];
        for (const auto& [id, one] : known.all()) {
            const bool driver = id.starts_with("driver");
            lists[(driver ? 2 : 0) + (has_ended(one.state) ? 1 : 0)].push_back(json::object{{"id", id}, {"name", "x"}, {"state", one.state}});
        }
        const std::array names{"activeapps", "completedapps", "activedrivers", "completeddrivers"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            out[names[i]] = std::move(lists[i]);
        }
        return out;
    }

    std::string status_of(const std::string& id) const {
        const auto all = known.all();
        const auto found = all.find(id);
        if (found == all.end()) {
            return http_answer(200,
                               fmt::format(R"({{"action":"SubmissionStatusResponse","serverSparkVersion":"4.3.0","submissionId":"{}","success":false}})", id));
        }
        return http_answer(200, fmt::format(R"({{"action":"SubmissionStatusResponse","driverState":"{}","serverSparkVersion":"4.3.0",)"
                                            R"("submissionId":"{}","success":true,"workerHostPort":"127.0.0.1:1","workerId":"worker-1"}})",
                                            found->second.state, id));
    }

    std::string history_of(const std::string& id) const {
        const auto all = known.all();
        const auto found = all.find(id);
        if (found == all.end()) {
            return http_answer(404, "no such app: " + id, "text/plain");
        }
        return http_answer(200, fmt::format(R"({{"id":"{}","name":"x","attempts":[{{"completed":{}}}]}})", id, has_ended(found->second.state)));
    }

    std::string log_of(const std::string& target) const {
        const auto all = known.all();
        const auto found = all.find(query_value(target, "driverId"));
        if (found == all.end()) {
            return http_answer(500, "no such driver", "text/html");
        }
        const auto& log = found->second.log[query_value(target, "logType") == "stdout" ? 0 : 1];
        const auto begin = std::min<std::size_t>(std::stoul(query_value(target, "offset")), log.size());
        const auto end = std::min<std::size_t>(begin + std::stoul(query_value(target, "byteLength")), log.size());
        const auto head = log_head.empty() ? fmt::format("==== Bytes {}-{} of {} of /work/{} ====\n", begin, end, log.size(), found->first) : log_head;
        return http_answer(200, head + log.substr(begin, end - begin), "text/plain");
    }
};

/// ResourceManager, NodeManager and JobHistory server of a YARN at one address. Answers as seen with Hadoop 3.5.
class YarnPeer {
public:
    KnownApplications known;
    ScriptedPeer peer{[this](const ScriptedPeer::Request& request) { return answer(request); },
                      R"({"apps":{"app":[{"id":7,"state":[],"finalStatus":null,"applicationTags":{}}]},"app":"x","clusterInfo":[]})"};

private:
    static constexpr auto kUnknown = R"({"RemoteException":{"exception":"NotFoundException","message":"app with id not found"}})";

    std::string answer(const ScriptedPeer::Request& request) {
        const auto& target = request.target;
        if (target.starts_with("/ws/v1/cluster/info")) {
            return http_answer(200, R"({"clusterInfo":{"state":"STARTED","haState":"ACTIVE","hadoopVersion":"3.5.0"}})");
        }
        if (target.starts_with("/ws/v1/cluster/apps?")) {
            return list(target);
        }
        if (request.method == "PUT" && target.starts_with("/ws/v1/cluster/apps/")) {
            const auto path = target.substr(0, target.rfind("/state"));
            return known.kill(last_segment(path)) ? http_answer(202, R"({"state":"KILLED"})") : http_answer(404, kUnknown);
        }
        if (target.starts_with("/ws/v1/cluster/apps/")) {
            const auto all = known.all();
            const auto found = all.find(last_segment(target));
            return found == all.end() ? http_answer(404, kUnknown)
                                      : http_answer(200, json::write(json::value(json::object{{"app", document(found->first, found->second)}})));
        }
        return target.starts_with("/ws/v1/node/containers/") ? log_of(target) : http_answer(404, kUnknown);
    }

    std::string list(const std::string& target) const {
        const auto tag = query_value(target, "applicationTags");
        const auto states = "," + query_value(target, "states") + ",";
        json::array found;
        for (const auto& [id, one] : known.all()) {
            if ((tag.starts_with("mms-") || ("," + one.tag + ",").contains("," + tag + ",")) && (states == ",," || states.contains("," + one.state + ","))) {
                found.push_back(document(id, one));
            }
        }
        return http_answer(200,
                           json::write(json::value(found.empty() ? json::object{{"apps", nullptr}} : json::object{{"apps", {{"app", std::move(found)}}}})));
    }

    json::object document(const std::string& id, const KnownApplications::One& one) const {
        json::object out{{"id", id},
                         {"state", one.state},
                         {"finalStatus", one.final_status},
                         {"applicationTags", "mms-service," + one.tag},
                         {"diagnostics", "said by the peer"},
                         {"finishedTime", StandalonePeer::has_ended(one.state) ? 1'795'633'200'000 : 0},
                         {"trackingUrl", peer.url() + "/proxy/" + id}};
        out["amContainerLogs"] = peer.url() + "/node/containerlogs/container_" + id + "/user";
        return out;
    }

    /// With `size` below zero the last bytes, above it the first ones, as LogToolUtils of Hadoop cuts them.
    std::string log_of(const std::string& target) const {
        const auto begin = target.find("container_") + 10;
        const auto all = known.all();
        const auto found = all.find(target.substr(begin, target.find('/', begin) - begin));
        if (found == all.end()) {
            return http_answer(404, kUnknown);
        }
        const auto name = last_segment(target);
        const auto& log = found->second.log[name == "stdout" ? 0 : 1];
        const auto size_text = query_value(target, "size");
        const auto size = size_text.empty() ? static_cast<long>(log.size()) : std::stol(size_text);
        const auto count = std::min<std::size_t>(static_cast<std::size_t>(std::abs(size)), log.size());
        const auto part = size < 0 ? log.substr(log.size() - count) : log.substr(0, count);
        return http_answer(200,
                           fmt::format("Container: container_{} on localhost\nLogAggregationType: LOCAL\n====\nLogType:{}\n"
                                       "LogLastModifiedTime:now\nLogLength:{}\nLogContents:\n",
                                       found->first, name, log.size()) +
                               part + fmt::format("\nEnd of LogType:{}. This log file belongs to a running container.\n\n", name),
                           "text/plain");
    }
};

}  // namespace slipway::fakes
