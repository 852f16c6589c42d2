#pragma once

#include <string_view>

#include "base/error.hpp"

/// Messages by which the registry tells life cycles what came of a thing of its own: nobody else sends them, or their history would tell what never happened.
namespace slipway::automation {

inline constexpr std::string_view kTicketDecided = "ticket.decided";
inline constexpr std::string_view kSnapshotDeleted = "snapshot.deleted";
inline constexpr std::string_view kTransformFinished = "sagemaker.transform.finished";
inline constexpr std::string_view kDeploymentFinished = "sagemaker.deployment.finished";

/// @return `forbidden`/`SERVER_MESSAGE` with what to do instead, where somebody else would send one of them.
Result<void> require_sender(std::string_view message);

}  // namespace slipway::automation
