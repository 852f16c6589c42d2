// Random block-structured processes under random schedules: no token is lost or doubled, and a state that went through its text runs on the same.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>

#include "fakes/fake_automation.hpp"
#include "fakes/process_builder.hpp"

namespace slipway::lifecycle {
namespace {

/// Makes processes of which it knows how often each element must be passed. Conditions are constants, so that the graph alone decides.
class Generator {
public:
    explicit Generator(unsigned seed) : random_{seed} {
        build.start();
        const auto last = blocks("s", {}, 1, 3, true);
        build.end();
        connect(last, "e");
        expect("e", 1);
    }

    ProcessBuilder build;
    std::map<std::string, int> expected;   ///< ended, and cancelled where an event may interrupt
    std::map<std::string, int> reminders;  ///< boundary events that interrupt nothing

private:
    int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
    std::string name(std::string_view kind) { return fmt::format("{}{}", kind, ++number_); }
    void expect(const std::string& id, int times) { expected[id] += times; }
    void connect(const std::string& from, const std::string& to, const std::string& condition = {}) {
        build.flow(from, to, condition).id = fmt::format("f{}", ++number_);
    }
    std::string last_flow() const { return build.process.flows.back().id; }

    std::string blocks(std::string from, const std::string& scope, int times, int depth, bool loops) {
        for (int i = 1 + pick(3); i > 0; --i) {
            from = block(from, scope, times, depth, loops);
        }
        return from;
    }

    std::string block(const std::string& from, const std::string& scope, int times, int depth, bool loops) {
        switch (depth == 0 ? pick(4) : pick(11)) {
            case 0: return task(from, scope, times);
            case 1: return catching(from, scope, times);
            case 2: return interruptible(from, scope, times);
            case 3: return first_of_two(from, scope, times);
            case 4: return exclusive(from, scope, times, depth, loops);
            case 5:
            case 6: return parallel(from, scope, times, depth, loops);
            case 7: return inclusive(from, scope, times, depth, loops);
            case 8: return sub_process(from, scope, times, depth, loops);
            case 9: return repeated(from, scope, times, depth);
            default: return loops ? loop(from, scope, times, depth) : task(from, scope, times);
        }
    }

    std::string task(const std::string& from, const std::string& scope, int times) {
        const auto id = name("task");
        auto& element = pick(3) == 0 ? build.user(id, scope) : pick(4) == 0 ? build.manual(id, scope) : build.task(id, scope);
        element.async_before = pick(4) == 0;
        element.async_after = pick(4) == 0;
        if (pick(4) == 0 && element.kind != ElementKind::manual_task) {
            remind(id, scope, times);
        }
        connect(from, id);
        expect(id, times);
        return id;
    }

    void remind(const std::string& host, const std::string& scope, int times) {
        const auto boundary = name("remind");
        const auto end = name("end");
        build.boundary(boundary, host, EventKind::message, "remind", false, scope);
        build.end(end, scope);
        connect(boundary, end);
        reminders[boundary] = times;
    }

    std::string catching(const std::string& from, const std::string& scope, int times) {
        const auto id = name("catch");
        pick(2) == 0 ? build.catching(id, EventKind::timer, "PT1M", scope) : build.catching(id, EventKind::message, "m", scope);
        connect(from, id);
        expect(id, times);
        return id;
    }

    /// A task that may be done, run out of time or end in an error: one way or the other one token goes on.
    std::string interruptible(const std::string& from, const std::string& scope, int times) {
        const auto id = name("task");
        const auto timer = name("timeout");
        const auto error = name("error");
        const auto merge = name("merge");
        build.task(id, scope).async_after = pick(4) == 0;
        build.boundary(timer, id, EventKind::timer, "PT1M", true, scope);
        build.boundary(error, id, EventKind::error, "", true, scope);
        build.add(ElementKind::exclusive_gateway, merge, scope);
        connect(from, id);
        connect(id, merge);
        connect(timer, merge);
        connect(error, merge);
        expect(id, times);
        expect(merge, times);
        return merge;
    }

