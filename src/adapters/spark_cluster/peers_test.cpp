#include "adapters/spark_cluster/peers.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_transport.hpp"

namespace slipway::spark_cluster {
namespace {

/// A certificate that is not trusted, a name that nobody knows, a port of something else: whoever has to mend it reads which.
TEST(Peers, WhatTheTransportSaysIsKept) {
    fakes::FakeTransport transport;
    const std::string said = "No trusted TLS connection to rm:8090 can be made: check its certificate and the configured caFile.";
    transport.otherwise([&](const HttpRequest&) -> Result<HttpResponse> { return fail(ErrorCode::unavailable, "TLS", said); });
    Peers peers{"https://rm:8090", transport};
    const auto answer = peers.get("/ws/v1/cluster/info");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, said);
    EXPECT_EQ(answer.error().reason, "TLS");
}

}  // namespace
}  // namespace slipway::spark_cluster
