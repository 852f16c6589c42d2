#include "registry/enrolments.hpp"

#include <array>
#include <fmt/format.h>

#include "domain/asset.hpp"
#include "domain/document.hpp"
#include "domain/runtime.hpp"
#include "domain/spark_secrets.hpp"
#include "registry/documents.hpp"
#include "registry/runtime_contacts.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

constexpr std::size_t kLongestInstance = 200;
constexpr std::size_t kLongestReason = 1000;
constexpr std::size_t kLargestCluster = 16U << 10;
/// What the runtime's configuration says: members that are absent are taken away by a renewal.
constexpr std::array<std::string_view, 4> kConfigured{"sparkConf", "executorMemory", "inputEndpoints", "outputEndpoints"};

/// What an enrolment or a heartbeat says of the instance.
struct Sign {
    std::string instance_id;
    std::optional<domain::RuntimeState> state;
    std::optional<json::object> cluster;
    std::optional<std::string> reason;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(Sign, (), (instance_id, state, cluster, reason, extra))

Result<Sign> sign_of(const json::object& body) {
    return domain::decode_checked<Sign>(json::value(body), [](const Sign& sign, json::Faults& faults) {
        const bool fits = !sign.instance_id.empty() && sign.instance_id.size() <= kLongestInstance &&
                          std::ranges::all_of(sign.instance_id, [](char c) { return c > 0x20 && c < 0x7f; });
        if (!fits) {
            faults.add("/instanceId", "1 to 200 visible ASCII characters, made once in the runtime's data directory",
                       sign.instance_id.empty() ? "nothing" : "another text");
        }
        if (sign.cluster && json::write(*sign.cluster).size() > kLargestCluster) {
            faults.add("/cluster", "at most 16 KiB", "more");
        }
    });
}

std::unexpected<Error> name_in_use(std::string_view why) {
    return fail(ErrorCode::conflict, "NAME_IN_USE", fmt::format("The name of this runtime is in use: {} Nothing was changed; run nothing under it.", why));
}

/// @return an error when somebody else lives under the name.
Result<void> may_take(const store::Entity& runtime, const std::optional<Contact>& contact, const Sign& sign, const std::string& principal, Timestamp now) {
    const auto state = json::text_of(runtime.document, "state");
    const bool lives =
        contact && !contact->instance.empty() && state != "REMOVED" && now - contact->last < kSilence;  // one that says OFFLINE lives: its cluster is away
    if (lives && contact->instance != sign.instance_id) {
        return name_in_use(fmt::format("another instance was heard {} s ago.", (now - contact->last).count() / 1000));
    }
    if (lives && contact->principal != principal) {
        return name_in_use("its instance was enrolled by another client.");
    }
    return {};
}

/// Keys belong to the edge: an enrolment carries none.
Result<void> refuse_secrets(const json::object& body) {
    json::value copy(body);
    const auto found = domain::extract_secrets(copy, [](std::size_t) { return std::string{}; });
    if (!found.empty()) {
        return invalid(found[0].pointer, "without keys and passwords: they stay with the runtime", "a secret");
    }
    return {};
}

/// Values of options that look like keys and passwords, hidden: everybody of the group reads the runtime.
void hide_secrets(json::object& body) {
    auto* conf = body.contains("sparkConf") ? body.at("sparkConf").if_object() : nullptr;
    if (conf == nullptr) {
        return;
    }
    *conf = domain::without_secrets(*conf);
}

/// The document of a renewed enrolment over `before`, which is empty for a first one.
json::object renewed(const json::object& before, const json::object& said) {
    json::object document = before;
    for (const auto name : kConfigured) {
        document.erase(name);
    }
    for (const auto& [name, item] : said) {
        const bool peoples = name == "tags" && before.contains("tags");
        if (!peoples) {
            document[name] = item;
        }
    }
    return document;
}

domain::RuntimeState state_after(const json::object& before, const Sign& sign) {
    const auto was = json::enum_value<domain::RuntimeState>(json::text_of(before, "state")).value_or(domain::RuntimeState::INIT);
    const bool gone = was == domain::RuntimeState::REMOVED || was == domain::RuntimeState::OFFLINE;
    return sign.state.value_or(gone ? domain::RuntimeState::INIT : was);
}

Result<std::string> text_at(const json::object& body, std::string_view name) {
    const auto* found = body.if_contains(name);
    if (found == nullptr || found->is_null()) {
        return std::string{};
    }
    if (!found->is_string()) {
        return invalid(fmt::format("/{}", name), "text", json::describe_value(*found));
    }
    return std::string{std::string_view{found->get_string()}};
}

/// The document of an enrolment, checked, without what belongs to the contact.
Result<json::object> document_of(const json::object& before, json::object body, const Sign& sign) {
    for (const std::string_view name : {"id", "version", "createdDate", "lastModifiedDate", "createdBy", "lastModifiedBy", "_links", "warnings", "group",
                                        "instanceId", "lastContact", "cluster", "stateReason", "reason", "state", "sageMaker"}) {
        body.erase(name);
    }
    hide_secrets(body);
    auto document = renewed(before, body);
    document["state"] = json::encode(state_after(before, sign));
    SW_TRY(const auto runtime, domain::parse_runtime(json::value(std::move(document))));
    if (runtime.engine_type == domain::kSageMakerRuntime) {
        return fail(ErrorCode::conflict, "NOT_AVAILABLE", "A runtime of SageMaker is an endpoint in AWS: it appears here when its model is imported.");
    }
    return domain::to_json(runtime);
}

}  // namespace

