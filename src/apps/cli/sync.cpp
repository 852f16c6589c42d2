#include "apps/cli/sync.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "apps/cli/cell_texts.hpp"
#include "apps/cli/exit_codes.hpp"
#include "apps/cli/follow.hpp"
#include "apps/cli/handlers.hpp"

namespace slipway::cli {
namespace {

constexpr std::string_view kPath = "/sagemaker-service/api/sync";

std::string text_or(const json::object& object, std::string_view key, std::string_view otherwise) {
    const auto text = json::text_of(object, key);
    return harmless(std::string{text.empty() ? otherwise : text});
}

/// `4 min ago`, as tables say it.
std::string when(Session& session, const json::object& object, std::string_view key, std::string_view otherwise) {
    const auto at = from_iso(json::text_of(object, key));
    return at ? relative_time(*at, session.world().clock.now()) : text_or(object, key, otherwise);
}

void print_problems(Session& session, const json::array& problems) {
    const auto text = problems_text(json::value(problems));
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        session.out(fmt::format("  {}\n", text.substr(at, end - at)));
        at = end + 1;
    }
}

/// A line for each account and region, and what was wrong there.
void print_states(Session& session, const json::array& accounts) {
    for (const auto& item : accounts) {
        const auto* one = item.if_object();
        if (one == nullptr) {
            continue;
        }
        const auto* problems = json::array_of(*one, "problems");
        // A look that AWS did not answer saw nothing.
        const auto succeeded = json::text_of(*one, "lastSucceeded");
        const auto finished = json::text_of(*one, "lastFinished");
        const bool failed = !finished.empty() && finished != succeeded;
        const auto count = problems == nullptr ? 0 : problems->size();
        session.out(fmt::format(
            "{} {}  last {}{}  next {}{}\n", text_or(*one, "account", "?"), text_or(*one, "region", "?"), when(session, *one, "lastSucceeded", "never"),
            failed ? fmt::format(", tried {}", when(session, *one, "lastFinished", "never")) : std::string{}, when(session, *one, "next", "now"),
            count == 0   ? std::string{}
            : count == 1 ? std::string{"  1 problem"}
                         : fmt::format("  {} problems", count)));
        if (count > 0) {
            print_problems(session, *problems);
        }
    }
}

Result<int> show_states(Session& session) {
    SW_TRY(const auto format, session.format());
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->get(std::string{kPath}));
    const auto document = answer.is_object() ? answer.get_object() : json::object{};
    if (format != Format::table) {
        return print_object(session, resource_of("operation"), document);
    }
    if (const auto* accounts = json::array_of(document, "accounts")) {
        print_states(session, *accounts);
    }
    return kDone;
}

}  // namespace

Result<int> sync_accounts(Session& session) {
    if (session.line().has("--status")) {
        return show_states(session);
    }
    SW_CHECK(session.format());
    SW_TRY(const auto timeout, timeout_of(session));
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->send("POST", std::string{kPath}, std::nullopt));
    const auto operation = answer.is_object() ? answer.get_object() : json::object{};
    if (session.line().has("--no-wait")) {
        return print_object(session, resource_of("operation"), operation);
    }
    SW_TRY(const auto ended, follow_operation(session, std::string{json::text_of(operation, "id")}, timeout));
    return finish_operation(session, ended);
}

}  // namespace slipway::cli
