#pragma once

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lifecycle/step.hpp"

namespace slipway::lifecycle {

/// Stands for the layer that stores what step() answers: one instance, its rows as maps, a clock that tests move. Each step is carried through the state's
/// text, and the rows must agree with the state after it.
class FakeAutomation {
public:
    explicit FakeAutomation(const Process& process, bool through_text = true) : FakeAutomation{compiled(process), through_text} {}
    FakeAutomation(Graph compiled_graph, bool through_text) : graph{std::move(compiled_graph)}, through_text_{through_text} {}

    static Graph compiled(const Process& process) {
        auto graph = compile(process);
        if (!graph) {
            for (const auto& fault : graph.error().faults) {
                ADD_FAILURE() << fault.pointer << ": " << fault.expected << ": " << fault.got;
            }
            std::abort();
        }
        return *std::move(graph);
    }

    Graph graph;
    Instance instance{new_instance("i-1")};
    Environment environment{};
    Timestamp now{from_epoch_ms(1'700'000'000'000)};
    std::map<Id, CreateExternalTask> externals;
    std::map<Id, CreateUserTask> users;
    std::map<Id, CreateSubscription> subscriptions;
    std::map<Id, CreateTimer> timers;
    std::map<Id, CreateContinuation> continuations;
    std::map<Id, StartChild> children;
    std::map<Id, RaiseIncident> incidents;
    std::vector<Id> cancelled_children;
    std::vector<ThrowSignal> signals;
    std::vector<ThrowMessage> messages;
    std::vector<Record> history;
    std::optional<Ended> ended;

    Result<Step> send(EventBody body, bool refuse = false) {
        if (through_text_) {
            pass_through_text();
        }
        auto step = lifecycle::step(graph, instance, Event{now, std::move(body), refuse}, environment);
        if (step) {
            for (const auto& command : step->commands) {
                std::visit([this](const auto& one) { apply(one); }, command);
            }
        }
        check();
        return step;
    }
    /// send() that must go through, without an incident.
    void ok(EventBody body) {
        const auto step = send(std::move(body));
        ASSERT_TRUE(step) << step.error().reason << ": " << step.error().message;
        EXPECT_FALSE(step->failed) << (incidents.empty() ? "" : incidents.rbegin()->second.message);
    }
    /// The reason why it is refused, empty when it is not.
    std::string refused(EventBody body, bool refuse = true) {
        const auto step = send(std::move(body), refuse);
        return step ? std::string{} : step.error().reason;
    }
    void start(json::object variables = {}) { ok(Start{.variables = std::move(variables)}); }
    void complete(const std::string& element, json::object variables = {}) { ok(Complete{task_at(element), std::move(variables), {}}); }
    void deliver(const std::string& element, json::object variables = {}) { ok(Deliver{subscription_at(element), std::move(variables), {}}); }
    /// Lets the timer fire at its date.
    void fire(const std::string& element) {
        const auto id = timer_at(element);
        now = std::max(now, timers.contains(id) ? timers.at(id).due : now);
        ok(TimerDue{id});
    }

    Id task_at(const std::string& element) const {
        const auto external = at(externals, element);
        return external != 0 ? external : token_at(element);
    }
    Id subscription_at(const std::string& element) const { return at(subscriptions, element); }
    Id timer_at(const std::string& element) const { return at(timers, element); }
    Id token_at(const std::string& element) const {
        for (const auto& [id, token] : instance.tokens) {
            if (graph.node(token.element).element.id == element && token.state != TokenState::repeating) {
                return id;
            }
        }
        return 0;
    }
    /// Elements that hold tokens, without scopes, in order, with spaces between.
    std::string waiting() const {
        std::vector<std::string> ids;
        for (const auto& [id, token] : instance.tokens) {
            if (token.state != TokenState::scope && token.state != TokenState::repeating) {
                ids.push_back(graph.node(token.element).element.id);
            }
        }
        std::ranges::sort(ids);
        std::string all;
        for (const auto& id : ids) {
            all += (all.empty() ? "" : " ") + id;
        }
        return all;
    }
    /// How often the element was so in history.
    int count(const std::string& element, HistoryKind kind = HistoryKind::ended) const {
        return static_cast<int>(
            std::ranges::count_if(history, [&](const Record& one) { return one.kind == kind && one.element == element && one.name.empty(); }));
    }
    const json::value* variable(std::string_view name) const {
        return instance.tokens.empty() ? (ended ? ended->variables.if_contains(name) : nullptr) : instance.find(instance.tokens.begin()->first, name);
    }
    std::string incident_type() const { return incidents.empty() ? "" : std::string{to_string(incidents.begin()->second.type)}; }

private:
    template <typename Rows>
    static Id at(const Rows& rows, const std::string& element) {
        const auto found = std::ranges::find_if(rows, [&](const auto& row) { return row.second.element == element; });
        return found == rows.end() ? 0 : found->first;
    }

