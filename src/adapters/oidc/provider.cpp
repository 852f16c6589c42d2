#include "adapters/oidc/provider.hpp"

#include <algorithm>

#include "adapters/oidc/announced.hpp"
#include "adapters/oidc/discovery.hpp"
#include "adapters/oidc/door.hpp"
#include "adapters/oidc/grants.hpp"
#include "adapters/oidc/provider_health.hpp"
#include "adapters/oidc/questions.hpp"
#include "adapters/oidc/verified_tokens.hpp"
#include "base/log.hpp"

namespace slipway::oidc {
namespace {

using identity::LoginClient;
using identity::ProviderSignIn;
using identity::ProviderTokens;

constexpr int kUnauthorized = 401;

/// Who chose what the provider is asked.
enum class Origin { ours, caller };

std::string host_of(std::string_view url) {
    const auto begin = url.find("://");
    const auto rest = begin == std::string_view::npos ? url : url.substr(begin + 3);
    return std::string{rest.substr(0, rest.find_first_of(":/"))};
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) {
        out += (out.empty() ? "" : " ") + word;
    }
    return out;
}

class OpenIdProvider final : public Provider {
public:
    OpenIdProvider(ProviderSettings settings, HttpTransport& transport, const Clock& clock)
        : settings_{std::move(settings)},
          transport_{transport},
          clock_{clock},
          discovery_{waits(), transport, clock, settings_.rules.issuer, settings_.jwks_uri} {}

    Result<identity::Principal> authenticate(std::string_view bearer) override { return authenticate_from(bearer, {}); }
    Result<identity::Principal> authenticate_from(std::string_view bearer, std::string_view peer) override {
        SW_TRY(auto found, check(bearer, From::caller, peer));
        return std::move(found.principal);
    }
    std::optional<identity::Principal> known(std::string_view bearer) const override {
        auto found = verified_.good(bearer);
        return found ? std::optional{std::move(found->principal)} : std::nullopt;
    }

