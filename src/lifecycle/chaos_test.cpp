// Random processes of any shape under random events, wrong ones among them: whatever happens, the state stays whole, and joins wait for a reason only.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "fakes/fake_automation.hpp"
#include "fakes/process_builder.hpp"

namespace slipway::lifecycle {
namespace {

/// Some elements in some order with flows between them, forwards and back.
class Tangle {
public:
    explicit Tangle(unsigned seed) : random_{seed} {
        build_.start();
        names_.emplace_back("s");
        const int count = 5 + pick(10);
        for (int i = 0; i < count; ++i) {
            add(fmt::format("n{}", i));
        }
        build_.end();
        build_.end("stop", "", EventKind::terminate);
        for (std::size_t i = 0; i < names_.size(); ++i) {
            lead_on(i);
        }
        if (std::ranges::none_of(build_.process.flows, [](const Flow& flow) { return flow.to == "stop"; })) {
            std::erase_if(build_.process.elements, [](const Element& element) { return element.id == "stop"; });
        }
        if (pick(2) == 0) {
            build_.event_sub("handler", pick(2) == 0 ? EventKind::error : EventKind::message, "", pick(2) == 0);
            build_.element("handler_start").event.name = build_.element("handler_start").event.kind == EventKind::message ? "m" : "";
            build_.element("handler_start").interrupting |= build_.element("handler_start").event.kind == EventKind::error;
            build_.task("handle", "handler");
            build_.end("handled", "handler");
            build_.path({"handler_start", "handle", "handled"});
        }
    }

    const Process& process() const { return build_.process; }

private:
    int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }

    void add(const std::string& id) {
        constexpr std::array gateways{ElementKind::exclusive_gateway, ElementKind::parallel_gateway, ElementKind::inclusive_gateway,
                                      ElementKind::inclusive_gateway};
        const int kind = pick(10);
        if (kind < 5) {
            build_.add(gateways.at(static_cast<std::size_t>(pick(4))), id).async_before = pick(6) == 0;
        } else if (kind < 8) {
            build_.task(id).async_after = pick(4) == 0;
            names_.push_back(id);
            watch(id);
            return;
        } else if (kind == 8) {
            build_.catching(id, EventKind::timer, "PT1M");
        } else {
            within(id);
        }
        names_.push_back(id);
    }

    void watch(const std::string& host) {
        if (pick(3) != 0) {
            return;
        }
        const auto id = host + "_edge";
        build_.boundary(id, host, pick(2) == 0 ? EventKind::error : EventKind::message, "m").event.name = "";
        auto& edge = build_.element(id);
        edge.event.name = edge.event.kind == EventKind::message ? "m" : "";
        edge.interrupting = edge.event.kind == EventKind::error || pick(2) == 0;
        names_.push_back(id);
    }

    void within(const std::string& id) {
        auto& scope = build_.add(ElementKind::sub_process, id);
        if (pick(2) == 0) {
            scope.loop.push_back({.sequential = pick(2) == 0, .cardinality = fmt::format("{}", pick(3))});
        }
        build_.start(id + "_s", id);
        build_.task(id + "_task", id);
        build_.end(id + "_e", id, pick(5) == 0 ? EventKind::error : EventKind::none, "X");
        build_.path({id + "_s", id + "_task", id + "_e"});
    }

    std::string target(std::size_t from) {
        const auto near = from + 1 + static_cast<std::size_t>(pick(3));
        if (pick(8) == 0) {  // back
            const auto id = names_[1 + static_cast<std::size_t>(pick(static_cast<int>(names_.size()) - 1))];
            return id.ends_with("_edge") ? "e" : id;
        }
        if (near >= names_.size()) {
            return pick(8) == 0 ? "stop" : "e";
        }
        return names_[near].ends_with("_edge") ? "e" : names_[near];
    }

    void lead_on(std::size_t from) {
        const auto id = names_[from];
        const auto kind = build_.element(id).kind;
        const bool splits = kind == ElementKind::exclusive_gateway || kind == ElementKind::parallel_gateway || kind == ElementKind::inclusive_gateway;
        std::set<std::string> targets{from + 1 < names_.size() && !names_[from + 1].ends_with("_edge") ? names_[from + 1] : "e"};
        for (int i = splits ? 1 + pick(2) : 0; i > 0; --i) {
            targets.insert(target(from));
        }
        for (const auto& to : targets) {
            const bool last = to == *targets.rbegin();
            const bool chooses = splits && kind != ElementKind::parallel_gateway;
            build_.flow(id, to, chooses && !last ? (pick(2) == 0 ? "${true}" : "${1 == 2}") : "");
            if (chooses && last) {
                build_.element(id).default_flow = id + "_" + to;
            }
        }
    }

