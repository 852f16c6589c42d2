#include "base/loopback.hpp"

#include <arpa/inet.h>
#include <string>

namespace slipway {

bool is_loopback_name(std::string_view host) {
    in_addr address{};
    const bool is_ipv4 = ::inet_pton(AF_INET, std::string{host}.c_str(), &address) == 1;
    constexpr unsigned kLoopback = 127;
    return host == "localhost" || host.ends_with(".localhost") || host == "::1" || host == "[::1]" ||
           (is_ipv4 && host.find('\0') == std::string_view::npos && (ntohl(address.s_addr) >> 24U) == kLoopback);
}

}  // namespace slipway
