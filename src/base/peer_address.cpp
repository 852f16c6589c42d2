#include "base/peer_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <span>

namespace slipway {
namespace {

using Bytes = std::array<unsigned char, 16>;

std::optional<Bytes> ipv6(std::string_view peer) {
    Bytes bytes{};
    const std::string text{peer.substr(0, peer.find('%'))};
    return ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? std::optional{bytes} : std::nullopt;
}

std::optional<std::string> mapped_ipv4(const Bytes& bytes) {
    constexpr std::array<unsigned char, 12> kOfIpv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::equal(kOfIpv4.begin(), kOfIpv4.end(), bytes.begin()) ? std::optional{fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15])}
                                                                     : std::nullopt;
}

}  // namespace

std::string plain_address(std::string_view peer) {
    const auto bytes = ipv6(peer);
    auto inner = bytes ? mapped_ipv4(*bytes) : std::nullopt;
    return inner ? std::move(*inner) : std::string{peer};
}

std::string network_of(std::string_view peer) {
    constexpr std::size_t kNetwork = 8;
    const auto bytes = ipv6(peer);
    if (!bytes || mapped_ipv4(*bytes)) {
        return plain_address(peer);
    }
    return fmt::format("{:02x}::/64", fmt::join(std::span{*bytes}.first(kNetwork), ""));
}

}  // namespace slipway