    Result<identity::ProviderOffer> offer() override {
        identity::ProviderOffer out{.name = settings_.name.empty() ? host_of(settings_.rules.issuer) : settings_.name, .page = !settings_.client_id.empty()};
        // The page must be able to say where to sign in while the provider is away.
        if (const auto metadata = discovery_.metadata(); metadata && out.page) {
            out.page = !(*metadata)->authorization_endpoint.empty();
            out.device = !(*metadata)->device_endpoint.empty();
            out.password = (*metadata)->password_grant;
            out.loopback = settings_.cli_client_id.empty() || !out.page ? "" : settings_.cli_redirect_uri;
        }
        return out;
    }
    bool is_away() override {
        const auto metadata = discovery_.metadata();
        const bool away = !metadata || token_.is_away((*metadata)->token_endpoint, us(**metadata, LoginClient::page));
        if (away) {
            gives_tokens_.note(no_answer_in_time());
        }
        return away;
    }
    Result<ProviderSignIn> by_password(const std::string& username, const Secret& password) override {
        constexpr std::size_t kLongestName = 200;
        constexpr std::size_t kLongestPassword = 1024;
        if (username.size() > kLongestName || password.reveal().size() > kLongestPassword) {
            return fail(ErrorCode::unauthenticated, "SIGN_IN_FAILED",
                        fmt::format("No name has more than {} bytes, and no password more than {}: the identity provider was not asked.", kLongestName,
                                    kLongestPassword));
        }
        return checked(
            grant(LoginClient::command_line,
                  {{"grant_type", "password"}, {"username", username}, {"password", std::string{password.reveal()}}, {"scope", joined(settings_.scopes)}}));
    }
    Result<ProviderSignIn> by_refresh(const Secret& refresh_token, LoginClient client, const identity::LongWait& wait) override {
        return grant(client, {{"grant_type", "refresh_token"}, {"refresh_token", std::string{refresh_token.reveal()}}},
                     client == LoginClient::page ? Origin::ours : Origin::caller, patience_of(wait));
    }
    Result<ProviderSignIn> by_device(const Secret& device_code, const Secret& verifier) override {
        Form form{{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"}, {"device_code", std::string{device_code.reveal()}}};
        if (!verifier.empty()) {
            form.emplace_back("code_verifier", verifier.reveal());
        }
        auto in = of_somebody(grant(LoginClient::command_line, std::move(form)));
        if (!in && in.error().reason == "REQUEST_DROPPED") {
            return provider_away(std::move(in.error().detail));  // who waits for a person asks again, and is no guess
        }
        return in;
    }
    Result<ProviderSignIn> by_client(const std::string& client_id, const Secret& secret, const std::string& scope) override {
        SW_TRY(const auto metadata, discovery_.metadata());
        Form form{{"grant_type", "client_credentials"}};
        if (!scope.empty()) {
            form.emplace_back("scope", scope);
        }
        SW_TRY(auto tokens, tokens_from(*metadata, {.id = client_id, .secret = secret, .in_form = metadata->secret_in_form}, std::move(form), Asker::caller,
                                        Origin::caller));
        return checked(signed_in(std::move(tokens)));
    }

    Result<std::string> authorization_url(const identity::AuthorizationRequest& request) override {
        SW_TRY(const auto metadata, discovery_.metadata());
        if (settings_.client_id.empty() || metadata->authorization_endpoint.empty()) {
            return not_offered();
        }
        if ((token_.is_lost() || !discovery_.metadata_facts().trouble.empty()) && is_away()) {
            return provider_away("It was known to be away, and is.");  // a browser would end where nobody is
        }
        Form fields{{"response_type", "code"},
                    {"client_id", us(*metadata, request.client).id},
                    {"redirect_uri", request.redirect_uri},
                    {"scope", joined(settings_.scopes)},
                    {"state", request.state}};
        if (!request.nonce.empty()) {
            fields.emplace_back("nonce", request.nonce);
        }
        fields.emplace_back("code_challenge", request.challenge);
        fields.emplace_back("code_challenge_method", "S256");
        return with_fields(metadata->authorization_endpoint, fields);
    }
    Result<ProviderSignIn> by_code(const identity::AuthorizationCode& code) override {
        auto given = grant(code.client, {{"grant_type", "authorization_code"},
                                         {"code", std::string{code.code.reveal()}},
                                         {"redirect_uri", code.redirect_uri},
                                         {"code_verifier", std::string{code.verifier.reveal()}}});
        if (code.client == LoginClient::command_line) {  // it goes by the access token alone, and PKCE binds the code to it
            return of_somebody(std::move(given));
        }
        SW_TRY(auto in, checked(std::move(given)));
        SW_CHECK(check_id_token(in.tokens.id_token, code.nonce));
        return in;
    }
    Result<std::string> end_session_url(const Secret& id_token, const std::string& back_to) override {
        constexpr std::size_t kLongestHint = 4096;  // of a person in hundreds of groups: proxies take no longer address, and the provider asks instead
        const auto metadata = discovery_.metadata();
        if (!metadata || (*metadata)->end_session_endpoint.empty() || token_.is_lost()) {
            return std::string{};  // where nobody is a browser would only hang
        }
        Form fields{{"client_id", settings_.client_id}, {"post_logout_redirect_uri", back_to}};
        if (!id_token.empty() && id_token.reveal().size() <= kLongestHint) {
            fields.emplace_back("id_token_hint", id_token.reveal());
        }
        return with_fields((*metadata)->end_session_endpoint, fields);
    }
    Result<identity::DeviceCode> start_device(const std::string& challenge) override {
        SW_TRY(const auto metadata, discovery_.metadata());
        if (settings_.client_id.empty() || metadata->device_endpoint.empty()) {
            return not_offered();
        }
        Form form{{"scope", joined(settings_.scopes)}};
        if (!challenge.empty()) {
            form.emplace_back("code_challenge", challenge);
            form.emplace_back("code_challenge_method", "S256");
        }
        const auto who = us(*metadata, LoginClient::command_line);
        const auto told = device_.ask(metadata->device_endpoint, who, std::move(form), who);
        if (told.dropped) {
            return request_dropped(told.response.error().detail);
        }
        SW_TRY(const auto answer, told.answer);
        return device_code_of(answer);
    }
    Result<void> revoke(const identity::Revocation& revocation) override {
        auto done = take_back(revocation);
        if (!done) {
            log::info("token_not_revoked", {{"code", done.error().reason}, {"detail", done.error().detail}});
        }
        return done;
    }

    Result<void> refresh() override {
        auto done = discovery_.refresh();
        announced_.note(health());
        return done;
    }
    bool knows_keys() const override { return discovery_.key_facts().known; }
    Health health() const override {
        return health_of(settings_.rules.issuer, discovery_.key_facts(), discovery_.metadata_facts(), gives_tokens_.facts(), tells_of_tokens_.facts());
    }

private:
    static Result<ProviderTokens> no_answer_in_time() { return provider_away("It did not answer in time."); }
    static std::unexpected<Error> not_offered() {
        return fail(ErrorCode::forbidden, "GRANT_NOT_ALLOWED", "Nobody can sign in here in this way: the provider or security.oauth2.login does not offer it.");
    }
    ClientIdentity us(const Metadata& metadata, LoginClient client) const {
        if (client == LoginClient::command_line && !settings_.cli_client_id.empty() && settings_.cli_client_id != settings_.client_id) {
            return {.id = settings_.cli_client_id, .secret = {}, .in_form = true};
        }
        return {.id = settings_.client_id, .secret = settings_.client_secret, .in_form = metadata.secret_in_form};
    }
    Result<void> take_back(const identity::Revocation& revocation) {
        SW_TRY(const auto metadata, discovery_.metadata());
        if (metadata->revocation_endpoint.empty()) {
            return cannot_revoke();
        }
        const bool ours = revocation.client_id.empty();
        if (ours && settings_.client_id.empty()) {
            return not_offered();
        }
        const ClientIdentity client{.id = revocation.client_id, .secret = revocation.client_secret, .in_form = metadata->secret_in_form};
        Form form{{"token", std::string{revocation.token.reveal()}}};
        if (!revocation.hint.empty()) {
            form.emplace_back("token_type_hint", revocation.hint);
        }
        const auto self = us(*metadata, revocation.ours);
        const auto told = revocation_.ask(metadata->revocation_endpoint, ours ? self : client, std::move(form), self, {.cancelled = revocation.cancelled});
        if (told.dropped) {
            return request_dropped(told.response.error().detail);
        }
        SW_TRY(const auto response, told.response);
        SW_CHECK(revoked_by(metadata->revocation_endpoint, response, ours ? Asker::us : Asker::caller));
        verified_.forget(revocation.token.reveal());
        return {};
    }
    Result<ProviderSignIn> grant(LoginClient client, Form form, Origin origin = Origin::caller, const Patience& patience = {}) {
        SW_TRY(const auto metadata, discovery_.metadata());
        if (settings_.client_id.empty()) {
            return not_offered();
        }
        SW_TRY(auto tokens, tokens_from(*metadata, us(*metadata, client), std::move(form), Asker::us, origin, patience));
        return signed_in(std::move(tokens));
    }
    /// @param form what a caller sent, or the token of a session, which was given to us.
    Result<ProviderTokens> tokens_from(const Metadata& metadata, const ClientIdentity& client, Form form, Asker asker, Origin origin, Patience patience = {}) {
        const auto self = origin == Origin::caller ? std::optional{us(metadata, LoginClient::page)} : std::nullopt;
        if (const auto on_late = patience.on_late) {
            patience.on_late = [this, on_late, origin] {
                gives_tokens_.note(no_answer_in_time(), origin == Origin::ours);
                on_late();
            };
        }
        const auto told = token_.ask(metadata.token_endpoint, client, std::move(form), self, patience);
        auto tokens = told.answer ? tokens_of(*told.answer, asker) : std::unexpected(told.answer.error());
        if (told.response || !told.late) {
            gives_tokens_.note(tokens, told.away || origin == Origin::ours || (!tokens && tokens.error().reason == "CLIENT_REFUSED"));
        }
        return told.dropped ? request_dropped(told.response.error().detail) : std::move(tokens);
    }
    /// For what can be asked for once more.
    static Result<ProviderSignIn> checked(Result<ProviderSignIn> in) {
        return in && in->unchecked ? std::unexpected(std::move(*in->unchecked)) : std::move(in);
    }
    /// A sign-in has a name, which stands in the audit trail.
    static Result<ProviderSignIn> of_somebody(Result<ProviderSignIn> in) { return in && in->principal.name.empty() ? checked(std::move(in)) : std::move(in); }
    /// What we would not take from a caller we give to none. What we cannot ask about is another matter: it is all that is left of what was spent for it.
    Result<ProviderSignIn> signed_in(ProviderTokens tokens) {
        std::optional<Bearer> read;
        auto found = check(tokens.access.reveal(), From::provider, {}, &read);
        if (!found && found.error().code == ErrorCode::unauthenticated) {
            return fail(
                ErrorCode::forbidden, "TOKEN_NOT_FOR_US",
                "The identity provider gave a token that this server cannot take. An administrator must look at security.oauth2 and at the client there. " +
                    found.error().message);
        }
        const auto life = clock_.now() + std::chrono::seconds{tokens.expires_in};
        if (!found && found.error().code == ErrorCode::unavailable) {
            return ProviderSignIn{.principal = read ? std::move(read->principal) : identity::Principal{},
                                  .tokens = std::move(tokens),
                                  .expires = life,
                                  .unchecked = found.error()};
        }
        SW_CHECK(found);
        return ProviderSignIn{.principal = std::move(found->principal), .tokens = std::move(tokens), .expires = std::min(life, found->expires)};
    }

    /// @param read what a signed token says whose signature is right, also where the provider does not tell about it.
    Result<Bearer> check(std::string_view token, From from, std::string_view peer, std::optional<Bearer>* read = nullptr) {
        if (auto good = verified_.good(token)) {
            return std::move(*good);
        }
        if (auto bad = verified_.bad(token)) {
            return std::unexpected(std::move(*bad));
        }
        if (!is_plain(token)) {
            return token_refused("it holds what no token holds.");
        }
        // Opaque tokens may have dots, too. What has the header of a signed one never goes past the checks of signed ones, whatever stands behind it.
        const bool is_signed = settings_.introspection == Introspection::none || claims_to_be_signed(token);
        if (is_signed) {
            SW_TRY(auto bearer, check_signed(token, from));
            if (settings_.introspection != Introspection::all) {
                verified_.remember(token, bearer);
                return bearer;
            }
            if (read != nullptr) {
                *read = std::move(bearer);
            }
        }
        // What came from the provider itself is nobody's guess.
        const bool stranger = !is_signed && from == From::caller && !verified_.was_good(token);
        return ask(token, stranger, std::string{peer});
    }
    Result<json::object> verified_claims(std::string_view token, std::span<const std::string> audiences, From from) {
        SW_TRY(auto read, read_signed_token(token, settings_.algorithms));
        // What is not for us anyway must not make us fetch keys.
        SW_CHECK(check_claims(read.claims, settings_.rules.issuer, audiences, settings_.rules.skew, clock_.now()));
        SW_TRY(auto keys, discovery_.keys_for(read.key_id, from));
        const auto fits = [&] { return keys->verify(read.key_id, read.algorithm, read.text, read.signature); };
        bool good = fits();
        if (!good && read.key_id.empty()) {
            SW_TRY(keys, discovery_.newer_keys(from));  // a token that names no key may be of one that came since
            good = fits();
        }
        if (!good) {
            return token_refused(read.key_id.empty() || keys->knows(read.key_id) ? "its signature is wrong." : "its key is not known.");
        }
        return std::move(read.claims);
    }
    Result<Bearer> check_signed(std::string_view token, From from) {
        SW_TRY(const auto claims, verified_claims(token, settings_.rules.audiences, from));
        return bearer_of(claims, settings_.rules);
    }
    /// OpenID Connect Core 1.0 section 3.1.3.7.
    Result<void> check_id_token(const Secret& token, const std::string& nonce) {
        const std::vector<std::string> audience{settings_.client_id};
        SW_TRY(const auto claims, verified_claims(token.reveal(), audience, From::provider));
        const auto party = json::text_of(claims, "azp");
        if (nonce.empty() || json::text_of(claims, "nonce") != nonce || (!party.empty() && party != settings_.client_id)) {
            return token_refused("it belongs to another sign-in.");
        }
        return {};
    }

    /// RFC 7662. The provider need not be asked twice about the same token within half a minute, nor by everybody at once.
    Result<Bearer> ask(std::string_view token, bool stranger, const std::string& peer) {
        SW_TRY(const auto metadata, discovery_.metadata());
        if (metadata->introspection_endpoint.empty()) {
            return provider_away("The description of the provider names no introspection_endpoint.");
        }
        const WorkerPool::Waiting waiting;
        auto bearer = questions_.ask(stranger, peer, [&] {
            const auto self = us(*metadata, LoginClient::page);
            const auto told =
                introspection_.ask(metadata->introspection_endpoint, self, {{"token", std::string{token}}}, stranger ? std::optional{self} : std::nullopt);
            auto who = told.answer ? answered(*told.answer) : Result<Bearer>{std::unexpected(told.answer.error())};
            tells_of_tokens_.note(who, told.away || !stranger || (told.response && told.response->status == kUnauthorized));
            return who;
        });
        if (bearer) {
            verified_.remember(token, *bearer);
        } else if (bearer.error().code == ErrorCode::unauthenticated) {
            verified_.remember(token, bearer.error());
        }
        return bearer;
    }
    Result<Bearer> answered(const Answer& answer) const {
        const auto* active = answer.body.if_contains("active");
        if (answer.status != 200 || active == nullptr || !active->is_bool()) {
            return fail(ErrorCode::unavailable, "CLIENT_REFUSED",
                        "The identity provider does not tell this server about tokens. An administrator must look at security.oauth2.login.",
                        fmt::format("introspection answers {}", answer.status));
        }
        if (!active->get_bool()) {
            return token_refused("the provider says that it is no longer good.");
        }
        auto claims = answer.body;
        if (!claims.contains("iss")) {
            claims["iss"] = settings_.rules.issuer;  // it is its own answer
        }
        SW_CHECK(check_claims(claims, settings_.rules.issuer, settings_.rules.audiences, settings_.rules.skew, clock_.now()));
        return bearer_of(claims, settings_.rules);
    }

    const ProviderSettings settings_;
    HttpTransport& transport_;
    const Clock& clock_;
    Discovery discovery_;
    VerifiedTokens verified_{clock_};
    Standing gives_tokens_{clock_};
    Standing tells_of_tokens_{clock_};
    Questions questions_{waits(), clock_};
    Door token_{transport_, clock_};
    Door introspection_{transport_, clock_};
    Door revocation_{transport_, clock_};
    Door device_{transport_, clock_};
    Announced announced_;
};

}  // namespace

std::unique_ptr<Provider> make_provider(ProviderSettings settings, HttpTransport& transport, const Clock& clock) {
    return std::make_unique<OpenIdProvider>(std::move(settings), transport, clock);
}

}  // namespace slipway::oidc
