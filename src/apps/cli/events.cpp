#include <algorithm>
#include <charconv>
#include <deque>
#include <fmt/format.h>
#include <limits>
#include <optional>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kStream{300000};
constexpr Milliseconds kAgain{2000};

bool wanted(const Session& session, const StreamEvent& event) {
    const auto type = session.line().get("--type");
    return event.data.is_object() && (type.empty() || json::text_of(event.data.get_object(), "type") == type);
}

std::optional<std::int64_t> number_of(const StreamEvent& event) {
    const auto* number = event.data.is_object() ? event.data.get_object().if_contains("seq") : nullptr;
    return number != nullptr && number->is_int64() ? std::optional{number->get_int64()} : std::nullopt;
}

std::string line_of(Session& session, const StreamEvent& event, Format format) {
    if (format == Format::json) {
        return json::write(event.data) + "\n";
    }
    const json::array one{event.data};
    const auto text = render_list(session.world(), resource_of("event"), one, format);
    return format == Format::table ? text.substr(text.find('\n') + 1) : text;
}

/// Prints events as they come, and goes on where it was when the connection breaks.
Result<int> follow(Session& session, Format format) {
    SW_TRY(auto* api, session.api());
    std::string last = session.line().get("--after");
    while (!session.world().stopped()) {
        const auto done = api->events(last, kStream, [&](const StreamEvent& event) {
            last = event.id.empty() ? last : event.id;
            if (event.name == "reset") {
                session.say("slipway: older events are no longer kept; what you show may have changed");
            } else if (wanted(session, event)) {
                session.out(line_of(session, event, format));
            }
            return !session.world().stopped();
        });
        if (!done && done.error().code != ErrorCode::unavailable) {
            return std::unexpected(done.error());
        }
        if (!done && !session.world().stopped()) {
            session.say("slipway: " + done.error().message + " Trying again.");
            session.world().wait(kAgain);
        }
    }
    return kInterrupted;
}

}  // namespace

Result<int> event_list(Session& session) {
    SW_TRY(const auto format, session.format());
    SW_TRY(const auto limit, session.number("--limit", 100, 1, 100'000));
    if (session.goes_on("--watch")) {
        return follow(session, format);
    }
    SW_TRY(auto* api, session.api());
    const auto after = session.line().get("--after");
    SW_TRY(const auto place, session.number("--after", 0, 0, std::numeric_limits<std::int64_t>::max()));
    std::deque<json::value> kept;
    std::int64_t last = 0;
    bool begun_again = false;
    SW_CHECK(api->kept_events(after.empty() ? "0" : after, [&](const StreamEvent& event) {
        if (event.name == "reset") {
            begun_again = true;
            return true;
        }
        last = std::max(last, number_of(event).value_or(0));
        // Where the server does not know the place it begins again from the oldest: what came before it is nothing new.
        if (wanted(session, event) && number_of(event).value_or(place + 1) > place) {
            kept.push_back(event.data);
            if (static_cast<std::int64_t>(kept.size()) > limit) {
                kept.pop_front();
            }
        }
        return true;
    }));
    if (begun_again && !after.empty()) {
        session.say(last < place
                        ? fmt::format("slipway: the last event of this server is {}, {} is not reached yet: was the place kept of another server?", last, place)
                        : fmt::format("slipway: not all events after {} are kept any more", place));
    }
    session.out(render_list(session.world(), resource_of("event"), json::array(kept.begin(), kept.end()), format));
    return kDone;
}

Result<int> event_show(Session& session) {
    SW_CHECK(session.format());
    const auto text = session.line().argument(0);
    std::int64_t seq = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), seq).ptr != text.data() + text.size() || seq < 1) {
        return usage("an event is named by its number, not \"" + text + "\"");
    }
    SW_TRY(auto* api, session.api());
    json::value found;
    SW_CHECK(api->kept_events(std::to_string(seq - 1), [&](const StreamEvent& event) {
        const auto number = number_of(event);
        if (number == seq) {
            found = event.data;
        }
        return !number || *number < seq;
    }));
    if (!found.is_object()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", "There is no event " + text + ", it is not visible to you, or it is no longer kept.");
    }
    return print_object(session, resource_of("event"), found.get_object());
}

}  // namespace slipway::cli
