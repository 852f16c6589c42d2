#include <charconv>
#include <fmt/format.h>

#include "lifecycle/run.hpp"

namespace slipway::lifecycle {

namespace {

constexpr std::string_view kCount = "nrOfInstances";
constexpr std::string_view kActive = "nrOfActiveInstances";
constexpr std::string_view kDone = "nrOfCompletedInstances";

std::int64_t whole(const Variables& variables, std::string_view name) {
    const auto* value = variables.find(name);
    return value == nullptr || !value->is_int64() ? 0 : value->get_int64();
}

}  // namespace

/// How often, fixed here for good: later changes of the collection change nothing.
Result<std::int64_t> Run::count_of(Token& body) {
    const auto& loop = *node(body).compiled.loop;
    if (loop.cardinality) {
        SW_TRY(const auto count, number_of(*loop.cardinality, body.scope, -1, "cardinality"));
        if (count < 0) {
            return failed("EXPRESSION", fmt::format("The cardinality of '{}' is not zero or more.", at()));
        }
        return count;
    }
    SW_TRY(json::value collection, loop.collection->evaluate(names(body.scope)));
    if (!collection.is_array()) {
        return failed("EXPRESSION", fmt::format("The collection of '{}' is no list.", at()));
    }
    body.items = std::make_shared<const json::array>(std::move(collection.get_array()));
    return static_cast<std::int64_t>(body.items->size());
}

Result<void> Run::begin_loop(Token& body) {
    set_state(body, TokenState::repeating);
    SW_TRY(const auto count, count_of(body));
    const bool sequential = node(body).compiled.loop->sequential;
    body.variables.set(kCount, json::value(count));
    body.variables.set(kActive, json::value(sequential ? std::min<std::int64_t>(count, 1) : count));
    body.variables.set(kDone, json::value(std::int64_t{0}));
    if (count == 0) {
        body.items.reset();
        return leave(body);
    }
    for (const auto boundary : node(body).boundaries) {
        SW_CHECK(subscribe(body.id, boundary));
    }
    for (std::int64_t index = 0; index < (sequential ? 1 : count); ++index) {
        SW_CHECK(spend());
        add_repetition(body, index);
    }
    if (!sequential) {
        body.items.reset();  // each repetition has its own
    }
    return {};
}

void Run::add_repetition(Token& body, std::int64_t index) {
    auto& token = add_token(body.id, body.element, TokenState::arriving);
    token.loop = static_cast<std::int32_t>(index);
    token.variables.set("loopCounter", json::value(index));
    const auto& variable = node(body).compiled.loop->element_variable;
    if (body.items && !variable.empty()) {
        set_local(token, variable, (*body.items)[static_cast<std::size_t>(index)]);
    }
    agenda_.push_back({Action::Kind::arrive, token.id});
}

Result<void> Run::repetition_ended(Token& token) {
    auto& body = *find(token.scope);
    const auto index = token.loop;
    instance_.tokens.erase(token.id);
    const auto count = whole(body.variables, kCount);
    const auto done = whole(body.variables, kDone) + 1;
    const auto& loop = *node(body).compiled.loop;
    body.variables.set(kDone, json::value(done));
    body.variables.set(kActive, json::value(loop.sequential ? std::min<std::int64_t>(count - done, 1) : count - done));
    bool over = done == count;
    if (!over && loop.completion) {
        SW_TRY(over, test(*loop.completion, body.id));
    }
    if (over) {
        cancel_children(body.id);
        return leave(body);
    }
    if (loop.sequential) {
        add_repetition(body, index + 1);
    }
    return {};
}

}  // namespace slipway::lifecycle
