#pragma once

#include <span>
#include <string_view>

#include "base/json.hpp"

namespace slipway::sagemaker {

/// What AWS decides of an entity, beside `sageMaker`.
struct OverlayRule {
    std::string_view tags;                      ///< pointer of the entity's tags, empty when it has none
    std::span<const std::string_view> members;  ///< top-level members
    bool tags_known{true};                      ///< false: tags could not be read; those known before stay
    bool monitoring_known{true};                ///< the same of monitoring schedules
    bool configuration_known{true};             ///< the same of what an endpoint shows of its configuration
};

/// `before` as AWS shows it now: facts, tags and members of `fresh` laid over it. What people set (names, own tags, custom metadata, assets) stays.
/// When AWS says the same as before, however it spells times, the result equals `before`. Pure.
json::object overlaid(const json::object& before, const json::object& fresh, const OverlayRule& rule);

}  // namespace slipway::sagemaker
