#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace slipway::spark {

/// Is the cluster there? With hysteresis, so that one lost packet takes nothing out: down after three failures that span at least 15 s, up again after
/// two successes; at the start the first one is enough. Not thread-safe.
class ClusterHealth {
public:
    struct Rule {
        int failures{3};
        Milliseconds span{15'000};
        int successes{2};
    };
    ClusterHealth() = default;
    explicit ClusterHealth(Rule rule) : rule_{rule} {}

    void well(json::object facts, Steady now);
    void ill(std::string reason, Steady now);

    /// False until the first success, and after a loss.
    bool up() const { return up_; }
    /// True once it is known: up, or down for good.
    bool known() const { return up_ || down_; }
    const std::string& reason() const { return reason_; }  ///< of the last failure, empty while well
    const json::object& facts() const { return facts_; }   ///< of the last success; once it is lost: what lasts, with the status `DOWN`

private:
    Rule rule_{};
    bool up_{false};
    bool down_{false};
    int failures_{0};
    int successes_{0};
    Steady first_failure_{};
    std::string reason_;
    json::object facts_;
};

}  // namespace slipway::spark
