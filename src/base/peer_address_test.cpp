#include "base/peer_address.hpp"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(PeerAddress, AnIpv4AddressInIpv6ClothesIsTheIpv4Address) {
    EXPECT_EQ(plain_address("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(plain_address("::FFFF:c000:201"), "192.0.2.1");
    for (const auto* other : {"192.0.2.1", "2001:db8::1", "fe80::1%eth0", "::1", "", "somebody"}) {
        EXPECT_EQ(plain_address(other), other);
    }
}

TEST(PeerAddress, AnIpv6HostIsOnePeerWhateverItsAddress) {
    EXPECT_EQ(network_of("2001:db8::1"), network_of("2001:db8::ffff:1:2"));
    EXPECT_NE(network_of("2001:db8::1"), network_of("2001:db8:0:1::1"));
    EXPECT_EQ(network_of("fe80::1%eth0"), network_of("fe80::2"));
    EXPECT_EQ(network_of("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(network_of(""), "");
}

}  // namespace
}  // namespace slipway
