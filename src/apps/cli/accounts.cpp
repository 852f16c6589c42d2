#include <algorithm>

#include "apps/cli/device_login.hpp"
#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"
#include "apps/cli/loopback_login.hpp"
#include "base/encoding.hpp"

namespace slipway::cli {
namespace {

ContextFile context_file(Session& session) {
    return ContextFile{contexts_path(session.world().environment)};
}

std::string host_of(const std::string& url) {
    return url.substr(url.find("://") + 3);
}

bool travels_in_clear(const std::string& url) {
    return url.starts_with("http://") && !is_loopback(url);
}

/// A new password: as read_secret(), asked for twice on a terminal.
Result<Secret> new_password(Session& session) {
    const SecretSource source{"--password-file", "--password-stdin", "SLIPWAY_PASSWORD", "New password: "};
    SW_TRY(auto password, read_secret(session, source));
    const bool asked = !session.line().has("--password-file") && !session.line().has("--password-stdin") && session.world().env("SLIPWAY_PASSWORD").empty();
    if (asked) {
        SW_TRY(const auto again, session.world().terminal.ask_secret("The same again: "));
        if (again.reveal() != password.reveal()) {
            return usage("the two passwords differ");
        }
    }
    return password;
}

Result<SignIn> sign_in_by_password(Session& session, const std::string& url, const std::string& user) {
    SW_TRY(const auto password, read_secret(session, {"--password-file", "--password-stdin", "SLIPWAY_PASSWORD", "Password of " + user + ": "}));
    SW_TRY(auto tokens,
           request_tokens(session.world(), url, form_encoded({{"grant_type", "password"}, {"username", user}, {"password", std::string{password.reveal()}}})));
    return SignIn{.tokens = std::move(tokens), .user = user};
}

/// What a person can do about a sign-in that did not come about.
Error with_hint(Session& session, Error error, const std::string& url, const std::string& user) {
    if (error.reason == "SIGN_IN_FAILED" && !user.empty()) {
        error.message += " Try again: slipway login " + url + " -u " + user + ". ";
        error.message += has_provider(session, url) ? "Passwords are kept at the identity provider; without -u you sign in there in a browser."
                                                    : "An administrator gives a new password with: slipway user passwd " + user;
    } else if (error.reason == "NO_CONNECTION" || error.reason == "UNKNOWN_HOST" || error.reason == "NO_HTTP" || error.code == ErrorCode::timeout) {
        error.message += " Is the server running (slipway serve), and is this its address? Name another: slipway login URL -u NAME";
    }
    return error;
}

void revoke(Session& session, const Context& held) {
    if (!held.access_token.empty()) {
        take_back(session, held.url, held.access_token, held.refresh_token, "the tokens of before");
    }
}

/// Takes the tokens from a context that is there. @return the context as it was.
Result<Context> without_tokens(Session& session, const std::string& wanted) {
    Context held;
    SW_CHECK(context_file(session).update([&](Contexts& contexts) -> Result<void> {
        auto* context = contexts.find(wanted.empty() ? contexts.current : wanted);
        if (context == nullptr) {
            return usage(wanted.empty() ? "there is no current context" : "there is no context \"" + wanted + "\"");
        }
        held = *context;
        context->access_token = Secret{};
        context->refresh_token = Secret{};
        return {};
    }));
    return held;
}

/// The browser may be signed in already: its new tokens share a session of the provider's with the old ones, which must be gone before. A server that cannot
/// begin it takes nothing away.
Result<SignIn> sign_in_anew(Session& session, const std::string& url, const std::string& context) {
    SW_TRY(const auto way, way_in(session, url));
    const auto end_before = [&]() -> Result<void> {
        SW_TRY(const auto contexts, context_file(session).read());
        if (contexts.find(context) != nullptr) {
            SW_TRY(const auto held, without_tokens(session, context));
            revoke(session, held);
        }
        return {};
    };
    return way.loopback.empty() ? sign_in_by_code(session, url, end_before) : sign_in_by_browser(session, url, way, end_before);
}

/// A token that has ended is no end of a sign-in that renews it.
std::string standing_of(const Context& context) {
    return context.access_token.empty() ? "no" : context.refresh_token.empty() ? "until " + to_iso(context.expires) : "yes, renewed by itself";
}

json::array groups_of(const Session& session) {
    json::array groups;
    for (const auto& group : session.line().all("--group")) {
        groups.push_back(json::value(group));
    }
    return groups;
}

}  // namespace

Result<int> login(Session& session) {
    const auto& line = session.line();
    auto wanted = line.argument(0);
    wanted = wanted.empty() ? session.world().env("SLIPWAY_URL") : wanted;
    SW_TRY(const auto url, checked_url(wanted.empty() ? "http://127.0.0.1:8080" : wanted));
    if (travels_in_clear(url)) {
        session.say("slipway: " + url + " is not encrypted: passwords and tokens can be read on their way.");
    }
    const auto user = line.get("--user");
    const auto name = line.has("--context") ? line.get("--context") : host_of(url);
    auto signed_in = user.empty() ? sign_in_anew(session, url, name) : sign_in_by_password(session, url, user);
    if (!signed_in) {
        return std::unexpected(with_hint(session, std::move(signed_in.error()), url, user));
    }
    auto& in = *signed_in;
    Context before;
    SW_CHECK(context_file(session).update([&](Contexts& contexts) -> Result<void> {
        auto* context = contexts.find(name);
        if (context == nullptr) {
            context = &contexts.list.emplace_back();
        }
        before = *context;
        *context = {name, url, in.user, std::move(in.tokens.access), std::move(in.tokens.refresh), in.tokens.expires, user.empty()};
        contexts.current = name;
        return {};
    }));
    revoke(session, before);
    session.say("Signed in at " + url + " as " + harmless(in.user) + " (context " + name + ").");
    return kDone;
}

Result<int> logout(Session& session) {
    SW_TRY(const auto held, without_tokens(session, session.line().get("--context")));
    revoke(session, held);
    session.say("Signed out of " + held.name + ": the tokens on this machine are gone.");
    return kDone;
}

Result<int> context_list(Session& session) {
    SW_TRY(const auto format, session.format());
    SW_TRY(const auto contexts, context_file(session).read());
    json::array items;
    for (const auto& context : contexts.list) {
        json::object item{{"name", context.name}, {"url", context.url}, {"user", context.user}, {"current", context.name == contexts.current}};
        item["signedIn"] = standing_of(context);
        if (!context.access_token.empty()) {
            item["expires"] = to_iso(context.expires);
        }
        items.push_back(std::move(item));
    }
    session.out(render_list(session.world(), resource_of("context"), items, format));
    return kDone;
}

Result<int> context_use(Session& session) {
    const auto name = session.line().argument(0);
    SW_CHECK(context_file(session).update([&](Contexts& contexts) -> Result<void> {
        if (contexts.find(name) == nullptr) {
            return fail(ErrorCode::not_found, "NOT_FOUND", "There is no context \"" + name + "\"; slipway context list names them.");
        }
        contexts.current = name;
        return {};
    }));
    return kDone;
}

Result<int> context_delete(Session& session) {
    const auto name = session.line().argument(0);
    Context held;
    SW_CHECK(context_file(session).update([&](Contexts& contexts) -> Result<void> {
        const auto* context = contexts.find(name);
        if (context == nullptr) {
            return fail(ErrorCode::not_found, "NOT_FOUND", "There is no context \"" + name + "\"; slipway context list names them.");
        }
        held = *context;
        std::erase_if(contexts.list, [&](const Context& one) { return one.name == name; });
        if (contexts.current == name) {
            contexts.current = contexts.list.empty() ? std::string{} : contexts.list.front().name;
        }
        return {};
    }));
    revoke(session, held);
    return kDone;
}

Result<int> user_add(Session& session) {
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto password, new_password(session));
    const json::object body{
        {"username", session.line().argument(0)}, {"password", password.reveal()}, {"groups", groups_of(session)}, {"admin", session.line().has("--admin")}};
    SW_TRY(const auto made, api->send("POST", "/model-manage/api/users", json::value(body)));
    return print_object(session, resource_of("user"), made.is_object() ? made.get_object() : json::object{});
}

