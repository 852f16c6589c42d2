#pragma once

#include <string>
#include <string_view>

namespace slipway {

/// An IPv4 address that a socket of both kinds writes as IPv6 (`::ffff:192.0.2.1`) as everybody writes it; anything else as it is.
std::string plain_address(std::string_view peer);

/// Who is counted as one peer: an IPv6 host has a network of 64 bits to itself, and counted by whole addresses it would be as many peers as it likes.
std::string network_of(std::string_view peer);

}  // namespace slipway
