#include "apps/disk_space.hpp"

#include <fmt/format.h>

namespace slipway::process {
namespace {

constexpr std::uintmax_t kMiB = 1U << 20;
constexpr std::uintmax_t kLeast = 10 * kMiB;

std::filesystem::space_info space_of(const std::filesystem::path& folder) {
    std::error_code problem;
    const auto space = std::filesystem::space(folder, problem);
    return problem ? std::filesystem::space_info{} : space;
}

std::string size_words(std::uintmax_t bytes) {
    return bytes < 1024 * kMiB ? fmt::format("{} MiB", bytes / kMiB) : fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(1024 * kMiB));
}

/// Of what stands in a health component.
std::string fault_of(const std::filesystem::path& folder, const std::filesystem::space_info& space) {
    if (space.available >= kLeast) {
        return {};
    }
    return space.capacity == 0
               ? fmt::format("How much disk space is free for {} cannot be asked.", folder.string())
               : fmt::format("No free disk space: {} of {} are left for {}.", size_words(space.available), size_words(space.capacity), folder.string());
}

}  // namespace

Health disk_space_health(const std::filesystem::path& folder, const std::filesystem::space_info& space) {
    json::object details{{"free", space.available}, {"total", space.capacity}, {"threshold", kLeast}, {"path", folder.string()}};
    const auto fault = fault_of(folder, space);
    if (!fault.empty()) {
        details["reason"] = fault;
    }
    return {.up = fault.empty(), .details = std::move(details)};
}

Health disk_space_health(const std::filesystem::path& folder) {
    return disk_space_health(folder, space_of(folder));
}

std::string disk_space_fault(const std::filesystem::path& folder) {
    return fault_of(folder, space_of(folder));
}

}  // namespace slipway::process
