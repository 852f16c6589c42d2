#include "spark/cluster_health.hpp"

namespace slipway::spark {

void ClusterHealth::well(json::object facts, Steady /*now*/) {
    facts_ = std::move(facts);
    reason_.clear();
    failures_ = 0;
    if (++successes_ >= rule_.successes || !known()) {
        up_ = true;
        down_ = false;
    }
}

void ClusterHealth::ill(std::string reason, Steady now) {
    reason_ = std::move(reason);
    successes_ = 0;
    if (failures_++ == 0) {
        first_failure_ = now;
    }
    if (failures_ >= rule_.failures && now - first_failure_ >= rule_.span) {
        up_ = false;
        down_ = true;
    }
}

}  // namespace slipway::spark
