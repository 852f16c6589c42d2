#pragma once

#include "apps/serve/life_cycles.hpp"
#include "automation/instances.hpp"
#include "insight/why_reader.hpp"
#include "tickets/remote_desk.hpp"

namespace slipway::serve {

/// What life cycles know of a snapshot, for "why is it not deployed?": where the newest one is, what it is stuck on, or how it ended. `instances` outlives it.
insight::Why::Source life_cycle_facts(automation::Instances& instances);
/// Of one that is stuck on nothing: a fact for each place where it waits. @param live as Instances::activities().
insight::MoreFacts facts_of_waiting(const automation::InstanceInfo& instance, const std::vector<automation::ActivityInfo>& live);
/// Of one that is stuck: a fact for each incident, by the name of its step. What is wrong with the ticket's issue the ticket says itself, and what to do: an
/// instance that is stuck on nothing else only waits.
insight::MoreFacts facts_of_incidents(const automation::InstanceInfo& instance, std::vector<automation::IncidentInfo> incidents,
                                      const std::vector<automation::ActivityInfo>& live);
/// That the configuration which a snapshot was made for was not made, and why.
insight::Why::Source configuration_facts();
/// That a snapshot has no life cycle because what is deployed is started by no snapshot. Both must outlive it.
insight::Why::Source missing_start_facts(automation::Instances& instances, automation::Definitions& definitions);
/// That the system in which its ticket is decided does not answer: what was decided there is not known here. `desk` outlives it.
insight::Why::Source ticket_system_facts(const tickets::RemoteDesk& desk, std::string system);

/// All of them. @param desk nullptr where tickets are decided here. All must outlive `why`.
void add_facts(insight::Why& why, LifeCycles& lifecycles, const tickets::RemoteDesk* desk, const std::string& system);

}  // namespace slipway::serve
