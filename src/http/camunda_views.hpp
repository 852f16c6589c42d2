#pragma once

#include "automation/external_tasks.hpp"
#include "automation/instances.hpp"
#include "automation/user_tasks.hpp"
#include "http/camunda_values.hpp"

/// Definitions, instances, tasks and their history in the members of Camunda 7's REST API. `tenantId` is our group. Pure.
namespace slipway::http::camunda {

json::object definition_view(const automation::Definition& definition);
/// @param request for its links. Definitions stand under `deployedProcessDefinitions` and `deployedDecisionDefinitions`; what the reader remarked under
/// `remarks`, which Camunda has not.
json::object deployment_view(const automation::Deployment& deployment, const Request& request);
json::object instance_view(const automation::InstanceInfo& instance, const Request& request);
/// The tree of live visits; its root is the process.
json::object activity_tree(const automation::InstanceInfo& instance, const std::vector<automation::ActivityInfo>& live,
                           const std::vector<automation::IncidentInfo>& incidents);
/// @param with_variables as fetchAndLock answers; lists have none.
json::object task_view(const automation::ExternalTask& task, bool with_variables);
json::object user_task_view(const automation::UserTask& task);
json::object job_view(const automation::JobInfo& job);
json::object incident_view(const automation::IncidentInfo& incident);
json::object past_instance_view(const automation::InstanceInfo& instance);
/// All visits of the instance, in their order.
json::array past_activities_view(const std::vector<automation::ActivityInfo>& visits, const automation::InstanceInfo& instance);
json::object past_variable_view(const automation::VariableInfo& variable, const automation::InstanceInfo& instance);

}  // namespace slipway::http::camunda
