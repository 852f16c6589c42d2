#pragma once

#include <gtest/gtest.h>

#include "adapters/oidc/provider.hpp"
#include "fakes/fake_openid.hpp"

namespace slipway::fakes {

/// A provider that we check tokens of and sign in at.
class ProviderTest : public testing::Test {
protected:
    /// Opaque tokens are asked about; those that begin with `good` are active.
    void ask_about_opaque_ones() {
        auto wanted = settings();
        wanted.introspection = oidc::Introspection::opaque;
        use(std::move(wanted));
        idp.on_introspect = [&](const HttpRequest& request) {
            auto claims = idp.claims();
            claims["active"] = request.body.contains("token=good");
            return FakeOpenId::json_answer(claims);
        };
    }
    oidc::ProviderSettings settings() const {
        return {.rules = {.issuer = std::string{FakeOpenId::kIssuer}, .audiences = {"urn:slipway"}, .admin_group = "slipway-admins"},
                .jwks_uri = {},
                .client_id = "slipway-ui",
                .client_secret = Secret{"p@ss:word/+"},
                .name = "Company"};
    }
    void use(oidc::ProviderSettings wanted) { provider = oidc::make_provider(std::move(wanted), idp.transport, idp.clock); }
    std::string refusal(std::string_view token) {
        const auto who = provider->authenticate(token);
        return who ? "" : who.error().reason;
    }
    static HttpResponse tokens(const std::string& access, json::object more = {}) {
        more["access_token"] = access;
        more["expires_in"] = 300;
        return FakeOpenId::json_answer(more);
    }
    /// Somebody else's token: right in all but its signature.
    std::string forged(const std::string& key_id) const { return stranger.token("RS256", idp.claims(), {{"kid", key_id}}); }

    FakeOpenId idp;
    const SigningKey& stranger = *FakeOpenId::pooled(0);
    std::unique_ptr<oidc::Provider> provider = oidc::make_provider(settings(), idp.transport, idp.clock);
};

}  // namespace slipway::fakes
