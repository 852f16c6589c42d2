#include "spark/job_identity.hpp"

#include "base/crypto.hpp"

namespace slipway::spark {

std::string job_tag(std::string_view job_id, int attempt) {
    return fmt::format("mmj-{}-{}", crypto::sha256_hex(job_id).substr(0, 16), attempt);
}

std::string process_mark(std::string_view tag) {
    return fmt::format("MODELOP_TAG={}", tag);
}

std::string service_tag(std::string_view runtime_id) {
    return fmt::format("mms-{}", crypto::sha256_hex(runtime_id).substr(0, 16));
}

}  // namespace slipway::spark
