#include "spark/cluster_client.hpp"

namespace slipway::spark {

Result<std::string> ClusterClient::create_driver(const DriverRequest& /*request*/) {
    return fail(ErrorCode::internal, "INTERNAL", "This cluster takes no submissions over REST.", manager());
}

}  // namespace slipway::spark
