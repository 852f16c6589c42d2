#pragma once

#include <string_view>

namespace slipway {

/// `localhost` and names below it, `::1` (with brackets, too) and 127.0.0.0/8: this very host. Names in lower case.
bool is_loopback_name(std::string_view host);

}  // namespace slipway
