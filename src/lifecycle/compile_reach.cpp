#include "lifecycle/compiler.hpp"

namespace slipway::lifecycle {

/// Where a token can go from a node within its scope: by flows, by boundary events, by links.
std::vector<Index> Compiler::next_of(Index index) const {
    const auto& node = data_.nodes[static_cast<std::size_t>(index)];
    std::vector<Index> next = node.boundaries;
    for (const auto flow : node.outgoing) {
        next.push_back(data_.edges[static_cast<std::size_t>(flow)].to);
    }
    if (node.link_target != kNone) {
        next.push_back(node.link_target);
    }
    return next;
}

void Compiler::check_reachable() {
    std::vector<bool> seen(data_.nodes.size(), false);
    std::vector<Index> open{kRoot};
    const auto visit = [&](Index index) {
        if (index != kNone && !seen[static_cast<std::size_t>(index)]) {
            seen[static_cast<std::size_t>(index)] = true;
            open.push_back(index);
        }
    };
    seen[kRoot] = true;
    for (const auto start : data_.starts) {
        visit(start);
    }
    while (!open.empty()) {
        const auto index = open.back();
        open.pop_back();
        for (const auto next : next_of(index)) {
            visit(next);
        }
        visit(node(index).start);
        for (const auto start : node(index).event_subs) {
            visit(node(start).scope);
        }
    }
    for (std::size_t index = 0; index < seen.size(); ++index) {
        if (!seen[index]) {
            fault(data_.nodes[index].element.id, "reachable: a way leads from a start to each element", "no way");
        }
    }
}

void Compiler::mark_inclusive_joins() {
    std::vector<std::vector<Index>> before(data_.nodes.size());
    for (Index from = 1; from < static_cast<Index>(data_.nodes.size()); ++from) {
        for (const auto to : next_of(from)) {
            before[static_cast<std::size_t>(to)].push_back(from);
        }
    }
    for (Index index = 1; index < static_cast<Index>(data_.nodes.size()); ++index) {
        if (node(index).is(ElementKind::inclusive_gateway) && node(index).joins()) {
            data_.inclusive_joins = true;
            mark_join(index, before);
        }
    }
}

/// Walks backwards from each incoming flow, never through the join itself.
void Compiler::mark_join(Index index, const std::vector<std::vector<Index>>& before) {
    auto& join = node(index);
    for (const auto flow : join.incoming) {
        std::vector<std::uint64_t> bits((data_.nodes.size() + 63) / 64, 0);
        std::vector<Index> open;
        const auto visit = [&](Index at) {
            auto& word = bits[static_cast<std::size_t>(at) / 64];
            const auto bit = std::uint64_t{1} << (static_cast<std::size_t>(at) % 64);
            if (at != index && (word & bit) == 0) {
                word |= bit;
                open.push_back(at);
            }
        };
        visit(edge(flow).from);
        while (!open.empty()) {
            const auto at = open.back();
            open.pop_back();
            for (const auto from : before[static_cast<std::size_t>(at)]) {
                visit(from);
            }
        }
        join.reaches.push_back(std::move(bits));
    }
}

}  // namespace slipway::lifecycle
