#include "spark/cluster_health.hpp"

namespace slipway::spark {
namespace {

/// What holds of a cluster also while nobody hears of it; how many workers live, or what runs, is known no more.
json::object lasting(const json::object& facts) {
    json::object out;
    for (const auto* name : {"manager", "master", "url", "deployMode", "version"}) {
        if (const auto* found = facts.if_contains(name)) {
            out[name] = *found;
        }
    }
    out["status"] = "DOWN";
    return out;
}

}  // namespace

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
        facts_ = lasting(facts_);
    }
}

}  // namespace slipway::spark
