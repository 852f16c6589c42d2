#include "apps/disk_space.hpp"

namespace slipway::process {

Health disk_space_health(const std::filesystem::path& folder, const std::filesystem::space_info& space) {
    constexpr std::uintmax_t kLeast = 10U << 20;
    return {.up = space.available >= kLeast,
            .details = {{"free", space.available}, {"total", space.capacity}, {"threshold", kLeast}, {"path", folder.string()}}};
}

Health disk_space_health(const std::filesystem::path& folder) {
    std::error_code problem;
    const auto space = std::filesystem::space(folder, problem);
    return disk_space_health(folder, problem ? std::filesystem::space_info{} : space);
}

}  // namespace slipway::process