    std::mt19937 random_;
    ProcessBuilder build_;
    std::vector<std::string> names_;
};

/// Whether a way leads from `from` over `flow`, never through the gateway that the flow leads to: found by walking, for comparison.
bool reaches(const Graph& graph, Index from, Index flow) {
    std::set<Index> seen;
    std::vector<Index> open{from};
    const auto gateway = graph.edge(flow).to;
    while (!open.empty()) {
        const auto at = open.back();
        open.pop_back();
        if (at == gateway || !seen.insert(at).second) {
            continue;
        }
        for (const auto out : graph.node(at).outgoing) {
            if (out == flow) {
                return true;
            }
            open.push_back(graph.edge(out).to);
        }
        open.insert(open.end(), graph.node(at).boundaries.begin(), graph.node(at).boundaries.end());
    }
    return false;
}

/// Whether the tokens of a join that rests give it a reason to.
bool rests_with_reason(const FakeAutomation& run, const Token& waiting) {
    const auto& join = run.graph.node(waiting.element);
    std::set<Index> filled;
    for (const auto& [id, token] : run.instance.tokens) {
        if (token.scope == waiting.scope && token.element == waiting.element && token.state == TokenState::joining) {
            filled.insert(token.flow);
        }
    }
    if (join.is(ElementKind::parallel_gateway)) {
        return filled.size() < join.incoming.size();
    }
    return std::ranges::any_of(run.instance.tokens, [&](const auto& entry) {
        const Token& token = entry.second;
        if (token.scope != waiting.scope || token.element == waiting.element) {  // those before or behind the gateway itself: joins_test
            return token.scope == waiting.scope && token.state != TokenState::joining;
        }
        const auto of = [&](bool full) {
            return std::ranges::any_of(join.incoming, [&](Index flow) { return filled.contains(flow) == full && reaches(run.graph, token.element, flow); });
        };
        return of(false) && !of(true);
    });
}

class Chaos {
public:
    Chaos(const Graph& graph, unsigned seed) : run_{graph, true}, random_{seed} {}

    /// @return how many steps were carried out.
    int run() {
        int done = 0;
        EXPECT_TRUE(run_.send(Start{}));
        for (int i = 0; i < 60 && !run_.ended && run_.instance.tokens.size() < 300; ++i) {
            const auto before = write_instance(run_.graph, run_.instance);
            const auto step = run_.send(event());
            run_.now += std::chrono::seconds{20};
            if (!step) {
                EXPECT_EQ(write_instance(run_.graph, run_.instance), before) << step.error().message;
                continue;
            }
            ++done;
            if (run_.incident_type() == "loopLimit") {
                break;  // it would go round in its circle again and again
            }
            for (const auto& [id, token] : run_.instance.tokens) {
                EXPECT_TRUE(step->failed || token.state != TokenState::joining || rests_with_reason(run_, token)) << run_.graph.node(token.element).element.id;
            }
        }
        return done;
    }

private:
    template <typename Rows>
    Id any(const Rows& rows) {
        if (rows.empty() || random_() % 20 == 0) {
            return static_cast<Id>(random_() % 40);
        }
        return std::next(rows.begin(), static_cast<std::ptrdiff_t>(random_() % rows.size()))->first;
    }

    EventBody event() {
        switch (random_() % 12) {
            case 0: return TimerDue{any(run_.timers)};
            case 1: return Continue{any(run_.continuations)};
            case 2: return Deliver{any(run_.subscriptions), {}, {}};
            case 3: return TaskError{any(run_.externals), "X", "", {}};
            case 4: return TaskFailed{any(run_.externals), "no luck", "", static_cast<std::int64_t>(random_() % 2)};
            case 5: return Retry{any(run_.incidents)};
            case 6:
                return random_() % 5 == 0 ? EventBody{Modify{{run_.graph.node(node()).element.id}, {any(run_.instance.tokens)}, {}}}
                                          : EventBody{Continue{any(run_.continuations)}};
            default: return Complete{any(run_.externals), {}, {}};
        }
    }

    Index node() { return static_cast<Index>(1 + random_() % (run_.graph.nodes().size() - 1)); }

    FakeAutomation run_;
    std::mt19937 random_;
};

class RandomTangles : public testing::TestWithParam<unsigned> {};

TEST_P(RandomTangles, KeepTheStateWhole) {
    int steps = 0;
    int graphs = 0;
    for (unsigned seed = GetParam() * 1000; seed < GetParam() * 1000 + 40; ++seed) {
        const Tangle tangle{seed};
        const auto graph = compile(tangle.process());
        if (!graph) {
            continue;  // some element cannot be reached
        }
        ++graphs;
        SCOPED_TRACE(seed);
        steps += Chaos{*graph, seed}.run();
        ASSERT_FALSE(testing::Test::HasFailure());
    }
    EXPECT_GT(graphs, 20) << "most compile";
    EXPECT_GT(steps, graphs * 3) << "and go somewhere";
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomTangles, testing::Range(0U, 8U));

}  // namespace
}  // namespace slipway::lifecycle
