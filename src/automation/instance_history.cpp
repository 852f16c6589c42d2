#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "automation/calls.hpp"
#include "automation/instances.hpp"
#include "automation/turn.hpp"
#include "lifecycle/state_bounds.hpp"

/// What an instance holds and what it went through.
namespace slipway::automation {
namespace {

std::string_view type_name(lifecycle::ElementKind kind) {
    constexpr std::array<std::string_view, 18> kNames{"startEvent",
                                                      "noneEndEvent",
                                                      "intermediateCatchEvent",
                                                      "intermediateThrowEvent",
                                                      "boundaryEvent",
                                                      "serviceTask",
                                                      "scriptTask",
                                                      "userTask",
                                                      "receiveTask",
                                                      "manualTask",
                                                      "businessRuleTask",
                                                      "exclusiveGateway",
                                                      "parallelGateway",
                                                      "inclusiveGateway",
                                                      "eventBasedGateway",
                                                      "subProcess",
                                                      "eventSubProcess",
                                                      "callActivity"};
    return kNames.at(static_cast<std::size_t>(kind));
}

void describe(ActivityInfo& info, const lifecycle::Graph& graph) {
    const auto index = graph.find_node(info.element);
    if (index == lifecycle::kRoot || info.element == graph.key()) {
        info.name = graph.name();
        info.type = "processDefinition";
    } else if (index != lifecycle::kNone) {
        const auto& element = graph.node(index).element;
        info.name = element.name;
        // A repeated activity is a visit of its own around its repetitions.
        info.type = !element.loop.empty() && info.loop < 0 ? kRepetitions : type_name(element.kind);
    }
}

struct Line {
    Timestamp at{};
    const json::object& members;

    std::string_view kind() const { return json::text_of(members, "k"); }
    std::string element() const { return std::string{json::text_of(members, "e")}; }
    std::int64_t number(std::string_view name, std::int64_t usual) const {
        const auto* found = members.if_contains(name);
        return found != nullptr && found->is_int64() ? found->get_int64() : usual;
    }
};

/// Calls `use` for each line of the instance's history, in its order.
Result<void> each_line(store::Session& sql, const std::string& id, const std::function<void(const Line&)>& use) {
    SW_TRY(const auto rows, sql.query("SELECT at, records FROM lifecycle_history WHERE instance_id = $1 ORDER BY row_id", {id}));
    for (const auto& row : rows) {
        SW_TRY(const auto records, json::parse(row.text(1), lifecycle::kStateLimits));
        for (const auto& record : records.as_array()) {
            use({row.time(0), record.as_object()});
        }
    }
    return {};
}

}  // namespace

Result<json::object> Instances::variables(store::Session& sql, const identity::Principal& who, const std::string& id) {
    SW_TRY(const auto info, require(sql, who, identity::Action::read, id));
    if (info.state != lifecycle::InstanceState::active) {
        SW_TRY(const auto rows, sql.query("SELECT document FROM lifecycle_instances WHERE id = $1", {id}));
        return json::parse_object(rows[0].text(0), lifecycle::kStateLimits);
    }
    SW_TRY(const auto loaded, engine_.load(sql, id, false));
    json::object out;
    if (!loaded.instance.tokens.empty()) {
        out = lifecycle::visible_variables(loaded.instance, loaded.instance.tokens.begin()->first);
    }
    return out;
}

Result<std::vector<ActivityInfo>> Instances::activities(store::Session& sql, const identity::Principal& who, const std::string& id) {
    SW_TRY(const auto info, require(sql, who, identity::Action::read, id));
    std::vector<ActivityInfo> out;
    if (info.state != lifecycle::InstanceState::active) {
        return out;
    }
    SW_TRY(const auto loaded, engine_.load(sql, id, false));
    for (const auto& [token_id, token] : loaded.instance.tokens) {
        ActivityInfo one{.token = token_id,
                         .scope = token.scope,
                         .element = token.element == lifecycle::kRoot ? loaded.graph->key() : loaded.graph->node(token.element).element.id,
                         .loop = token.loop,
                         .started = token.since};
        describe(one, *loaded.graph);
        out.push_back(std::move(one));
    }
    SW_CHECK(name_called(sql, id, out));
    return out;
}

Result<std::vector<ActivityInfo>> Instances::activity_history(store::Session& sql, const identity::Principal& who, const std::string& id) {
    SW_TRY(const auto info, require(sql, who, identity::Action::read, id));
    const auto graph = definitions_.graph(sql, info.definition_id);
    if (!graph && graph.error().code != ErrorCode::not_found) {
        return std::unexpected(graph.error());
    }
    std::vector<ActivityInfo> out;
    std::map<std::pair<std::int64_t, std::string>, std::size_t> open;
    SW_CHECK(each_line(sql, id, [&](const Line& line) {
        const auto key = std::pair{line.number("t", 0), line.element()};
        if (line.kind() == "started") {
            open[key] = out.size();
            out.push_back({.token = key.first,
                           .scope = line.number("s", 0),
                           .element = key.second,
                           .loop = static_cast<std::int32_t>(line.number("l", -1)),
                           .started = line.at});
            if (graph) {
                describe(out.back(), **graph);
            } else if (key.second == info.definition_key) {  // its deployment was deleted
                out.back().type = "processDefinition";
            }
        } else if (const auto there = open.find(key); there != open.end() && (line.kind() == "ended" || line.kind() == "cancelled")) {
            out[there->second].ended = line.at;
            out[there->second].cancelled = line.kind() == "cancelled";
            open.erase(there);
        }
    }));
    SW_CHECK(name_called(sql, id, out));
    return out;
}

Result<std::vector<std::string>> Instances::flows_taken(store::Session& sql, const identity::Principal& who, const std::string& id) {
    SW_CHECK(require(sql, who, identity::Action::read, id));
    std::vector<std::string> out;
    SW_CHECK(each_line(sql, id, [&](const Line& line) {
        if (line.kind() == "flow") {
            out.push_back(line.element());
        }
    }));
    return out;
}

Result<std::vector<VariableInfo>> Instances::variable_history(store::Session& sql, const identity::Principal& who, const std::string& id,
                                                              const std::string& name) {
    SW_CHECK(require(sql, who, identity::Action::read, id));
    std::map<std::pair<std::int64_t, std::string>, VariableInfo> last;
    SW_CHECK(each_line(sql, id, [&](const Line& line) {
        const std::string variable{json::text_of(line.members, "n")};
        if ((line.kind() != "set" && line.kind() != "removed") || (!name.empty() && variable != name)) {
            return;
        }
        auto& one = last[{line.number("s", 0), variable}];
        one = {.scope = line.number("s", 0), .element = line.element(), .name = variable, .value = std::move(one.value), .at = line.at};
        one.removed = line.kind() == "removed";
        if (const auto* value = line.members.if_contains("v")) {
            one.value = *value;
        }
    }));
    std::vector<VariableInfo> out;
    out.reserve(last.size());
    for (auto& [key, one] : last) {
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace slipway::automation
