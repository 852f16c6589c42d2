#include "base/crypto.hpp"
#include "fakes/http_service.hpp"
#include "http/routes_identity.hpp"

namespace slipway::http {
namespace {

using fakes::HttpService;

json::object document_of(const Response& response) {
    return json::parse_object(response.body).value_or(json::object{});
}

TEST(IdentityRoutes, RefreshTokensRotateAndReuseEndsTheFamily) {
    HttpService service;
    const auto first = service.sign_in("ann");
    const std::string old_refresh{json::text_of(first, "refresh_token")};
    const auto second = service.send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=" + old_refresh);
    ASSERT_EQ(second.status, 200) << second.body;
    const std::string access{json::text_of(document_of(second), "access_token")};
    EXPECT_EQ(service.send_as(access, "GET", "/gocli/session").status, 200);
    EXPECT_EQ(service.send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=" + old_refresh).status, 401);
    EXPECT_EQ(service.send_as(access, "GET", "/gocli/session").status, 401) << "the family must be revoked at once";
    const std::string new_refresh{json::text_of(document_of(second), "refresh_token")};
    EXPECT_EQ(service.send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=" + new_refresh).status, 401);
}

TEST(IdentityRoutes, WhoseSecretAnAdministratorMendedNeedNotWait) {
    HttpService service;
    const auto admin = service.token("admin");
    const auto made = document_of(service.send_as(admin, "POST", "/model-manage/api/clients", R"({"clientId":"edge"})"));
    const auto take = [&](const std::string& secret) {
        return service.send("POST", "/gocli/token", "grant_type=client_credentials&client_id=edge&client_secret=" + secret);
    };
    for (int i = 0; i < 10; ++i) {
        take("wrong");
    }
    EXPECT_EQ(json::text_of(document_of(take(std::string{json::text_of(made, "clientSecret")})), "code"), "TOO_MANY_ATTEMPTS");
    const std::string path = "/model-manage/api/clients/" + std::string{json::text_of(made, "id")};
    EXPECT_EQ(service.send_as(admin, "PATCH", path, R"({"groups":["risk"]})").status, 200);
    EXPECT_EQ(take("wrong").status, 429) << "that mended nothing";
    const auto anew = document_of(service.send_as(admin, "PATCH", path, R"({"rotateSecret":true})"));
    EXPECT_EQ(take(std::string{json::text_of(anew, "clientSecret")}).status, 200);
}

TEST(IdentityRoutes, APasswordThatAnAdministratorSetsCountsAtOnce) {
    HttpService service;
    const auto admin = service.token("admin");
    const auto take = [&](const std::string& password) { return service.send("POST", "/gocli/token", "username=ann&password=" + password); };
    for (int i = 0; i < 5; ++i) {
        take("wrong+password");
    }
    EXPECT_EQ(take("correct+horse").status, 429);
    EXPECT_EQ(service.send_as(admin, "PATCH", "/model-manage/api/users/ann", R"({"password":"another horse"})").status, 200);
    EXPECT_EQ(take("another+horse").status, 200);
}

TEST(IdentityRoutes, ARevokedTokenEndsAtOnceWithAllOfItsSignIn) {
    HttpService service;
    const auto signed_in = service.sign_in("ann");
    const std::string access{json::text_of(signed_in, "access_token")};
    const std::string refresh{json::text_of(signed_in, "refresh_token")};
    const auto elsewhere = service.token("ann");
    ASSERT_EQ(service.send_as(access, "GET", "/gocli/session").status, 200);
    ASSERT_EQ(service.send_as(elsewhere, "GET", "/gocli/session").status, 200);
    const auto answer = service.send("POST", "/gocli/revoke", "token=" + refresh + "&token_type_hint=access_token");
    EXPECT_EQ(answer.status, 200) << "a wrong hint is a hint: " << answer.body;
    EXPECT_EQ(service.send_as(access, "GET", "/gocli/session").status, 401);
    EXPECT_EQ(service.send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=" + refresh).status, 401);
    EXPECT_EQ(service.send_as(elsewhere, "GET", "/gocli/session").status, 200) << "another sign-in goes on";
    EXPECT_EQ(service.send("POST", "/gocli/revoke", "token=" + elsewhere).status, 200);
    EXPECT_EQ(service.send_as(elsewhere, "GET", "/gocli/session").status, 401);
    EXPECT_EQ(service.send("POST", "/gocli/revoke", "token=" + elsewhere).status, 200) << "twice is once";
}

TEST(IdentityRoutes, AnUnknownTokenIsRevokedAlreadyAndCostsNobodyAnything) {
    HttpService service;
    const auto ann = service.token("ann");
    ASSERT_EQ(service.send_as(ann, "GET", "/gocli/session").status, 200);
    ASSERT_TRUE(service.tokens.known(ann));
    EXPECT_EQ(service.send("POST", "/gocli/revoke", "token=swa_made-up").status, 200);
    EXPECT_TRUE(service.tokens.known(ann)) << "what is remembered of others stays";
    for (const auto* body : {"", "token=", "token_type_hint=access_token", "{", "\xff\xfe=%"}) {
        EXPECT_EQ(service.send("POST", "/gocli/revoke", body).status, 400) << body;
    }
}

TEST(IdentityRoutes, ClientsTakeTokensByFormAndBasic) {
    HttpService service;
    const auto admin = service.token("admin");
    const auto made = document_of(service.send_as(admin, "POST", "/model-manage/api/clients", R"({"clientId":"robot","groups":["risk"]})"));
    const std::string secret{json::text_of(made, "clientSecret")};
    const auto form = service.send("POST", "/gocli/token", "grant_type=client_credentials&client_id=robot&client_secret=" + secret);
    ASSERT_EQ(form.status, 200) << form.body;
    EXPECT_FALSE(document_of(form).contains("refresh_token"));
    const auto basic = service.send("POST", "/gocli/token", "grant_type=client_credentials", {{"authorization", "Basic " + crypto::base64("robot:" + secret)}});
    EXPECT_EQ(basic.status, 200);
    EXPECT_EQ(service.send("POST", "/gocli/token", "grant_type=client_credentials&client_id=robot&client_secret=wrong").status, 401);
    EXPECT_EQ(service.send_as(admin, "POST", "/model-manage/api/users", R"({"username":"robot","password":"long enough"})").status, 409);
}

TEST(IdentityRoutes, WithoutAProviderThereIsNoneToSignInAt) {
    HttpService service;
    EXPECT_EQ(json::text_of(document_of(service.send("GET", "/gocli/login")), "mode"), "builtin");
    for (const auto& [method, target] :
         std::vector<std::pair<std::string, std::string>>{{"GET", "/gocli/login/start"}, {"GET", "/gocli/login/callback"}, {"POST", "/gocli/device"}}) {
        const auto answer = service.send(method, target);
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(json::text_of(document_of(answer), "code"), "NO_PROVIDER");
    }
}

TEST(IdentityRoutes, ChangesCountAtOnce) {
    HttpService service;
    const auto admin = service.token("admin");
    const auto ann = service.token("ann");
    ASSERT_EQ(service.send_as(ann, "GET", "/gocli/session").status, 200);
    ASSERT_EQ(service.send_as(admin, "PATCH", "/model-manage/api/users/ann", R"({"groups":["fraud"]})").status, 200);
    EXPECT_TRUE(service.send_as(ann, "GET", "/gocli/session").body.contains("fraud"));
    ASSERT_EQ(service.send_as(admin, "PATCH", "/model-manage/api/users/ann", R"({"disabled":true})").status, 200);
    EXPECT_EQ(service.send_as(ann, "GET", "/gocli/session").status, 401);
    ASSERT_EQ(service.send_as(admin, "DELETE", "/model-manage/api/users/ann").status, 204);
    EXPECT_EQ(service.send_as(admin, "GET", "/model-manage/api/users/ann").status, 404);
}

TEST(IdentityRoutes, PeopleChangeTheirOwnPasswordWithTheOneInUse) {
    HttpService service;
    const auto ann = service.token("ann");
    const auto body = [](std::string_view current, std::string_view wanted) {
        return json::write(json::object{{"currentPassword", current}, {"password", wanted}});
    };
    const auto refused = service.send_as(ann, "PUT", "/gocli/password", body("not the one", "a better one"));
    EXPECT_EQ(refused.status, 400);
    EXPECT_TRUE(refused.body.contains("/currentPassword")) << refused.body;
    EXPECT_EQ(service.send_as(ann, "PUT", "/gocli/password", body(HttpService::kPassword, "short")).status, 400);
    EXPECT_EQ(service.send_as(ann, "GET", "/gocli/session").status, 200) << "what was refused ends nothing";
    const auto changed = service.send_as(ann, "PUT", "/gocli/password", body(HttpService::kPassword, "a better one"));
    EXPECT_EQ(changed.status, 204) << changed.body;
    EXPECT_EQ(service.send_as(ann, "GET", "/gocli/session").status, 401) << "sessions of the old password have ended";
    EXPECT_EQ(service.send("POST", "/gocli/token", "username=ann&password=a+better+one").status, 200);
    EXPECT_EQ(service.send("POST", "/gocli/token", "username=ann&password=correct+horse").status, 401);
}

TEST(IdentityRoutes, ASessionTellsWhatMayBeDone) {
    identity::AccessPolicy policy;
    policy.owner_default = {.read = true, .write = true, .execute = false};
    policy.by_collection["storedModels"]["risk"] = {.read = true, .write = false, .execute = false};
    policy.by_collection["jobs"]["*"] = {.read = false, .write = false, .execute = false};
    HttpService service{{}, {}, {}, policy};
    const auto rights = document_of(service.send_as(service.token("ann"), "GET", "/gocli/session")).at("rights").as_object();
    EXPECT_EQ(rights.at("risk").at("storedModels"), (json::object{{"any", {"READ"}}, {"own", {"READ", "WRITE"}}}));
    EXPECT_EQ(rights.at("risk").at("jobs"), (json::object{{"any", json::array{}}, {"own", {"READ", "WRITE"}}}));
    EXPECT_EQ(rights.at("risk").at("deployableModels").at("any"), (json::array{"READ", "WRITE", "EXECUTE"}));
    EXPECT_TRUE(document_of(service.send_as(service.token("bob"), "GET", "/gocli/session")).at("rights").as_object().empty());
    EXPECT_FALSE(document_of(service.send_as(service.token("admin"), "GET", "/gocli/session")).contains("rights"));
}

TEST(IdentityRoutes, LastSignInIsShownAndIsNoChange) {
    HttpService service;
    const auto admin = service.token("admin");
    const auto before = document_of(service.send_as(admin, "GET", "/model-manage/api/users/ann"));
    EXPECT_FALSE(before.contains("lastSignIn"));
    service.sign_in("ann");
    const auto seen = service.send_as(admin, "GET", "/model-manage/api/users/ann");
    const auto after = document_of(seen);
    EXPECT_EQ(json::text_of(after, "lastSignIn"), to_iso(service.clock.now()));
    EXPECT_EQ(after.at("version"), before.at("version"));
    const auto signed_in = json::text_of(after, "lastSignIn");

    const auto patched = document_of(service.send_as(admin, "PATCH", "/model-manage/api/users/ann", R"({"groups":["fraud"],"lastSignIn":null})"));
    EXPECT_EQ(json::text_of(patched, "lastSignIn"), signed_in) << json::write(patched);
    EXPECT_EQ(json::text_of(document_of(service.send_as(admin, "GET", "/model-manage/api/users/ann")), "lastSignIn"), signed_in);
}

TEST(IdentityRoutes, TheLastAdministratorStays) {
    HttpService service;
    const auto admin = service.token("admin");
    for (const auto* body : {R"({"admin":false})", R"({"disabled":true})"}) {
        const auto refused = service.send_as(admin, "PATCH", "/model-manage/api/users/admin", body);
        EXPECT_EQ(refused.status, 409);
        EXPECT_EQ(json::text_of(document_of(refused), "code"), "LAST_ADMINISTRATOR");
    }
    EXPECT_EQ(service.send_as(admin, "DELETE", "/model-manage/api/users/admin").status, 409);
    ASSERT_EQ(service.send_as(admin, "PATCH", "/model-manage/api/users/bob", R"({"admin":true})").status, 200);
    EXPECT_EQ(service.send_as(admin, "PATCH", "/model-manage/api/users/admin", R"({"admin":false})").status, 200);
}

TEST(IdentityRoutes, PasswordResetEndsSessionsAndLeavesNoTrace) {
    HttpService service;
    const auto admin = service.token("admin");
    const auto ann = service.token("ann");
    const auto changed = service.send_as(admin, "PATCH", "/model-manage/api/users/ann", R"({"password":"canary-password-1"})");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(service.send_as(ann, "GET", "/gocli/session").status, 401);
    EXPECT_EQ(service.send("POST", "/gocli/token", "username=ann&password=canary-password-1").status, 200);
    const auto searched = service.store.read([&](store::Session& sql) -> Result<void> {
        for (const auto* table : {"audit_records", "users"}) {
            SW_TRY(const auto rows, sql.query(std::string{"SELECT document FROM "} + table));
            EXPECT_FALSE(rows.empty());
            for (const auto& row : rows) {
                EXPECT_FALSE(row.text(0).contains("canary") || row.text(0).contains("argon2"));
            }
        }
        return {};
    });
    EXPECT_TRUE(searched.has_value());
}

TEST(IdentityRoutes, GuessingIsSlowedDown) {
    HttpService service;
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(service.send("POST", "/gocli/token", "username=ann&password=wrong").status, 401);
    }
    const auto blocked = service.send("POST", "/gocli/token", "username=ann&password=correct+horse");
    EXPECT_EQ(blocked.status, 429);
    EXPECT_TRUE(std::ranges::find(blocked.headers, std::pair<std::string, std::string>{"Retry-After", "1"}) != blocked.headers.end());
    EXPECT_EQ(service.send("POST", "/gocli/token", "username=admin&password=correct+horse").status, 200);
    service.clock.advance(std::chrono::seconds{2});
    EXPECT_EQ(service.send("POST", "/gocli/token", "username=ann&password=correct+horse").status, 200);
}

TEST(IdentityRoutes, UnknownNamesAnswerLikeWrongPasswords) {
    HttpService service;
    const auto unknown = document_of(service.send("POST", "/gocli/token", "username=nobody&password=x"));
    const auto wrong = document_of(service.send("POST", "/gocli/token", "username=ann&password=x"));
    EXPECT_EQ(json::text_of(unknown, "detail"), json::text_of(wrong, "detail"));
    EXPECT_EQ(service.send("POST", "/gocli/token", "grant_type=magic").status, 400);
    EXPECT_EQ(service.send("POST", "/gocli/token", "").status, 400);
}

}  // namespace
}  // namespace slipway::http
