#pragma once

#include <filesystem>

#include "base/health.hpp"

/// The health component `diskSpace` of every process of ours that keeps something on disk.
namespace slipway::process {

/// Down below 10 MiB, as Spring Boot has it: what is written then may fail at any moment.
Health disk_space_health(const std::filesystem::path& folder, const std::filesystem::space_info& space);

/// As above, of the disk as it is now; down when it cannot be asked.
Health disk_space_health(const std::filesystem::path& folder);

}  // namespace slipway::process
