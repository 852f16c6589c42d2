#include "registry/approvals.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "domain/required_assets.hpp"
#include "registry/configuration_verdicts.hpp"
#include "registry/evidence.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {
namespace {

/// `v` with the members of its objects in the order of their names, and whole numbers as integers: `1.0` and `1` are one wish.
json::value sorted(const json::value& v) {
    constexpr double kExact = 9e15;
    if (const auto* number = v.if_double(); number != nullptr && std::abs(*number) < kExact && std::trunc(*number) == *number) {
        return json::value(static_cast<std::int64_t>(*number));
    }
    if (const auto* items = v.if_array()) {
        json::array out;
        for (const auto& item : *items) {
            out.push_back(sorted(item));
        }
        return out;
    }
    if (const auto* members = v.if_object()) {
        std::map<std::string_view, const json::value*> by_name;
        for (const auto& [name, member] : *members) {
            by_name.emplace(name, &member);
        }
        json::object out;
        for (const auto& [name, member] : by_name) {
            out.emplace(name, sorted(*member));
        }
        return json::value(std::move(out));
    }
    return v;
}

std::string ticket_key(const std::string& snapshot_id, const std::string& hash) {
    return fmt::format("approval:{}:{}", snapshot_id, hash);
}

bool is_open(const store::Entity& ticket) {
    const auto* open = ticket.document.if_contains("open");
    return open != nullptr && open->is_bool() && open->get_bool();
}

std::string decision_of(const store::Entity& ticket) {
    const auto* decision = json::object_of(ticket.document, "decision");
    return decision == nullptr ? std::string{} : std::string{json::text_of(*decision, "decision")};
}

std::string among(const std::vector<std::string>& groups) {
    std::string out;
    for (const auto& group : groups) {
        (out += out.empty() ? "" : ", ") += group;
    }
    return out;
}

std::string name_at(const json::object& document, std::string_view outer) {
    const auto* meta = json::object_of(document, outer);
    return meta == nullptr ? std::string{} : std::string{json::text_of(*meta, "name")};
}

json::object as_shown(const store::Entity& sibling) {
    json::object out{{"deployableModelId", sibling.id}};
    if (const auto* model = json::object_of(sibling.document, "storedModel")) {
        out["storedModelId"] = json::text_of(*model, "id");
        out["model"] = name_at(*model, "modelMetaData");
    }
    return out;
}

}  // namespace

Result<json::object> last_word(store::Session& sql, const std::string& snapshot_id) {
    SW_TRY(const auto rows, sql.query("SELECT id FROM notifications WHERE deployable_model_id = $1 AND notification_type = $2 AND open = 0 "
                                      "ORDER BY row_id DESC",
                                      {snapshot_id, std::string{kApproval}}));
    for (const auto& row : rows) {
        SW_TRY(const auto ticket, store::find(sql, notifications_table(), row.text(0), store::Scope::all()));
        if (const auto decision = ticket ? decision_of(*ticket) : std::string{}; decision == "APPROVED" || decision == "REJECTED") {
            return ticket->document.at("decision").as_object();
        }
    }
    return json::object{};
}

std::string approval_hash(const json::object& subject) {
    return crypto::sha256_hex(json::write(sorted(json::value(subject))));
}

bool Approvals::required(std::string_view group) const {
    return settings_.for_all || std::ranges::find(settings_.groups, group) != settings_.groups.end();
}

Result<Approval> Approvals::about(store::Session& sql, const std::string& snapshot_id, const std::string& hash) const {
    SW_TRY(const auto newest, sql.query("SELECT id FROM notifications WHERE deployable_model_id = $1 AND dedup_key = $2 ORDER BY row_id DESC LIMIT 1",
                                        {snapshot_id, ticket_key(snapshot_id, hash)}));
    if (newest.empty()) {
        return Approval{};
    }
    SW_TRY(const auto ticket, store::require(sql, notifications_table(), newest[0].text(0), store::Scope::all()));
    if (is_open(ticket)) {
        return Approval{.state = ApprovalState::open, .ticket_id = ticket.id, .decision = {}};
    }
    auto decision = decision_of(ticket);
    return Approval{
        .state = decision == "APPROVED" ? ApprovalState::approved : ApprovalState::refused, .ticket_id = ticket.id, .decision = std::move(decision)};
}

