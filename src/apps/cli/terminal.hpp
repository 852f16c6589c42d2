#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "apps/config/settings.hpp"
#include "base/http_transport.hpp"
#include "base/secret.hpp"

namespace slipway::cli {

/// Where data and talk go, and where a person's answers come from. Data goes to `out` alone.
struct Terminal {
    std::function<void(std::string_view)> out;
    std::function<void(std::string_view)> err;
    std::function<std::string()> out_problem{};  ///< why what was given to `out` did not arrive, empty when it did or nobody reads any more
    /// The process ends as soon as nobody reads `out` any more, and not only at its next word: for what says nothing for hours.
    std::function<void()> end_with_reader{};
    bool out_is_tty{false};
    bool err_is_tty{false};
    bool in_is_tty{false};
    int width{80};  ///< columns of `out`
    /// Asks without echo. @return `invalid_argument` without a terminal.
    std::function<Result<Secret>(const std::string& prompt)> ask_secret;
    /// All of standard input, at most 1 MiB more than `limit`.
    std::function<std::string()> read_input;
};

/// Everything a command touches; handed in so that tests have their own.
struct World {
    Terminal terminal;
    HttpTransport& transport;
    const Clock& clock;
    config::Environment environment;
    std::function<void(Milliseconds)> wait;         ///< returns early when interrupted
    const std::atomic<bool>* interrupted{nullptr};  ///< set by Ctrl-C
    /// Opens an address in the person's browser and does not wait for it. @return whether there is one; empty: there is none.
    std::function<bool(const World&, const std::string& url)> open_browser{};

    std::string env(std::string_view name) const;
    bool stopped() const { return interrupted != nullptr && interrupted->load(); }
    bool colour() const { return terminal.out_is_tty && env("NO_COLOR").empty() && env("TERM") != "dumb"; }
};

/// The process's own streams and terminal. `interrupted` is set by the first SIGINT.
Terminal system_terminal();
const std::atomic<bool>& watch_interrupts();
config::Environment system_environment();

/// Columns a text takes: combining marks none, wide characters two.
std::size_t columns_of(std::string_view text);
/// `text` without control characters (they would steer the terminal); line breaks and tabs become blanks.
std::string harmless(std::string_view text);
/// Cut to `width` columns with `…`.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace slipway::cli
