#pragma once

#include <functional>
#include <string>

#include "apps/cli/session.hpp"

namespace slipway::cli {

/// Whether asking again may help: the server is away for a moment, or restarts.
bool may_pass(const Error& error);

/// Says on standard error that the server is away, once for each reason, and once that it answers again.
class Outage {
public:
    explicit Outage(Session& session) : session_{session} {}
    void away(const Error& error);
    void back();

private:
    void say(const std::string& text);
    Session& session_;
    std::string said_;
};

/// What is followed, and in which words.
struct Following {
    std::string path;
    Milliseconds poll{1000};
    Milliseconds timeout{0};
    std::function<bool(const json::object&)> show;  ///< is shown each state; @return whether that is the end
    std::string goes_on;                            ///< said when a person does not wait for the end
    std::string too_late;                           ///< message of `timeout`/`WAIT_TIMED_OUT`
};

/// Asks for an object until it has ended; a server that is away is asked again. @return its last state.
Result<json::object> follow(Session& session, const Following& what);

/// `--timeout`, 24 h without one. @return `USAGE` for what is no period.
Result<Milliseconds> timeout_of(const Session& session);

}  // namespace slipway::cli
