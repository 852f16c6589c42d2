#pragma once

#include "automation/instances.hpp"
#include "insight/why_reader.hpp"

namespace slipway::serve {

/// What life cycles know of a snapshot, for "why is it not deployed?": where the newest one is, what it is stuck on, or how it ended. `instances` outlives it.
insight::Why::Source life_cycle_facts(automation::Instances& instances);
/// Of one that is stuck on nothing: a fact for each place where it waits. @param live as Instances::activities().
insight::MoreFacts facts_of_waiting(const automation::InstanceInfo& instance, const std::vector<automation::ActivityInfo>& live);
/// That the configuration which a snapshot was made for was not made, and why.
insight::Why::Source configuration_facts();
/// That a snapshot has no life cycle because what is deployed is started by no snapshot. Both must outlive it.
insight::Why::Source missing_start_facts(automation::Instances& instances, automation::Definitions& definitions);

}  // namespace slipway::serve
