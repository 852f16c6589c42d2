#include "adapters/spark_cluster/clients.hpp"

namespace slipway::spark_cluster {
namespace {

using spark::ApplicationRef;
using spark::ApplicationReport;
using spark::LogPiece;
using spark::LogStream;

/// `local[N]`: the run is a process of this host, and nobody else knows of it.
class LocalClient final : public spark::ClusterClient {
public:
    explicit LocalClient(std::string master) : master_{std::move(master)} {}
    std::string manager() const override { return "local"; }
    bool driver_is_local() const override { return true; }
    Result<std::vector<ApplicationReport>> report(const std::string& /*service_tag*/, Timestamp /*ended_since*/) override {
        return std::vector<ApplicationReport>{};
    }
    Result<std::optional<ApplicationReport>> find(const ApplicationRef& /*application*/) override { return std::optional<ApplicationReport>{}; }
    Result<void> kill(const ApplicationRef& /*application*/) override { return {}; }
    Result<LogPiece> read_log(const ApplicationRef& /*application*/, LogStream /*stream*/, std::uint64_t /*offset*/) override {
        return fail(ErrorCode::not_found, "NOT_FOUND", "A local run has its output on this host.");
    }
    Result<json::object> probe() override { return json::object{{"manager", "local"}, {"master", master_}, {"deployMode", "client"}, {"status", "UP"}}; }

private:
    std::string master_;
};

}  // namespace

std::unique_ptr<spark::ClusterClient> make_local_client(const ClusterAddresses& addresses) {
    return std::make_unique<LocalClient>(addresses.master);
}

}  // namespace slipway::spark_cluster
