#pragma once

#include <memory>

#include "adapters/spark_cluster/cluster.hpp"

namespace slipway::spark_cluster {

std::unique_ptr<spark::ClusterClient> make_local_client(const ClusterAddresses& addresses);
/// Standalone: the master's web UI (`/json/`), the history server, in cluster mode the REST submission server. Source: Spark's `JsonProtocol`,
/// `RestSubmissionServer`.
std::unique_ptr<spark::ClusterClient> make_standalone_client(ClusterAddresses addresses, HttpTransport& transport);
/// YARN: the ResourceManager's web services, logs from the NodeManager or the JobHistory server.
std::unique_ptr<spark::ClusterClient> make_yarn_client(ClusterAddresses addresses, HttpTransport& transport);

}  // namespace slipway::spark_cluster
