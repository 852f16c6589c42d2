#include "apps/cli/follow.hpp"

#include "apps/cli/exit_codes.hpp"
#include "apps/config/settings.hpp"

namespace slipway::cli {

bool may_pass(const Error& error) {
    return (error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout) && error.reason != "CANCELLED";
}

void Outage::say(const std::string& text) {
    // A progress bar may stand in this line.
    session_.say((session_.world().terminal.err_is_tty ? "\r\x1b[K" : "") + text);
}

void Outage::away(const Error& error) {
    if (error.message != said_) {
        say("slipway: " + harmless(error.message) + " Trying again.");
        said_ = error.message;
    }
}

void Outage::back() {
    if (!said_.empty()) {
        say("slipway: the server answers again.");
        said_.clear();
    }
}

Result<json::object> follow(Session& session, const Following& what) {
    SW_TRY(auto* api, session.api());
    const auto begin = session.world().clock.steady();
    Outage outage{session};
    while (true) {
        const auto answer = api->get(what.path);
        if (answer) {
            outage.back();
            auto object = answer->is_object() ? answer->get_object() : json::object{};
            if (what.show(object)) {
                return object;
            }
        } else if (!may_pass(answer.error()) && !session.world().stopped()) {
            return std::unexpected(answer.error());
        } else if (!session.world().stopped()) {
            outage.away(answer.error());
        }
        if (session.world().stopped()) {
            session.say(what.goes_on);
            return fail(ErrorCode::unavailable, "CANCELLED", "Interrupted.");
        }
        if (session.world().clock.steady() - begin >= what.timeout) {
            return fail(ErrorCode::timeout, "WAIT_TIMED_OUT", what.too_late);
        }
        session.world().wait(what.poll);
    }
}

Result<Milliseconds> timeout_of(const Session& session) {
    const auto text = session.line().get("--timeout");
    const auto period = text.empty() ? std::optional{Milliseconds{std::chrono::hours{24}}} : config::parse_period(text);
    if (!period) {
        return usage("--timeout must be a period such as 30s, 20m or 2h, not \"" + text + "\"");
    }
    return *period;
}

}  // namespace slipway::cli