namespace {

Result<json::array> siblings_of(store::Session& sql, const store::Entity& snapshot) {
    const auto* facts = json::object_of(snapshot.document, "sageMaker");
    const std::string arn{facts == nullptr ? "" : json::text_of(*facts, "arn")};
    json::array out;
    if (arn.empty()) {
        return out;
    }
    SW_TRY(auto rejected, rejected_models(sql, snapshot));
    std::erase_if(rejected, [own = model_key_of(snapshot)](const RejectedModel& one) { return one.model_key == own; });
    SW_TRY(const auto all, store::find_by(sql, deployable_models_table(), {{"aws_arn", arn}}, store::Scope::all()));
    for (const auto& other : all) {
        const auto* their_facts = json::object_of(other.document, "sageMaker");
        const bool same_object = their_facts != nullptr && json::text_of(*their_facts, "creationTime") == json::text_of(*facts, "creationTime");
        if (other.id == snapshot.id || !same_object) {
            continue;
        }
        // Of another group's model only that it is there is told: the endpoint would serve it too, but its name is not for everybody's eyes.
        auto one = other.group == snapshot.group ? as_shown(other) : json::object{{"otherGroup", true}};
        const auto before = std::erase_if(rejected, [&](const RejectedModel& earlier) { return earlier.model_key == model_key_of(other); });
        SW_TRY(const auto decision, last_word(sql, other.id));
        if (!decision.empty() || before > 0) {  // a snapshot that was deleted and made again has no ticket of its own
            one["decision"] = decision.empty() ? "REJECTED" : json::text_of(decision, "decision");
        }
        out.push_back(std::move(one));
    }
    for (const auto& gone : rejected) {
        json::object one{{"removed", true}, {"decision", "REJECTED"}};
        if (gone.group == snapshot.group) {
            one["model"] = gone.model_name;
        } else {
            one["otherGroup"] = true;
        }
        out.push_back(std::move(one));
    }
    return out;
}

void put_siblings(json::object& evidence, json::array others) {
    if (others.empty()) {
        evidence.erase("siblings");
    } else {
        evidence["siblings"] = std::move(others);
    }
}

/// Whoever decides on another model of the same configuration reads what was decided on this one.
Result<void> tell_siblings(store::Unit& unit, const std::string& snapshot_id) {
    SW_TRY(const auto decided, store::find(unit.sql, deployable_models_table(), snapshot_id, store::Scope::all()));
    const auto* facts = decided ? json::object_of(decided->document, "sageMaker") : nullptr;
    const std::string arn{facts == nullptr ? "" : json::text_of(*facts, "arn")};
    if (arn.empty()) {
        return {};
    }
    SW_TRY(const auto all, store::find_by(unit.sql, deployable_models_table(), {{"aws_arn", arn}}, store::Scope::all()));
    for (const auto& other : all) {
        if (other.id == snapshot_id) {
            continue;
        }
        SW_TRY(const auto open, unit.sql.query("SELECT id FROM notifications WHERE deployable_model_id = $1 AND notification_type = $2 AND open = 1",
                                               {other.id, std::string{kApproval}}));
        for (const auto& row : open) {
            SW_TRY(const auto ticket, store::require(unit.sql, notifications_table(), row.text(0), store::Scope::all()));
            auto document = ticket.document;
            if (auto* evidence = document["evidence"].if_object()) {
                SW_TRY(auto others, siblings_of(unit.sql, other));
                put_siblings(*evidence, std::move(others));
                SW_CHECK(store::update(unit, notifications_table(), ticket, std::move(document)));
            }
        }
    }
    return {};
}

}  // namespace

Result<json::array> Approvals::siblings(store::Session& sql, const store::Entity& snapshot) const {
    return siblings_of(sql, snapshot);
}

Result<void> Approvals::look_again(store::Session& sql, const store::Entity& snapshot, json::object& evidence) const {
    const auto* copy = json::object_of(snapshot.document, "storedModel");
    const std::string id{copy == nullptr ? "" : json::text_of(*copy, "id")};
    SW_TRY(const auto model, store::find(sql, stored_models_table(), id, store::Scope::all()));
    evidence["snapshot"] = {{"id", snapshot.id}, {"name", name_at(snapshot.document, "metaData")}};
    evidence["model"] = {{"id", id}, {"name", name_at(model ? model->document : copy == nullptr ? json::object{} : *copy, "modelMetaData")}};
    evidence["assets"] = domain::to_json(domain::report_assets(snapshot.document, model ? model->document : json::object{}));
    SW_TRY(auto others, siblings(sql, snapshot));
    put_siblings(evidence, std::move(others));
    return add_test(sql, snapshot, evidence);
}

