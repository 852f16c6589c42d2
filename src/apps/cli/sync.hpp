#pragma once

#include "apps/cli/session.hpp"

namespace slipway::cli {

/// `slipway sync`.
Result<int> sync_accounts(Session& session);

}  // namespace slipway::cli
