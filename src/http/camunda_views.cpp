#include "http/camunda_views.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <map>

namespace slipway::http::camunda {
namespace {

using automation::ActivityInfo;
using automation::InstanceInfo;

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value{} : json::value(text);
}

json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(time_text(*time)) : json::value{};
}

json::value duration(Timestamp from, const std::optional<Timestamp>& until) {
    return until ? json::value((*until - from).count()) : json::value{};
}

json::array self_link(const Request& request, std::string_view path) {
    return {json::object{{"method", "GET"}, {"href", fmt::format("{}/mlc-service/rest/{}", request.base_url, path)}, {"rel", "self"}}};
}

/// The process itself is a visit as well; Camunda shows it as the instance.
bool is_process(const ActivityInfo& activity) {
    return activity.type == "processDefinition";
}

/// Camunda writes ids of visits as ELEMENT:NUMBER.
std::string visit_id(const ActivityInfo& activity, const std::string& instance_id) {
    return fmt::format("{}:{}:{}", activity.element, instance_id, activity.token);
}

json::value loop_counter(const ActivityInfo& activity) {
    return activity.loop < 0 ? json::value{} : json::value(activity.loop);
}

std::string_view past_state(lifecycle::InstanceState state) {
    switch (state) {
        case lifecycle::InstanceState::created:
        case lifecycle::InstanceState::active: return "ACTIVE";
        case lifecycle::InstanceState::completed: return "COMPLETED";
        case lifecycle::InstanceState::failed: return "INTERNALLY_TERMINATED";
        case lifecycle::InstanceState::cancelled: return "EXTERNALLY_TERMINATED";
    }
    return "ACTIVE";
}

json::object visit(const std::string& id, const std::string& parent, const std::string& element, const std::string& type, const InstanceInfo& instance) {
    return {{"id", id},
            {"parentActivityInstanceId", text_or_null(parent)},
            {"activityId", element},
            {"activityType", type},
            {"processInstanceId", instance.id},
            {"processDefinitionId", instance.definition_id},
            {"childActivityInstances", json::array{}},
            {"childTransitionInstances", json::array{}},
            {"executionIds", json::array{}},
            {"activityName", json::value{}},
            {"calledProcessInstanceId", json::value{}},
            {"loopCounter", json::value{}},
            {"incidentIds", json::array{}},
            {"incidents", json::array{}}};
}

using Children = std::multimap<std::int64_t, const ActivityInfo*>;
/// By the visit, as far as it is known, and the element: of a repeated activity each visit has its own.
using Incidents = std::multimap<std::pair<std::int64_t, std::string>, const automation::IncidentInfo*>;

void add_incidents(json::object& node, const ActivityInfo& activity, const Incidents& incidents) {
    json::array ids;
    json::array told;
    for (const auto token : {std::int64_t{0}, activity.token}) {
        const auto [begin, end] = incidents.equal_range({token, activity.element});
        for (auto one = begin; one != end; ++one) {
            ids.emplace_back(one->second->id);
            told.push_back(json::object{{"id", one->second->id}, {"activityId", activity.element}});
        }
    }
    node["incidentIds"] = std::move(ids);
    node["incidents"] = std::move(told);
}

json::array children_of(std::int64_t scope, const std::string& parent, const InstanceInfo& instance, const Children& children, const Incidents& incidents) {
    json::array out;
    const auto [first, last] = children.equal_range(scope);
    for (auto at = first; at != last; ++at) {
        const auto& activity = *at->second;
        const auto id = visit_id(activity, instance.id);
        auto node = visit(id, parent, activity.element, activity.type, instance);
        node["activityName"] = text_or_null(activity.name);
        node["executionIds"] = json::array{std::to_string(activity.token)};
        node["calledProcessInstanceId"] = text_or_null(activity.called_id);
        node["loopCounter"] = loop_counter(activity);
        add_incidents(node, activity, incidents);
        node["childActivityInstances"] = children_of(activity.token, id, instance, children, incidents);
        out.push_back(std::move(node));
    }
    return out;
}

