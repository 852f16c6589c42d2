#include "lifecycle/instance.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace slipway::lifecycle {

const json::value* Variables::find(std::string_view name) const {
    const auto found = std::ranges::find(items_, name, [](const auto& item) { return std::string_view{item.first}; });
    return found == items_.end() ? nullptr : found->second.get();
}

std::shared_ptr<const json::value> Variables::shared(std::string_view name) const {
    const auto found = std::ranges::find(items_, name, [](const auto& item) { return std::string_view{item.first}; });
    return found == items_.end() ? nullptr : found->second;
}

void Variables::set(std::string_view name, json::value value) {
    auto kept = std::make_shared<const json::value>(std::move(value));
    const auto found = std::ranges::find(items_, name, [](const auto& item) { return std::string_view{item.first}; });
    if (found == items_.end()) {
        items_.emplace_back(std::string{name}, std::move(kept));
    } else {
        found->second = std::move(kept);
    }
}

bool Variables::remove(std::string_view name) {
    return std::erase_if(items_, [&](const auto& item) { return item.first == name; }) != 0;
}

const Token* Instance::find(Id token) const {
    const auto found = tokens.find(token);
    return found == tokens.end() ? nullptr : &found->second;
}

const json::value* Instance::find(Id token, std::string_view name) const {
    for (const auto* at = find(token); at != nullptr; at = find(at->scope)) {
        if (const auto* value = at->variables.find(name)) {
            return value;
        }
    }
    return nullptr;
}

json::object visible_variables(const Instance& instance, Id token) {
    json::object visible;
    for (const auto* at = instance.find(token); at != nullptr; at = instance.find(at->scope)) {
        for (const auto& [name, value] : at->variables.items()) {
            if (!visible.contains(name)) {
                visible.emplace(name, *value);
            }
        }
    }
    return visible;
}

std::string_view to_string(IncidentType type) {
    constexpr std::array<std::string_view, 9> names{"failedJob",   "failedCorrelation", "expression",      "uncaughtError", "loopLimit",
                                                    "orphanToken", "ambiguousDecision", "externalUnknown", "missingHandler"};
    return names.at(static_cast<std::size_t>(type));
}

namespace {

/// Whether a subscription or a timer can wake the token.
bool has_wait(const Instance& instance, Id token) {
    const auto of_token = [&](const auto& entry) { return entry.second.token == token; };
    return std::ranges::any_of(instance.subscriptions, of_token) || std::ranges::any_of(instance.timers, of_token);
}

std::string_view fault_of(const Graph& graph, const Instance& instance, const Token& token) {
    const auto* scope = instance.find(token.scope);
    const bool is_root = token.id == instance.tokens.begin()->first;
    if (!is_root && (scope == nullptr || (scope->state != TokenState::scope && scope->state != TokenState::repeating))) {
        return "has no scope that runs";
    }
    const auto children = std::ranges::any_of(instance.tokens, [&](const auto& entry) { return entry.second.scope == token.id; });
    switch (token.state) {
        case TokenState::arriving:
        case TokenState::active: return "is on its way, though no step runs";
        case TokenState::scope:
        case TokenState::repeating: return children ? "" : "is a scope without tokens";
        case TokenState::catching:
        case TokenState::choosing: return has_wait(instance, token.id) ? "" : "waits for no event";
        case TokenState::joining: return graph.node(token.element).joins() && token.flow != kNone ? "" : "waits at no join";
        default: return children ? "has tokens below it, though it is no scope" : "";
    }
}

}  // namespace

std::vector<std::string> find_orphans(const Graph& graph, const Instance& instance) {
    std::vector<std::string> faults;
    if (instance.state == InstanceState::active && instance.tokens.empty()) {
        faults.emplace_back("The instance runs without a token.");
    }
    if (instance.ended() && !instance.tokens.empty()) {
        faults.emplace_back("The instance is over, but has tokens.");
    }
    for (const auto& [id, token] : instance.tokens) {
        if (const auto fault = fault_of(graph, instance, token); !fault.empty()) {
            faults.push_back(fmt::format("Token {} at '{}' {}.", id, graph.node(token.element).element.id, fault));
        }
    }
    const auto check = [&](std::string_view what, const auto& waits) {
        for (const auto& [id, wait] : waits) {
            if (instance.find(wait.token) == nullptr) {
                faults.push_back(fmt::format("{} {} belongs to token {}, which is gone.", what, id, wait.token));
            }
        }
    };
    check("Subscription", instance.subscriptions);
    check("Timer", instance.timers);
    return faults;
}

}  // namespace slipway::lifecycle
