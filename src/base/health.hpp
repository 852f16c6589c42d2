#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace slipway {

/// What one part says of itself.
struct Health {
    bool up{true};
    json::object details{};  ///< for administrators; no secrets
};

/// Parts whose health /actuator/health shows. Checks run on the asking thread and must be quick. Thread-safe.
class HealthRegistry {
public:
    struct Check {
        std::string name;       ///< `db`, `sagemaker`
        bool readiness{false};  ///< without it no request can be served
        std::function<Health()> run;
    };

    /// @param readiness true for what no request can do without; the others are shown, and count for the whole only.
    void add(std::string name, bool readiness, std::function<Health()> run) {
        const std::lock_guard lock{mutex_};
        checks_.push_back({std::move(name), readiness, std::move(run)});
    }
    std::vector<Check> checks() const {
        const std::lock_guard lock{mutex_};
        return checks_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<Check> checks_;
};

}  // namespace slipway
