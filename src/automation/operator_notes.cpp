#include "automation/operator_notes.hpp"

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "base/json_codec.hpp"
#include "store/audit.hpp"

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

Result<void> note(store::Unit& unit, const InstanceInfo& info, const identity::Principal& who, OperatorNote note) {
    json::object record{{"k", note.what}, {"by", who.name}, {"reason", note.reason}};
    if (!note.names.empty()) {
        record["names"] = std::move(note.names);
    }
    json::object meta{{"action", note.what}, {"reason", note.reason}, {"processDefinitionKey", info.definition_key}, {"businessKey", info.business_key}};
    if (!note.element.empty()) {
        record["e"] = note.element;
        meta["taskDefinitionKey"] = note.element;
    }
    const json::array records{std::move(record)};
    SW_CHECK(unit.sql.execute("INSERT INTO lifecycle_history (instance_id, at, records) VALUES ($1, $2, $3)",
                              {info.id, store::to_value(unit.now), json::write(json::value(records))}));
    return store::audit(unit, {.entity_type = "ProcessInstance",
                               .entity_id = info.id,
                               .stored_model_id = {},
                               .group = info.group,
                               .changes = std::move(note.changes),
                               .meta_data = std::move(meta)});
}

}  // namespace slipway::automation
