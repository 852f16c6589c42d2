#pragma once

#include <memory>

#include "automation/external_tasks.hpp"
#include "automation/instances.hpp"
#include "automation/user_tasks.hpp"
#include "http/router.hpp"
#include "http/waiters.hpp"

namespace slipway::http {

/// What `/mlc-service/rest` works with. All of it outlives the routes.
struct MlcDoor {
    automation::Definitions& definitions;
    automation::Instances& instances;
    automation::ExternalTasks& external_tasks;
    automation::UserTasks& user_tasks;
    std::shared_ptr<Waiters> waiters;  ///< woken under kExternalTasks when tasks may have come to be
};

inline constexpr std::string_view kMlc = "/mlc-service/rest";
inline constexpr std::string_view kExternalTasks = "external-tasks";

/// `/mlc-service/rest` in the paths and members of Camunda 7 (docs.camunda.org/manual/7.21/reference/rest): what there is, is listed in api/openapi.yaml.
std::vector<Route> mlc_routes(const MlcDoor& door);

/// Its parts: routes_mlc_definitions.cpp, routes_mlc_instances.cpp, routes_mlc_events.cpp, routes_mlc_tasks.cpp, routes_mlc_user_tasks.cpp,
/// routes_mlc_history.cpp.
std::vector<Route> mlc_definition_routes(const MlcDoor& door);
std::vector<Route> mlc_instance_routes(const MlcDoor& door);
std::vector<Route> mlc_event_routes(const MlcDoor& door);
std::vector<Route> mlc_task_routes(const MlcDoor& door);
std::vector<Route> mlc_user_task_routes(const MlcDoor& door);
std::vector<Route> mlc_history_routes(const MlcDoor& door);

}  // namespace slipway::http
