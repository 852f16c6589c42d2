#include "registry/bounds.hpp"

#include <fmt/format.h>

namespace slipway::registry {

namespace {

/// The member at an RFC 6901 pointer of plain names, or nullptr.
const json::value* member_at(const json::object& body, std::string_view pointer) {
    const json::object* members = &body;
    while (true) {
        const auto end = std::min(pointer.find('/', 1), pointer.size());
        const auto* found = members->if_contains(pointer.substr(1, end - 1));
        if (found == nullptr || end == pointer.size()) {
            return found;
        }
        members = found->if_object();
        if (members == nullptr) {
            return nullptr;
        }
        pointer.remove_prefix(end);
    }
}

Result<void> check_list(const json::object& body, std::string_view pointer, std::size_t most, std::string_view what) {
    const auto* found = pointer.empty() ? nullptr : member_at(body, pointer);
    const auto* list = found == nullptr ? nullptr : found->if_array();
    if (list != nullptr && list->size() > most) {
        return invalid(std::string{pointer}, fmt::format("at most {} {}", most, what), fmt::format("{}", list->size()));
    }
    return {};
}

}  // namespace

Result<void> check_bounds(const store::EntityTable& table, std::span<const std::string_view> asset_lists, const json::object& body) {
    for (const auto tags : {table.tags, std::string_view{"/tags"}}) {
        SW_CHECK(check_list(body, tags, kMostTags, "tags"));
    }
    for (const auto assets : asset_lists) {
        SW_CHECK(check_list(body, assets, kMostAssets, "assets"));
    }
    for (const std::string_view pointer : {"/custom", "/metaData/custom", "/modelMetaData/custom"}) {
        const auto* found = member_at(body, pointer);
        const auto* custom = found == nullptr ? nullptr : found->if_object();
        if (custom != nullptr && custom->size() > kMostCustomMembers) {
            return invalid(std::string{pointer}, fmt::format("at most {} members", kMostCustomMembers), fmt::format("{}", custom->size()));
        }
    }
    return {};
}

}  // namespace slipway::registry
