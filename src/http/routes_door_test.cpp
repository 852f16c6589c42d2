#include <fmt/format.h>

#include "fakes/registry_service.hpp"
#include "registry/approvals.hpp"
#include "store/outbox.hpp"

/// What comes through the door of all collections, and what leaves it.
namespace slipway::http {
namespace {

using fakes::job_of;
using fakes::RegistryService;

TEST(TheDoor, WordsThatNobodyKnowsAreRefused) {
    RegistryService service;
    const auto model = [](const std::string& asset) { return R"({"modelMetaData":{"name":"n"},"modelAssets":[)" + asset + "]}"; };
    EXPECT_EQ(service.post("storedModels", model(R"({"assetType":"BANANA","name":"x"})")).pointer(), "/modelAssets/0/assetType");
    EXPECT_EQ(service.post("storedModels", model(R"({"assetType":"SQL_ASSET","name":"x","sqlStatement":"SELECT 1"})")).status(), 201);
    EXPECT_EQ(service.post("runtimes", R"({"engineType":"FOO","name":"r"})").pointer(), "/engineType");
    EXPECT_EQ(service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})", R"(,"jobStatus":"BANANA")")).pointer(), "/jobStatus");
    EXPECT_EQ(service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})", R"(,"jobStatus":"RUNNING")")).at("/jobStatus"), "CREATED");
    EXPECT_EQ(service.post("modelTestResults", "{}").pointer(), "/testResults");
    EXPECT_EQ(service.post("notifications", R"({"notificationType":"N","message":"m","severity":"LOUD"})").pointer(), "/severity");
}

TEST(TheDoor, NamesCanBeSeenAndRead) {
    RegistryService service;
    EXPECT_EQ(service.post("storedModels", R"({"modelMetaData":{"name":"   "}})").pointer(), "/modelMetaData/name");
    EXPECT_EQ(service.post("runtimes", R"({"engineType":"SPARK_RUNTIME","name":" "})").pointer(), "/name");
    EXPECT_EQ(service.post("notifications", R"({"notificationType":"N","message":" "})").pointer(), "/message");
    for (const auto& group : {std::string(201, 'g'), std::string{" risk"}, std::string{"a,b"}}) {
        EXPECT_EQ(service.send("admin", "POST", "storedModels", R"({"modelMetaData":{"name":"n"},"group":")" + group + R"("})").pointer(), "/group") << group;
    }
}

TEST(TheDoor, NamesAreWhatTheySeem) {
    RegistryService service;
    const auto model = service.model();
    const auto posted = [&](const std::string& name) {
        return std::vector<std::pair<RegistryService::Answer, std::string>>{
            {service.post("storedModels", R"({"modelMetaData":{"name":")" + name + R"("}})"), "/modelMetaData/name"},
            {service.post("deployableModels", R"({"storedModel":{"id":")" + model + R"("},"metaData":{"name":")" + name + R"("}})"), "/metaData/name"},
            {service.post("runtimes", R"({"engineType":"SPARK_RUNTIME","name":")" + name + R"("})"), "/name"}};
    };
    for (const std::string name : {R"(a\u0000b)", R"(a\nb)", R"(a\u007fb)", R"(a\u0085b)", R"(a\u2028b)", R"(pay\u202Efdp.exe)", R"(a\u2066b)", R"(a\u200Fb)",
                                   R"(\u00a0\u3000)", R"(\u200b)"}) {
        for (const auto& [answer, pointer] : posted(name)) {
            EXPECT_EQ(answer.status(), 400) << name << answer.response.body;
            EXPECT_EQ(answer.pointer(), pointer) << name;
        }
    }
    for (const auto& [answer, pointer] : posted(std::string(201, 'n'))) {
        EXPECT_EQ(answer.pointer(), pointer);
        EXPECT_EQ(answer.at("/errors/0/got"), "201 characters");
    }
    std::string longest;
    for (int i = 0; i < 200; ++i) {
        longest += "é";
    }
    for (const auto& name : {std::string{"Modèle 模型 👩\u200d🔬"}, longest}) {
        for (const auto& [answer, pointer] : posted(name)) {
            EXPECT_EQ(answer.status(), 201) << answer.response.body;
        }
    }
    EXPECT_EQ(service.post("storedModels", R"({"modelMetaData":{"name":"a\ud800"}})").code(), "MALFORMED_JSON");
}

