#include <algorithm>
#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "lifecycle/expression_value.hpp"
#include "lifecycle/run.hpp"
#include "lifecycle/state_bounds.hpp"

namespace slipway::lifecycle {

namespace {

/// Remembers whether something was asked for that is not there.
class WatchedNames final : public Names {
public:
    explicit WatchedNames(const Names& names) : names_{names} {}
    const json::value* find(std::string_view name) const override {
        const auto* value = names_.find(name);
        missed_ = missed_ || value == nullptr;
        return value;
    }
    std::string_view instance_id() const override { return names_.instance_id(); }
    std::string_view business_key() const override { return names_.business_key(); }
    std::string now() const override { return names_.now(); }
    Fuel* fuel() const override { return names_.fuel(); }
    bool missed() const { return missed_; }

private:
    const Names& names_;
    mutable bool missed_{false};
};

}  // namespace

Result<bool> condition_holds(const Template& condition, const Names& names) {
    const WatchedNames watched{names};
    const auto value = condition.evaluate(watched);
    if (!value && watched.missed()) {
        return false;
    }
    SW_CHECK(value);
    if (!value->is_bool()) {
        return failed("EXPRESSION", fmt::format("A condition gives {}, neither true nor false.", json::write(*value).substr(0, 100)));
    }
    return value->get_bool();
}

Result<bool> Graph::start_condition(Index start, const json::object& variables) const {
    if (start <= kRoot || start >= static_cast<Index>(nodes().size()) || !node(start).compiled.condition) {
        return invalid("/start", "a start event with a condition", std::to_string(start));
    }
    return condition_holds(*node(start).compiled.condition, ObjectNames{variables});
}

/// Where the variable is already, seen from `from`; otherwise in the instance.
void Run::set_variable(Id from, std::string_view name, json::value value) {
    auto* target = &instance_.tokens.begin()->second;
    for (auto* token = find(from); token != nullptr; token = find(token->scope)) {
        if (token->variables.find(name) != nullptr) {
            target = token;
            break;
        }
    }
    set_local(*target, name, std::move(value));
}

/// What is too much is not set, and drain() tells it: by then the step is undone.
bool Run::may_hold(std::string_view name, const json::value& value) {
    set_weight_ += weight(value, kMostStateWeight);
    if (!too_much_ && deeper_than(value, kDeepestVariable)) {
        too_much_ =
            Error{ErrorCode::failed_precondition,
                  "STATE_SIZE",
                  fmt::format("Lists and objects of the variable '{}' lie more than {} deep in each other.", json::utf8_front(name, 80), kDeepestVariable),
                  {},
                  {}};
    } else if (!too_much_ && set_weight_ > kMostStateWeight) {
        too_much_ = Error{
            ErrorCode::failed_precondition,
            "STATE_SIZE",
            fmt::format("The step sets variables of more than {} MiB together, the last of them '{}'.", kMostStateWeight >> 20, json::utf8_front(name, 80)),
            {},
            {}};
    }
    return !too_much_;
}

void Run::set_local(Token& token, std::string_view name, json::value value) {
    if (!may_hold(name, value)) {
        return;
    }
    const bool known = token.variables.find(name) != nullptr;
    token.variables.set(name, std::move(value));
    emit(Record{.kind = HistoryKind::variable_set,
                .token = token.id,
                .scope = token.id,
                .element = node(token).element.id,
                .loop = token.loop,
                .name = std::string{name},
                .value = token.variables.shared(name)});
    changes_.push_back({token.id, std::string{name}, known ? "update" : "create"});
}

void Run::set_all(Id from, const json::object& variables) {
    for (const auto& [name, value] : variables) {
        set_variable(from, name, value);
    }
}

/// Evaluates in the scope of `token`, one after the other, each seeing those before it.
Result<void> Run::assign(Token& token, const std::vector<CompiledAssignment>& assignments, Id target, bool local) {
    for (const auto& assignment : assignments) {
        if (assignment.condition) {
            SW_TRY(const bool holds, assignment.condition->test(names(token.id)));
            if (!holds) {
                continue;
            }
        }
        SW_TRY(json::value value, assignment.value.evaluate(names(token.id)));
        if (local) {
            set_local(token, assignment.target, std::move(value));
        } else {
            set_variable(target, assignment.target, std::move(value));
        }
    }
    return {};
}

/// A plain name that is not there passes as null, as Camunda has it; an expression over it fails.
Result<Run::Passed> Run::pass(const std::vector<CompiledPassing>& passings, const Names& source, const json::object& all) {
    Passed passed;
    for (const auto& passing : passings) {
        if (passing.all) {
            for (const auto& [name, value] : all) {
                passed.variables[name] = value;
            }
        } else if (passing.business_key) {
            SW_TRY(passed.business_key, passing.expression->text(source));
        } else if (passing.expression) {
            SW_TRY(passed.variables[passing.target], passing.expression->evaluate(source));
        } else {
            const auto* value = source.find(passing.variable);
            passed.variables[passing.target] = value == nullptr ? json::value{} : *value;
        }
    }
    return passed;
}

/// `local` passes what the scope itself has, its inputs among them.
Result<Run::Passed> Run::pass_from(const std::vector<CompiledPassing>& passings, Id token) const {
    json::object all;
    for (const auto& passing : passings) {
        if (passing.all && !passing.local) {
            all = visible_variables(instance_, token);
            break;
        }
        if (passing.all) {
            for (const auto& [name, value] : instance_.find(token)->variables.items()) {
                all[name] = *value;
            }
        }
    }
    return pass(passings, names(token), all);
}

int Run::depth(Id token) const {
    int depth = 0;
    for (const auto* at = instance_.find(token); at != nullptr; at = instance_.find(at->scope)) {
        ++depth;
    }
    return depth;
}

/// Whether one of the changes can be seen from `token` and is of those that the condition waits for.
bool Run::sees(Id token, const std::vector<Change>& changes, const EventDefinition& event) const {
    const auto counts = [&](const Change& change) {
        return (event.variable.empty() || event.variable == change.name) && (event.variable_events.empty() || event.variable_events.contains(change.what));
    };
    for (const auto* at = instance_.find(token); at != nullptr; at = instance_.find(at->scope)) {
        if (std::ranges::any_of(changes, [&](const Change& change) { return change.scope == at->id && counts(change); })) {
            return true;
        }
    }
    return false;
}

/// Outer scopes come first: what they interrupt need not be looked at.
Result<void> Run::look_at_changes() {
    const auto changes = std::exchange(changes_, {});
    std::vector<std::pair<int, Id>> concerned;
    for (const auto& [id, subscription] : instance_.subscriptions) {
        if (subscription.kind == EventKind::conditional && sees(subscription.token, changes, graph_.node(subscription.element).element.event)) {
            concerned.emplace_back(depth(subscription.token), id);
        }
    }
    std::ranges::sort(concerned);
    for (const auto& [depth, id] : concerned) {
        SW_CHECK(spend());
        SW_CHECK(look(id));
    }
    return {};
}

Result<void> Run::look(Id id) {
    const auto found = instance_.subscriptions.find(id);
    if (found == instance_.subscriptions.end()) {
        return {};
    }
    const auto subscription = found->second;
    at_ = subscription.element;
    SW_TRY(const bool holds, condition_holds(*graph_.node(subscription.element).compiled.condition, names(subscription.token)));
    return holds ? fire(subscription.token, subscription.element, {}, {}) : Result<void>{};
}

}  // namespace slipway::lifecycle