    std::string first_of_two(const std::string& from, const std::string& scope, int times) {
        const auto gateway = name("first");
        const auto merge = name("merge");
        build.add(ElementKind::event_based_gateway, gateway, scope);
        build.add(ElementKind::exclusive_gateway, merge, scope);
        connect(from, gateway);
        for (const auto kind : {EventKind::message, EventKind::timer}) {
            const auto id = name("event");
            build.catching(id, kind, "PT1M", scope);
            connect(gateway, id);
            connect(id, merge);
        }
        expect(gateway, times);
        expect(merge, times);
        return merge;
    }

    std::string exclusive(const std::string& from, const std::string& scope, int times, int depth, bool loops) {
        const auto split = name("xor");
        const auto merge = name("merge");
        build.add(ElementKind::exclusive_gateway, split, scope);
        build.add(ElementKind::exclusive_gateway, merge, scope);
        connect(from, split);
        const int branches = 2 + pick(2);
        const int taken = pick(branches);
        for (int i = 0; i < branches; ++i) {
            const auto first = name("branch");
            build.manual(first, scope);
            connect(split, first, i == branches - 1 ? "" : i == taken ? "${true}" : "${1 > 2}");
            if (i == branches - 1) {
                build.element(split).default_flow = last_flow();
            }
            expect(first, i == taken ? times : 0);
            connect(blocks(first, scope, i == taken ? times : 0, depth - 1, loops), merge);
        }
        expect(split, times);
        expect(merge, times);
        return merge;
    }

    std::string parallel(const std::string& from, const std::string& scope, int times, int depth, bool loops) {
        const auto fork = name("fork");
        const auto join = name("join");
        build.add(ElementKind::parallel_gateway, fork, scope);
        build.add(ElementKind::parallel_gateway, join, scope).async_before = pick(5) == 0;
        connect(from, fork);
        for (int i = 2 + pick(2); i > 0; --i) {
            connect(blocks(fork, scope, times, depth - 1, loops), join);
        }
        expect(fork, times);
        expect(join, times);
        return join;
    }

    std::string inclusive(const std::string& from, const std::string& scope, int times, int depth, bool loops) {
        const auto split = name("or");
        const auto join = name("orjoin");
        build.add(ElementKind::inclusive_gateway, split, scope);
        build.add(ElementKind::inclusive_gateway, join, scope).async_before = pick(5) == 0;
        connect(from, split);
        bool any = false;
        for (int i = 1 + pick(3); i >= 0; --i) {
            const bool by_default = i == 0;
            const bool taken = by_default ? !any : pick(2) == 0;
            any = any || taken;
            const auto first = name("branch");
            build.manual(first, scope);
            connect(split, first, by_default ? "" : taken ? "${true}" : "${false}");
            if (by_default) {
                build.element(split).default_flow = last_flow();
            }
            expect(first, taken ? times : 0);
            connect(blocks(first, scope, taken ? times : 0, depth - 1, loops), join);
        }
        expect(split, times);
        expect(join, times);
        return join;
    }

    void inside(const std::string& id, int times, int depth, bool loops) {
        const auto start = name("start");
        const auto end = name("end");
        build.start(start, id);
        const auto last = blocks(start, id, times, depth - 1, loops);
        build.end(end, id);
        connect(last, end);
        expect(end, times);
    }

    std::string sub_process(const std::string& from, const std::string& scope, int times, int depth, bool loops) {
        const auto id = name("sub");
        build.add(ElementKind::sub_process, id, scope).async_after = pick(4) == 0;
        connect(from, id);
        expect(id, times);
        inside(id, times, depth, loops);
        return id;
    }

    std::string repeated(const std::string& from, const std::string& scope, int times, int depth) {
        const auto id = name("each");
        const int count = pick(4);
        build.add(ElementKind::sub_process, id, scope).loop.push_back({.sequential = pick(2) == 0, .cardinality = fmt::format("{}", count)});
        connect(from, id);
        expect(id, times * (count + 1));  // each repetition and their body
        inside(id, times * count, depth, false);
        return id;
    }

