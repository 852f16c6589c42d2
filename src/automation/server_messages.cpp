#include "automation/server_messages.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace slipway::automation {

Result<void> require_sender(std::string_view message) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kInstead{{
        {kTicketDecided, "Decide the ticket: slipway ticket approve or reject."},
        {kSnapshotDeleted, "Delete the snapshot, or cancel the life cycle: slipway lifecycle cancel."},
        {kTransformFinished, "It comes when the job has ended; slipway job cancel ends it."},
        {kDeploymentFinished, "It comes when the deployment has its verdict; slipway undeploy takes one back."},
    }};
    const auto* const own = std::ranges::find(kInstead, message, [](const auto& one) { return one.first; });
    return own == kInstead.end()
               ? Result<void>{}
               : fail(ErrorCode::forbidden, "SERVER_MESSAGE", fmt::format("The message {} is told by the server alone. {}", message, own->second));
}

}  // namespace slipway::automation
