#pragma once

#include <memory>
#include <vector>

#include "registry/collection.hpp"
#include "registry/enrolments.hpp"
#include "registry/job_work.hpp"
#include "registry/operations.hpp"

namespace slipway::registry {

class AuditRecords;
class Jobs;
class Notifications;
class StoredModels;
struct ApprovalSettings;

/// All collections of model-manage. Built once by apps/wiring; thread-safe.
class Registry {
public:
    explicit Registry(const Foundation& foundation);
    ~Registry();

    /// All of them, writable or not.
    const std::vector<Collection*>& collections() const { return order_; }
    /// By REST name (`storedModels`; `engines` is `runtimes`). Aborts for an unknown name.
    Collection& collection(std::string_view name) const;
    StoredModels& stored_models() const { return stored_models_; }
    Jobs& jobs() const { return jobs_; }
    AuditRecords& audit_records() const { return audit_records_; }
    Operations& operations() { return operations_; }
    Enrolments& enrolments() { return enrolments_; }
    JobWork& job_work() { return job_work_; }
    const Foundation& foundation() const { return foundation_; }
    /// From now on jobs of SageMaker models and endpoint configurations can be made. Set before anything is served; the maker must outlive all requests.
    void make_in_aws_with(AwsMaker& maker) { foundation_.aws = &maker; }
    /// From now on tickets say whether they are decided here. Set before anything is served.
    void decide_tickets_by(const ApprovalSettings& settings);

private:
    /// Makes a collection that lives as long as the registry.
    template <typename T, typename... Arguments>
    T& own(Arguments&&... arguments);

    Foundation foundation_;
    std::vector<std::unique_ptr<Collection>> owned_;
    std::vector<Collection*> order_;
    StoredModels& stored_models_;
    Jobs& jobs_;
    AuditRecords& audit_records_;
    Notifications* notifications_;  ///< never null
    Operations operations_;
    Enrolments enrolments_;
    JobWork job_work_;
};

}  // namespace slipway::registry
