#include "adapters/zones/zone_files.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>

#include "adapters/zones/zone_file.hpp"

namespace slipway::zones {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::uintmax_t kLargestFile = 1U << 20;

/// `Europe/Berlin`; nothing that leads out of the folder.
bool is_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' || c == '+';
    };
    return !name.empty() && name.size() <= kLongestName && name.front() != '/' && std::ranges::all_of(name, allowed);
}

std::int64_t seconds_of(Milliseconds time) {
    return std::chrono::floor<Seconds>(time).count();
}

class ZoneFiles final : public lifecycle::ZoneRules {
public:
    explicit ZoneFiles(std::filesystem::path folder) : folder_{std::move(folder)} {}

    Result<lifecycle::LocalTime> to_local(std::string_view name, Timestamp time) const override {
        if (auto fixed = lifecycle::fixed_zones().to_local(name, time)) {
            return fixed;
        }
        SW_TRY(const auto zone, zone(name));
        return lifecycle::LocalTime{time.time_since_epoch() + zone->offset(seconds_of(time.time_since_epoch()))};
    }

    Result<Timestamp> to_utc(std::string_view name, lifecycle::LocalTime local) const override {
        if (auto fixed = lifecycle::fixed_zones().to_utc(name, local)) {
            return fixed;
        }
        SW_TRY(const auto zone, zone(name));
        const auto wall = local.time_since_epoch();
        // No clock is changed twice within two days, so these are all offsets that may hold.
        const auto before = zone->offset(seconds_of(wall - std::chrono::hours{24}));
        const auto after = zone->offset(seconds_of(wall + std::chrono::hours{24}));
        for (const auto offset : {std::max(before, after), std::min(before, after)}) {
            if (zone->offset(seconds_of(wall - offset)) == offset) {
                return Timestamp{wall - offset};
            }
        }
        // The clocks were set over it: the moment at which they were.
        auto low = seconds_of(wall - std::max(before, after));
        auto high = seconds_of(wall - std::min(before, after));
        while (high - low > 1) {
            const auto middle = low + (high - low) / 2;
            (zone->offset(middle) == before ? low : high) = middle;
        }
        return Timestamp{Seconds{high}};
    }

private:
    Result<std::shared_ptr<const ZoneFile>> zone(std::string_view name) const {
        const std::scoped_lock lock{mutex_};
        auto known = zones_.find(name);
        if (known == zones_.end()) {
            auto zone = read(name);
            if (!zone) {
                return fail(ErrorCode::failed_precondition, "TIME_ZONE",
                            fmt::format("There is no time zone '{}' here: name one as in 'Europe/Berlin', or an offset as '+02:00'.", name));
            }
            known = zones_.try_emplace(std::string{name}, std::make_shared<const ZoneFile>(*std::move(zone))).first;
        }
        return known->second;
    }

    std::optional<ZoneFile> read(std::string_view name) const {
        std::error_code problem;
        const auto path = folder_ / name;
        if (!is_name(name) || !std::filesystem::is_regular_file(path, problem) || std::filesystem::file_size(path, problem) > kLargestFile || problem) {
            return std::nullopt;
        }
        std::ifstream file{path, std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
        return ZoneFile::parse(bytes);
    }

    std::filesystem::path folder_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, std::shared_ptr<const ZoneFile>, std::less<>> zones_;
};

}  // namespace

std::unique_ptr<lifecycle::ZoneRules> make_zone_files(std::filesystem::path folder) {
    return std::make_unique<ZoneFiles>(std::move(folder));
}

}  // namespace slipway::zones
