#include "lifecycle/state_bounds.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include "lifecycle/expression_value.hpp"

namespace slipway::lifecycle {

namespace {

constexpr std::size_t kLine = 64;  ///< of what has members of fixed size

/// Adds up until there is enough.
class Scales {
public:
    explicit Scales(std::size_t limit) : limit_{limit} {}
    void add(std::size_t bytes) { sum_ += bytes; }
    void add(const json::value& value) { sum_ += full() ? 0 : weight(value, limit_ - sum_); }
    void add(const Variables& variables) {
        for (const auto& [name, value] : variables.items()) {
            add(name.size() + 4);
            add(*value);
        }
    }
    bool full() const { return sum_ > limit_; }
    std::size_t sum() const { return sum_; }

private:
    std::size_t limit_;
    std::size_t sum_{0};
};

void add_token(Scales& scales, const Graph& graph, const Token& token) {
    scales.add(kLine + graph.node(token.element).element.id.size() + (token.flow == kNone ? 0 : graph.edge(token.flow).id.size()));
    scales.add(token.variables);
    for (std::size_t i = 0; token.items && i < token.items->size() && !scales.full(); ++i) {
        scales.add((*token.items)[i]);
    }
}

}  // namespace

bool deeper_than(const json::value& value, std::size_t most) {
    if (!value.is_array() && !value.is_object()) {
        return false;
    }
    if (most == 0) {
        return true;
    }
    return value.is_array() ? std::ranges::any_of(value.get_array(), [&](const auto& item) { return deeper_than(item, most - 1); })
                            : std::ranges::any_of(value.get_object(), [&](const auto& member) { return deeper_than(member.value(), most - 1); });
}

std::size_t weight_of(const Graph& graph, const Instance& instance, std::size_t limit) {
    Scales scales{limit};
    scales.add(kLine + instance.business_key.size());
    for (const auto& [id, token] : instance.tokens) {
        add_token(scales, graph, token);
    }
    for (const auto& [id, one] : instance.subscriptions) {
        scales.add(kLine + graph.node(one.element).element.id.size() + one.name.size() + one.correlation_key.value_or(std::string{}).size());
    }
    for (const auto& [id, one] : instance.timers) {
        scales.add(kLine + graph.node(one.element).element.id.size() + one.text.size());
    }
    for (const auto& [id, one] : instance.incidents) {
        scales.add(kLine + one.element.size() + one.message.size());
        if (one.held && !scales.full()) {
            scales.add(json::value(write_event(*one.held)));
        }
    }
    return scales.sum();
}

Result<void> check_weight(const Graph& graph, const Instance& before, const Instance& after, std::size_t most) {
    constexpr auto kAll = std::numeric_limits<std::size_t>::max();
    if (weight_of(graph, after, most) <= most || weight_of(graph, after, kAll) <= weight_of(graph, before, kAll)) {
        return {};  // what was too large before a step may become smaller by it
    }
    return fail(ErrorCode::failed_precondition, "STATE_SIZE",
                fmt::format("The variables of the instance become larger than {} MiB together: keep what is large elsewhere, and its address here.",
                            kMostStateWeight >> 20));
}

}  // namespace slipway::lifecycle
