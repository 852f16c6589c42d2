#include "sagemaker/overlay.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "sagemaker/aws_time.hpp"

namespace slipway::sagemaker {
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

/// People's own tags in their order, then AWS's.
void lay_tags(json::object& document, std::string_view pointer, const json::object& facts_before, const json::object& facts_now) {
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

/// What the fresh facts do not say, because it is found on another way or could not be read.
void carry_over(const json::object& before, json::object& now, const OverlayRule& rule) {
    const auto carry = [&](std::string_view name) {
        if (const auto* member = before.if_contains(name)) {
            now[name] = *member;
        } else {
            now.erase(name);
        }
    };
    if (now.if_contains("trainingJobs") == nullptr) {
        carry("trainingJobs");
    }
    // What the last import could not see is its own to say.
    carry("lastImport");
    if (!rule.tags_known) {
        carry("tags");
    }
    if (!rule.monitoring_known) {
        carry("monitoringSchedules");
    }
    if (!rule.configuration_known) {
        carry("dataCaptureConfig");
        carry("kmsKeyId");
    }
    // The one thing that a description spells with less than it knows.
    for (const std::string_view time : {"creationTime", "lastModifiedTime"}) {
        if (same_instant(time_of(before, time), time_of(now, time))) {
            carry(time);
        }
    }
    const auto* old_answer = before.if_contains("describe");
    const auto* new_answer = now.if_contains("describe");
    if (old_answer != nullptr && new_answer != nullptr && same_answer(*old_answer, *new_answer)) {
        now["describe"] = *old_answer;
    }
}

}  // namespace

json::object overlaid(const json::object& before, const json::object& fresh, const OverlayRule& rule) {
    const auto* facts_before = json::object_of(before, "sageMaker");
    const auto* facts_fresh = json::object_of(fresh, "sageMaker");
    const json::object none;
    const auto& old_facts = facts_before == nullptr ? none : *facts_before;
    auto facts = facts_fresh == nullptr ? none : *facts_fresh;
    carry_over(old_facts, facts, rule);
    if (same_answer(json::value(old_facts), json::value(facts))) {
        return before;
    }
    auto out = before;
    if (!rule.tags.empty()) {
        lay_tags(out, rule.tags, old_facts, facts);
    }
    for (const auto member : rule.members) {
        if (const auto* value = fresh.if_contains(member)) {
            out[member] = *value;
        } else {
            out.erase(member);
        }
    }
    out["sageMaker"] = std::move(facts);
    return out;
}

}  // namespace slipway::sagemaker
