#include "adapters/oidc/claims.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway::oidc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Timestamp kNow = from_epoch_ms(1'800'000'000'000);
constexpr std::int64_t kSeconds = 1'800'000'000;
const std::vector<std::string> kAudience{"urn:slipway"};

json::object claims() {
    return {{"iss", "https://idp.example"}, {"aud", "urn:slipway"}, {"exp", kSeconds + 300}, {"sub", "f3a1"}, {"preferred_username", "ana"}};
}

std::string refused(json::object changes) {
    auto all = claims();
    for (auto& [name, content] : changes) {
        if (content.is_null()) {
            all.erase(name);
        } else {
            all[name] = content;
        }
    }
    const auto checked = check_claims(all, "https://idp.example", kAudience, Milliseconds{60'000}, kNow);
    return checked ? "" : checked.error().message;
}

TEST(Claims, IssuerAudienceAndTimesMustFit) {
    EXPECT_EQ(refused({}), "");
    EXPECT_EQ(refused({{"aud", {"account", "urn:slipway"}}}), "");
    EXPECT_THAT(refused({{"iss", "https://idp.example/"}}), HasSubstr("issuer"));
    EXPECT_THAT(refused({{"iss", nullptr}}), HasSubstr("issuer"));
    EXPECT_THAT(refused({{"aud", "urn:other"}}), HasSubstr("audience"));
    EXPECT_THAT(refused({{"aud", nullptr}}), HasSubstr("audience"));
    EXPECT_THAT(refused({{"aud", json::array{}}}), HasSubstr("audience"));
    EXPECT_THAT(refused({{"exp", nullptr}}), HasSubstr("when it ends"));
    EXPECT_THAT(refused({{"exp", "soon"}}), HasSubstr("when it ends"));
    EXPECT_THAT(refused({{"exp", 1e300}}), HasSubstr("when it ends"));
}

TEST(Claims, ClocksMayDifferByTheSkewAndNoMore) {
    EXPECT_EQ(refused({{"exp", kSeconds - 59}}), "");
    EXPECT_THAT(refused({{"exp", kSeconds - 60}}), HasSubstr("expired"));
    EXPECT_EQ(refused({{"exp", 1'799'999'940.5}}), "");
    EXPECT_EQ(refused({{"nbf", kSeconds + 60}}), "");
    EXPECT_THAT(refused({{"nbf", kSeconds + 61}}), HasSubstr("not valid yet"));
    EXPECT_THAT(refused({{"nbf", "x"}}), HasSubstr("not valid yet"));
}

std::vector<std::string> groups(json::value claim, const std::string& name = "memberOf") {
    auto all = claims();
    all["memberOf"] = std::move(claim);
    return bearer_of(all, {.groups_claim = name}).value().principal.groups;
}

TEST(Claims, OnlyATextHoldsSeveralGroups) {
    EXPECT_THAT(groups("risk, sales"), ElementsAre("risk", "sales"));
    EXPECT_THAT(groups(json::array{"risk", "x,slipway-admins"}), ElementsAre("risk")) << "who may name a group may not name two by it";
}

TEST(Claims, AGroupThatIsCalledAlmostLikeOursIsAnother) {
    for (const auto* name :
         {"slipway-admins ", " slipway-admins", "/slipway-admins ", " /slipway-admins", "/ slipway-admins", "//slipway-admins", "slipway-admins,x"}) {
        auto all = claims();
        all["memberOf"] = json::array{"/others", name};
        EXPECT_FALSE(bearer_of(all, {.admin_group = "slipway-admins"})->principal.admin) << name;
    }
}

TEST(Claims, ASlashIsPartOfANameUnlessAllArePaths) {
    EXPECT_THAT(groups(json::array{"risk", "/slipway-admins"}), ElementsAre("risk", "/slipway-admins"));
    EXPECT_THAT(groups(json::array{"/risk", "/slipway-admins"}), ElementsAre("risk", "slipway-admins"));
    auto flat = claims();
    flat["memberOf"] = json::array{"/slipway-admins"};
    const auto bearer = bearer_of(flat, {.group_paths = false, .admin_group = "slipway-admins"});
    EXPECT_FALSE(bearer->principal.admin);
    EXPECT_THAT(bearer->principal.groups, ElementsAre("/slipway-admins"));
}

TEST(Claims, APathMakesAnAdministratorOnlyWhereThereAreSaidToBePaths) {
    auto all = claims();
    all["memberOf"] = json::array{"/risk", "/slipway-admins"};
    const auto unsaid = bearer_of(all, {.admin_group = "slipway-admins"});
    EXPECT_FALSE(unsaid->principal.admin);
    EXPECT_THAT(unsaid->principal.groups, ElementsAre("risk", "/slipway-admins"));
    EXPECT_TRUE(bearer_of(all, {.admin_by_path = true, .admin_group = "slipway-admins"})->principal.admin);
    all["memberOf"] = json::array{"risk", "slipway-admins"};
    EXPECT_TRUE(bearer_of(all, {.admin_group = "slipway-admins"})->principal.admin);
}

TEST(Claims, GroupsComeAsTextAsListAndAsPaths) {
    EXPECT_THAT(groups("risk"), ElementsAre("risk"));
    EXPECT_THAT(groups("risk, credit"), ElementsAre("risk", "credit"));
    EXPECT_THAT(groups({"/risk", "/a/b", "/risk", "", 5, "  ", "/", "/ x"}), ElementsAre("risk", "a/b"));
    EXPECT_THAT(groups("/risk, /a/b"), ElementsAre("risk", "a/b"));
    EXPECT_THAT(groups(nullptr), ElementsAre());
    EXPECT_THAT(groups({{"inner", {{"roles", {"x"}}}}}, "memberOf.inner.roles"), ElementsAre("x"));
    EXPECT_THAT(groups({{"inner", "x"}}, "memberOf.inner.roles"), ElementsAre());
    auto auth0 = claims();
    auth0["https://example.com/groups"] = json::array{"risk"};
    EXPECT_THAT(bearer_of(auth0, {.groups_claim = "https://example.com/groups"}).value().principal.groups, ElementsAre("risk"));
    json::array many;
    for (int i = 0; i < 300; ++i) {
        many.push_back(json::value("group-" + std::to_string(i)));
    }
    EXPECT_EQ(groups(json::value(many)).size(), 300U);
}

TEST(Claims, TheAdminGroupMakesAdministrators) {
    auto all = claims();
    all["memberOf"] = json::array{"/slipway-admins"};
    EXPECT_TRUE(bearer_of(all, {.admin_by_path = true, .admin_group = "slipway-admins"})->principal.admin);
    EXPECT_FALSE(bearer_of(all, {.admin_group = "others"})->principal.admin);
    EXPECT_FALSE(bearer_of(all, {.admin_group = ""})->principal.admin);
}

TEST(Claims, PeopleAreCalledByTheClaimForNames) {
    EXPECT_EQ(bearer_of(claims(), {})->principal.name, "ana");
    EXPECT_EQ(bearer_of(claims(), {.username_claim = "oid"})->principal.name, "f3a1");
    auto nobody = claims();
    nobody.erase("preferred_username");
    nobody.erase("sub");
    EXPECT_FALSE(bearer_of(nobody, {}));
    auto service = claims();
    service["preferred_username"] = "SYSTEM";
    EXPECT_FALSE(bearer_of(service, {})) << "that is Slipway itself";
    EXPECT_FALSE(bearer_of(claims(), {.clients = {{"ana", {}}}})) << "a person called like a machine client would own its rows";
}

TEST(Claims, NoTwoNamesLookAlike) {
    auto all = claims();
    for (const auto* odd : {"SYSTEM ", " ana", "ana ", "an  a", "ana\u200b", "\u202eana", "a\u0085na", "a\u00a0na", "ana\ufeff", "a\u00adna", "ana\u3000",
                            "an\u2060a", "ana\U000e0041", "a\nna", ""}) {
        all["preferred_username"] = odd;
        all["sub"] = odd;
        EXPECT_FALSE(bearer_of(all, {})) << odd;
    }
    for (const auto* name : {"Ana Maria", "ana@example.com", "Jürgen", "Ωmega", "王芳", "😀"}) {
        all["preferred_username"] = name;
        EXPECT_TRUE(bearer_of(all, {})) << name;
    }
}

TEST(Claims, ABoundTokenIsNoBearer) {
    auto all = claims();
    all["cnf"] = json::object{{"x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}};
    EXPECT_FALSE(bearer_of(all, {})) << "whoever stole it would be who it was bound to";
}

TEST(Claims, AnIdTokenIsNoAccessToken) {
    auto all = claims();
    all["at_hash"] = "x";
    EXPECT_FALSE(bearer_of(all, {}));
    all.erase("at_hash");
    all["typ"] = "ID";
    EXPECT_FALSE(bearer_of(all, {}));
    all["typ"] = "Bearer";
    EXPECT_TRUE(bearer_of(all, {}));
}

TEST(Claims, WhereTheSignInsClientIsAnAudienceATokenShowsThatItIsAnAccessToken) {
    const ClaimRules rules{.audiences = {"urn:slipway", "one-registration"}, .login_clients = {"page", "one-registration"}};
    // As their documentation has them: Entra ID's ID tokens have neither a type nor a hash.
    const json::object id_token{{"aud", "one-registration"}, {"sub", "s"}, {"oid", "o"}, {"preferred_username", "ana"}, {"nonce", "n"}, {"roles", {"risk"}}};
    EXPECT_EQ(bearer_of(id_token, rules).error().reason, "TOKEN_INVALID");
    auto of_google = id_token;
    of_google["azp"] = "one-registration";
    EXPECT_FALSE(bearer_of(of_google, rules)) << "Google names the party in ID tokens, too";
    const json::object entra{{"scp", "access"}, {"azp", "one-registration"}, {"azpacr", "1"}};
    const json::object entra_v1{{"appid", "one-registration"}, {"appidacr", "1"}};
    const json::object keycloak{{"typ", "Bearer"}, {"nonce", "n"}};
    const json::object okta{{"cid", "one-registration"}, {"scp", {"openid"}}};
    const json::object standard{{"client_id", "one-registration"}};
    for (const auto* more : {&entra, &entra_v1, &keycloak, &okta, &standard}) {
        auto access = id_token;
        access.insert(more->begin(), more->end());
        EXPECT_TRUE(bearer_of(access, rules)) << json::write(access);
    }
    auto own = id_token;
    own["aud"] = "urn:slipway";
    EXPECT_TRUE(bearer_of(own, rules)) << "no ID token has an audience of ours";
}

TEST(Claims, MachineClientsAreKnownByNameWithTheirGroupsAndScopes) {
    const ClaimRules rules{.clients = {{"spark-runtime", {.groups = {"modelop"}, .scopes = {"jobs"}}}}};
    const json::object keycloak{{"sub", "f3"}, {"azp", "spark-runtime"}, {"scope", "email jobs"}};
    const json::object okta{{"sub", "spark-runtime"}, {"cid", "spark-runtime"}, {"scp", {"jobs"}}};
    const json::object entra{{"sub", "9f"}, {"azp", "spark-runtime"}, {"idtyp", "app"}, {"name", "Spark"}, {"scp", "jobs x"}};
    const json::object service{{"sub", "f3"}, {"azp", "spark-runtime"}, {"preferred_username", "service-account-spark-runtime"}, {"scope", "jobs"}};
    const json::object introspected{{"sub", "f3"}, {"client_id", "spark-runtime"}, {"username", "service-account-spark-runtime"}, {"scope", "jobs"}};
    for (const auto* token : {&keycloak, &okta, &entra, &service, &introspected}) {
        const auto bearer = bearer_of(*token, rules);
        ASSERT_TRUE(bearer) << json::write(*token);
        EXPECT_EQ(bearer->principal.kind, identity::Principal::Kind::client);
        EXPECT_EQ(bearer->principal.name, "spark-runtime");
        EXPECT_THAT(bearer->principal.groups, ElementsAre("modelop"));
        EXPECT_FALSE(bearer->principal.admin);
    }
    auto without = keycloak;
    without["scope"] = "email job";
    EXPECT_EQ(bearer_of(without, rules).error().reason, "INSUFFICIENT_SCOPE");
    auto unknown = keycloak;
    unknown["azp"] = "stranger";
    EXPECT_EQ(bearer_of(unknown, rules).error().reason, "CLIENT_UNKNOWN");
}

TEST(Claims, APersonWhoUsesAMachinesClientIsAPerson) {
    const ClaimRules rules{.clients = {{"spark-runtime", {.groups = {"modelop"}, .scopes = {}}}}};
    auto all = claims();
    all["azp"] = "spark-runtime";
    all["sid"] = "1";
    const auto bearer = bearer_of(all, rules);
    ASSERT_TRUE(bearer);
    EXPECT_EQ(bearer->principal.kind, identity::Principal::Kind::user);
    EXPECT_EQ(bearer->principal.name, "ana");
    EXPECT_THAT(bearer->principal.groups, ElementsAre());
}

TEST(Claims, APersonOfWhomATokenSaysLittleIsNoMachine) {
    const ClaimRules rules{.clients = {{"page", {.groups = {"modelop"}, .scopes = {}}}}};
    const json::object auth0{{"iss", "i"}, {"sub", "auth0|7"}, {"azp", "page"}, {"scope", "openid profile"}};
    const auto person = bearer_of(auth0, rules);
    ASSERT_TRUE(person);
    EXPECT_EQ(person->principal.name, "auth0|7");
    EXPECT_THAT(person->principal.groups, ElementsAre()) << "not those of the client";
    const json::object machine{{"iss", "i"}, {"sub", "page@clients"}, {"azp", "page"}, {"gty", "client-credentials"}, {"scope", "openid"}};
    EXPECT_EQ(bearer_of(machine, rules)->principal.name, "page");
}

TEST(Claims, ScopesThatAllMustHaveAreAskedOfPeopleToo) {
    auto all = claims();
    all["scope"] = "openid slipway";
    EXPECT_TRUE(bearer_of(all, {.scopes = {"slipway"}}));
    const auto refusal = bearer_of(all, {.scopes = {"slipway", "more"}});
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().code, ErrorCode::forbidden);
    EXPECT_EQ(refusal.error().detail, "slipway more");
}

}  // namespace
}  // namespace slipway::oidc
