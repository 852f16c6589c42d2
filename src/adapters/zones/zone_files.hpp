#pragma once

#include <filesystem>
#include <memory>

#include "lifecycle/zone.hpp"

namespace slipway::zones {

/// Where Debian, Alpine and most others keep their time zones.
inline constexpr std::string_view kSystemFolder = "/usr/share/zoneinfo";

/// Zones by their names of the IANA data base, from compiled files (TZif, RFC 8536) under `folder`, and those of lifecycle::fixed_zones(). A file is read
/// when its zone is asked for first, and kept: what an update of the system brings counts from the next start on. A folder that is not there has no zones.
std::unique_ptr<lifecycle::ZoneRules> make_zone_files(std::filesystem::path folder);

}  // namespace slipway::zones
