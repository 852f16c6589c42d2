#include "sagemaker/s3_uri.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "domain/url.hpp"

namespace slipway::sagemaker {
namespace {

std::string_view without_query(std::string_view address) {
    return address.substr(0, address.find_first_of("?#"));
}

bool is_s3_host(std::string_view host) {
    return (host.starts_with("s3.") || host.starts_with("s3-")) && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"));
}

/// Where the S3 part of `bucket.s3.region.amazonaws.com` begins; 0 in path style, npos when it is no host of S3.
std::size_t s3_part(std::string_view host) {
    if (is_s3_host(host)) {
        return 0;
    }
    for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
        if (is_s3_host(host.substr(dot + 1))) {
            return dot + 1;
        }
    }
    return std::string_view::npos;
}

}  // namespace

std::optional<std::string> to_s3_uri(std::string_view address) {
    address = without_query(address);
    for (const std::string_view scheme : {"s3://", "s3a://", "s3n://"}) {
        if (address.starts_with(scheme)) {
            return fmt::format("s3://{}", address.substr(scheme.size()));
        }
    }
    if (!address.starts_with("https://")) {
        return std::nullopt;
    }
    address.remove_prefix(8);
    const auto slash = std::min(address.find('/'), address.size());
    const auto host = address.substr(0, slash);
    auto path = address.substr(std::min(slash + 1, address.size()));
    const auto part = s3_part(host);
    if (part == std::string_view::npos) {
        return std::nullopt;
    }
    return part == 0 ? fmt::format("s3://{}", path) : fmt::format("s3://{}/{}", host.substr(0, part - 1), path);
}

std::string normal_uri(std::string_view address) {
    const auto s3 = to_s3_uri(address);
    return s3 ? *s3 : domain::clean_url(without_query(address)).url;
}

bool lies_below(std::string_view uri, std::string_view prefix) {
    while (prefix.ends_with('/')) {
        prefix.remove_suffix(1);
    }
    return !prefix.empty() && uri.starts_with(prefix) && (uri.size() == prefix.size() || uri[prefix.size()] == '/');
}

std::optional<std::string> job_name_of_artifact(std::string_view artifact) {
    const auto uri = normal_uri(artifact);
    const auto end = uri.rfind("/output/");
    if (end == std::string::npos) {
        return std::nullopt;
    }
    const auto rest = std::string_view{uri}.substr(end + 8);
    const auto start = uri.rfind('/', end - 1);
    const auto name = start == std::string::npos ? std::string_view{} : std::string_view{uri}.substr(start + 1, end - start - 1);
    const bool is_artifact = rest == "model.tar.gz" || rest == "model" || rest == "model/";
    const bool is_name = !name.empty() && name.size() <= 63 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
    // The bucket itself is no job.
    return is_artifact && is_name && start > 5 ? std::optional{std::string{name}} : std::nullopt;
}

}  // namespace slipway::sagemaker
