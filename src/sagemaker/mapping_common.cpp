#include <fmt/format.h>

#include "sagemaker/arn.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/console_links.hpp"
#include "sagemaker/mapping.hpp"
#include "sagemaker/masking.hpp"

namespace slipway::sagemaker {

std::optional<std::string> text_member(const json::object& answer, std::string_view key) {
    const auto text = json::text_of(answer, key);
    return text.empty() ? std::nullopt : std::optional<std::string>{text};
}

std::vector<std::string> tag_texts(const Tags& tags) {
    std::vector<std::string> texts;
    texts.reserve(tags.size());
    for (const auto& [key, value] : tags) {
        texts.push_back(key + "=" + value);
    }
    return texts;
}

domain::SageMakerFacts facts_of(std::string_view kind, std::string_view prefix, const json::object& answer, const Tags& tags, const Place& place) {
    domain::SageMakerFacts facts;
    facts.kind = kind;
    facts.name = json::text_of(answer, fmt::format("{}Name", prefix));
    facts.arn = text_member(answer, fmt::format("{}Arn", prefix));
    const auto arn = facts.arn ? parse_arn(*facts.arn) : std::nullopt;
    facts.region = arn && !arn->region.empty() ? arn->region : place.region;
    facts.account = arn && !arn->account.empty() ? arn->account : place.account;
    facts.status = text_member(answer, fmt::format("{}Status", prefix));
    facts.creation_time = time_of(answer, "CreationTime");
    facts.last_modified_time = time_of(answer, "LastModifiedTime");
    facts.tags = tags;
    if (facts.arn) {
        facts.console_url = console_link(*facts.arn, facts.name);
        facts.logs_url = logs_link(*facts.arn, facts.name);
    }
    auto described = masked(answer);
    // As it was masked: the reason may quote what was taken out.
    facts.failure_reason = text_member(described, "FailureReason");
    facts.describe = std::move(described);
    return facts;
}

}  // namespace slipway::sagemaker
