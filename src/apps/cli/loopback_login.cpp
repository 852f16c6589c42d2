#include "apps/cli/loopback_login.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <spawn.h>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/redirect_listener.hpp"
#include "base/crypto.hpp"
#include "http/target.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kTimeToSignIn = std::chrono::minutes{10};

std::string random_text() {
    constexpr std::size_t kBytes = 32;
    return crypto::base64url(crypto::random_bytes(kBytes));
}

/// Where the browser comes back, with its parts: the server says it, and must not make us listen or send codes elsewhere.
struct Place {
    std::string origin;  ///< `http://127.0.0.1`
    std::uint16_t port{0};
    std::string path;
    std::string url() const { return origin + ":" + std::to_string(port) + path; }
};

Result<Place> place_of(const std::string& uri) {
    const auto slash = std::min(uri.find('/', std::string_view{"http://"}.size()), uri.size());
    const auto authority = uri.substr(0, slash);
    const auto colon = authority.rfind(':');
    Place out{.origin = authority, .port = 0, .path = uri.substr(slash)};
    bool good = http::is_loopback_address(uri);
    if (good && colon > std::string_view{"http"}.size()) {
        const auto digits = authority.substr(colon + 1);
        const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
        good = fault == std::errc{} && end == digits.data() + digits.size();
        out.origin = authority.substr(0, colon);
    }
    if (!good || (out.origin != "http://127.0.0.1" && out.origin != "http://localhost")) {
        return fail(ErrorCode::unavailable, "BAD_ANSWER", "The server names no place on this machine for the browser to come back to: " + harmless(uri));
    }
    return out;
}

Result<std::string> authorization_of(Session& session, const std::string& url, const Query& asked) {
    SW_TRY(
        const auto answer,
        ask(session,
            {.method = "POST", .url = url + "/gocli/loopback", .headers = {{"Content-Type", "application/x-www-form-urlencoded"}}, .body = form_encoded(asked)},
            url));
    auto where = std::string{json::text_of(answer, "authorization_uri")};
    // It is handed to a program: an address, and nothing that this could take for an option or a file.
    if (!where.starts_with("https://") && !where.starts_with("http://")) {
        return fail(ErrorCode::unavailable, "BAD_ANSWER", "The server names no address to sign in at.");
    }
    return where;
}

void show(Session& session, const std::string& where, bool codes) {
    const bool opened = session.world().open_browser && has_browser(session.world()) && session.world().open_browser(session.world(), where);
    session.say(opened ? "Sign in in the browser that opens. If none does, open this address on this machine:"
                       : "Open this address in a browser on this machine, and sign in:");
    session.say(harmless(where));
    session.say(codes ? "Ctrl-C gives up. With --device you sign in by a code, on any machine." : "Ctrl-C gives up.");
}

Result<std::string> code_of(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string code;
    std::string error;
    for (const auto& [name, content] : fields) {
        code = name == "code" ? content : code;
        error = name == "error" ? content : error;
    }
    if (!error.empty() || code.empty()) {
        return fail(ErrorCode::unauthenticated, "SIGN_IN_FAILED",
                    error == "access_denied" ? "Access was declined at the identity provider, by the person or by its rules. Nobody was signed in."
                                             : "The identity provider signed nobody in: " + harmless(error.substr(0, 100)));
    }
    return code;
}

/// Without what is meant for us alone: SLIPWAY_TOKEN and SLIPWAY_PASSWORD would lie in the environment of a browser, its extensions and its crash reports.
std::vector<std::string> environment_of_browser(const World& world) {
    std::vector<std::string> out;
    for (const auto& [name, content] : world.environment) {
        if (!name.starts_with("SLIPWAY_")) {
            out.push_back(name + "=" + content);
        }
    }
    return out;
}

}  // namespace

bool has_browser(const World& world) {
    if (!world.env("BROWSER").empty()) {
        return true;  // also where an editor on another machine forwards addresses
    }
    const bool far = !world.env("SSH_CONNECTION").empty() || !world.env("SSH_TTY").empty();
    return !far && (!world.env("DISPLAY").empty() || !world.env("WAYLAND_DISPLAY").empty());
}

bool open_in_browser(const World& world, const std::string& url) {
    const auto named = world.env("BROWSER");
    auto program = named.empty() ? std::string{"xdg-open"} : named.substr(0, named.find(':'));
    auto address = url;
    std::array<char*, 3> words{program.data(), address.data(), nullptr};
    auto environment = environment_of_browser(world);
    std::vector<char*> variables;
    std::ranges::transform(environment, std::back_inserter(variables), [](std::string& one) { return one.data(); });
    variables.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    for (const int fd : {0, 1, 2}) {  // what a browser has to say goes nowhere
        ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
    }
    posix_spawnattr_t attributes{};
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // Ctrl-C is for us alone
    pid_t child = 0;
    const bool started = ::posix_spawnp(&child, program.c_str(), &actions, &attributes, words.data(), variables.data()) == 0;
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return started;
}

Result<SignIn> sign_in_by_browser(Session& session, const std::string& url, const WayIn& way, const std::function<Result<void>()>& begun) {
    SW_TRY(auto place, place_of(way.loopback));
    SW_TRY(auto listener, RedirectListener::open(place.port));
    place.port = listener.port();
    const auto state = random_text();
    const auto verifier = random_text();
    const auto digest = crypto::sha256(verifier);
    SW_TRY(const auto where,
           authorization_of(session, url, {{"redirect_uri", place.url()}, {"state", state}, {"code_challenge", crypto::base64url(crypto::bytes_of(digest))}}));
    SW_CHECK(begun());
    show(session, where, way.codes);
    SW_TRY(const auto fields, listener.wait(place.path.empty() ? "/" : place.path, state, kTimeToSignIn, session.world().interrupted));
    SW_TRY(const auto code, code_of(fields));
    SW_TRY(auto tokens,
           request_tokens(session.world(), url,
                          form_encoded({{"grant_type", "authorization_code"}, {"code", code}, {"redirect_uri", place.url()}, {"code_verifier", verifier}})));
    return named(session, url, std::move(tokens));
}

}  // namespace slipway::cli