Result<int> user_passwd(Session& session) {
    const auto& resource = resource_of("user");
    SW_TRY(const auto id, find_id(session, resource, session.line().argument(0)));
    SW_TRY(const auto password, new_password(session));
    SW_TRY(auto* api, session.api());
    SW_CHECK(api->send("PATCH", std::string{resource.path} + "/" + percent_encode(id), json::value(json::object{{"password", password.reveal()}})));
    session.say("The password of " + session.line().argument(0) + " is changed; open sessions have ended.");
    return kDone;
}

Result<int> passwd(Session& session) {
    SW_TRY(const auto current, read_secret(session, {"--current-password-file", "", "SLIPWAY_CURRENT_PASSWORD", "Current password: "}));
    SW_TRY(const auto password, new_password(session));
    SW_TRY(auto* api, session.api());
    SW_CHECK(api->send("PUT", "/gocli/password", json::value(json::object{{"currentPassword", current.reveal()}, {"password", password.reveal()}})));
    session.say("Your password is changed; all your sessions have ended. Sign in again: slipway login");
    return kDone;
}

Result<int> client_add(Session& session) {
    SW_TRY(auto* api, session.api());
    const json::object body{{"clientId", session.line().argument(0)}, {"groups", groups_of(session)}, {"admin", session.line().has("--admin")}};
    SW_TRY(const auto made, api->send("POST", "/model-manage/api/clients", json::value(body)));
    SW_TRY(const auto code, print_object(session, resource_of("client"), made.is_object() ? made.get_object() : json::object{}));
    session.say("The secret is shown this once and kept nowhere in clear.");
    return code;
}

}  // namespace slipway::cli
