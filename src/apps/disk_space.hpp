#pragma once

#include <filesystem>

#include "base/health.hpp"

/// The health component `diskSpace` of every process of ours that keeps something on disk.
namespace slipway::process {

/// Down below 10 MiB, as Spring Boot has it: what is written then may fail at any moment.
Health disk_space_health(const std::filesystem::path& folder, const std::filesystem::space_info& space);

/// As above, of the disk as it is now; down when it cannot be asked.
Health disk_space_health(const std::filesystem::path& folder);

/// What is wrong then, in a sentence: `No free disk space: 3 MiB of 20.0 GiB are left for /data.` Empty while there is room.
std::string disk_space_fault(const std::filesystem::path& folder);

}  // namespace slipway::process
