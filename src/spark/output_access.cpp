#include "spark/output_access.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace slipway::spark {
namespace {

/// `bucket/key` of an S3 URL, whatever its scheme is called; empty for another one.
std::string_view s3_place(std::string_view url) {
    constexpr std::array<std::string_view, 3> kSchemes{"s3://", "s3a://", "s3n://"};
    const auto* scheme = std::ranges::find_if(kSchemes, [&](auto one) { return url.starts_with(one); });
    if (scheme == kSchemes.end()) {
        return {};
    }
    url.remove_prefix(scheme->size());
    while (url.ends_with('/')) {
        url.remove_suffix(1);
    }
    return url;
}

bool is_below(std::string_view place, std::string_view folder) {
    return !folder.empty() && place.starts_with(folder) && (place.size() == folder.size() || place[folder.size()] == '/');
}

bool is_local_file(std::string_view url) {
    return url.starts_with("file:") || url.starts_with('/') || !url.contains(':');
}

}  // namespace

bool is_s3_place(std::string_view url) {
    const auto place = s3_place(url);
    return !place.empty() && !place.starts_with('/');
}

bool serves_local_files(bool driver_is_local, std::string_view staging_url, std::string_view job_user) {
    return driver_is_local || (staging_url.starts_with("file:") && !job_user.empty());
}

std::optional<std::string> OutputAccess::obstacle(std::string_view url) const {
    if (is_local_file(url) && !local_files) {
        return "the model ran on the cluster, and file:// is this host: read back are the files of a stagingUrl that begins with file:// where "
               "spark-runtime.jobUser is set, as that user";
    }
    if (url.starts_with("s3") && std::ranges::none_of(s3_readable, [&](const auto& folder) { return is_below(s3_place(url), s3_place(folder)); })) {
        return fmt::format("this runtime reads S3 for jobs only below what spark-runtime.s3.readable names; its operator may add {} or a folder above it", url);
    }
    return std::nullopt;
}

}  // namespace slipway::spark