TEST(TheDoor, ABodyIsJsonInUtf8) {
    RegistryService service;
    const std::string body = R"({"modelMetaData":{"name":"n"}})";
    EXPECT_EQ(service.post("storedModels", "\xEF\xBB\xBF" + body).status(), 201) << "a byte order mark means nothing";
    const auto text = service.post("storedModels", body, {{"content-type", "text/plain"}});
    EXPECT_EQ(text.status(), 415) << text.response.body;
    EXPECT_EQ(text.code(), "UNSUPPORTED_MEDIA_TYPE");
    EXPECT_EQ(text.response.content_type, "application/problem+json");
    const std::string front = R"({"modelMetaData":{"name":"a)";
    const auto latin = service.post("storedModels", front + "\xE9\"}}");
    EXPECT_EQ(latin.status(), 400);
    EXPECT_EQ(latin.code(), "MALFORMED_JSON");
    EXPECT_EQ(latin.at("/errors/0/expected"), "JSON in UTF-8");
    EXPECT_EQ(latin.at("/errors/0/got"), fmt::format("a byte that is no UTF-8 at line 1, column {}", front.size() + 1));
}

TEST(TheDoor, OneFaultForOnePlace) {
    RegistryService service;
    const auto refused = service.post("storedModels", R"({"modelMetaData":{"name":"a\u0000b"}})");
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(refused.at("/errors/1"), "absent") << refused.response.body;
    EXPECT_EQ(service.post("storedModels", "[]").at("/detail"), "The request is not valid: the body must be a JSON object.");
}

TEST(Events, WhatMovesToAnotherGroupIsGoneForTheFirst) {
    RegistryService service;
    const auto id = service.model();
    ASSERT_EQ(service.send("ann:risk,ops", "PATCH", "storedModels/" + id, R"({"group":"ops"})").status(), 200);
    const auto told = [&](const std::string& group) {
        std::vector<std::string> kinds;
        EXPECT_TRUE(service.store_->read([&](store::Session& sql) -> Result<void> {
            const identity::Principal who{.kind = identity::Principal::Kind::user, .name = "zoe", .groups = {group}, .admin = false};
            SW_TRY(const auto events, store::events_after(sql, 0, service.access_.scope(who, identity::Action::read, "events"), 100));
            for (const auto& event : events) {
                kinds.push_back(event.kind);
            }
            return {};
        }));
        return kinds;
    };
    EXPECT_EQ(told("risk"), (std::vector<std::string>{"created", "removed"}));
    EXPECT_EQ(told("ops"), std::vector<std::string>{"changed"});
}

/// Ids of the entities of which the caller is told.
std::vector<std::string> told_to(RegistryService& service, const identity::Principal& who) {
    std::vector<std::string> ids;
    EXPECT_TRUE(service.store_->read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto events, store::events_after(sql, 0, service.access_.scope(who, identity::Action::read, "events"), 100));
        for (const auto& event : events) {
            ids.push_back(event.id);
        }
        return {};
    }));
    return ids;
}

TEST(Tickets, WhoDecidesOnThoseOfAnotherGroupReadsThemAndNothingElseOfIt) {
    identity::AccessPolicy policy;
    policy.ticket_approvers["risk"] = {"risk-approvers"};
    RegistryService service{policy};
    const auto model = service.model();
    const auto& table = registry::notifications_table();
    const auto ticket = service.write(table, "risk", R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"evidence":{"reason":"release 12"}})");
    const auto other = service.write(table, "risk", R"({"notificationType":"JOB_NOTIFICATION","severity":"ERROR","message":"m"})");
    const auto foreign = service.write(table, "crm", R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true})");
    const std::string noa = "noa:risk-approvers";
    EXPECT_EQ(service.send(noa, "GET", "notifications/" + ticket.id).at("/evidence/reason"), "release 12");
    const auto listed = service.send(noa, "GET", "notifications?filter=type:MODEL_APPROVAL_NOTIFICATION%20open:true");
    EXPECT_EQ(listed.at("/page/totalElements"), "1") << listed.response.body;
    EXPECT_EQ(listed.at("/_embedded/notifications/0/id"), ticket.id);
    EXPECT_EQ(service.send(noa, "GET", "notifications").at("/page/totalElements"), "1");
    for (const auto& path : {"notifications/" + other.id, "notifications/" + foreign.id, "storedModels/" + model}) {
        EXPECT_EQ(service.send(noa, "GET", path).status(), 404) << path;
    }
    EXPECT_EQ(service.send(noa, "GET", "auditRecords").at("/page/totalElements"), "0");
    EXPECT_EQ(service.send(noa, "PATCH", "notifications/" + ticket.id, R"({"message":"mine"})").status(), 404) << "reading is all";
    EXPECT_EQ(service.send(noa, "DELETE", "notifications/" + ticket.id).status(), 404);
    EXPECT_EQ(told_to(service, {.kind = identity::Principal::Kind::user, .name = "noa", .groups = {"risk-approvers"}}), std::vector<std::string>{ticket.id});

    EXPECT_EQ(service.send(RegistryService::kEve, "GET", "notifications/" + ticket.id).status(), 404);
    EXPECT_EQ(service.send(RegistryService::kEve, "GET", "notifications").at("/page/totalElements"), "0");
    EXPECT_TRUE(told_to(service, {.kind = identity::Principal::Kind::user, .name = "eve", .groups = {"strangers"}}).empty());
}

