#include "sagemaker/console_links.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

#include "sagemaker/arn.hpp"

namespace slipway::sagemaker {
namespace {

/// `https://host` of the console that serves the region, or nothing.
std::optional<std::string> console_host(const Arn& arn) {
    if (arn.region.empty()) {
        return std::nullopt;
    }
    if (arn.partition == "aws") {
        return fmt::format("https://{}.console.aws.amazon.com", arn.region);
    }
    if (arn.partition == "aws-cn") {
        return fmt::format("https://{}.console.amazonaws.cn", arn.region);
    }
    if (arn.partition == "aws-us-gov") {
        return "https://console.amazonaws-us-gov.com";
    }
    return std::nullopt;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
}

/// `mark` is `%` in an address and `$25` inside CloudWatch's own fragments, which are encoded twice.
std::string encoded(std::string_view text, std::string_view mark) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += fmt::format("{}{:02X}", mark, static_cast<unsigned char>(c));
        }
    }
    return out;
}

std::string_view fragment_of(std::string_view type) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kFragments{
        {{"model", "models"}, {"endpoint-config", "endpointConfig"}, {"endpoint", "endpoints"}, {"training-job", "jobs"}, {"transform-job", "transform-jobs"}}};
    for (const auto& [known, fragment] : kFragments) {
        if (known == type) {
            return fragment;
        }
    }
    return {};
}

}  // namespace

std::optional<std::string> console_link(std::string_view arn_text, std::string_view name) {
    const auto arn = parse_arn(arn_text);
    if (!arn || arn->service != "sagemaker") {
        return std::nullopt;
    }
    const auto host = console_host(*arn);
    const auto fragment = fragment_of(arn->type);
    if (!host || fragment.empty()) {
        return std::nullopt;
    }
    return fmt::format("{}/sagemaker/home?region={}#/{}/{}", *host, arn->region, fragment, encoded(name.empty() ? arn->name : name, "%"));
}

std::optional<std::string> logs_link(std::string_view arn_text, std::string_view name) {
    const auto arn = parse_arn(arn_text);
    if (!arn || arn->service != "sagemaker") {
        return std::nullopt;
    }
    const auto host = console_host(*arn);
    if (!host) {
        return std::nullopt;
    }
    const auto object = name.empty() ? std::string_view{arn->name} : name;
    const auto page = fmt::format("{}/cloudwatch/home?region={}#logsV2:log-groups/log-group/", *host, arn->region);
    if (arn->type == "endpoint") {
        return page + encoded(fmt::format("/aws/sagemaker/Endpoints/{}", object), "$25");
    }
    if (arn->type == "training-job" || arn->type == "transform-job") {
        const auto* group = arn->type == "training-job" ? "/aws/sagemaker/TrainingJobs" : "/aws/sagemaker/TransformJobs";
        return fmt::format("{}{}$3FlogStreamNameFilter$3D{}$252F", page, encoded(group, "$25"), encoded(object, "$25"));
    }
    return std::nullopt;
}

std::optional<std::string> object_link(std::string_view arn_text, std::string_view bucket, std::string_view key) {
    const auto arn = parse_arn(arn_text);
    const auto host = arn ? console_host(*arn) : std::nullopt;
    if (!host) {
        return std::nullopt;
    }
    return fmt::format("{}/s3/object/{}?region={}&prefix={}", *host, bucket, arn->region, encoded(key, "%"));
}

}  // namespace slipway::sagemaker
