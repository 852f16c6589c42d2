#include "fakes/monitor_fixture.hpp"
#include "spark/job_identity.hpp"

/// What a driver of a standalone cluster, which its master calls by an id of its own, tells of the application that it opens.
namespace slipway::spark {
namespace {

class OpenedApplicationTest : public JobMonitorTest {
protected:
    OpenedApplicationTest() {
        cluster.name = "standalone";
        cluster.over_rest = true;
        make();
        add_job("j1");
    }
    void master_says(const std::string& id, ApplicationState state) { cluster.applications = {{.id = id, .tag = "", .state = state, .word = "W"}}; }
    static std::string tag() { return job_tag("j1", 1); }
};

TEST_F(OpenedApplicationTest, TheApplicationThatTheDriverOpenedIsTold) {
    const auto says = [&](std::string_view applications) {
        store.files["mem:/stage/j1/application-1.json"] =
            fmt::format(R"({{"version":1,"tag":"{}","applications":[{}],"driverId":"driver-1"}})", tag(), applications);
    };
    const auto application = [&] { return json::object_of(registry.jobs["j1"].document, "sparkApplication"); };
    says("");
    cycle();
    master_says("driver-1", ApplicationState::running);
    cycles(2);
    EXPECT_EQ(json::text_of(*application(), "id"), "driver-1");
    says(R"({"id":"app-7","master":"spark://m:7077","trackingUrl":"http://worker:4040"})");
    cycles(2);
    EXPECT_TRUE(has_message("Spark application id: app-7"));
    EXPECT_EQ(json::text_of(*application(), "id"), "app-7");
    EXPECT_EQ(json::text_of(*application(), "submissionId"), "driver-1");
    EXPECT_EQ(json::text_of(*application(), "trackingUrl"), "http://worker:4040");
    says(R"({"id":"app-7"},{"id":"app-8"})");
    store.files["mem:/stage/j1/result-1.json"] = fmt::format(R"({{"version":1,"tag":"{}","outcome":"returned"}})", tag());
    master_says("driver-1", ApplicationState::finished);
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_EQ(json::text_of(*application(), "id"), "app-8") << "the last one counts";
    EXPECT_EQ(std::ranges::count_if(registry.jobs["j1"].messages, [](const auto& line) { return line.contains("application id: app-7"); }), 1);
}

}  // namespace
}  // namespace slipway::spark
