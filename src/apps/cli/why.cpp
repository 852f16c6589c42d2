#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"
#include "base/encoding.hpp"

namespace slipway::cli {
namespace {

/// A text of the server, as a terminal may show it.
std::string shown(const json::object& object, std::string_view key) {
    return harmless(json::text_of(object, key));
}

/// `Deployed on churn-prod (3 d ago)`
std::string line_of(const json::object& fact, Timestamp now) {
    const auto since = from_iso(json::text_of(fact, "since"));
    return fmt::format("  {}{}\n", shown(fact, "message"), since ? fmt::format(" ({})", relative_time(*since, now)) : std::string{});
}

/// It tells no more than the answer above it, not even since when.
bool repeats(const json::object& fact, const json::object& answer) {
    return json::text_of(fact, "message") == json::text_of(answer, "answer") && !fact.contains("since");
}

std::string words_of(const json::object& answer, Timestamp now) {
    std::string out = fmt::format("{}\n{}\n", shown(answer, "question"), shown(answer, "answer"));
    const auto* facts = json::array_of(answer, "facts");
    const auto is_news = [&](const json::value& fact) { return fact.is_object() && !repeats(fact.get_object(), answer); };
    if (facts != nullptr && std::ranges::any_of(*facts, is_news)) {
        out += "\nWhat is known\n";
        for (const auto& fact : *facts) {
            out += is_news(fact) ? line_of(fact.get_object(), now) : std::string{};
        }
    }
    const auto* next = json::array_of(answer, "next");
    if (next != nullptr && !next->empty()) {
        out += "\nWhat to do\n";
        for (const auto& one : *next) {
            if (const auto* step = one.if_object()) {
                const auto cli = shown(*step, "cli");
                const auto href = shown(*step, "href");
                out += fmt::format("  {}\n", shown(*step, "message"));
                out += !cli.empty() ? fmt::format("    {}\n", cli) : href.starts_with("http") ? fmt::format("    {}\n", href) : std::string{};
            }
        }
    }
    return out;
}

/// The path of what the first argument names: a snapshot, else a job.
Result<std::string> wanted_path(Session& session) {
    const auto& wanted = session.line().argument(0);
    for (const auto* noun : {"snapshot", "job"}) {
        const auto& resource = resource_of(noun);
        const auto found = find_object(session, resource, wanted);
        if (found) {
            return fmt::format("{}/{}", resource.path, percent_encode(json::text_of(*found, "id")));
        }
        if (found.error().code != ErrorCode::not_found) {
            return std::unexpected(found.error());
        }
    }
    return fail(ErrorCode::not_found, "NOT_FOUND",
                fmt::format("There is no snapshot and no job \"{}\", or it is not visible to you. See: slipway snapshot list, slipway job list", wanted));
}

}  // namespace

std::string hold_of(Session& session, const std::string& job_id) {
    constexpr std::array<std::string_view, 8> kHolds{"RUNTIME_OFFLINE", "RUNTIME_REMOVED", "RUNTIME_UNKNOWN", "RUNTIME_OF_ANOTHER_GROUP",
                                                     "RUNTIME_SAYS",    "RUNTIME_WAITS",   "NO_RUNTIME",      "OWNER_GONE"};
    const auto api = session.api();
    const auto answer = api ? (*api)->get(fmt::format("{}/{}/why", resource_of("job").path, percent_encode(job_id))) : Result<json::value>{json::value{}};
    const auto* document = answer && answer->is_object() ? &answer->get_object() : nullptr;
    const auto* facts = document != nullptr ? json::array_of(*document, "facts") : nullptr;
    const bool held = facts != nullptr && std::ranges::any_of(*facts, [&](const json::value& fact) {
                          return fact.is_object() && std::ranges::find(kHolds, json::text_of(fact.get_object(), "code")) != kHolds.end();
                      });
    return held ? shown(*document, "answer") : std::string{};
}

Result<int> why(Session& session) {
    SW_TRY(const auto format, session.format());
    SW_TRY(const auto path, wanted_path(session));
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->get(path + "/why"));
    const auto document = answer.is_object() ? answer.get_object() : json::object{};
    session.out(format == Format::table ? words_of(document, session.world().clock.now())
                                        : render_object(session.world(), resource_of("snapshot"), document, format));
    return kDone;
}

}  // namespace slipway::cli
