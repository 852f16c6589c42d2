#include "base/http_transport.hpp"

#include <algorithm>

namespace slipway {

std::string_view HttpResponse::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, [](const auto& header) { return std::string_view{header.first}; });
    return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

}  // namespace slipway
