#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "lifecycle/run.hpp"

namespace slipway::lifecycle {

namespace {

bool has_bit(const std::vector<std::uint64_t>& bits, Index index) {
    return ((bits[static_cast<std::size_t>(index) / 64] >> (static_cast<std::size_t>(index) % 64)) & 1) != 0;
}

}  // namespace

Result<bool> Run::test(const Template& condition, Id names_of) {
    SW_TRY(const json::value value, condition.evaluate(names(names_of)));
    if (!value.is_bool()) {
        return failed("EXPRESSION", fmt::format("The condition of '{}' gives {}, neither true nor false.", at(), json::write(value).substr(0, 100)));
    }
    return value.get_bool();
}

/// The flows that a token leaves over. A parallel gateway takes all, an exclusive one the first that holds, everything else those that hold.
Result<std::vector<Index>> Run::outgoing(const Token& token) {
    const auto& here = node(token);
    if (here.is(ElementKind::parallel_gateway) || here.outgoing.empty()) {
        return here.outgoing;
    }
    SW_TRY(auto flows, chosen(token, here.is(ElementKind::exclusive_gateway)));
    if (flows.empty() && here.default_flow != kNone) {
        flows.push_back(here.default_flow);
    }
    if (flows.empty()) {
        return failed("NO_FLOW", fmt::format("No way leads on from '{}': none of its conditions holds and it has no default flow.", here.element.id));
    }
    return flows;
}

Result<std::vector<Index>> Run::chosen(const Token& token, bool first_only) {
    const auto& here = node(token);
    std::vector<Index> flows;
    for (const auto flow : here.outgoing) {
        const auto& edge = graph_.edge(flow);
        if (flow == here.default_flow) {
            continue;
        }
        if (edge.condition) {
            SW_TRY(const bool holds, test(*edge.condition, token.scope));
            if (!holds) {
                continue;
            }
        }
        flows.push_back(flow);
        if (first_only) {
            break;
        }
    }
    return flows;
}

/// A parallel join takes exactly one token from each of its flows; what else came over one of them stays for the next time.
Result<void> Run::join(Token& token) {
    set_state(token, TokenState::joining);
    const auto& here = node(token);
    if (here.is(ElementKind::inclusive_gateway)) {
        return {};  // drain() looks at it when nothing moves any more
    }
    const auto arrived = first_per_flow(token.scope, token.element);
    if (std::ranges::find(arrived, 0) != arrived.end()) {
        return {};
    }
    return pass_join(token.scope, token.element, arrived);
}

/// For each incoming flow of the gateway the token that came over it first, 0 where none did.
std::vector<Id> Run::first_per_flow(Id scope, Index element) const {
    const auto& incoming = graph_.node(element).incoming;
    std::vector<Id> first(incoming.size(), 0);
    for (const auto& [id, token] : instance_.tokens) {
        if (token.scope != scope || token.element != element || token.state != TokenState::joining) {
            continue;
        }
        const auto place = static_cast<std::size_t>(std::ranges::find(incoming, token.flow) - incoming.begin());
        if (place < first.size() && first[place] == 0) {
            first[place] = id;
        }
    }
    return first;
}

Result<void> Run::pass_join(Id scope, Index element, const std::vector<Id>& consumed) {
    for (const auto id : consumed) {
        resolve_incidents(id);
        instance_.tokens.erase(id);
    }
    return begin(add_token(scope, element, TokenState::active));
}

/// Looks at each gateway of each scope once, however many tokens wait there.
Result<bool> Run::fire_inclusive_join() {
    std::set<std::pair<Id, Index>> seen;
    for (const auto& [id, token] : instance_.tokens) {
        const bool waits = token.state == TokenState::joining && node(token).is(ElementKind::inclusive_gateway);
        if (!waits || !seen.emplace(token.scope, token.element).second) {
            continue;
        }
        const auto scope = token.scope;
        const auto element = token.element;
        const auto arrived = first_per_flow(scope, element);
        if (may_fire(scope, element, arrived)) {
            SW_CHECK(spend());
            SW_CHECK(pass_join(scope, element, arrived));
            return true;
        }
    }
    return false;
}

/// BPMN 2.0.2 table 13.3: no token of the scope can still reach an empty incoming flow without passing the gateway, unless it can equally reach one that
/// holds a token already.
bool Run::may_fire(Id scope, Index element, const std::vector<Id>& arrived) const {
    const auto& join = graph_.node(element);
    const auto reaches = [&](std::size_t flow, const Token& token) {
        if (token.element != element) {
            return has_bit(join.reaches[flow], token.element);
        }
        if (token.state == TokenState::async_before) {
            return join.incoming[flow] == token.flow;
        }
        return std::ranges::any_of(join.outgoing, [&](Index out) { return has_bit(join.reaches[flow], graph_.edge(out).to); });
    };
    for (const auto& [id, token] : instance_.tokens) {
        if (token.scope != scope || (token.element == element && token.state == TokenState::joining)) {
            continue;
        }
        bool reaches_empty = false;
        bool reaches_filled = false;
        for (std::size_t flow = 0; flow < arrived.size(); ++flow) {
            (arrived[flow] == 0 ? reaches_empty : reaches_filled) |= reaches(flow, token);
        }
        if (reaches_empty && !reaches_filled) {
            return false;
        }
    }
    return true;
}

/// The first event of an event-based gateway: the others are gone with it.
Result<void> Run::choose(Token& gateway, Index element, const json::object& variables, const json::object& local) {
    const auto scope = gateway.scope;
    remove_waits(gateway.id);
    resolve_incidents(gateway.id);
    record(HistoryKind::ended, gateway);
    for (const auto flow : node(gateway).outgoing) {
        if (graph_.edge(flow).to == element) {
            emit(Record{.kind = HistoryKind::flow_taken, .token = gateway.id, .scope = scope, .element = graph_.edge(flow).id});
        }
    }
    instance_.tokens.erase(gateway.id);
    auto& caught = add_token(scope, element, TokenState::active);
    at_ = element;
    record(HistoryKind::started, caught);
    SW_CHECK(prepare(caught));
    for (const auto& [name, value] : local) {
        set_local(caught, name, value);
    }
    set_all(caught.id, variables);
    return leave(caught);
}

}  // namespace slipway::lifecycle
