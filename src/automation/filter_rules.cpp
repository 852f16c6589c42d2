#include <array>

#include "automation/filters.hpp"

/// What lists offer of the parameters that Camunda 7 documents (docs.camunda.org/manual/7.21/reference/rest). What does not stand here is refused.
namespace slipway::automation {
namespace {

using enum Comparison;

constexpr std::array kDefinitionFilters{
    FilterRule{"processDefinitionId", equal, "id @"},
    FilterRule{"processDefinitionIdIn", any_of, "id @"},
    FilterRule{"decisionDefinitionId", equal, "id @"},
    FilterRule{"decisionDefinitionIdIn", any_of, "id @"},
    FilterRule{"key", equal, "definition_key @"},
    FilterRule{"keysIn", any_of, "definition_key @"},
    FilterRule{"keyLike", like, "definition_key @"},
    FilterRule{"name", equal, "name @"},
    FilterRule{"nameLike", like, "name @"},
    FilterRule{"deploymentId", equal, "deployment_id @"},
    FilterRule{"deployedAfter", after, "created_at @"},
    FilterRule{"deployedAt", time, "created_at @"},
    FilterRule{"version", number, "version @"},
    FilterRule{"latestVersion", flag, "latest = 1"},
    FilterRule{"resourceName", equal, "resource @"},
    FilterRule{"resourceNameLike", like, "resource @"},
    FilterRule{"versionTag", equal, "version_tag @"},
    FilterRule{"versionTagLike", like, "version_tag @"},
    FilterRule{"withoutVersionTag", flag, "version_tag = ''"},
    FilterRule{"tenantIdIn", any_of, "group_name @"},
    FilterRule{"withoutTenantId", flag, "group_name = ''"},
    FilterRule{"active", flag, "1 = 1"},
    FilterRule{"suspended", flag, "1 = 0"},
};
constexpr std::array kDefinitionOrders{
    OrderRule{"id", "id"},
    OrderRule{"key", "definition_key"},
    OrderRule{"name", "name"},
    OrderRule{"version", "version"},
    OrderRule{"deploymentId", "deployment_id"},
    OrderRule{"deployTime", "created_at"},
    OrderRule{"tenantId", "group_name"},
    OrderRule{"versionTag", "version_tag"},
};

constexpr std::array kDeploymentFilters{
    FilterRule{"id", equal, "id @"},
    FilterRule{"name", equal, "name @"},
    FilterRule{"nameLike", like, "name @"},
    FilterRule{"source", equal, "source @"},
    FilterRule{"withoutSource", flag, "source = ''"},
    FilterRule{"after", after, "created_at @"},
    FilterRule{"before", before, "created_at @"},
    FilterRule{"tenantIdIn", any_of, "group_name @"},
    FilterRule{"withoutTenantId", flag, "group_name = ''"},
};
constexpr std::array kDeploymentOrders{
    OrderRule{"id", "id"},
    OrderRule{"name", "name"},
    OrderRule{"deploymentTime", "created_at"},
    OrderRule{"tenantId", "group_name"},
};

constexpr std::array kIncidentFilters{
    FilterRule{"incidentId", equal, "n.id @"},
    FilterRule{"causeIncidentId", equal, "n.cause @"},
    FilterRule{"rootCauseIncidentId", equal, "n.root @"},
    FilterRule{"incidentType", equal, "o.type @"},
    FilterRule{"incidentMessage", equal, "n.id = n.root AND o.message @"},
    FilterRule{"incidentMessageLike", like, "n.id = n.root AND o.message @"},
    FilterRule{"incidentTimestampAfter", after, "o.created_at @"},
    FilterRule{"incidentTimestampBefore", before, "o.created_at @"},
    FilterRule{"processInstanceId", equal, "n.instance_id @"},
    FilterRule{"processInstanceIdIn", any_of, "n.instance_id @"},
    FilterRule{"processDefinitionId", equal, "i.definition_id @"},
    FilterRule{"processDefinitionKeyIn", any_of, "i.definition_key @"},
    FilterRule{"activityId", equal, "n.element @"},
    FilterRule{"failedActivityId", equal, "n.element @"},
    FilterRule{"configuration", equal,
               "n.id = n.root AND o.type = 'failedJob' AND CASE WHEN n.token < 0 THEN CAST(-n.token AS TEXT) ELSE n.instance_id || ':' || CAST(n.token AS "
               "TEXT) END @"},
    FilterRule{"tenantIdIn", any_of, "i.group_name @"},
};
constexpr std::array kPastIncidentFilters{
    kIncidentFilters[0],
    kIncidentFilters[1],
    kIncidentFilters[2],
    kIncidentFilters[3],
    kIncidentFilters[4],
    kIncidentFilters[5],
    kIncidentFilters[8],
    kIncidentFilters[10],
    kIncidentFilters[11],
    kIncidentFilters[12],
    kIncidentFilters[13],
    kIncidentFilters[14],
    kIncidentFilters[15],
    FilterRule{"processDefinitionKey", equal, "i.definition_key @"},
    FilterRule{"createTimeAfter", after, "o.created_at @"},
    FilterRule{"createTimeBefore", before, "o.created_at @"},
    FilterRule{"endTimeAfter", after, "o.resolved_at @"},
    FilterRule{"endTimeBefore", before, "o.resolved_at @"},
    FilterRule{"open", flag, "o.resolved_at IS NULL"},
    FilterRule{"resolved", flag, "o.resolved_at IS NOT NULL"},
    FilterRule{"deleted", flag, "1 = 0"},
    FilterRule{"withoutTenantId", flag, "i.group_name = ''"},
};
constexpr std::array kIncidentOrders{
    OrderRule{"incidentId", "n.id"},
    OrderRule{"incidentMessage", "o.message"},
    OrderRule{"incidentTimestamp", "o.created_at"},
    OrderRule{"createTime", "o.created_at"},
    OrderRule{"endTime", "o.resolved_at"},
    OrderRule{"incidentType", "o.type"},
    OrderRule{"activityId", "n.element"},
    OrderRule{"processInstanceId", "n.instance_id"},
    OrderRule{"processDefinitionId", "i.definition_id"},
    OrderRule{"processDefinitionKey", "i.definition_key"},
    OrderRule{"tenantId", "i.group_name"},
};

// 9000000000000000 is kNever: a job that a person must look at first.
constexpr std::array kJobFilters{
    FilterRule{"jobId", equal, "CAST(j.row_id AS TEXT) @"},
    FilterRule{"jobIds", any_of, "CAST(j.row_id AS TEXT) @"},
    FilterRule{"processInstanceId", equal, "j.instance_id @"},
    FilterRule{"processInstanceIds", any_of, "j.instance_id @"},
    FilterRule{"processDefinitionId", equal, "i.definition_id @"},
    FilterRule{"processDefinitionKey", equal, "i.definition_key @"},
    FilterRule{"activityId", equal, "j.element @"},
    FilterRule{"failedActivityId", equal, "j.error <> '' AND j.element @"},
    FilterRule{"withRetriesLeft", flag, "j.retries > 0 AND j.due_at < 9000000000000000"},
    FilterRule{"noRetriesLeft", flag, "j.retries = 0 OR j.due_at >= 9000000000000000"},
    FilterRule{"executable", now, "j.retries > 0 AND j.due_at <= @"},
    FilterRule{"timers", flag, "j.kind = 'timer'"},
    FilterRule{"messages", flag, "j.kind <> 'timer'"},
    FilterRule{"withException", flag, "j.error <> ''"},
    FilterRule{"exceptionMessage", equal, "j.error @"},
    FilterRule{"tenantIdIn", any_of, "i.group_name @"},
    FilterRule{"withoutTenantId", flag, "i.group_name = ''"},
    FilterRule{"active", flag, "1 = 1"},
    FilterRule{"suspended", flag, "1 = 0"},
};
constexpr std::array kJobOrders{
    OrderRule{"jobId", "j.row_id"},
    OrderRule{"processInstanceId", "j.instance_id"},
    OrderRule{"processDefinitionId", "i.definition_id"},
    OrderRule{"processDefinitionKey", "i.definition_key"},
    OrderRule{"jobRetries", "j.retries"},
    OrderRule{"jobDueDate", "j.due_at"},
    OrderRule{"tenantId", "i.group_name"},
};

constexpr std::array kTaskFilters{
    FilterRule{"externalTaskId", equal, "t.instance_id || ':' || CAST(t.token AS TEXT) @"},
    FilterRule{"externalTaskIdIn", any_of, "t.instance_id || ':' || CAST(t.token AS TEXT) @"},
    FilterRule{"topicName", equal, "t.topic @"},
    FilterRule{"workerId", equal, "t.worker @"},
    FilterRule{"locked", now, "t.worker <> '' AND t.free_at > @"},
    FilterRule{"notLocked", now, "t.worker = '' OR t.free_at <= @"},
    FilterRule{"lockExpirationAfter", after, "t.worker <> '' AND t.free_at @"},
    FilterRule{"lockExpirationBefore", before, "t.worker <> '' AND t.free_at @"},
    FilterRule{"withRetriesLeft", flag, "t.retries <> 0"},
    FilterRule{"noRetriesLeft", flag, "t.retries = 0"},
    FilterRule{"activityId", equal, "t.element @"},
    FilterRule{"activityIdIn", any_of, "t.element @"},
    FilterRule{"executionId", equal, "CAST(t.token AS TEXT) @"},
    FilterRule{"processInstanceId", equal, "t.instance_id @"},
    FilterRule{"processInstanceIdIn", any_of, "t.instance_id @"},
    FilterRule{"processDefinitionId", equal, "i.definition_id @"},
    FilterRule{"priorityHigherThanOrEquals", at_least, "t.priority @"},
    FilterRule{"priorityLowerThanOrEquals", at_most, "t.priority @"},
    FilterRule{"tenantIdIn", any_of, "i.group_name @"},
    FilterRule{"active", flag, "1 = 1"},
    FilterRule{"suspended", flag, "1 = 0"},
};
constexpr std::array kTaskOrders{
    OrderRule{"id", "t.instance_id || ':' || CAST(t.token AS TEXT)"},
    OrderRule{"lockExpirationTime", "CASE WHEN t.worker = '' THEN 0 ELSE t.free_at END"},
    OrderRule{"processInstanceId", "t.instance_id"},
    OrderRule{"processDefinitionId", "i.definition_id"},
    OrderRule{"processDefinitionKey", "i.definition_key"},
    OrderRule{"taskPriority", "t.priority"},
    OrderRule{"createTime", "t.created_at"},
    OrderRule{"tenantId", "i.group_name"},
};

constexpr std::array kTopicFilters{
    FilterRule{"businessKey", equal, "i.business_key @"},
    FilterRule{"processDefinitionId", equal, "i.definition_id @"},
    FilterRule{"processDefinitionIdIn", any_of, "i.definition_id @"},
    FilterRule{"processDefinitionKey", equal, "i.definition_key @"},
    FilterRule{"processDefinitionKeyIn", any_of, "i.definition_key @"},
    FilterRule{"processDefinitionVersionTag", equal, "i.definition_id IN (SELECT d.id FROM lifecycle_definitions d WHERE d.version_tag @)"},
    FilterRule{"tenantIdIn", any_of, "i.group_name @"},
    FilterRule{"withoutTenantId", flag, "i.group_name = ''"},
};

}  // namespace

const ListRules& definition_rules() {
    static constexpr ListRules rules{kDefinitionFilters, kDefinitionOrders};
    return rules;
}
const ListRules& deployment_rules() {
    static constexpr ListRules rules{kDeploymentFilters, kDeploymentOrders};
    return rules;
}
const ListRules& incident_rules() {
    static constexpr ListRules rules{kIncidentFilters, kIncidentOrders};
    return rules;
}
const ListRules& past_incident_rules() {
    static constexpr ListRules rules{kPastIncidentFilters, kIncidentOrders};
    return rules;
}
const ListRules& job_rules() {
    static constexpr ListRules rules{kJobFilters, kJobOrders};
    return rules;
}
const ListRules& topic_rules() {
    static constexpr ListRules rules{kTopicFilters, {}};
    return rules;
}
const ListRules& external_task_rules() {
    static constexpr ListRules rules{kTaskFilters, kTaskOrders};
    return rules;
}

}  // namespace slipway::automation
