#include "adapters/spark_cluster/cluster.hpp"

#include "adapters/spark_cluster/clients.hpp"

namespace slipway::spark_cluster {
namespace {

std::string scheme_of(std::string_view url) {
    const auto colon = url.find(':');
    return colon == std::string_view::npos || url.starts_with('/') ? "file" : std::string{url.substr(0, colon)};
}

}  // namespace

Result<std::unique_ptr<spark::ClusterClient>> make_cluster_client(ClusterAddresses addresses, HttpTransport& transport, const Clock& /*clock*/) {
    if (addresses.master.starts_with("local")) {
        if (addresses.deploy_mode == "cluster") {
            return invalid("spark-runtime.deployMode", "client: a local master has no cluster mode", "cluster");
        }
        return make_local_client(addresses);
    }
    if (addresses.status_urls.empty()) {
        return invalid("spark-runtime.statusUrls", "the web address of the master or ResourceManager", "nothing");
    }
    if (addresses.master == "yarn") {
        return make_yarn_client(std::move(addresses), transport);
    }
    if (!addresses.master.starts_with("spark://")) {
        return invalid("spark-runtime.master", "local[N], spark://host:port or yarn", addresses.master);
    }
    return make_standalone_client(std::move(addresses), transport);
}

Result<ObjectStore*> StoreByScheme::store_of(std::string_view url) const {
    const auto scheme = scheme_of(url);
    const auto found = std::ranges::find(stores_, scheme, &std::pair<std::string, std::shared_ptr<ObjectStore>>::first);
    if (found == stores_.end()) {
        return fail(ErrorCode::failed_precondition, "NO_STORE", fmt::format("This runtime has no access to {}:// files.", scheme));
    }
    return found->second.get();
}

Result<std::vector<StoredObject>> StoreByScheme::list(const std::string& url) {
    SW_TRY(auto* store, store_of(url));
    return store->list(url);
}

Result<void> StoreByScheme::read(const std::string& url, std::uint64_t offset, const std::function<bool(std::string_view)>& sink) {
    SW_TRY(auto* store, store_of(url));
    return store->read(url, offset, sink);
}

Result<void> StoreByScheme::write(const std::string& url, std::string_view bytes) {
    SW_TRY(auto* store, store_of(url));
    return store->write(url, bytes);
}

Result<void> StoreByScheme::make_folder(const std::string& url) {
    SW_TRY(auto* store, store_of(url));
    return store->make_folder(url);
}

Result<void> StoreByScheme::remove(const std::string& url) {
    SW_TRY(auto* store, store_of(url));
    return store->remove(url);
}

}  // namespace slipway::spark_cluster
