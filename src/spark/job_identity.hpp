#pragma once

#include <string>
#include <string_view>

/// Names that a lost journal can be rebuilt from, since they follow from job and attempt alone.
namespace slipway::spark {

/// `mmj-<16 hex of the job id>-<attempt>`: at once a YARN tag and a Kubernetes label (`[a-z0-9-]{1,63}`).
/// The 16 digits are of the SHA-256 of the id, since the first half of a UUIDv7 is only time.
std::string job_tag(std::string_view job_id, int attempt);

/// What the environment of all processes of an attempt has: `MODELOP_TAG=<tag>`.
std::string process_mark(std::string_view tag);

/// `mms-<16 hex of the runtime id>`: the tag of all jobs of one runtime.
std::string service_tag(std::string_view runtime_id);

}  // namespace slipway::spark
