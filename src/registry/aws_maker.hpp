#pragma once

#include <string>

#include "identity/access.hpp"
#include "store/entity.hpp"

namespace slipway::registry {

/// Makes in AWS what the registry was asked for. Port of jobs and snapshots; implementation: sagemaker/maker. Thread-safe. Calls no peer: all of it runs in
/// the transaction of the request, what is to be asked of AWS is planned there and done later.
class AwsMaker {
public:
    virtual ~AwsMaker() = default;
    /// A posted job of a SageMaker model with its `jobParameters` filled, checked and masked, its target and its `id`; what it asks for is planned.
    /// @return `invalid_argument` naming the field, `forbidden`, `failed_precondition`.
    virtual Result<json::object> plan_job(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body) = 0;
    /// Somebody cancels the job. @return true when AWS may know of it: it is cancelled once AWS says so; false: nothing was asked for and nothing will be.
    virtual Result<bool> stop_job(store::Unit& unit, const store::Entity& job) = 0;
    /// `sageMaker` of the snapshot `id` of `model`, filled and checked; the configuration that it asks for is planned. @param posted `sageMaker` as posted.
    /// @return as plan_job().
    virtual Result<json::object> plan_snapshot(store::Unit& unit, const identity::Principal& who, const store::Entity& model, const std::string& id,
                                               const json::object& posted) = 0;
};

}  // namespace slipway::registry
