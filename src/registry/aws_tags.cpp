#include "registry/aws_tags.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace slipway::registry {
namespace {

/// `key=value` of each tag in facts.
std::vector<std::string> tags_of(const json::object& facts) {
    std::vector<std::string> out;
    if (const auto* tags = json::object_of(facts, "tags")) {
        for (const auto& [key, value] : *tags) {
            out.push_back(std::string{key} + "=" + (value.is_string() ? std::string{std::string_view{value.get_string()}} : std::string{}));
        }
    }
    return out;
}

json::value* member_at(json::object& document, std::string_view pointer) {
    auto* at = &document;
    for (;;) {
        pointer.remove_prefix(1);
        const auto slash = pointer.find('/');
        auto& member = (*at)[pointer.substr(0, slash)];
        if (slash == std::string_view::npos) {
            return &member;
        }
        if (!member.is_object()) {
            member = json::object{};
        }
        at = &member.get_object();
        pointer.remove_prefix(slash);
    }
}

bool has_tag(const json::value& tags, std::string_view text) {
    return tags.is_array() && std::ranges::any_of(tags.get_array(), [&](const json::value& tag) { return tag.is_string() && tag.get_string() == text; });
}

}  // namespace

void lay_aws_tags(json::object& document, std::string_view pointer, const json::object& facts_before, const json::object& facts_now) {
    auto* tags = member_at(document, pointer);
    const auto old_ones = tags_of(facts_before);
    const auto new_ones = tags_of(facts_now);
    json::array out;
    if (tags->is_array()) {
        for (const auto& tag : tags->get_array()) {
            const auto text = tag.is_string() ? std::string_view{tag.get_string()} : std::string_view{};
            if (std::ranges::find(old_ones, text) == old_ones.end() && std::ranges::find(new_ones, text) == new_ones.end()) {
                out.push_back(tag);
            }
        }
    }
    for (const auto& text : new_ones) {
        out.push_back(json::value(text));
    }
    *tags = std::move(out);
}

void keep_aws_tags(json::object& document, std::string_view pointer) {
    const auto* found = json::object_of(document, "sageMaker");
    if (found == nullptr) {
        return;
    }
    const auto facts = *found;
    const auto texts = tags_of(facts);
    if (texts.empty()) {
        return;
    }
    const auto* tags = member_at(document, pointer);
    if (!std::ranges::all_of(texts, [&](const std::string& text) { return has_tag(*tags, text); })) {
        lay_aws_tags(document, pointer, facts, facts);
    }
}

}  // namespace slipway::registry
