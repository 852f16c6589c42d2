#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/http_transport.hpp"
#include "base/object_store.hpp"
#include "spark/cluster_client.hpp"

/// The clusters that Spark runs on, and the files beside them.
namespace slipway::spark_cluster {

/// Where a cluster answers.
struct ClusterAddresses {
    std::string master;  ///< `local[N]`, `spark://h1:p,h2:p`, `yarn`
    std::string deploy_mode{"client"};
    std::vector<std::string> status_urls;  ///< web UIs of masters, or ResourceManagers; tried in order, the active one is remembered
    std::string history_url;               ///< Spark history server; empty: none
    std::string job_history_url;           ///< MapReduce JobHistory server, which serves aggregated logs of YARN; empty: none
    std::string rest_url;  ///< standalone cluster mode: `http://master:6066`, several with commas between; empty: port 6066 of each host of `master`
    std::string user;      ///< for `user.name` where the cluster authenticates nobody
};

/// The client of the manager that `master` names.
/// @return `invalid_argument` when an address is missing, or the mode is one that Spark does not have there.
Result<std::unique_ptr<spark::ClusterClient>> make_cluster_client(ClusterAddresses addresses, HttpTransport& transport, const Clock& clock);

/// Files of this host: `file:///path`, `file:/path` or an absolute path. What is no regular file is never read.
/// @param job_user lists, reads and removes with the rights of this user, which runs the jobs, instead of our own: a job names and leaves what it likes, and
///                 links there lead anywhere. Folders and files are made with our own. Empty: ours for everything. A user that this host does not have makes
///                 all of it `failed_precondition`.
/// @param staging with `job_user`: URL of the folder below which alone folders and files are made, and no link is followed (`forbidden`/`REPLACED`,
///                `OUTSIDE`): what was given to that user may have become anything.
std::unique_ptr<ObjectStore> make_file_store(const std::string& job_user = {}, const std::string& staging = {});
/// HDFS over WebHDFS: `hdfs://host/path`, `hdfs:///path`, `webhdfs://…`. Several NameNodes: a standby's answer asks the next.
std::unique_ptr<ObjectStore> make_webhdfs_store(std::vector<std::string> name_nodes, std::string user, HttpTransport& transport);

/// One store for all schemes. A scheme without a store is `failed_precondition`/`NO_STORE`.
class StoreByScheme final : public ObjectStore {
public:
    void add(std::string scheme, std::shared_ptr<ObjectStore> store) { stores_.emplace_back(std::move(scheme), std::move(store)); }
    Result<std::vector<StoredObject>> list(const std::string& url) override;
    Result<void> read(const std::string& url, std::uint64_t offset, const std::function<bool(std::string_view)>& sink) override;
    Result<void> write(const std::string& url, std::string_view bytes) override;
    Result<void> make_folder(const std::string& url) override;
    Result<void> remove(const std::string& url) override;

private:
    Result<ObjectStore*> store_of(std::string_view url) const;
    std::vector<std::pair<std::string, std::shared_ptr<ObjectStore>>> stores_;
};

}  // namespace slipway::spark_cluster
