#pragma once

#include "fakes/monitor_fixture.hpp"
#include "spark/job_identity.hpp"

namespace slipway::spark {

/// A job that is submitted over REST: the driver runs elsewhere.
class RestJobTest : public JobMonitorTest {
protected:
    RestJobTest() {
        cluster.name = "standalone";
        cluster.over_rest = true;
        make();
        add_job("j1");
    }
    void unanswered() { cluster.driver_answer = fail(ErrorCode::timeout, "TIMEOUT", "The master did not answer in time."); }
    void says_its_id(const std::string& id) {
        store.files["mem:/stage/j1/application-1.json"] = fmt::format(R"({{"version":1,"tag":"{}","applications":[],"driverId":"{}"}})", tag(), id);
    }
    void leaves(const std::string& outcome) {
        store.files["mem:/stage/j1/result-1.json"] =
            fmt::format(R"({{"version":1,"tag":"{}","outcome":"{}","exitCode":1,"error":{{"type":"E","message":"planned"}}}})", tag(), outcome);
    }
    void master_says(const std::string& id, ApplicationState state) { cluster.applications = {{.id = id, .tag = "", .state = state, .word = "W"}}; }
    static std::string tag() { return job_tag("j1", 1); }
};

}  // namespace slipway::spark
