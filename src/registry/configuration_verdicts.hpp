#pragma once

#include <string>
#include <vector>

#include "store/entity.hpp"

/// What people last decided on a model of an endpoint configuration in AWS, whether the snapshot that they decided on is still there or was deleted (and made
/// again by an import). A configuration is known by its ARN and its time of creation, a model by its ARN in AWS, else by its id here.
namespace slipway::registry {

/// A rejection that nobody has taken back.
struct RejectedModel {
    std::string model_key;
    std::string model_name;
    std::string group;
};

/// How verdicts know the model of `snapshot`.
std::string model_key_of(const store::Entity& snapshot);
/// Notes `decision` on the snapshot of a ticket: `APPROVED` and `REJECTED` count; a ticket that was withdrawn or expired says nothing, nor one of a snapshot
/// without configuration in AWS.
Result<void> note_verdict(store::Unit& unit, const store::Entity& ticket, std::string_view decision);
/// The models of the configuration of `snapshot` whose last word is a rejection; nothing for one without configuration in AWS.
Result<std::vector<RejectedModel>> rejected_models(store::Session& sql, const store::Entity& snapshot);

}  // namespace slipway::registry
