#pragma once

#include <fmt/format.h>

#include "domain/runtime.hpp"
#include "fakes/registry_service.hpp"

namespace slipway::fakes {

/// A Spark runtime `spark-1` of the group risk, as far as model-manage sees one.
class Edge {
public:
    static inline const std::string kWho = "edge:risk";

    explicit Edge(RegistryService& service, std::string instance = "i-1") : service_{service}, instance_{std::move(instance)} {}

    static std::string id() { return domain::enrolment_id("risk", "SPARK_RUNTIME", "spark-1"); }
    RegistryService::Answer enrol(const std::string& more = {}) {
        return service_.send(
            kWho, "PUT", "runtimes/" + id(),
            fmt::format(R"({{"name":"spark-1","group":"risk","engineType":"SPARK_RUNTIME","instanceId":"{}","cluster":{{"manager":"standalone"}}{}}})",
                        instance_, more));
    }
    RegistryService::Answer beat(const std::string& state, const std::string& more = {}) {
        return service_.send(kWho, "POST", "runtimes/" + id() + "/heartbeat", fmt::format(R"({{"instanceId":"{}","state":"{}"{}}})", instance_, state, more));
    }
    /// A job for this runtime, by a person.
    std::string job(const std::string& more = {}) {
        const auto made = service_.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME","name":"spark-1"})", more));
        EXPECT_EQ(made.status(), 201) << made.response.body;
        return made.id();
    }
    std::string claimed(const std::string& more = {}) {
        auto made = job(more);
        const auto taken = claim(made);
        EXPECT_EQ(taken.status(), 200) << taken.response.body;
        return made;
    }
    RegistryService::Answer claim(const std::string& job) { return patch(job, R"({"owner":")" + instance_ + "\"}"); }
    RegistryService::Answer patch(const std::string& job, const std::string& body) { return service_.send(kWho, "PATCH", "jobs/" + job, body); }
    RegistryService::Answer post(const std::string& job, const std::string& what, const std::string& body) {
        return service_.send(kWho, "POST", "jobs/" + job + "/" + what, body);
    }
    RegistryService::Answer attempt(const std::string& job, int number) {
        return post(job, "attempts", fmt::format(R"({{"attempt":{},"tag":"tag-{}"}})", number, number));
    }
    RegistryService::Answer work(const std::string& more = {}, RegistryService::Headers headers = {}) {
        return service_.send(kWho, "GET", fmt::format("jobs/search/findWorkOfRuntime?runtimeId={}&instanceId={}{}", id(), instance_, more), {},
                             std::move(headers));
    }
    RegistryService::Answer append(const std::string& job, const std::string& stream, std::size_t offset, std::string bytes) {
        return service_.send(kWho, "PUT", fmt::format("jobs/{}/logs/{}?offset={}", job, stream, offset), std::move(bytes));
    }

private:
    RegistryService& service_;
    const std::string instance_;
};

}  // namespace slipway::fakes