json::object past_activity(const ActivityInfo& activity, const std::string& parent, const InstanceInfo& instance) {
    return {{"id", visit_id(activity, instance.id)},
            {"parentActivityInstanceId", parent},
            {"activityId", activity.element},
            {"activityName", text_or_null(activity.name)},
            {"activityType", activity.type},
            {"processDefinitionKey", instance.definition_key},
            {"processDefinitionId", instance.definition_id},
            {"processInstanceId", instance.id},
            {"executionId", std::to_string(activity.token)},
            {"taskId", json::value{}},
            {"assignee", json::value{}},
            {"calledProcessInstanceId", text_or_null(activity.called_id)},
            {"loopCounter", loop_counter(activity)},
            {"startTime", time_text(activity.started)},
            {"endTime", time_or_null(activity.ended)},
            {"durationInMillis", duration(activity.started, activity.ended)},
            {"canceled", activity.cancelled},
            {"completeScope", false},
            {"tenantId", text_or_null(instance.group)}};
}

}  // namespace

json::object definition_view(const automation::Definition& definition) {
    return {{"id", definition.id},
            {"key", definition.key},
            {"category", json::value{}},
            {"description", json::value{}},
            {"name", text_or_null(definition.name)},
            {"version", definition.version},
            {"resource", definition.resource},
            {"deploymentId", definition.deployment_id},
            {"diagram", json::value{}},
            {"suspended", false},
            {"tenantId", text_or_null(definition.group)},
            {"versionTag", text_or_null(definition.version_tag)},
            {"historyTimeToLive", definition.days_kept ? json::value(*definition.days_kept) : json::value{}},
            {"startableInTasklist", true},
            {"deployedAt", time_text(definition.deployed)},
            {"deployedBy", text_or_null(definition.deployed_by)}};
}

json::object deployment_view(const automation::Deployment& deployment, const Request& request) {
    json::object processes;
    json::object decisions;
    for (const auto& definition : deployment.definitions) {
        (definition.decision ? decisions : processes)[definition.id] = definition_view(definition);
    }
    json::array remarks;
    for (const auto& remark : deployment.remarks) {
        remarks.push_back(json::object{{"resource", remark.resource},
                                       {"elementId", text_or_null(remark.element)},
                                       {"rule", remark.rule},
                                       {"message", remark.message},
                                       {"line", remark.line}});
    }
    return {{"links", self_link(request, "deployment/" + deployment.id)},
            {"id", deployment.id},
            {"name", text_or_null(deployment.name)},
            {"source", text_or_null(deployment.source)},
            {"deploymentTime", time_text(deployment.at)},
            {"tenantId", text_or_null(deployment.group)},
            {"deployedProcessDefinitions", processes.empty() ? json::value{} : json::value(std::move(processes))},
            {"deployedCaseDefinitions", json::value{}},
            {"deployedDecisionDefinitions", decisions.empty() ? json::value{} : json::value(std::move(decisions))},
            {"deployedDecisionRequirementsDefinitions", json::value{}},
            {"remarks", std::move(remarks)}};
}

json::object instance_view(const InstanceInfo& instance, const Request& request) {
    return {{"links", self_link(request, "process-instance/" + instance.id)},
            {"id", instance.id},
            {"definitionId", instance.definition_id},
            {"definitionKey", instance.definition_key},
            {"businessKey", text_or_null(instance.business_key)},
            {"caseInstanceId", json::value{}},
            {"ended", instance.ended.has_value()},
            {"suspended", false},
            {"tenantId", text_or_null(instance.group)},
            {"ticketId", text_or_null(instance.ticket_id)}};
}