Result<void> bind_waiting(store::Unit& unit, const store::Entity& runtime) {
    constexpr std::size_t kAtOnce = 500;
    const std::string type{json::text_of(runtime.document, "engineType")};
    while (true) {
        SW_TRY(const auto waiting,
               store::find_by(unit.sql, jobs_table(),
                              {{"engine_type", type}, {"group_name", runtime.group}, {"engine_id", store::Value{}}, {"status", std::string{"CREATED"}}},
                              store::Scope::all(), kAtOnce));
        for (const auto& job : waiting) {
            auto document = job.document;
            json::merge_patch(document["targetEngine"], json::value(engine_reference(runtime)));
            SW_CHECK(store::update(unit, jobs_table(), job, std::move(document)));
        }
        if (waiting.size() < kAtOnce) {
            return {};
        }
    }
}

Result<Enrolments::Enrolled> Enrolments::enrol(store::Unit& unit, const identity::Principal& who, std::string_view id, json::object body) {
    SW_TRY(const auto name, text_at(body, "name"));
    SW_TRY(const auto asked, text_at(body, "group"));
    SW_TRY(auto type, text_at(body, "engineType"));
    if (type.empty()) {
        type = domain::kSparkRuntime;
        body["engineType"] = type;
    }
    SW_TRY(const auto before, store::find(unit.sql, runtimes_table(), id, foundation_.access.scope(who, identity::Action::read, "runtimes")));
    // Whoever may not see the row, or write in its group, learns no more than that.
    SW_TRY(const auto group, foundation_.access.group_for_new(who, "runtimes", asked, before ? before->group : "", foundation_.default_group));
    SW_TRY(const auto sign, sign_of(body));
    if (sign.state == domain::RuntimeState::REMOVED) {
        return invalid("/state", "INIT, ONLINE, ERROR or OFFLINE; a heartbeat with REMOVED ends an enrolment", "REMOVED");
    }
    const auto right = domain::enrolment_id(group, type, name);
    if (id != right) {
        return invalid("/id", fmt::format("{}, the id of the {} \"{}\" of group {}", right, type, name, group), std::string{id.substr(0, 100)});
    }
    SW_CHECK(refuse_secrets(body));
    SW_TRY(const auto contact, find_contact(unit.sql, id));
    if (before) {
        SW_CHECK(may_take(*before, contact, sign, principal_key(who), unit.now));
    }
    SW_TRY(auto document, document_of(before ? before->document : json::object{}, std::move(body), sign));
    Enrolled out{.runtime = {}, .first = !before};
    if (before) {
        SW_TRY(out.runtime, store::update(unit, runtimes_table(), *before, std::move(document)));
    } else {
        SW_TRY(out.runtime, store::insert(unit, runtimes_table(), {std::string{id}, group, std::move(document)}));
    }
    SW_CHECK(keep_contact(unit, id,
                          {.instance = sign.instance_id,
                           .principal = principal_key(who),
                           .last = unit.now,
                           .cluster = sign.cluster,
                           .reason = std::string{json::utf8_front(sign.reason.value_or(""), kLongestReason)}}));
    SW_CHECK(bind_waiting(unit, out.runtime));
    SW_CHECK(attach_contacts(unit.sql, {&out.runtime, 1}));
    return out;
}

Result<std::string> Enrolments::heartbeat(store::Unit& unit, const identity::Principal& who, std::string_view id, const json::object& body) {
    SW_TRY(const auto before, store::require(unit.sql, runtimes_table(), id, foundation_.access.scope(who, identity::Action::read, "runtimes")));
    SW_CHECK(foundation_.access.require(who, identity::Action::write, "runtimes", before.group, before.created_by));
    SW_TRY(const auto sign, sign_of(body));
    SW_TRY(auto contact, find_contact(unit.sql, id));
    if (!contact || contact->instance.empty()) {
        return fail(ErrorCode::not_found, "NOT_ENROLLED", "No instance is enrolled as this runtime: enrol with PUT runtimes/{id}.");
    }
    if (contact->instance != sign.instance_id) {
        return name_in_use("another instance is enrolled.");
    }
    if (contact->principal != principal_key(who)) {
        return name_in_use("its instance was enrolled by another client.");
    }
    const auto state = state_after(before.document, sign);
    auto document = before.document;
    document["state"] = json::encode(state);
    SW_CHECK(store::update(unit, runtimes_table(), before, std::move(document)));
    contact->last = unit.now;
    contact->cluster = sign.cluster ? sign.cluster : contact->cluster;
    contact->reason = json::utf8_front(sign.reason.value_or(""), kLongestReason);
    if (state == domain::RuntimeState::REMOVED) {
        contact->instance.clear();
    }
    SW_CHECK(keep_contact(unit, id, *contact));
    return std::string{json::enum_name(state)};
}

Result<std::int64_t> Enrolments::set_silent_offline(store::Unit& unit, Timestamp before) {
    SW_TRY(const auto rows, unit.sql.query("SELECT c.runtime_id FROM runtime_contacts c JOIN runtimes r ON r.id = c.runtime_id "
                                           "WHERE c.last_contact < $1 AND r.state IN ('INIT', 'ONLINE', 'ERROR')",
                                           {store::to_value(before)}));
    for (const auto& row : rows) {
        SW_TRY(const auto runtime, store::require(unit.sql, runtimes_table(), row.text(0), store::Scope::all()));
        auto document = runtime.document;
        document["state"] = json::encode(domain::RuntimeState::OFFLINE);
        SW_CHECK(store::update(unit, runtimes_table(), runtime, std::move(document)));
    }
    return static_cast<std::int64_t>(rows.size());
}

}  // namespace slipway::registry
