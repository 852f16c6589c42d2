#include "registry/registry.hpp"

#include "registry/deployable_models.hpp"
#include "registry/deployed_models.hpp"
#include "registry/jobs.hpp"
#include "registry/records.hpp"
#include "registry/runtimes.hpp"
#include "registry/stored_models.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

template <typename T, typename... Arguments>
T& Registry::own(Arguments&&... arguments) {
    auto made = std::make_unique<T>(foundation_, std::forward<Arguments>(arguments)...);
    auto& reference = *made;
    order_.push_back(made.get());
    owned_.push_back(std::move(made));
    return reference;
}

Registry::Registry(const Foundation& foundation)
    : foundation_{foundation},
      stored_models_{own<StoredModels>()},
      jobs_{own<Jobs>()},
      audit_records_{own<AuditRecords>()},
      notifications_{nullptr},
      operations_{foundation_},
      enrolments_{foundation_},
      job_work_{foundation_} {
    own<DeployableModels>();
    own<DeployedModels>();
    own<Runtimes>();
    own<ModelTestResults>();
    notifications_ = &own<Notifications>();
    own<ReadOnly>(model_mlcs_table());
}

Registry::~Registry() = default;

void Registry::decide_tickets_by(const ApprovalSettings& settings) {
    notifications_->follow(settings);
}

Collection& Registry::collection(std::string_view name) const {
    const auto wanted = name == "engines" ? std::string_view{"runtimes"} : name;
    for (auto* one : order_) {
        if (one->table().collection == wanted) {
            return *one;
        }
    }
    assertion_failed("there is no such collection", __FILE__, __LINE__);
}

}  // namespace slipway::registry