json::object activity_tree(const InstanceInfo& instance, const std::vector<ActivityInfo>& live, const std::vector<automation::IncidentInfo>& incidents) {
    Children children;
    std::int64_t process = 0;
    for (const auto& activity : live) {
        if (is_process(activity)) {
            process = activity.token;
        } else {
            children.emplace(activity.scope, &activity);
        }
    }
    Incidents by_visit;
    for (const auto& incident : incidents) {
        const bool known = std::ranges::any_of(live, [&](const ActivityInfo& one) { return one.token == incident.token && one.element == incident.element; });
        by_visit.emplace(std::pair{known ? incident.token : 0, incident.element}, &incident);
    }
    auto root = visit(instance.id, "", instance.definition_id, "processDefinition", instance);
    root["activityName"] = text_or_null(instance.definition_name);
    root["executionIds"] = json::array{instance.id};
    root["childActivityInstances"] = children_of(process, instance.id, instance, children, by_visit);
    return root;
}

json::object task_view(const automation::ExternalTask& task, bool with_variables) {
    json::object out{{"id", task.id},
                     {"activityId", task.element},
                     {"activityInstanceId", fmt::format("{}:{}:{}", task.element, task.instance_id, task.token)},
                     {"errorMessage", text_or_null(task.error)},
                     {"executionId", std::to_string(task.token)},
                     {"lockExpirationTime", time_or_null(task.locked_until)},
                     {"createTime", time_text(task.created)},
                     {"processDefinitionId", task.definition_id},
                     {"processDefinitionKey", task.definition_key},
                     {"processDefinitionVersionTag", text_or_null(task.definition_version_tag)},
                     {"processInstanceId", task.instance_id},
                     {"lostLocks", task.losses},
                     {"retries", task.retries ? json::value(*task.retries) : json::value{}},
                     {"suspended", false},
                     {"workerId", text_or_null(task.worker)},
                     {"tenantId", text_or_null(task.group)},
                     {"topicName", task.topic},
                     {"priority", task.priority},
                     {"businessKey", text_or_null(task.business_key)}};
    if (with_variables) {
        out["errorDetails"] = text_or_null(task.error_details);
        out["variables"] = typed_variables(task.variables);
        out["extensionProperties"] = json::object{};
    }
    return out;
}

json::object user_task_view(const automation::UserTask& task) {
    const auto list_of = [](const std::vector<std::string>& names) { return json::array(names.begin(), names.end()); };
    return {{"id", task.id},
            {"name", text_or_null(task.name)},
            {"assignee", text_or_null(task.assignee)},
            {"created", time_text(task.created)},
            {"due", time_or_null(task.due)},
            {"followUp", time_or_null(task.follow_up)},
            {"delegationState", json::value{}},
            {"description", text_or_null(task.description)},
            {"executionId", std::to_string(task.token)},
            {"owner", json::value{}},
            {"parentTaskId", json::value{}},
            {"priority", task.priority},
            {"processDefinitionId", task.definition_id},
            {"processDefinitionKey", task.definition_key},
            {"processInstanceId", task.instance_id},
            {"taskDefinitionKey", task.element},
            {"caseExecutionId", json::value{}},
            {"caseInstanceId", json::value{}},
            {"caseDefinitionId", json::value{}},
            {"suspended", false},
            {"formKey", text_or_null(task.form_key)},
            {"camundaFormRef", json::value{}},
            {"tenantId", text_or_null(task.group)},
            {"candidateUsers", list_of(task.candidate_users)},
            {"candidateGroups", list_of(task.candidate_groups)}};
}

json::object job_view(const automation::JobInfo& job) {
    return {{"id", job.id},
            {"jobDefinitionId", json::value{}},
            {"processInstanceId", job.instance_id},
            {"processDefinitionId", job.definition_id},
            {"processDefinitionKey", job.definition_key},
            {"executionId", json::value{}},
            {"exceptionMessage", text_or_null(job.error)},
            {"failedActivityId", job.error.empty() ? json::value{} : json::value(job.element)},
            {"activityId", job.element},
            {"jobType", job.kind},
            {"retries", job.retries},
            {"dueDate", time_text(job.due)},
            {"suspended", false},
            {"priority", 0},
            {"tenantId", json::value{}}};
}

