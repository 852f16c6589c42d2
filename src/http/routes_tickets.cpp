#include "http/routes_tickets.hpp"

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "http/hal.hpp"
#include "http/problem.hpp"

namespace slipway::http {
namespace {

constexpr std::string_view kBase = "/model-manage/api/notifications";
constexpr std::size_t kLongestComment = 4000;

Response present(const registry::Collection& notifications, const Exchange& exchange, const store::Entity& ticket) {
    auto document = notifications.present_to(exchange.principal(), ticket, exchange.request().base_url);
    add_self(document, exchange.request(), fmt::format("{}/{}", kBase, ticket.id));
    return json_response(200, document, ticket.version);
}

Result<std::string> comment_of(const Exchange& exchange) {
    SW_TRY(const auto body, exchange.body_or_none());
    for (const auto& [name, member] : body) {
        if (name != "comment") {
            return invalid(fmt::format("/{}", std::string_view{name}), "left out", json::describe_value(member));
        }
        if (!member.is_string() || member.get_string().size() > kLongestComment) {
            return invalid("/comment", fmt::format("a text of at most {} bytes", kLongestComment), json::describe_value(member));
        }
    }
    return std::string{json::text_of(body, "comment")};
}

/// 409 with the decision that came first.
Result<Response> already_decided(registry::Collection& notifications, Exchange& exchange, const Error& error) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto ticket, notifications.get(sql, exchange.principal(), exchange.param("id")));
        const auto* decision = json::object_of(ticket.document, "decision");
        const auto& request_id = exchange.request().request_id;
        return decision == nullptr ? problem(error, request_id) : problem_with(error, request_id, "decision", json::value(*decision));
    });
}

Result<Response> decide(registry::Collection& notifications, tickets::ApprovalDesk& desk, Exchange& exchange, std::string_view decision) {
    SW_TRY(const auto comment, comment_of(exchange));
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto ticket, desk.decide(unit, exchange.principal(), exchange.param("id"), decision, comment));
        return present(notifications, exchange, ticket);
    });
    return !answer && answer.error().reason == "ALREADY_DECIDED" ? already_decided(notifications, exchange, answer.error()) : answer;
}

Result<Response> recheck(registry::Collection& notifications, tickets::ApprovalDesk& desk, Exchange& exchange) {
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto ticket, desk.recheck(unit, exchange.principal(), exchange.param("id")));
        return present(notifications, exchange, ticket);
    });
}

constexpr std::string_view kSignature = "sha256=";
constexpr std::size_t kLongestId = 20;

bool is_issue_id(std::string_view id) {
    return !id.empty() && id.size() <= kLongestId && std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
}

/// Of what is signed only the id counts: the issue itself is read from Jira.
Result<Response> take_hint(const TicketHook& hook, Exchange& exchange) {
    if (hook.desk == nullptr || hook.secret.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", "No webhook is taken here: tickets.jira.webhookSecret is not set.");
    }
    const auto& request = exchange.request();
    const auto digest = crypto::hmac_sha256(hook.secret.reveal(), request.body);
    const auto wanted = std::string{kSignature} + crypto::hex(crypto::bytes_of(digest));
    if (!equal_in_constant_time(wanted, request.header("x-hub-signature"))) {
        return fail(ErrorCode::forbidden, "BAD_SIGNATURE", "The call is not signed with the secret of this webhook.");
    }
    SW_TRY(const auto body, exchange.body());
    const auto* issue = json::object_of(body, "issue");
    const std::string id{issue == nullptr ? "" : json::text_of(*issue, "id")};
    if (is_issue_id(id)) {
        hook.desk->hint(id);
        hook.wake();
    }
    return Response{.status = 204};
}

}  // namespace

std::vector<Route> ticket_hook_routes(TicketHook hook) {
    return {Route{.method = "POST",
                  .pattern = "/model-manage/api/hooks/jira",
                  .operation_id = "hintOfJira",
                  .guard = Guard::open,
                  .pool = Pool::api,
                  .handler = [hook = std::move(hook)](Exchange& exchange) { return take_hint(hook, exchange); }}};
}

std::vector<Route> ticket_routes(registry::Registry& registry, tickets::ApprovalDesk& desk) {
    auto& notifications = registry.collection("notifications");
    const auto route = [&](std::string_view verb, std::string operation_id, Handler handler) {
        return Route{.method = "POST",
                     .pattern = fmt::format("{}/{{id}}/{}", kBase, verb),
                     .operation_id = std::move(operation_id),
                     .guard = Guard::signed_in,
                     .pool = Pool::api,
                     .handler = std::move(handler)};
    };
    return {
        route("approve", "approveTicket", [&](Exchange& exchange) { return decide(notifications, desk, exchange, "APPROVED"); }),
        route("reject", "rejectTicket", [&](Exchange& exchange) { return decide(notifications, desk, exchange, "REJECTED"); }),
        route("recheck", "recheckTicket", [&](Exchange& exchange) { return recheck(notifications, desk, exchange); }),
    };
}

}  // namespace slipway::http
