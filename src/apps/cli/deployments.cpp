#include <charconv>
#include <fmt/format.h>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/follow.hpp"
#include "apps/cli/handlers.hpp"
#include "base/encoding.hpp"

namespace slipway::cli {
namespace {

constexpr std::string_view kDeployments = "/sagemaker-service/api/deployments";

/// A member that the server added to its problem document.
std::string told_beside(const Error& error, std::string_view member) {
    const auto document = json::parse_object(error.detail);
    return document ? std::string{json::text_of(*document, member)} : std::string{};
}

Result<json::array> variants_of(const Session& session, const json::object& snapshot) {
    const auto text = session.line().has("--instance-count") ? session.line().get("--instance-count") : "1";
    std::int64_t count = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || count < 1) {
        return usage("--instance-count must be a number from 1, not \"" + text + "\"");
    }
    const auto* model = json::object_of(snapshot, "storedModel");
    const auto* facts = model == nullptr ? nullptr : json::object_of(*model, "sageMaker");
    return json::array{json::object{{"VariantName", "AllTraffic"},
                                    {"ModelName", facts == nullptr ? "" : json::text_of(*facts, "name")},
                                    {"InstanceType", session.line().get("--instance-type")},
                                    {"InitialInstanceCount", count}}};
}

/// Follows what was started to its end, unless it is not to be waited for.
Result<int> follow_to_its_end(Session& session, const json::value& answer, Milliseconds timeout) {
    const auto operation = answer.is_object() ? answer.get_object() : json::object{};
    if (session.line().has("--no-wait")) {
        return print_object(session, resource_of("operation"), operation);
    }
    SW_TRY(const auto ended, follow_operation(session, std::string{json::text_of(operation, "id")}, timeout));
    return finish_operation(session, ended);
}

Result<int> decide(Session& session, std::string_view verb) {
    SW_TRY(auto* api, session.api());
    json::object body;
    if (session.line().has("--comment")) {
        body["comment"] = session.line().get("--comment");
    }
    const auto path = fmt::format("/model-manage/api/notifications/{}/{}", percent_encode(session.line().argument(0)), verb);
    SW_TRY(const auto answer, api->send("POST", path, body.empty() ? std::optional<json::value>{} : json::value(std::move(body))));
    return print_object(session, resource_of("ticket"), answer.is_object() ? answer.get_object() : json::object{});
}

}  // namespace

Result<int> deploy_snapshot(Session& session) {
    SW_CHECK(session.format());
    SW_TRY(const auto timeout, timeout_of(session));
    SW_TRY(const auto snapshot, find_object(session, resource_of("snapshot"), session.line().argument(0)));
    json::object body{{"deployableModelId", json::text_of(snapshot, "id")}};
    for (const auto& [flag, member] : {std::pair{"--endpoint", "endpointName"}, {"--reason", "reason"}, {"--credential", "credentialId"}}) {
        if (session.line().has(flag)) {
            body[member] = session.line().get(flag);
        }
    }
    if (session.line().has("--instance-count") && !session.line().has("--instance-type")) {
        return usage("--instance-count goes with --instance-type: how many of which");
    }
    if (session.line().has("--instance-type")) {
        SW_TRY(body["productionVariants"], variants_of(session, snapshot));
    }
    SW_TRY(auto* api, session.api());
    const auto answer = api->send("POST", std::string{kDeployments}, json::value(std::move(body)));
    if (!answer) {
        if (const auto ticket = told_beside(answer.error(), "ticketId"); !ticket.empty()) {
            session.say("The ticket: slipway ticket show " + ticket);
        }
        return std::unexpected(answer.error());
    }
    return follow_to_its_end(session, *answer, timeout);
}

Result<int> undeploy_deployment(Session& session) {
    SW_CHECK(session.format());
    SW_TRY(const auto timeout, timeout_of(session));
    SW_TRY(const auto id, find_id(session, resource_of("deployment"), session.line().argument(0)));
    json::object body;
    if (session.line().has("--reason")) {
        body["reason"] = session.line().get("--reason");
    }
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->send("POST", fmt::format("{}/{}/undeploy", kDeployments, percent_encode(id)), json::value(std::move(body))));
    return follow_to_its_end(session, answer, timeout);
}

Result<int> ticket_approve(Session& session) {
    return decide(session, "approve");
}

Result<int> ticket_reject(Session& session) {
    return decide(session, "reject");
}

Result<int> ticket_recheck(Session& session) {
    return decide(session, "recheck");
}

}  // namespace slipway::cli
