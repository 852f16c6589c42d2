#include "sagemaker/approval_question.hpp"

#include <fmt/format.h>

#include "registry/documents.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kMostVariants = 3;

std::string running(const json::object& variant) {
    const auto type = json::text_of(variant, "InstanceType");
    if (type.empty()) {
        return "serverless";
    }
    const auto* count = variant.if_contains("InitialInstanceCount");
    return fmt::format("{} × {}", count == nullptr ? "1" : json::write(*count), type);
}

/// "2 × ml.m5.large, serverless"
std::string all_running(const json::object& configuration) {
    std::string out;
    std::size_t told = 0;
    std::size_t more = 0;
    for (const auto* member : {"productionVariants", "shadowProductionVariants"}) {
        const auto* variants = json::array_of(configuration, member);
        for (const auto& variant : variants == nullptr ? json::array{} : *variants) {
            if (!variant.is_object() || told == kMostVariants) {
                ++more;
                continue;
            }
            out += (told++ == 0 ? "" : ", ") + running(variant.get_object());
        }
    }
    return more == 0 ? out : fmt::format("{} and {} more", out, more);
}

/// " It is in service already: churn-prod and 2 more."
std::string where_served(const json::array& names) {
    if (names.empty() || !names.front().is_string()) {
        return {};
    }
    const auto more = names.size() > 1 ? fmt::format(" and {} more", names.size() - 1) : std::string{};
    return fmt::format(" It is in service already: {}{}.", std::string_view{names.front().get_string()}, more);
}

}  // namespace

std::string approval_question(std::string_view snapshot, const json::object& subject, const json::array& served_by, std::string_view missed) {
    const auto endpoint = json::text_of(subject, "endpointName");
    const auto* configuration = json::object_of(subject, "configuration");
    const auto what = configuration == nullptr ? std::string{} : all_running(*configuration);
    return fmt::format("May the snapshot {} be deployed to {}{}?{}{}", snapshot, endpoint.empty() ? "an endpoint" : fmt::format("the endpoint {}", endpoint),
                       what.empty() ? "" : fmt::format(" ({})", what), where_served(served_by),
                       missed.empty() ? "" : fmt::format(" {} Another one would be made in its place.", missed));
}

std::string approval_question(const store::Entity& snapshot, const json::object& subject, const json::array& served_by) {
    const auto* facts = json::object_of(snapshot.document, "sageMaker");
    return approval_question(registry::text_in(snapshot.document, "metaData", "name"), subject, served_by, facts == nullptr ? std::string{} : not_made(*facts));
}

std::string not_made(const json::object& facts) {
    const auto why = json::text_of(facts, "failureReason");
    if (json::text_of(facts, "status") != "NotCreated" || !json::text_of(facts, "arn").empty()) {
        return {};
    }
    return fmt::format("Its endpoint configuration {} was not made{}", json::text_of(facts, "name"), why.empty() ? "." : fmt::format(": {}", why));
}

}  // namespace slipway::sagemaker
