#pragma once

#include "automation/instances.hpp"
#include "insight/why_reader.hpp"

namespace slipway::serve {

/// What life cycles know of a snapshot, for "why is it not deployed?": where the newest one is, what it is stuck on, or how it ended. `instances` outlives it.
insight::Why::Source life_cycle_facts(automation::Instances& instances);

}  // namespace slipway::serve
