#pragma once

#include "adapters/spark_cluster/cluster.hpp"
#include "adapters/spark_cluster/peers.hpp"

namespace slipway::spark_cluster {

/// What the client of a manager that is reached over HTTP stands on: where it answers, and the one of its status servers that is active. Thread-safe.
class HttpCluster : public spark::ClusterClient {
public:
    HttpCluster(ClusterAddresses addresses, HttpTransport& transport)
        : addresses_{std::move(addresses)}, status_{addresses_.status_urls, transport}, transport_{transport} {}
    bool driver_is_local() const override { return addresses_.deploy_mode != "cluster"; }

protected:
    const ClusterAddresses addresses_;
    Peers status_;  ///< masters or ResourceManagers
    HttpTransport& transport_;
};

}  // namespace slipway::spark_cluster
