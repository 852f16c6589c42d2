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

bool is_ipv4(std::string_view text) {
    in_addr bytes{};
    return ::inet_pton(AF_INET, std::string{text}.c_str(), &bytes) == 1;
}

/// Nothing, or a colon and a number.
bool is_port(std::string_view text) {
    constexpr std::size_t kLongest = 6;
    return text.empty() ||
           (text.size() > 1 && text.size() <= kLongest && text.front() == ':' && text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

}  // namespace

std::optional<std::string> forwarded_address(std::string_view element) {
    if (element.contains('%')) {
        return std::nullopt;  // a zone is a name of the host that wrote it, and may be any text
    }
    if (element.starts_with('[')) {
        const auto end = element.find(']');
        const auto inner = element.substr(1, end == std::string_view::npos ? 0 : end - 1);
        return ipv6(inner) && is_port(element.substr(end + 1)) ? std::optional{plain_address(inner)} : std::nullopt;
    }
    if (ipv6(element)) {
        return plain_address(element);
    }
    const auto host = element.substr(0, element.find(':'));
    return is_ipv4(host) && is_port(element.substr(host.size())) ? std::optional{std::string{host}} : std::nullopt;
}

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