    void apply(const CreateExternalTask& row) { EXPECT_TRUE(externals.emplace(row.token, row).second); }
    void apply(const CreateUserTask& row) { EXPECT_TRUE(users.emplace(row.token, row).second); }
    void apply(const CreateSubscription& row) { EXPECT_TRUE(subscriptions.emplace(row.id, row).second); }
    void apply(const CreateTimer& row) { timers[row.id] = row; }
    void apply(const CreateContinuation& row) { EXPECT_TRUE(continuations.emplace(row.token, row).second); }
    void apply(const StartChild& row) { children[row.token] = row; }
    void apply(const CancelChild& row) {
        EXPECT_EQ(children.erase(row.token), 1U);
        cancelled_children.push_back(row.token);
    }
    void apply(const Remove& row) {
        std::size_t gone = 0;
        switch (row.kind) {
            case WaitKind::external_task: gone = externals.erase(row.id); break;
            case WaitKind::user_task: gone = users.erase(row.id); break;
            case WaitKind::subscription: gone = subscriptions.erase(row.id); break;
            case WaitKind::timer: gone = timers.erase(row.id); break;
            case WaitKind::continuation: gone = continuations.erase(row.id); break;
        }
        EXPECT_EQ(gone, 1U) << "a row that is not there is removed: " << row.id;
    }
    void apply(const ThrowSignal& row) { signals.push_back(row); }
    void apply(const ThrowMessage& row) { messages.push_back(row); }
    void apply(const RaiseIncident& row) { incidents[row.id] = row; }
    void apply(const ResolveIncident& row) { EXPECT_EQ(incidents.erase(row.id), 1U); }
    void apply(const Record& row) { history.push_back(row); }
    void apply(const Ended& row) { ended = row; }

    void pass_through_text() {
        const auto text = write_instance(graph, instance);
        auto read = read_instance(graph, text);
        ASSERT_TRUE(read) << read.error().message;
        instance = *std::move(read);
        EXPECT_EQ(write_instance(graph, instance), text);
    }

    std::size_t in_state(TokenState state) const {
        return static_cast<std::size_t>(std::ranges::count_if(instance.tokens, [&](const auto& entry) { return entry.second.state == state; }));
    }
    void check() {
        for (const auto& fault : find_orphans(graph, instance)) {
            ADD_FAILURE() << fault;
        }
        EXPECT_EQ(externals.size(), in_state(TokenState::external));
        EXPECT_EQ(users.size(), in_state(TokenState::user));
        EXPECT_EQ(continuations.size(), in_state(TokenState::async_before) + in_state(TokenState::async_after));
        std::erase_if(children, [&](const auto& row) {  // one that ended by itself needs no command
            const auto* token = instance.find(row.first);
            return token == nullptr || token->state != TokenState::child;
        });
        EXPECT_EQ(children.size(), in_state(TokenState::child));
        EXPECT_EQ(subscriptions.size(), instance.subscriptions.size());
        EXPECT_EQ(incidents.size(), instance.incidents.size());
        EXPECT_EQ(timers.size(), instance.timers.size());
        for (const auto& [id, timer] : instance.timers) {
            EXPECT_TRUE(timers.contains(id) && timers.at(id).due == timer.schedule.due);
        }
        EXPECT_EQ(ended.has_value(), instance.ended());
    }

    bool through_text_;
};

}  // namespace slipway::lifecycle
