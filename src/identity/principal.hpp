#pragma once

#include <string>
#include <vector>

#include "store/unit.hpp"

namespace slipway::identity {

/// Who is asking, after authentication.
struct Principal {
    enum class Kind { user, client, system };
    Kind kind{Kind::user};
    std::string name;                 ///< user name or client id; `SYSTEM` for the service itself
    std::vector<std::string> groups;  ///< in the order they were given
    bool admin{false};

    /// The service itself: sees and may do everything.
    static Principal service() { return {.kind = Kind::system, .name = "SYSTEM", .groups = {}, .admin = true}; }
};

}  // namespace slipway::identity