json::object incident_view(const automation::IncidentInfo& incident) {
    return {{"id", incident.id},
            {"processDefinitionId", incident.definition_id},
            {"processDefinitionKey", incident.definition_key},
            {"processInstanceId", incident.instance_id},
            {"executionId", json::value{}},
            {"incidentTimestamp", time_text(incident.at)},
            {"incidentType", incident.type},
            {"activityId", text_or_null(incident.element)},
            {"failedActivityId", text_or_null(incident.element)},
            {"causeIncidentId", incident.cause_id},
            {"rootCauseIncidentId", incident.root_id},
            {"rootCauseIncidentProcessInstanceId", incident.root_instance_id},
            {"rootCauseIncidentActivityId", text_or_null(incident.root_element)},
            {"rootCauseIncidentMessage", incident.root_message},
            {"calledProcessInstanceId", text_or_null(incident.called_id)},
            {"configuration", text_or_null(incident.job_id)},
            {"incidentMessage", incident.is_own() ? json::value(incident.message) : json::value{}},
            {"jobDefinitionId", json::value{}},
            {"annotation", json::value{}},
            {"endTime", time_or_null(incident.resolved)},
            {"open", !incident.resolved.has_value()},
            {"resolved", incident.resolved.has_value()},
            {"tenantId", json::value{}}};
}

json::object past_instance_view(const InstanceInfo& instance) {
    return {{"id", instance.id},
            {"businessKey", text_or_null(instance.business_key)},
            {"processDefinitionId", instance.definition_id},
            {"processDefinitionKey", instance.definition_key},
            {"processDefinitionName", text_or_null(instance.definition_name)},
            {"processDefinitionVersion", instance.definition_version},
            {"startTime", time_text(instance.started)},
            {"endTime", time_or_null(instance.ended)},
            {"removalTime", time_or_null(instance.removal)},
            {"durationInMillis", duration(instance.started, instance.ended)},
            {"startUserId", text_or_null(instance.started_by)},
            {"startActivityId", text_or_null(instance.start_element)},
            {"deleteReason", text_or_null(instance.reason)},
            {"rootProcessInstanceId", text_or_null(instance.root_id)},
            {"superProcessInstanceId", text_or_null(instance.parent_id)},
            {"superCaseInstanceId", json::value{}},
            {"caseInstanceId", json::value{}},
            {"tenantId", text_or_null(instance.group)},
            {"state", past_state(instance.state)},
            {"businessKeyName", text_or_null(instance.subject)},
            {"outcome", text_or_null(instance.outcome)},
            {"incidents", instance.incidents},
            {"openTasks", instance.open_tasks},
            {"ticketId", text_or_null(instance.ticket_id)}};
}

json::array past_activities_view(const std::vector<ActivityInfo>& visits, const InstanceInfo& instance) {
    std::map<std::int64_t, std::string> ids;
    json::array out;
    for (const auto& activity : visits) {
        if (is_process(activity)) {
            ids[activity.token] = instance.id;
            continue;
        }
        const auto parent = ids.find(activity.scope);
        out.push_back(past_activity(activity, parent == ids.end() ? instance.id : parent->second, instance));
        ids[activity.token] = visit_id(activity, instance.id);
    }
    return out;
}

json::object past_variable_view(const automation::VariableInfo& variable, const InstanceInfo& instance) {
    auto out = typed(variable.value);
    out["id"] = fmt::format("{}:{}:{}", instance.id, variable.scope, variable.name);
    out["name"] = variable.name;
    out["processDefinitionKey"] = instance.definition_key;
    out["processDefinitionId"] = instance.definition_id;
    out["processInstanceId"] = instance.id;
    out["executionId"] = std::to_string(variable.scope);
    out["activityInstanceId"] = variable.element.empty() ? json::value(instance.id) : json::value(variable.element);
    out["createTime"] = time_text(variable.at);
    out["errorMessage"] = json::value{};
    out["tenantId"] = text_or_null(instance.group);
    out["state"] = variable.removed ? "DELETED" : "CREATED";
    return out;
}

}  // namespace slipway::http::camunda
