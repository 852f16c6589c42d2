#include <gtest/gtest.h>

#include "fakes/process_builder.hpp"
#include "lifecycle/graph.hpp"

namespace slipway::lifecycle {
namespace {

ProcessBuilder good() {
    ProcessBuilder build;
    build.start();
    build.task("work");
    build.add(ElementKind::exclusive_gateway, "which").default_flow = "which_e";
    build.end();
    build.add(ElementKind::sub_process, "sub");
    build.start("s2", "sub");
    build.end("e2", "sub");
    build.path({"s", "work", "which", "e"});
    build.flow("which", "sub", "${true}");
    build.path({"sub", "e"});
    build.path({"s2", "e2"});
    return build;
}

struct Broken {
    std::string rule;
    std::string element;
    std::function<void(ProcessBuilder&)> change;
};
void PrintTo(const Broken& broken, std::ostream* out) {
    *out << broken.rule << " at " << broken.element;
}

class ProcessRefused : public testing::TestWithParam<Broken> {};

TEST_P(ProcessRefused, NamingElementAndRule) {
    auto build = good();
    ASSERT_TRUE(compile(build.process));
    GetParam().change(build);
    const auto graph = compile(build.process);
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(graph.error().reason, "PROCESS");
    const auto found = std::ranges::any_of(
        graph.error().faults, [](const Fault& fault) { return fault.pointer == GetParam().element && fault.expected.starts_with(GetParam().rule + ":"); });
    EXPECT_TRUE(found) << graph.error().message;
}

void sub(ProcessBuilder& build, const std::string& id, const std::string& scope) {
    build.add(ElementKind::sub_process, id, scope);
}

void link(ProcessBuilder& build, const std::string& name) {
    build.throwing("from", EventKind::link, name);
    build.catching("to", EventKind::link, "there");
    build.path({"work", "from"});
    build.path({"to", "e"});
}

INSTANTIATE_TEST_SUITE_P(Graphs, ProcessRefused,
                         testing::Values(Broken{"id", "work", [](auto& b) { b.task("work"); }}, Broken{"id", "s_work", [](auto& b) { b.flow("s", "work"); }},
                                         Broken{"id", "work", [](auto& b) { b.flow("s", "work").id = "work"; }}, Broken{"id", "p", [](auto& b) { b.task(""); }},
                                         Broken{"scope", "lost", [](auto& b) { b.task("lost", "nowhere"); }},
                                         Broken{"scope", "lost", [](auto& b) { b.task("lost", "work"); }},
                                         Broken{"scope", "x",
                                                [](auto& b) {
                                                    sub(b, "x", "y");
                                                    sub(b, "y", "x");
                                                }},
                                         Broken{"flow-target", "work_nowhere", [](auto& b) { b.flow("work", "nowhere"); }},
                                         Broken{"flow-scope", "work_e2", [](auto& b) { b.flow("work", "e2"); }},
                                         Broken{"boundary-host", "edge", [](auto& b) { b.boundary("edge", "nowhere", EventKind::error, ""); }},
                                         Broken{"boundary-host", "edge", [](auto& b) { b.boundary("edge", "s2", EventKind::error, ""); }},
                                         Broken{"boundary-host", "edge", [](auto& b) { b.boundary("edge", "which", EventKind::error, ""); }},
                                         Broken{"start", "sub", [](auto& b) { b.element("s2").event = {.kind = EventKind::signal, .name = "x"}; }},
                                         Broken{"start", "s3", [](auto& b) { b.start("s3"); }},
                                         Broken{"start", "p", [](auto& b) { b.element("s").kind = ElementKind::manual_task; }},
                                         Broken{"link-pair", "from", [](auto& b) { link(b, "elsewhere"); }},
                                         Broken{"reachable", "to", [](auto& b) { b.catching("to", EventKind::link, "x"); }},
                                         Broken{"reachable", "island", [](auto& b) { b.task("island"); }},
                                         Broken{"default-flow", "which", [](auto& b) { b.element("which").default_flow = "s_work"; }},
                                         Broken{"default-flow", "which", [](auto& b) { b.process.flows[2].condition = "${true}"; }},
                                         Broken{"default-flow", "work", [](auto& b) { b.element("work").default_flow = "nowhere"; }}));
INSTANTIATE_TEST_SUITE_P(
    Elements, ProcessRefused,
    testing::Values(Broken{"event-kind", "e", [](auto& b) { b.element("e").event = {.kind = EventKind::timer, .expression = "PT1S"}; }},
                    Broken{"event-kind", "s2", [](auto& b) { b.element("s2").event = {.kind = EventKind::timer, .expression = "PT1S"}; }},
                    Broken{"event-kind", "s", [](auto& b) { b.element("s").event = {.kind = EventKind::error}; }},
                    Broken{"event-name", "e", [](auto& b) { b.element("e").event = {.kind = EventKind::signal}; }},
                    Broken{"event-name", "e", [](auto& b) { b.element("e").event = {.kind = EventKind::error}; }},
                    Broken{"event-text", "s", [](auto& b) { b.element("s").event = {.kind = EventKind::timer}; }},
                    Broken{"error-interrupts", "edge", [](auto& b) { b.boundary("edge", "work", EventKind::error, "", false); }},
                    Broken{"timer", "s", [](auto& b) { b.element("s").event = {.kind = EventKind::timer, .expression = "tomorrow"}; }},
                    Broken{"work", "work", [](auto& b) { b.element("work").topic.clear(); }},
                    Broken{"work", "sub",
                           [](auto& b) {
                               b.element("which").kind = ElementKind::exclusive_gateway;
                               b.process.elements.erase(b.process.elements.end() - 2, b.process.elements.end());
                               b.process.flows.pop_back();
                               b.element("sub").kind = ElementKind::call_activity;
                           }},
                    Broken{"misfire", "work", [](auto& b) { b.element("work").properties["mlc.misfire"] = "often"; }},
                    Broken{"multi-instance", "work", [](auto& b) { b.element("work").loop.push_back({}); }},
                    Broken{"multi-instance", "which", [](auto& b) { b.element("which").loop.push_back({.cardinality = "3"}); }},
                    Broken{"no-incoming", "s", [](auto& b) { b.flow("work", "s"); }}, Broken{"no-outgoing", "e", [](auto& b) { b.flow("e", "work"); }},
                    Broken{"gateway-outgoing", "blind",
                           [](auto& b) {
                               b.add(ElementKind::parallel_gateway, "blind");
                               b.flow("work", "blind");
                           }},
                    Broken{"gateway-condition", "which", [](auto& b) { b.element("which").default_flow.clear(); }},
                    Broken{"event-gateway", "events",
                           [](auto& b) {
                               b.add(ElementKind::event_based_gateway, "events");
                               b.flow("work", "events");
                               b.flow("events", "sub");
                           }},
                    Broken{"event-gateway", "events",
                           [](auto& b) {
                               b.add(ElementKind::event_based_gateway, "events");
                               b.catching("caught", EventKind::message, "m");
                               b.path({"work", "events", "caught", "e"});
                               b.flow("work", "caught");
                           }},
                    Broken{"retry-cycle", "work", [](auto& b) { b.element("work").retry_cycle = "often"; }},
                    Broken{"name", "work", [](auto& b) { b.element("work").assignee.assign(256, 'a'); }},
                    Broken{"name", "work", [](auto& b) { b.element("work").candidate_users = "ann," + std::string(256, 'b'); }},
                    Broken{"name", "work", [](auto& b) { b.element("work").candidate_groups = std::string(256, 'c') + ",risk"; }},
                    Broken{"expression", "work", [](auto& b) { b.element("work").topic = "${a +}"; }},
                    Broken{"expression", "which_sub", [](auto& b) { b.process.flows[3].condition = "${"; }},
                    Broken{"condition", "which_sub", [](auto& b) { b.process.flows[3].condition = "true"; }},
                    Broken{"expression", "work", [](auto& b) { b.element("work").inputs.push_back({"x", Binding{.text = "${''.getClass()}"}}); }},
                    Broken{"start", "handler", [](auto& b) { b.add(ElementKind::event_sub_process, "handler"); }}));

TEST(Compile, BoundsAreKept) {
    ProcessBuilder deep;
    deep.start();
    deep.end();
    deep.path({"s", "e"});
    std::string scope;
    for (int i = 0; i < 100; ++i) {
        deep.add(ElementKind::sub_process, "sub" + std::to_string(i), scope);
        scope = "sub" + std::to_string(i);
    }
    const auto graph = compile(deep.process);
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().faults.front().expected.substr(0, 6), "scope:");
    ProcessBuilder large;
    large.process.elements.resize(10'001);
    EXPECT_FALSE(compile(large.process));
}

TEST(Compile, AllFaultsAreToldAtOnce) {
    auto build = good();
    build.element("work").topic.clear();
    build.element("e").event = {.kind = EventKind::signal};
    build.element("which").default_flow.clear();
    EXPECT_EQ(compile(build.process).error().faults.size(), 3U);
}

TEST(Compile, PropertiesAreRead) {
    auto build = good();
    build.process.properties = {{"mlc.startOnce", "true"}, {"mlc.timeZone", "Europe/Berlin"}, {"mlc.businessKey", "${ID}"}};
    build.process.version_tag = "1.0";
    const auto graph = compile(build.process).value();
    EXPECT_TRUE(graph.start_once());
    EXPECT_EQ(graph.time_zone(), "Europe/Berlin");
    EXPECT_EQ(graph.business_key({{"ID", 7}}), "7");
    EXPECT_FALSE(graph.business_key({}));
    EXPECT_EQ(graph.version_tag(), "1.0");
    EXPECT_FALSE(compile(good().process).value().start_once());
    EXPECT_EQ(graph.find_node("nowhere"), kNone);
    EXPECT_EQ(graph.node(graph.find_node("e2")).scope, graph.find_node("sub"));
}

}  // namespace
}  // namespace slipway::lifecycle