TEST(Assets, KnownContentIsNotSentAgain) {
    RegistryService service;
    const auto made =
        service.post("storedModels", R"({"modelMetaData":{"name":"n"},"modelAssets":[{"assetType":"SOURCE_CODE","name":"a.py","sourceCode":"pass"}]})");
    const auto path = "storedModels/" + made.id() + "/assets/" + made.at("/modelAssets/0/assetId") + "/content";
    const auto first = service.get(path);
    ASSERT_EQ(first.status(), 200);
    const auto again = service.get(path, {{"if-none-match", first.header("ETag")}});
    EXPECT_EQ(again.status(), 304);
    EXPECT_EQ(again.response.body, "");
    EXPECT_EQ(service.get(path, {{"if-none-match", "\"other\""}}).status(), 200);
}

TEST(Tickets, SayToWhoeverAsksWhetherTheyMayDecide) {
    RegistryService service;
    service.registry_.decide_tickets_by({.approvers = {{"risk", {"risk-approvers"}}}, .four_eyes = true});
    const auto& table = registry::notifications_table();
    const auto ticket = service.write(
        table, "risk",
        R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","severity":"INFO","message":"m","open":true,"requestedBy":"mina","evidence":{"editedBy":["omar"]}})");
    const auto path = "notifications/" + ticket.id;
    const auto refused = service.send("ann:risk", "GET", path);
    EXPECT_EQ(refused.at("/mayDecide"), "false");
    EXPECT_EQ(refused.at("/decisionRefusal/code"), "NOT_AN_APPROVER");
    EXPECT_EQ(refused.at("/decisionRefusal/message"), "Tickets of the group risk are decided by members of risk-approvers.");
    const auto bob = service.send("bob:risk,risk-approvers", "GET", path, {}, {{"if-none-match", refused.header("ETag")}});
    EXPECT_EQ(bob.status(), 200) << "the same version says something else to another person";
    EXPECT_EQ(bob.at("/mayDecide"), "true");
    EXPECT_EQ(bob.at("/decisionRefusal"), "absent");
    for (const auto* name : {"mina", "omar"}) {
        const auto asked = service.send(std::string{name} + ":risk,risk-approvers", "GET", "notifications");
        EXPECT_EQ(asked.at("/_embedded/notifications/0/decisionRefusal/code"), "FOUR_EYES") << name;
    }
    EXPECT_EQ(service.send("ann:risk", "PATCH", path, R"({"mayDecide":true,"decisionRefusal":null})").status(), 200) << "told at reading, never kept";
    EXPECT_EQ(service.send("ann:risk", "GET", path).at("/mayDecide"), "false");

    const auto closed = service.write(table, "risk", R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":false,"decision":{"decision":"APPROVED"}})");
    const auto message = service.write(table, "risk", R"({"notificationType":"JOB_NOTIFICATION","severity":"ERROR","message":"m"})");
    for (const auto& other : {closed.id, message.id}) {
        EXPECT_EQ(service.send("ann:risk", "GET", "notifications/" + other).at("/mayDecide"), "absent");
    }
}

}  // namespace
}  // namespace slipway::http