    std::string loop(const std::string& from, const std::string& scope, int times, int depth) {
        const auto counter = name("n");
        const auto reset = name("reset");
        const auto again = name("again");
        const auto count = name("count");
        const auto which = name("which");
        const int rounds = 1 + pick(3);
        build.script(reset, counter, "${0}", scope);
        build.add(ElementKind::exclusive_gateway, again, scope);
        connect(from, reset);
        connect(reset, again);
        const auto last = blocks(again, scope, times * rounds, depth - 1, false);
        build.script(count, counter, "${" + counter + " + 1}", scope);
        build.add(ElementKind::exclusive_gateway, which, scope);
        connect(last, count);
        connect(count, which);
        connect(which, again, fmt::format("${{{} < {}}}", counter, rounds));
        const auto out = name("out");
        build.manual(out, scope);
        connect(which, out);
        build.element(which).default_flow = last_flow();
        expect(again, times * rounds);
        expect(out, times);
        return out;
    }

    std::mt19937 random_;
    int number_{0};
};

/// Wakes one of the waits, by chance; the same chance for the same state.
class Schedule {
public:
    explicit Schedule(unsigned seed) : random_{seed} {}

    void run(FakeAutomation& automation) {
        automation.start();
        for (int steps = 0; !automation.ended && steps < 3000; ++steps) {
            if (!wake(automation)) {
                return;
            }
        }
    }

private:
    bool wake(FakeAutomation& automation) {
        std::vector<EventBody> events;
        for (const auto& [token, task] : automation.externals) {
            events.emplace_back(Complete{token, {{"done", task.element}}, {}});
            if (!automation.graph.node(automation.graph.find_node(task.element)).boundaries.empty() && task.element.starts_with("task") &&
                errors(automation, task)) {
                events.emplace_back(TaskError{token, "X", "", {}});
            }
        }
        for (const auto& [token, task] : automation.users) {
            events.emplace_back(Complete{token, {}, {}});
        }
        for (const auto& [token, job] : automation.continuations) {
            events.emplace_back(Continue{token});
        }
        for (const auto& [id, timer] : automation.timers) {
            events.emplace_back(TimerDue{id});
        }
        for (const auto& [id, subscription] : automation.subscriptions) {
            if (subscription.name != "remind" || reminders_ < 20) {
                events.emplace_back(Deliver{id, {}, {}});
            }
        }
        if (events.empty()) {
            return false;
        }
        const auto& event = events[random_() % events.size()];
        reminders_ += std::holds_alternative<Deliver>(event) ? 1 : 0;
        automation.now += std::chrono::seconds{1};
        automation.ok(event);
        return !testing::Test::HasFatalFailure();
    }

    static bool errors(const FakeAutomation& automation, const CreateExternalTask& task) {
        const auto& boundaries = automation.graph.node(automation.graph.find_node(task.element)).boundaries;
        return std::ranges::any_of(boundaries, [&](Index boundary) { return automation.graph.node(boundary).waits_for(EventKind::error); });
    }

    std::mt19937 random_;
    int reminders_{0};
};

std::string told(const FakeAutomation& automation) {
    std::string all;
    for (const auto& one : automation.history) {
        all += fmt::format("{} {} {} {} {} {}\n", static_cast<int>(one.kind), one.token, one.scope, one.element, one.loop,
                           one.value ? json::write(*one.value) : "");
    }
    return all + (automation.ended ? json::write(automation.ended->variables) : "stuck");
}

class RandomProcesses : public testing::TestWithParam<unsigned> {};

TEST_P(RandomProcesses, LoseAndDoubleNoTokenUnderAnySchedule) {
    for (unsigned seed = GetParam() * 1000; seed < GetParam() * 1000 + 15; ++seed) {
        const Generator generator{seed};
        const auto graph = FakeAutomation::compiled(generator.build.process);
        FakeAutomation plain{graph, false};
        FakeAutomation through_text{graph, true};
        Schedule{seed}.run(plain);
        Schedule{seed}.run(through_text);
        ASSERT_TRUE(plain.ended) << "seed " << seed << " waits at " << plain.waiting();
        EXPECT_EQ(plain.ended->state, InstanceState::completed);
        for (const auto& [element, times] : generator.expected) {
            EXPECT_EQ(plain.count(element) + plain.count(element, HistoryKind::cancelled), times) << "seed " << seed << " at " << element;
        }
        ASSERT_EQ(told(plain), told(through_text)) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomProcesses, testing::Range(0U, 10U));

}  // namespace
}  // namespace slipway::lifecycle
