#include "sagemaker/overlay.hpp"

#include "registry/aws_tags.hpp"
#include "sagemaker/aws_time.hpp"

namespace slipway::sagemaker {
namespace {

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
    auto out = before;
    if (same_answer(json::value(old_facts), json::value(facts))) {
        if (!rule.tags.empty()) {
            registry::keep_aws_tags(out, rule.tags);
        }
        return out;
    }
    if (!rule.tags.empty()) {
        registry::lay_aws_tags(out, rule.tags, old_facts, facts);
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
