#pragma once

#include "registry/operations.hpp"
#include "store/entity.hpp"
#include "store/unit.hpp"

namespace slipway::sagemaker {

/// True for codes by which AWS says that it does not know the keys, or not any more.
bool refuses_credential(std::string_view code);
/// The member of entered keys that AWS means with such a code; empty when the code names none.
/// Source: AWS Signature Version 4 troubleshooting; STS and SageMaker API references, common errors.
std::string_view refused_key(std::string_view code);

/// Tells the group, in the transaction that ends an import, what needs a person: the import found less than it should, failed, or AWS refused its credential.
/// Each is said once and closed by the next import of the model (or under the credential) that shows otherwise. Cancelled imports say nothing.
Result<void> tell(store::Unit& unit, const registry::Operation& operation);

/// Tells that AWS ended a job of the model as failed, which was under way at the last import.
Result<void> tell_failed_job(store::Unit& unit, const std::string& group, const std::string& job_id, const std::string& stored_model_id,
                             const std::string& name, const std::string& why);

/// Tells that the configuration of a snapshot could not be made.
Result<void> tell_failed_configuration(store::Unit& unit, const std::string& group, const std::string& deployable_model_id, const std::string& stored_model_id,
                                       const std::string& name, const std::string& why);

/// Tells that an endpoint which nobody deployed from here serves a snapshot that was rejected; nothing where nobody rejected it.
/// @param deployment as it was just stored.
Result<void> tell_rejected(store::Unit& unit, const store::Entity& snapshot, const store::Entity& deployment);
/// The endpoint serves it no more.
Result<void> settle_rejected(store::Unit& unit, const std::string& group, const std::string& deployed_model_id);

}  // namespace slipway::sagemaker
