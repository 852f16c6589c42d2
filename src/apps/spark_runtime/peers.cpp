#include "apps/spark_runtime/peers.hpp"

#include <random>

#include "adapters/aws/gateway.hpp"
#include "adapters/aws/s3_store.hpp"

namespace slipway::spark_runtime {
namespace {

double any_fraction() {
    thread_local std::minstd_rand random{std::random_device{}()};
    return std::uniform_real_distribution<>{}(random);
}

std::shared_ptr<aws::CredentialProvider> provider_of(const config::Config::S3& s3, HttpTransport& transport, const Clock& clock) {
    static aws::SystemWaiter waiter;
    if (!s3.access_key_id.empty() && !s3.secret_access_key.empty()) {
        return aws::make_static_provider({.access_key_id = s3.access_key_id, .secret_access_key = s3.secret_access_key, .session_token = s3.session_token});
    }
    if (!s3.role_arn.empty() && !s3.token_file.empty()) {
        const auto sts = s3.sts_url.empty() ? fmt::format("https://sts.{}.{}", s3.region, aws::dns_suffix(s3.region)) : s3.sts_url;
        return aws::make_web_identity_provider({.transport = transport, .clock = clock, .waiter = waiter, .random = any_fraction},
                                               {.role_arn = s3.role_arn, .token_file = s3.token_file, .session_name = "slipway-spark-runtime", .sts_url = sts});
    }
    return aws::make_empty_provider(
        "This runtime has no keys for S3: set spark-runtime.s3.accessKeyId and spark-runtime.s3.secretAccessKey, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY.");
}

}  // namespace

spark_cluster::ClusterAddresses addresses_of(const config::Config::SparkRuntime& settings, std::string hadoop_user) {
    return {.master = settings.submit.master,
            .deploy_mode = settings.submit.deploy_mode,
            .status_urls = settings.status_urls,
            .history_url = settings.history_url,
            .job_history_url = settings.job_history_url,
            .rest_url = settings.rest_url,
            .user = std::move(hadoop_user)};
}

spark_cluster::StoreByScheme stores_of(const config::Config::SparkRuntime& settings, const std::string& staging, const std::string& hadoop_user,
                                       HttpTransport& transport, const Clock& clock) {
    spark_cluster::StoreByScheme stores;
    stores.add("file", spark_cluster::make_file_store(settings.job_user, staging));
    const std::shared_ptr<ObjectStore> s3{aws::make_s3_store({.region = settings.s3.region, .endpoint_url = settings.s3.endpoint_url},
                                                             provider_of(settings.s3, transport, clock), transport, clock)};
    for (const auto* scheme : {"s3", "s3a", "s3n"}) {
        stores.add(scheme, s3);
    }
    if (!settings.web_hdfs_urls.empty()) {
        const std::shared_ptr<ObjectStore> hdfs{spark_cluster::make_webhdfs_store(settings.web_hdfs_urls, hadoop_user, transport)};
        stores.add("hdfs", hdfs);
        stores.add("webhdfs", hdfs);
    }
    return stores;
}

}  // namespace slipway::spark_runtime
