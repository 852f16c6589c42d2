#include <array>

#include "automation/filters.hpp"

/// As filter_rules.cpp: of instances, running and past, and of tasks for people.
namespace slipway::automation {
namespace {

using enum Comparison;

constexpr std::string_view kDefinition = "definition_id IN (SELECT d.id FROM lifecycle_definitions d WHERE d.name @)";
// An instance is stuck with what it called, however deep. A message is told by what is stuck itself, as in Camunda.
constexpr std::string_view kStuck =
    "incidents > 0 OR id IN (WITH RECURSIVE up(id) AS (SELECT c.parent_id FROM lifecycle_incidents n JOIN lifecycle_instances c ON c.id = n.instance_id "
    "WHERE n.resolved_at IS NULL AND c.parent_id <> '' AND c.state = 'active' UNION SELECT p.parent_id FROM up u JOIN lifecycle_instances p ON p.id = u.id "
    "WHERE p.parent_id <> '') SELECT u.id FROM up u)";
constexpr std::string_view kIncidentType =
    "id IN (WITH RECURSIVE up(id) AS (SELECT n.instance_id FROM lifecycle_incidents n WHERE n.type @ UNION "
    "SELECT p.parent_id FROM up u JOIN lifecycle_instances p ON p.id = u.id WHERE p.parent_id <> '') SELECT u.id FROM up u)";
constexpr std::string_view kOpenIncidentType =
    "id IN (WITH RECURSIVE up(id) AS (SELECT n.instance_id FROM lifecycle_incidents n WHERE n.resolved_at IS NULL AND n.type @ UNION "
    "SELECT p.parent_id FROM up u JOIN lifecycle_instances p ON p.id = u.id WHERE p.parent_id <> '') SELECT u.id FROM up u)";
constexpr std::string_view kOpenIncidentId =
    "id IN (WITH RECURSIVE up(id, name, root) AS (SELECT n.instance_id, n.instance_id || ':' || CAST(n.incident AS TEXT), "
    "n.instance_id || ':' || CAST(n.incident AS TEXT) FROM lifecycle_incidents n WHERE n.resolved_at IS NULL UNION ALL "
    "SELECT p.parent_id, p.parent_id || ':' || u.root, u.root FROM up u JOIN lifecycle_instances p ON p.id = u.id WHERE p.parent_id <> '') "
    "SELECT u.id FROM up u WHERE u.name @)";
constexpr std::string_view kIncidentMessage = "EXISTS (SELECT 1 FROM lifecycle_incidents n WHERE n.instance_id = lifecycle_instances.id AND n.message @)";
constexpr std::string_view kOpenIncidentMessage =
    "EXISTS (SELECT 1 FROM lifecycle_incidents n WHERE n.instance_id = lifecycle_instances.id AND n.resolved_at IS NULL AND n.message @)";
constexpr std::string_view kCalls = "id IN (SELECT c.parent_id FROM lifecycle_instances c WHERE c.id @)";

constexpr std::array kRunningFilters{
    FilterRule{"processInstanceIds", any_of, "id @"},
    FilterRule{"processDefinitionId", equal, "definition_id @"},
    FilterRule{"processDefinitionKey", equal, "definition_key @"},
    FilterRule{"processDefinitionKeyIn", any_of, "definition_key @"},
    FilterRule{"processDefinitionKeyNotIn", none_of, "definition_key @"},
    FilterRule{"deploymentId", equal, "definition_id IN (SELECT d.id FROM lifecycle_definitions d WHERE d.deployment_id @)"},
    FilterRule{"businessKey", equal, "business_key @"},
    FilterRule{"businessKeyLike", like, "business_key @"},
    FilterRule{"superProcessInstance", equal, "parent_id @"},
    FilterRule{"subProcessInstance", equal, kCalls},
    FilterRule{"rootProcessInstances", flag, "parent_id = ''"},
    FilterRule{"leafProcessInstances", flag,
               "NOT EXISTS (SELECT 1 FROM lifecycle_instances c WHERE c.parent_id = lifecycle_instances.id AND c.parent_id <> '' AND c.state = 'active')"},
    FilterRule{"withIncident", flag, kStuck},
    FilterRule{"incidentId", equal, kOpenIncidentId},
    FilterRule{"incidentType", equal, kOpenIncidentType},
    FilterRule{"incidentMessage", equal, kOpenIncidentMessage},
    FilterRule{"incidentMessageLike", like, kOpenIncidentMessage},
    FilterRule{"tenantIdIn", any_of, "group_name @"},
    FilterRule{"withoutTenantId", flag, "group_name = ''"},
    FilterRule{"processDefinitionWithoutTenantId", flag, "definition_id IN (SELECT d.id FROM lifecycle_definitions d WHERE d.group_name = '')"},
    FilterRule{"active", flag, "1 = 1"},
    FilterRule{"suspended", flag, "1 = 0"},
};
constexpr std::array kRunningOrders{
    OrderRule{"instanceId", "id"},
    OrderRule{"definitionId", "definition_id"},
    OrderRule{"definitionKey", "definition_key"},
    OrderRule{"businessKey", "business_key"},
    OrderRule{"tenantId", "group_name"},
};

constexpr std::array kPastFilters{
    FilterRule{"processInstanceId", equal, "id @"},
    FilterRule{"processInstanceIds", any_of, "id @"},
    FilterRule{"processInstanceIdNotIn", none_of, "id @"},
    FilterRule{"processDefinitionId", equal, "definition_id @"},
    FilterRule{"processDefinitionKey", equal, "definition_key @"},
    FilterRule{"processDefinitionKeyIn", any_of, "definition_key @"},
    FilterRule{"processDefinitionKeyNotIn", none_of, "definition_key @"},
    FilterRule{"processDefinitionName", equal, kDefinition},
    FilterRule{"processDefinitionNameLike", like, kDefinition},
    FilterRule{"processInstanceBusinessKey", equal, "business_key @"},
    FilterRule{"processInstanceBusinessKeyIn", any_of, "business_key @"},
    FilterRule{"processInstanceBusinessKeyLike", like, "business_key @"},
    FilterRule{"superProcessInstanceId", equal, "parent_id @"},
    FilterRule{"subProcessInstanceId", equal, kCalls},
    FilterRule{"rootProcessInstances", flag, "parent_id = ''"},
    FilterRule{"finished", flag, "state <> 'active'"},
    FilterRule{"unfinished", flag, "state = 'active'"},
    FilterRule{"active", flag, "state = 'active'"},
    FilterRule{"completed", flag, "state = 'completed'"},
    FilterRule{"externallyTerminated", flag, "state = 'cancelled'"},
    FilterRule{"internallyTerminated", flag, "state = 'failed'"},
    FilterRule{"suspended", flag, "1 = 0"},
    FilterRule{"withIncidents", flag, kStuck},
    FilterRule{"incidentType", equal, kIncidentType},
    FilterRule{"incidentMessage", equal, kIncidentMessage},
    FilterRule{"incidentMessageLike", like, kIncidentMessage},
    FilterRule{"startedBy", equal, "created_by @"},
    FilterRule{"startedAfter", after, "started_at @"},
    FilterRule{"startedBefore", before, "started_at @"},
    FilterRule{"finishedAfter", after, "ended_at @"},
    FilterRule{"finishedBefore", before, "ended_at @"},
    FilterRule{"tenantIdIn", any_of, "group_name @"},
    FilterRule{"withoutTenantId", flag, "group_name = ''"},
};
constexpr std::array kPastOrders{
    OrderRule{"instanceId", "id"},
    OrderRule{"definitionId", "definition_id"},
    OrderRule{"definitionKey", "definition_key"},
    OrderRule{"definitionName", "(SELECT d.name FROM lifecycle_definitions d WHERE d.id = definition_id)"},
    OrderRule{"definitionVersion", "(SELECT d.version FROM lifecycle_definitions d WHERE d.id = definition_id)"},
    OrderRule{"businessKey", "business_key"},
    OrderRule{"startTime", "started_at"},
    OrderRule{"endTime", "COALESCE(ended_at, 9000000000000000)"},
    OrderRule{"duration", "COALESCE(ended_at, 9000000000000000) - started_at"},
    OrderRule{"tenantId", "group_name"},
};

constexpr std::string_view kOffered =
    "t.assignee = '' AND EXISTS (SELECT 1 FROM lifecycle_candidates c WHERE c.instance_id = t.instance_id AND c.token = t.token AND c.kind = 'group' "
    "AND c.name @)";

/// Of `user:NAME` and `group:NAME`.
constexpr std::string_view kOfferedToOneOf =
    "t.assignee = '' AND EXISTS (SELECT 1 FROM lifecycle_candidates c WHERE c.instance_id = t.instance_id AND c.token = t.token AND c.kind || ':' || c.name @)";

/// Of `assignee:NAME`, `user:NAME` and `group:NAME`: whose it is, those it is offered to, or nobody in particular.
constexpr std::string_view kForOneOf =
    "'assignee:' || t.assignee @ OR (t.assignee = '' AND (EXISTS (SELECT 1 FROM lifecycle_candidates c WHERE c.instance_id = t.instance_id AND c.token = "
    "t.token "
    "AND c.kind || ':' || c.name @) OR NOT EXISTS (SELECT 1 FROM lifecycle_candidates c WHERE c.instance_id = t.instance_id AND c.token = t.token)))";

constexpr std::array kUserTaskFilters{
    FilterRule{"taskId", equal, "t.instance_id || ':' || CAST(t.token AS TEXT) @"},
    FilterRule{"taskIdIn", any_of, "t.instance_id || ':' || CAST(t.token AS TEXT) @"},
    FilterRule{"processInstanceId", equal, "t.instance_id @"},
    FilterRule{"processInstanceIdIn", any_of, "t.instance_id @"},
    FilterRule{"processInstanceBusinessKey", equal, "i.business_key @"},
    FilterRule{"processInstanceBusinessKeyIn", any_of, "i.business_key @"},
    FilterRule{"processInstanceBusinessKeyLike", like, "i.business_key @"},
    FilterRule{"processDefinitionId", equal, "i.definition_id @"},
    FilterRule{"processDefinitionKey", equal, "i.definition_key @"},
    FilterRule{"processDefinitionKeyIn", any_of, "i.definition_key @"},
    FilterRule{"executionId", equal, "CAST(t.token AS TEXT) @"},
    FilterRule{"taskDefinitionKey", equal, "t.element @"},
    FilterRule{"taskDefinitionKeyIn", any_of, "t.element @"},
    FilterRule{"taskDefinitionKeyNotIn", none_of, "t.element @"},
    FilterRule{"taskDefinitionKeyLike", like, "t.element @"},
    FilterRule{"name", equal, "t.name @"},
    FilterRule{"nameNotEqual", differs, "t.name @"},
    FilterRule{"nameLike", like, "t.name @"},
    FilterRule{"assignee", equal, "t.assignee @"},
    FilterRule{"assigneeLike", like, "t.assignee @"},
    FilterRule{"assigneeIn", any_of, "t.assignee @"},
    FilterRule{"assigneeNotIn", none_of, "t.assignee <> '' AND t.assignee @"},
    FilterRule{"assigned", flag, "t.assignee <> ''"},
    FilterRule{"unassigned", flag, "t.assignee = ''"},
    FilterRule{"candidateGroup", equal, kOffered},
    FilterRule{"candidateGroups", any_of, kOffered},
    FilterRule{"candidateUser", any_of, kOfferedToOneOf},
    FilterRule{"mine", any_of, kForOneOf},
    FilterRule{"priority", number, "t.priority @"},
    FilterRule{"minPriority", at_least, "t.priority @"},
    FilterRule{"maxPriority", at_most, "t.priority @"},
    FilterRule{"createdOn", time, "t.created_at @"},
    FilterRule{"createdAfter", after, "t.created_at @"},
    FilterRule{"createdBefore", before, "t.created_at @"},
    FilterRule{"tenantIdIn", any_of, "i.group_name @"},
    FilterRule{"withoutTenantId", flag, "i.group_name = ''"},
    FilterRule{"active", flag, "1 = 1"},
    FilterRule{"suspended", flag, "1 = 0"},
};
constexpr std::array kUserTaskOrders{
    OrderRule{"instanceId", "t.instance_id"},
    OrderRule{"assignee", "t.assignee"},
    OrderRule{"created", "t.created_at"},
    OrderRule{"id", "t.instance_id || ':' || CAST(t.token AS TEXT)"},
    OrderRule{"name", "t.name"},
    OrderRule{"priority", "t.priority"},
    OrderRule{"executionId", "t.token"},
    OrderRule{"tenantId", "i.group_name"},
};

}  // namespace

const ListRules& running_rules() {
    static constexpr ListRules rules{kRunningFilters, kRunningOrders, true};
    return rules;
}
const ListRules& past_rules() {
    static constexpr ListRules rules{kPastFilters, kPastOrders, true};
    return rules;
}
const ListRules& user_task_rules() {
    static constexpr ListRules rules{kUserTaskFilters, kUserTaskOrders, true};
    return rules;
}

}  // namespace slipway::automation
