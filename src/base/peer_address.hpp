#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway {

/// An IPv4 address that a socket of both kinds writes as IPv6 (`::ffff:192.0.2.1`) as everybody writes it; anything else as it is.
std::string plain_address(std::string_view peer);

/// The address in an element of X-Forwarded-For, as everybody writes it: some proxies write a port behind it, and brackets around one of IPv6.
/// @return nothing for what is no address.
std::optional<std::string> forwarded_address(std::string_view element);

/// Who is counted as one peer: an IPv6 host has a network of 64 bits to itself, and counted by whole addresses it would be as many peers as it likes.
std::string network_of(std::string_view peer);

}  // namespace slipway