/// Whoever asks again may know more: of the test, mostly, which counts as a whole.
Result<store::Entity> Approvals::bring_up_to_date(store::Unit& unit, const store::Entity& ticket, const ApprovalRequest& request) const {
    auto document = ticket.document;
    auto& evidence = document["evidence"];
    if (!evidence.is_object()) {
        evidence = json::object{};
    }
    if (request.evidence.contains("testJob")) {
        for (const auto* of_before : {"testJob", "testResult", "testOutput", "comparator"}) {
            evidence.get_object().erase(of_before);
        }
    }
    for (const auto& [name, value] : request.evidence) {
        evidence.get_object()[name] = value;
    }
    SW_CHECK(look_again(unit.sql, request.snapshot, evidence.get_object()));
    return store::update(unit, notifications_table(), ticket, std::move(document));
}

Result<store::Entity> Approvals::open(store::Unit& unit, const ApprovalRequest& request) const {
    const auto hash = approval_hash(request.subject);
    const auto key = ticket_key(request.snapshot.id, hash);
    SW_TRY(auto said, store::find_by(unit.sql, notifications_table(), {{"dedup_key", key}, {"open", std::int64_t{1}}}, store::Scope::all(), 1));
    if (!said.empty()) {
        return bring_up_to_date(unit, said[0], request);
    }
    auto evidence = request.evidence;
    SW_CHECK(look_again(unit.sql, request.snapshot, evidence));
    evidence["subject"] = request.subject;
    const auto* model = json::object_of(request.snapshot.document, "storedModel");
    json::object ticket{{"notificationType", kApproval},
                        {"approvalType", "MODEL_DEPLOYMENT"},
                        {"open", true},
                        {"severity", "INFO"},
                        {"message", request.summary},
                        {"deployableModelId", request.snapshot.id},
                        {"requestedBy", request.requested_by},
                        {"requestedHash", hash},
                        {"evidence", std::move(evidence)},
                        {"assignment", {{"assignmentType", settings_.assignment}, {"currentStatus", "OPEN"}}},
                        {"dedupKey", key}};
    if (model != nullptr) {
        ticket["storedModelId"] = json::text_of(*model, "id");
    }
    return store::insert(unit, notifications_table(), {.id = "", .group = request.snapshot.group, .document = std::move(ticket)});
}

Result<void> may_decide(const ApprovalSettings& settings, const identity::Access& access, const identity::Principal& who, const store::Entity& ticket) {
    const auto named = settings.approvers.find(ticket.group);
    if (named == settings.approvers.end()) {
        SW_CHECK(access.require(who, identity::Action::execute, "notifications", ticket.group, ticket.created_by));
    } else if (std::ranges::find_first_of(who.groups, named->second) == who.groups.end()) {
        return fail(ErrorCode::forbidden, "NOT_AN_APPROVER",
                    fmt::format("Tickets of the group {} are decided by members of {}.", ticket.group, among(named->second)));
    }
    const auto* evidence = json::object_of(ticket.document, "evidence");
    const auto* editors = evidence == nullptr ? nullptr : json::array_of(*evidence, "editedBy");
    const bool edited = editors != nullptr && std::ranges::find(*editors, json::value(who.name)) != editors->end();
    if (settings.four_eyes && (edited || json::text_of(ticket.document, "requestedBy") == who.name)) {
        return fail(ErrorCode::forbidden, "FOUR_EYES",
                    edited ? "Who edited its life cycle may not decide on it: somebody else must look."
                           : "Who asked for it may not decide on it: somebody else must look.");
    }
    return {};
}

Result<store::Entity> decide_ticket(store::Unit& unit, const store::Entity& ticket, std::string_view decision, const std::string& by,
                                    const std::string& comment) {
    auto document = ticket.document;
    json::object decided{{"decision", decision}, {"decidedBy", by}, {"decidedAt", to_iso(unit.now)}};
    if (!comment.empty()) {
        decided["comment"] = comment;
    }
    if (decision == "APPROVED") {
        decided["approvedHash"] = json::text_of(document, "requestedHash");
    }
    document["decision"] = std::move(decided);
    document["open"] = false;
    if (auto* assignment = document["assignment"].if_object()) {
        (*assignment)["currentStatus"] = decision;
        assignment->erase("problem");
    }
    SW_CHECK(note_verdict(unit, ticket, decision));
    for (const auto* told : {"ticket-reminder:", "ticket-problem:"}) {
        SW_CHECK(settle(unit, ticket.group, told + ticket.id));
    }
    SW_TRY(auto after, store::update(unit, notifications_table(), ticket, std::move(document)));
    if (decision == "APPROVED" || decision == "REJECTED") {
        SW_CHECK(tell_siblings(unit, std::string{json::text_of(after.document, "deployableModelId")}));
    }
    return after;
}

}  // namespace slipway::registry
