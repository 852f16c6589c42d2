#pragma once

#include "adapters/spark_cluster/cluster.hpp"
#include "apps/config/config.hpp"

namespace slipway::spark_runtime {

/// Where the cluster and its history answer. @param hadoop_user as whom they are asked.
spark_cluster::ClusterAddresses addresses_of(const config::Config::SparkRuntime& settings, std::string hadoop_user);

/// What this host can reach: its own files, S3, and HDFS where NameNodes are configured. Transport and clock must outlive it.
/// @param staging URL of the staging area. @param hadoop_user as whom HDFS is asked.
spark_cluster::StoreByScheme stores_of(const config::Config::SparkRuntime& settings, const std::string& staging, const std::string& hadoop_user,
                                       HttpTransport& transport, const Clock& clock);

}  // namespace slipway::spark_runtime
