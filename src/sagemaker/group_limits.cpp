#include "sagemaker/group_limits.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sagemaker/s3_uri.hpp"

namespace slipway::sagemaker {
namespace {

bool fits(const std::vector<std::string>& allowed, std::string_view text) {
    return allowed.empty() || std::ranges::any_of(allowed, [&](std::string_view one) {
               return one.ends_with('*') ? text.starts_with(one.substr(0, one.size() - 1)) : one == text;
           });
}

bool lies_in(const std::vector<std::string>& allowed, std::string_view address) {
    const auto uri = normal_uri(address);
    // A path that leads back out lies nowhere.
    return allowed.empty() || (!uri.contains("/../") && std::ranges::any_of(allowed, [&](const std::string& one) {
               const auto prefix = normal_uri(one);
               return uri == prefix || lies_below(uri, prefix);
           }));
}

bool is_address(std::string_view text) {
    return text.starts_with("s3://") || to_s3_uri(text).has_value();
}

struct Look {
    const GroupLimits& limits;
    std::vector<Fault> faults;

    void text(std::string_view key, std::string_view said, const std::string& at) {
        if (key.ends_with("RoleArn") && !fits(limits.roles, said)) {
            refuse(at, "one of the roles", limits.roles, said);
        } else if ((key.ends_with("Image") || key == "AlgorithmName") && !fits(limits.images, said)) {
            refuse(at, "one of the images", limits.images, said);
        } else if (key == "InstanceType" && !fits(limits.instance_types, said)) {
            refuse(at, "one of the instance types", limits.instance_types, said);
        } else if (is_address(said) && !lies_in(limits.s3_prefixes, said)) {
            refuse(at, "below one of the S3 prefixes", limits.s3_prefixes, said);
        }
    }
    void refuse(const std::string& at, std::string_view what, const std::vector<std::string>& allowed, std::string_view said) {
        std::string names;
        for (const auto& one : allowed) {
            names += (names.empty() ? "" : ", ") + one;
        }
        faults.push_back({at, fmt::format("{} that this group may use: {}", what, names), std::string{said}});
    }
    void walk(const json::value& v, std::string_view key, const std::string& at) {
        if (v.is_string()) {
            text(key, std::string_view{v.get_string()}, at);
        } else if (v.is_array()) {
            std::size_t i = 0;
            for (const auto& item : v.get_array()) {
                walk(item, key, fmt::format("{}/{}", at, i++));
            }
        } else if (v.is_object()) {
            for (const auto& [name, member] : v.get_object()) {
                walk(member, name, fmt::format("{}/{}", at, std::string_view{name}));
            }
        }
    }
};

}  // namespace

Result<void> check_limits(const Limits& limits, const std::string& group, const json::value& request, const std::string& at) {
    const auto found = limits.find(group);
    if (found == limits.end()) {
        return {};
    }
    Look look{found->second, {}};
    look.walk(request, {}, at);
    if (look.faults.empty()) {
        return {};
    }
    auto message = fmt::format("The group {} may not ask AWS for that: {} must be {}.", group, look.faults[0].pointer, look.faults[0].expected);
    return std::unexpected(Error{ErrorCode::forbidden, "OUTSIDE_LIMITS", std::move(message), std::move(look.faults), {}});
}

}  // namespace slipway::sagemaker
