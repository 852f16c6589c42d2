#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "automation/definitions.hpp"
#include "automation/engine.hpp"
#include "automation/turn.hpp"

/// Processes that call themselves, directly or over others: such an instance would have no end.
namespace slipway::automation {
namespace {

constexpr std::int64_t kDeepest = 32;

void add_circle(std::vector<RefusedFile>& refused, const Definition& from, const std::string& element, const std::string& called) {
    auto file = std::ranges::find(refused, from.resource, &RefusedFile::resource);
    if (file == refused.end()) {
        Error cyclic{ErrorCode::invalid_argument, "CYCLE", "Processes call one another in a circle: their instances would have no end.", {}, {}};
        file = refused.insert(refused.end(), {from.resource, std::move(cyclic)});
    }
    file->error.faults.push_back({element, fmt::format("a process that does not call {} again", from.key), called});
}

}  // namespace

/// What a process calls, with the element that does; where an expression names it, it is looked at when the call is made (Turn).
Result<std::vector<std::pair<std::string, Definition>>> Definitions::calls_of(store::Session& sql, const Definition& of, const std::string& group,
                                                                              const Graphs& fresh) {
    std::vector<std::pair<std::string, Definition>> out;
    const auto found = fresh.find(of.id);
    const auto compiled = found != fresh.end() ? Result<std::shared_ptr<const lifecycle::Graph>>{found->second} : graph(sql, of.id);
    if (!compiled && compiled.error().code == ErrorCode::internal) {
        return out;  // it can no longer be read: nothing of it runs, and no circle through it
    }
    SW_CHECK(compiled);
    for (const auto& node : (*compiled)->nodes()) {
        const auto& element = node.element;
        if (element.kind == lifecycle::ElementKind::call_activity && node.compiled.called_element.constant()) {
            SW_TRY(auto called, bound(sql, of, group, false, element.called_element, element.called_binding, element.called_version));
            if (called) {
                out.emplace_back(element.id, *std::move(called));
            }
        }
    }
    return out;
}

Result<void> Definitions::check_cycles(store::Session& sql, const Deployment& deployment, const Graphs& fresh, std::vector<RefusedFile>& refused) {
    for (const auto& first : deployment.definitions) {
        if (first.decision) {
            continue;
        }
        SW_TRY(const auto calls, calls_of(sql, first, deployment.group, fresh));
        for (const auto& [element, called] : calls) {
            std::set<std::string> seen{called.id};
            for (std::vector<Definition> open{called}; !open.empty() && !seen.contains(first.id);) {
                const auto next = std::move(open.back());
                open.pop_back();
                SW_TRY(auto further, calls_of(sql, next, deployment.group, fresh));
                for (auto& one : further) {
                    if (seen.insert(one.second.id).second) {
                        open.push_back(std::move(one.second));
                    }
                }
            }
            if (seen.contains(first.id)) {
                add_circle(refused, first, element, called.key);
            }
        }
    }
    return {};
}

/// What is called may come later: it is said now, instead of when the first instance gets there.
Result<void> Definitions::name_missing_calls(store::Session& sql, Deployment& deployment, const Graphs& fresh) {
    for (const auto& definition : deployment.definitions) {
        const auto graph = fresh.find(definition.id);
        if (graph == fresh.end()) {
            continue;
        }
        for (const auto& node : graph->second->nodes()) {
            const auto& element = node.element;
            if (element.kind != lifecycle::ElementKind::call_activity || !node.compiled.called_element.constant()) {
                continue;
            }
            SW_TRY(const auto called, bound(sql, definition, deployment.group, false, element.called_element, element.called_binding, element.called_version));
            if (!called) {
                deployment.remarks.push_back(
                    {.resource = definition.resource,
                     .element = element.id,
                     .rule = "CALLED_PROCESS",
                     .message = fmt::format("There is no process {} here yet: deploy it before an instance gets there.", element.called_element)});
            }
        }
    }
    return {};
}

Result<void> check_callers(store::Session& sql, const NewInstance& child) {
    if (child.depth > kDeepest) {
        return fail(ErrorCode::failed_precondition, "DEPTH", "Processes call one another too deeply.");
    }
    for (auto id = child.parent_id; !id.empty();) {
        SW_TRY(const auto rows, sql.query("SELECT definition_id, parent_id FROM lifecycle_instances WHERE id = $1", {id}));
        if (rows.empty()) {
            break;
        }
        if (rows[0].text(0) == child.definition.id) {
            return fail(ErrorCode::failed_precondition, "CYCLE",
                        fmt::format("The process {} would call itself again, over others or directly, without an end.", child.definition.key));
        }
        id = rows[0].text(1);
    }
    return {};
}

}  // namespace slipway::automation
