#include "automation/operator_notes.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <set>

#include "automation/editors.hpp"
#include "automation/step_rows.hpp"
#include "base/crypto.hpp"
#include "base/json_codec.hpp"
#include "store/audit.hpp"
#include "store/later.hpp"
#include "store/sql_text.hpp"

namespace slipway::automation {
namespace {

constexpr std::size_t kLongest = 4096;

json::value told(const json::value& value) {
    const auto text = json::write(value);
    if (text.size() <= kLongest) {
        return value;
    }
    return json::object{{"bytes", text.size()}, {"sha256", crypto::sha256_hex(text)}};
}

/// As the history of an instance has it: a record alone in its row, which begins with what was done (editors_of()).
std::string history_of(const OperatorNote& note, const identity::Principal& who) {
    json::object record{{"k", note.what}, {"by", who.name}, {"reason", note.reason}};
    if (!note.names.empty()) {
        record["names"] = note.names;
    }
    if (!note.element.empty()) {
        record["e"] = note.element;
    }
    return json::write(json::value(json::array{std::move(record)}));
}

Result<void> add_history(store::Unit& unit, const std::string& instance, const std::string& records) {
    return store::execute_later(unit.sql, "INSERT INTO lifecycle_history (instance_id, at, records) VALUES ($1, $2, $3)",
                                {instance, store::to_value(unit.now), records});
}

}  // namespace

json::array changes_of(const json::object& before, const json::object& set, const std::vector<std::string>& removed) {
    json::array out;
    const auto add = [&](std::string_view name, const json::value* now) {
        const auto* old = before.if_contains(name);
        json::object change{{"op", now == nullptr ? "remove" : old == nullptr ? "add" : "replace"}, {"path", "/variables/" + json::pointer_token(name)}};
        if (now != nullptr) {
            change["value"] = told(*now);
        }
        if (old != nullptr) {
            change["oldValue"] = told(*old);
        }
        out.push_back(std::move(change));
    };
    for (const auto& [name, value] : set) {
        add(name, &value);
    }
    for (const auto& name : removed) {
        add(name, nullptr);
    }
    return out;
}

OperatorNote retries_note(const std::string& element, const std::string& path, std::int64_t before, std::int64_t now) {
    json::object change{{"op", before < 0 ? "add" : "replace"}, {"path", path + "/retries"}, {"value", now}};
    if (before >= 0) {
        change["oldValue"] = before;
    }
    return {.what = now == 0 ? "stopped" : "retried", .changes = {std::move(change)}, .element = element};
}

OperatorNote ending_note(const std::string& element, std::initializer_list<const json::object*> given, const std::string& error) {
    OperatorNote out{.what = error.empty() ? "completed" : "threw", .reason = error, .element = element};
    for (const auto* variables : given) {
        for (const auto& [name, value] : *variables) {
            out.names.emplace_back(name);
        }
        auto changes = changes_of({}, *variables, {});
        std::ranges::move(changes, std::back_inserter(out.changes));
    }
    out.changes.push_back(json::object{{"op", "remove"}, {"path", "/tasks/" + json::pointer_token(element)}});
    return out;
}

Result<void> note_end(store::Unit& unit, InstanceInfo of, const identity::Principal& who, OperatorNote ended) {
    SW_TRY(const auto rows, unit.sql.query("SELECT business_key, ticket_id FROM lifecycle_instances WHERE id = $1", {of.id}));
    if (!rows.empty()) {
        of.business_key = rows[0].text(0);
        if (has_hand(ended.what, !ended.names.empty())) {
            SW_CHECK(tell_editors(unit, rows[0].text(1), {who.name}));
        }
    }
    return note(unit, of, who, std::move(ended));
}

Result<void> note(store::Unit& unit, const InstanceInfo& info, const identity::Principal& who, OperatorNote note) {
    json::object meta{{"action", note.what}, {"reason", note.reason}, {"processDefinitionKey", info.definition_key}, {"businessKey", info.business_key}};
    if (!note.element.empty()) {
        meta["taskDefinitionKey"] = note.element;
    }
    SW_CHECK(add_history(unit, info.id, history_of(note, who)));
    return store::audit(unit, {.entity_type = "ProcessInstance",
                               .entity_id = info.id,
                               .stored_model_id = {},
                               .group = info.group,
                               .changes = std::move(note.changes),
                               .meta_data = std::move(meta)});
}

Result<void> note_many(store::Unit& unit, std::span<const std::string> instances, const identity::Principal& who, const OperatorNote& note) {
    constexpr std::size_t kReadAtOnce = 64;
    const auto records = history_of(note, who);
    std::map<std::string, std::pair<std::string, std::int64_t>> groups;  // of each: the first instance, and how many
    std::set<std::string> tickets;
    for (; !instances.empty(); instances = instances.subspan(std::min(kReadAtOnce, instances.size()))) {
        const auto some = instances.first(std::min(kReadAtOnce, instances.size()));
        store::SqlText text;
        text.text("SELECT id, group_name, ticket_id FROM lifecycle_instances WHERE id IN (").bind_all(padded({some.begin(), some.end()})).text(")");
        SW_TRY(const auto rows, text.query(unit.sql));
        for (const auto& row : rows) {
            SW_CHECK(add_history(unit, row.text(0), records));
            ++groups.try_emplace(row.text(1), row.text(0), 0).first->second.second;
            if (!row.text(2).empty()) {
                tickets.insert(row.text(2));
            }
        }
    }
    for (const auto& ticket : tickets) {
        SW_CHECK(tell_editors(unit, ticket, {who.name}));
    }
    for (const auto& [group, told] : groups) {
        SW_CHECK(store::audit(unit, {.entity_type = "ProcessInstance",
                                     .entity_id = told.first,
                                     .stored_model_id = {},
                                     .group = group,
                                     .changes = note.changes,
                                     .meta_data = {{"action", note.what}, {"reason", note.reason}, {"instances", told.second}}}));
    }
    return {};
}

}  // namespace slipway::automation
