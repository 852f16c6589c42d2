#include "registry/records.hpp"

#include <array>
#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "domain/notification.hpp"
#include "registry/documents.hpp"
#include "registry/references.hpp"
#include "registry/secrets.hpp"
#include "registry/tables.hpp"
#include "store/audit.hpp"

namespace slipway::registry {

namespace {

/// What is told at reading alone.
void drop_told(json::object& body) {
    for (const std::string_view name : {"decidedHere", "mayDecide", "decisionRefusal"}) {
        body.erase(name);
    }
}

bool is_ticket(const store::Entity& notification) {
    return json::text_of(notification.document, "notificationType") == kApproval;
}

/// A posted audit record.
struct ForeignRecord {
    std::string entity_type;
    std::string entity_id;
    std::optional<std::string> stored_model_id;
    std::optional<json::array> changes;
    std::optional<json::object> meta_data;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(ForeignRecord, (), (entity_type, entity_id, stored_model_id, changes, meta_data, extra))

/// They stand in indexes, as those of entities.
Result<void> check_lengths(const ForeignRecord& record) {
    constexpr std::size_t kLongest = 1024;
    const std::string none;
    for (const auto& [pointer, text] : {std::pair{"/entityType", &record.entity_type}, std::pair{"/entityId", &record.entity_id},
                                        std::pair{"/storedModelId", record.stored_model_id ? &*record.stored_model_id : &none}}) {
        if (text->size() > kLongest) {
            return invalid(pointer, fmt::format("a text of at most {} bytes", kLongest), fmt::format("{} bytes", text->size()));
        }
    }
    return {};
}

std::unexpected<Error> read_only(const store::EntityTable& table) {
    return fail(ErrorCode::forbidden, "READ_ONLY", fmt::format("{} are written by the service alone.", table.collection));
}

constexpr std::array<std::pair<std::string_view, const store::EntityTable& (*)()>, 3> kSubjects{
    {{"storedModelId", stored_models_table}, {"deployableModelId", deployable_models_table}, {"jobId", jobs_table}}};

/// What a record tells of is nothing that the caller may not see.
Result<void> may_tell_of(store::Session& sql, const identity::Access& access, const identity::Principal& who, const json::object& body) {
    for (const auto& [member, table] : kSubjects) {
        SW_CHECK(may_refer(sql, access, who, table(), json::text_of(body, member), fmt::format("/{}", member)));
    }
    return {};
}

/// Group of the model, snapshot or job that a record tells of, when the caller may see it.
Result<std::string> group_of_subject(store::Session& sql, const identity::Access& access, const identity::Principal& who, const json::object& body) {
    SW_CHECK(may_tell_of(sql, access, who, body));
    for (const auto& [member, table] : kSubjects) {
        if (const auto id = json::text_of(body, member); !id.empty()) {
            SW_TRY(const auto found, store::find(sql, table(), id, access.scope(who, identity::Action::read, table().collection)));
            if (found) {
                return found->group;
            }
        }
    }
    return std::string{};
}

/// A result belongs to the snapshot and model of its deployment or of the job that measured it, where they are known here.
Result<void> link_result(store::Session& sql, const identity::Access& access, const identity::Principal& who, json::object& body) {
    json::object snapshot;
    if (const auto* deployment = json::object_of(body, "deployedModel")) {
        const auto* named = json::object_of(*deployment, "deployableModel");
        snapshot = named != nullptr ? *named : json::object{};
    }
    if (const auto id = json::text_of(body, "jobId"); !id.empty()) {
        SW_TRY(const auto job, store::find(sql, jobs_table(), id, access.scope(who, identity::Action::read, "jobs")));
        const auto* model = job ? json::object_of(job->document, "model") : nullptr;
        snapshot = snapshot.empty() && model != nullptr ? *model : snapshot;
    }
    const auto known = [&](std::string_view member, const store::EntityTable& table, std::string_view id) -> Result<void> {
        if (!id.empty() && json::text_of(body, member).empty()) {
            SW_TRY(const auto found, store::find(sql, table, id, access.scope(who, identity::Action::read, table.collection)));
            if (found) {
                body[member] = found->id;
            }
        }
        return {};
    };
    SW_CHECK(known("deployableModelId", deployable_models_table(), json::text_of(snapshot, "id")));
    return known("storedModelId", stored_models_table(), id_in(snapshot, "storedModel"));
}

/// What a posted record claims of its author and time, as metaData keeps it.
Result<json::object> claims_of(const json::object& body) {
    for (const std::string_view name : {"group", "createdDate", "createdBy"}) {
        if (const auto* given = body.if_contains(name); given != nullptr && !given->is_string() && !given->is_null()) {
            return invalid(fmt::format("/{}", name), "text", json::describe_value(*given));
        }
    }
    const std::string claimed{json::text_of(body, "createdDate")};
    if (!claimed.empty() && !from_iso(claimed)) {
        return invalid("/createdDate", "an ISO-8601 time such as 2026-11-25T19:00:04.123Z", claimed);
    }
    json::object meta{{"imported", true}};
    if (!claimed.empty()) {
        meta["claimedDate"] = claimed;
    }
    if (const auto by = json::text_of(body, "createdBy"); !by.empty()) {
        meta["claimedBy"] = by;
    }
    return meta;
}

}  // namespace

Notifications::Notifications(const Foundation& foundation) : Collection{foundation, notifications_table()} {}

Result<std::string> Notifications::target_group(store::Session& sql, const identity::Principal& who, const json::object& body) {
    return group_of_subject(sql, foundation_.access, who, body);
}

Result<json::object> Notifications::prepare(store::Unit&, const identity::Principal&, const std::string&, json::object body, std::vector<std::string>&) {
    drop_told(body);
    body.erase("dedupKey");  // the service's own: whoever could choose it could keep a finding from being said
    SW_TRY(auto notification, domain::parse_notification(json::value(std::move(body))));
    if (notification.assignment || notification.notification_type == kApproval) {
        return fail(ErrorCode::conflict, "NOT_AVAILABLE", "Tickets are opened by what needs an approval: deploy the snapshot.");
    }
    if (!notification.open) {
        notification.open = true;
    }
    return domain::to_json(notification);
}

Result<json::object> Notifications::change(store::Unit&, const identity::Principal&, const store::Entity& before, json::object after,
                                           std::vector<std::string>&) {
    drop_told(after);
    SW_CHECK(unchanged(before.document, after,
                       {"notificationType", "storedModelId", "deployableModelId", "jobId", "engineId", "assignment", "decision", "dedupKey"},
                       "a notification says what happened"));
    if (is_ticket(before)) {
        SW_CHECK(unchanged(before.document, after, {"open", "message", "severity", "approvalType", "requestedBy", "requestedHash", "evidence"},
                           "a ticket is decided by approving or rejecting it"));
    }
    SW_TRY(const auto notification, domain::parse_notification(json::value(std::move(after))));
    return domain::to_json(notification);
}

void Notifications::follow(const ApprovalSettings& settings) {
    settings_ = settings;
}

json::object Notifications::present(const store::Entity& entity, std::string_view base_url) const {
    auto shown = Collection::present(entity, base_url);
    if (is_ticket(entity) && !entity.document.contains("decision")) {
        const auto type = text_in(entity.document, "assignment", "assignmentType");
        shown["decidedHere"] = settings_.assignment == kBuiltIn || type.empty() || type == kBuiltIn;
    }
    return shown;
}

json::object Notifications::present_to(const identity::Principal& who, const store::Entity& entity, std::string_view base_url) const {
    auto shown = present(entity, base_url);
    if (const auto* here = shown.if_contains("decidedHere"); here != nullptr && here->is_bool() && here->get_bool()) {
        const auto may = may_decide(settings_, foundation_.access, who, entity);
        shown["mayDecide"] = may.has_value();
        if (!may) {
            shown["decisionRefusal"] = {{"code", may.error().reason}, {"message", may.error().message}};
        }
    }
    return shown;
}

Result<void> Notifications::may_move(store::Unit&, const store::Entity& before) {
    if (!is_ticket(before) && !before.document.contains("assignment")) {
        return {};
    }
    return stays_in_its_group("A ticket stays in its group, whose approvers decide on it.");
}

Result<void> Notifications::may_remove(store::Unit&, const store::Entity& before) {
    if (is_ticket(before)) {
        return fail(ErrorCode::conflict, "TICKET_KEPT", "Tickets are kept: they say who approved what, and when.");
    }
    return {};
}

ModelTestResults::ModelTestResults(const Foundation& foundation) : Collection{foundation, model_test_results_table()} {}

Result<std::string> ModelTestResults::target_group(store::Session& sql, const identity::Principal& who, const json::object& body) {
    return group_of_subject(sql, foundation_.access, who, body);
}

Result<json::object> ModelTestResults::prepare(store::Unit& unit, const identity::Principal& who, const std::string&, json::object body,
                                               std::vector<std::string>&) {
    SW_CHECK(link_result(unit.sql, foundation_.access, who, body));
    SW_TRY(const auto result, domain::parse_model_test_result(json::value(std::move(body))));
    return domain::to_json(result);
}

Result<json::object> ModelTestResults::change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                              std::vector<std::string>&) {
    for (const auto& [member, table] : kSubjects) {
        if (json::text_of(before.document, member) != json::text_of(after, member)) {
            SW_CHECK(may_refer(unit.sql, foundation_.access, who, table(), json::text_of(after, member), fmt::format("/{}", member)));
        }
    }
    SW_CHECK(unchanged(before.document, after, {"testResults", "jobId"}, "a result is what was measured"));
    SW_TRY(const auto result, domain::parse_model_test_result(json::value(std::move(after))));
    return domain::to_json(result);
}

Result<void> ReadOnly::remove(store::Unit&, const identity::Principal&, std::string_view, std::optional<std::int64_t>) {
    return read_only(table_);
}

Result<json::object> ReadOnly::prepare(store::Unit&, const identity::Principal&, const std::string&, json::object, std::vector<std::string>&) {
    return read_only(table_);
}

Result<json::object> ReadOnly::change(store::Unit&, const identity::Principal&, const store::Entity&, json::object, std::vector<std::string>&) {
    return read_only(table_);
}

AuditRecords::AuditRecords(const Foundation& foundation) : ReadOnly{foundation, store::audit_records()} {}

Result<store::Entity> AuditRecords::import_record(store::Unit& unit, const identity::Principal& who, json::object body) {
    SW_TRY(auto meta, claims_of(body));
    std::string group{json::text_of(body, "group")};
    if (group.empty()) {
        group = foundation_.default_group;
    }
    if (!identity::is_group_name(group)) {
        return invalid("/group", "the name of a group", "another text");
    }
    for (const std::string_view name : {"id", "version", "createdDate", "lastModifiedDate", "createdBy", "lastModifiedBy", "group", "_links"}) {
        body.erase(name);
    }
    std::vector<std::string> sealed;
    SW_CHECK(seal_secrets(unit, foundation_.sealer, group, body, sealed));
    SW_TRY(auto record, json::decode<ForeignRecord>(json::value(std::move(body))));
    if (record.entity_type.empty() || record.entity_id.empty()) {
        return invalid(record.entity_type.empty() ? "/entityType" : "/entityId", "text", "nothing");
    }
    if (record.meta_data) {
        for (const auto& [name, item] : *record.meta_data) {
            meta.emplace(name, item);
        }
    }
    for (const auto& [name, item] : record.extra.members) {
        meta.emplace(name, item);
    }
    SW_CHECK(check_lengths(record));
    const auto id = unit.new_id();
    SW_CHECK(store::audit(unit, {.entity_type = record.entity_type,
                                 .entity_id = record.entity_id,
                                 .stored_model_id = record.stored_model_id.value_or(""),
                                 .group = std::move(group),
                                 .changes = record.changes.value_or(json::array{}),
                                 .meta_data = std::move(meta),
                                 .id = id}));
    return get(unit.sql, who, id);
}

Result<std::optional<store::EntityText>> AuditRecords::get_text(store::Session&, const identity::Principal&, std::string_view) {
    return std::optional<store::EntityText>{};
}

json::object AuditRecords::present(const store::Entity& entity, std::string_view base_url) const {
    auto shown = ReadOnly::present(entity, base_url);
    const auto* meta = json::object_of(entity.document, "metaData");
    for (const std::string_view name : {"imported", "claimedDate", "claimedBy"}) {
        if (const auto* known = meta != nullptr && meta->contains("imported") ? meta->if_contains(name) : nullptr) {
            shown[name] = *known;
        }
    }
    return shown;
}

}  // namespace slipway::registry
