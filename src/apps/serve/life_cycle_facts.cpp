#include "apps/serve/life_cycle_facts.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "automation/aws_waits.hpp"
#include "automation/sagemaker_topics.hpp"
#include "automation/snapshot_starts.hpp"
#include "registry/approvals.hpp"
#include "registry/tables.hpp"
#include "sagemaker/approval_question.hpp"
#include "tickets/notice_issue.hpp"

namespace slipway::serve {
namespace {

using automation::InstanceInfo;
using insight::MoreFacts;

insight::Reference reference(const InstanceInfo& instance) {
    return {"processInstance", instance.id};
}

insight::NextStep look_at(const InstanceInfo& instance) {
    return {
        .message = "Look at its life cycle.", .cli = fmt::format("slipway lifecycle show {}", instance.id), .href = fmt::format("#/instances/{}", instance.id)};
}

const std::string& named(const automation::ActivityInfo& visit) {
    return visit.name.empty() ? visit.element : visit.name;
}

/// Where it is stuck; at a caller: where the process is that it called.
std::string words_of(const automation::IncidentInfo& incident, const std::vector<automation::ActivityInfo>& live) {
    const auto step = std::ranges::find(live, incident.element, &automation::ActivityInfo::element);
    const auto at = incident.element.empty() ? std::string{} : fmt::format("At \"{}\": ", step == live.end() ? incident.element : named(*step));
    return incident.is_own()
               ? at + incident.message
               : fmt::format("{}the process that it called is stuck{}{} (slipway lifecycle show {}): {}", at, incident.root_element.empty() ? "" : " at ",
                             incident.root_element, incident.root_instance_id, incident.root_message);
}

/// In AWS's words for the job of the test, else the error's own.
insight::EndedLifeCycle ended(const InstanceInfo& instance, const json::object& variables) {
    insight::EndedLifeCycle over{.id = instance.id,
                                 .snapshot_id = instance.business_key,
                                 .outcome = instance.outcome,
                                 .ended = instance.ended,
                                 .error_code = std::string{json::text_of(variables, "ERROR_CODE")},
                                 .error = std::string{json::text_of(variables, "ERROR_MESSAGE")}};
    if (const auto* report = json::object_of(variables, "ASSET_REPORT")) {
        const auto* missing = json::array_of(*report, "missing");
        for (const auto& one : missing == nullptr ? json::array{} : *missing) {
            over.missing_assets.emplace_back(one.is_string() ? std::string{one.get_string()} : json::write(one));
        }
    }
    if (const auto* job = json::object_of(variables, "JOB")) {
        over.job_id = json::text_of(*job, "id");
        if (const auto* facts = json::object_of(*job, "sageMaker")) {
            over.job_name = json::text_of(*facts, "name");
            const auto reason = json::text_of(*facts, "failureReason");
            if (instance.outcome == "TRANSFORM_FAILED" && !reason.empty()) {
                over.error = reason;
            }
        }
    }
    return over;
}

/// The newest run of the snapshot. Another group may have begun one under the same key: that is none of it.
Result<std::optional<InstanceInfo>> newest_run(automation::Instances& instances, store::Session& sql, const store::Entity& snapshot) {
    // Whoever asks was let see the snapshot already; its life cycle is in its group.
    SW_TRY(auto all,
           instances.list(sql, identity::Principal::service(), {.definition_key = std::string{automation::kDeployModel}, .business_key = snapshot.id}));
    const auto found = std::ranges::find(all, snapshot.group, &InstanceInfo::group);
    return found == all.end() ? std::nullopt : std::optional{std::move(*found)};
}

/// Where no life cycle was started for the snapshot, its configuration may wait for AWS all the same.
Result<MoreFacts> of_configuration(store::Session& sql, const store::Entity& snapshot) {
    MoreFacts out;
    SW_TRY(const auto trouble, automation::aws_trouble_of(sql, {.business_key = snapshot.id, .group = snapshot.group}));
    if (trouble) {
        out.answer = trouble->message;
        out.since = trouble->since;
        out.facts.push_back({"AWS_TROUBLE", trouble->message, trouble->since, {}});
    }
    return out;
}

}  // namespace

/// The innermost of what it waits in, with what is around it; the process itself is none.
MoreFacts facts_of_waiting(const InstanceInfo& instance, const std::vector<automation::ActivityInfo>& live) {
    MoreFacts out{.answer = "Its life cycle is on its way: it asks for what it needs by itself.", .facts = {}, .next = {}, .since = instance.started};
    for (const auto& visit : live) {
        if (visit.type == "processDefinition" || std::ranges::find(live, visit.token, &automation::ActivityInfo::scope) != live.end()) {
            continue;
        }
        const auto around = std::ranges::find(live, visit.scope, &automation::ActivityInfo::token);
        const bool inside = around != live.end() && around->type != "processDefinition";
        out.answer = fmt::format("Its life cycle is on its way, at \"{}\": it asks for what it needs by itself.", named(visit));
        out.facts.push_back({"LIFE_CYCLE_WAITS",
                             inside ? fmt::format("Its life cycle is at \"{}\" in \"{}\".", named(visit), named(*around))
                                    : fmt::format("Its life cycle is at \"{}\".", named(visit)),
                             visit.started, reference(instance)});
    }
    out.next = {look_at(instance)};
    return out;
}

MoreFacts facts_of_incidents(const InstanceInfo& instance, std::vector<automation::IncidentInfo> incidents, const std::vector<automation::ActivityInfo>& live) {
    std::erase_if(incidents, [](const auto& one) { return automation::is_of_ticket(one.type); });
    if (incidents.empty()) {
        return facts_of_waiting(instance, live);
    }
    MoreFacts out{.answer = "Its life cycle is stuck, and somebody has to look at it.", .facts = {}, .next = {}, .since = {}};
    for (const auto& incident : incidents) {
        out.since = std::max(out.since.value_or(incident.at), incident.at);
        const auto& where = incident.is_own() ? instance.id : incident.root_instance_id;
        out.facts.push_back({"LIFE_CYCLE_INCIDENT", words_of(incident, live), incident.at, insight::Reference{"processInstance", where}});
    }
    out.next = {{.message = "Mend what it says, then let it be tried again.", .cli = fmt::format("slipway lifecycle retry {}", instance.id), .href = {}},
                look_at(instance)};
    return out;
}

insight::Why::Source life_cycle_facts(automation::Instances& instances) {
    return [&instances](store::Session& sql, const store::Entity& snapshot) -> Result<MoreFacts> {
        const auto who = identity::Principal::service();
        SW_TRY(const auto found, newest_run(instances, sql, snapshot));
        if (!found) {
            return of_configuration(sql, snapshot);
        }
        const auto& instance = *found;
        if (instance.ended) {
            SW_TRY(const auto variables, instances.variables(sql, who, instance.id));
            return insight::why_life_cycle_ended(ended(instance, variables));
        }
        SW_TRY(auto incidents, instances.incidents(sql, who, {.instance_id = instance.id}));
        SW_TRY(const auto live, instances.activities(sql, who, instance.id));
        if (!std::ranges::all_of(incidents, automation::is_of_ticket, &automation::IncidentInfo::type)) {
            return facts_of_incidents(instance, std::move(incidents), live);
        }
        auto waits = facts_of_waiting(instance, live);
        SW_TRY(const auto trouble, automation::aws_trouble_of(sql, instance));
        if (trouble) {
            waits.answer = trouble->message;
            waits.facts.push_back({"AWS_TROUBLE", trouble->message, trouble->since, reference(instance)});
        }
        return waits;
    };
}

insight::Why::Source configuration_facts() {
    return [](store::Session&, const store::Entity& snapshot) -> Result<MoreFacts> {
        const auto* facts = json::object_of(snapshot.document, "sageMaker");
        MoreFacts out;
        if (auto missed = facts == nullptr ? std::string{} : sagemaker::not_made(*facts); !missed.empty()) {
            out.facts.push_back({"CONFIGURATION_NOT_MADE", std::move(missed), {}, {}});
        }
        return out;
    };
}

insight::Why::Source missing_start_facts(automation::Instances& instances, automation::Definitions& definitions) {
    return [&instances, &definitions](store::Session& sql, const store::Entity& snapshot) -> Result<MoreFacts> {
        const auto start = automation::snapshot_start(sql, definitions, snapshot.group);
        if (start || start.error().code == ErrorCode::not_found) {
            return MoreFacts{};
        }
        if (start.error().reason != "NO_START") {
            return std::unexpected(start.error());
        }
        SW_TRY(const auto run, newest_run(instances, sql, snapshot));
        if (run) {
            return MoreFacts{};
        }
        return MoreFacts{.answer = {},
                         .facts = {{"NO_LIFE_CYCLE", "No life cycle was started for it. " + start.error().message, {}, {}}},
                         .next = {{.message = "Look at what is deployed.", .cli = "slipway lifecycle list", .href = "#/lifecycles"}}};
    };
}

insight::Why::Source ticket_system_facts(const tickets::RemoteDesk& desk, std::string system) {
    return [&desk, system = std::move(system)](store::Session& sql, const store::Entity& snapshot) -> Result<MoreFacts> {
        const auto trouble = desk.trouble();
        if (!trouble) {
            return MoreFacts{};
        }
        SW_TRY(const auto open,
               store::find_by(sql, registry::notifications_table(),
                              {{"deployable_model_id", snapshot.id}, {"notification_type", std::string{registry::kApproval}}, {"open", std::int64_t{1}}},
                              store::Scope::all()));
        if (std::ranges::none_of(open, tickets::is_remote)) {
            return MoreFacts{};
        }
        const auto said = fmt::format("{} has not served us since {}: {} What is decided there meanwhile is not known here, and counts as soon as it is read.",
                                      system, to_iso(trouble->since), trouble->message);
        return MoreFacts{.answer = said,
                         .facts = {{"TICKETS_AWAY", said, trouble->since, {}}},
                         .next = {{.message = "See that it can be reached from this server, with the account of tickets.jira.", .cli = {}, .href = {}}}};
    };
}

void add_facts(insight::Why& why, LifeCycles& lifecycles, const tickets::RemoteDesk* desk, const std::string& system) {
    why.add_source(life_cycle_facts(lifecycles.instances));
    why.add_source(configuration_facts());
    why.add_source(missing_start_facts(lifecycles.instances, lifecycles.definitions));
    if (desk != nullptr) {
        why.add_source(ticket_system_facts(*desk, system));
    }
}

}  // namespace slipway::serve
