#include "http/routes_sagemaker.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_sagemaker.hpp"
#include "fakes/test_store.hpp"
#include "http/problem.hpp"

namespace slipway::http {
namespace {

class SageMakerRoutes : public ::testing::Test {
protected:
    SageMakerRoutes() {
        settings_.credentials.configured.push_back({.id = "configured-1",
                                                    .group = "risk",
                                                    .path = {},
                                                    .region = "eu-west-1",
                                                    .access_key_id = "AKIACONFIGURED",
                                                    .secret_access_key = Secret{"configured-canary"}});
        service_ = std::make_unique<sagemaker::SageMakerService>(registry_, gateway_, settings_, pool_);
        router_ = std::make_unique<Router>(sagemaker_routes(*service_));
        aws_->model("fraud", 1795633204.0);
    }

    Response call(std::string method, const std::string& path, const std::string& body = {}, std::vector<std::pair<std::string, std::string>> headers = {}) {
        Request request{.method = std::move(method), .path = path, .query = query_, .headers = std::move(headers), .body = body};
        request.headers.emplace_back("content-type", "application/json");
        request.request_id = "r-1";
        const auto match = router_->match(request.method, "/sagemaker-service/api" + path);
        if (match.route == nullptr) {
            return {.status = match.allow.empty() ? 404 : 405};
        }
        request.params = match.params;
        request.base_url = "https://models.example.com";
        Exchange exchange{request, ana_, *store_, idempotency_secret_};
        auto answer = match.route->handler(exchange);
        return answer ? *answer : problem(answer.error(), request.request_id);
    }
    static json::object document(const Response& response) {
        const auto parsed = json::parse_object(response.body);
        EXPECT_TRUE(parsed) << response.body;
        return parsed ? *parsed : json::object{};
    }
    static std::string header(const Response& response, std::string_view name) {
        const auto found = std::ranges::find(response.headers, name, &std::pair<std::string, std::string>::first);
        return found == response.headers.end() ? std::string{} : found->second;
    }

    fakes::TestStore store_;
    Secret idempotency_secret_{"key of this test"};
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Registry registry_{registry::Foundation{.store = *store_, .access = access_, .sealer = sealer_, .default_group = "modelop"}};
    std::shared_ptr<fakes::FakeSageMaker> aws_ = std::make_shared<fakes::FakeSageMaker>();
    fakes::FakeGateway gateway_{aws_};
    sagemaker::Settings settings_;
    WorkerPool pool_{"outbound", 1, 16};
    std::unique_ptr<sagemaker::SageMakerService> service_;
    std::unique_ptr<Router> router_;
    std::vector<std::pair<std::string, std::string>> query_;
    identity::Principal ana_{.kind = identity::Principal::Kind::user, .name = "ana", .groups = {"risk"}, .admin = false};
};

TEST_F(SageMakerRoutes, AnImportIsAnsweredAtOnceAndFollowed) {
    const auto accepted = call("POST", "/imports", R"({"modelName":"fraud"})");
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    const auto operation = document(accepted);
    const std::string id{json::text_of(operation, "id")};
    EXPECT_EQ(header(accepted, "Location"), "https://models.example.com/sagemaker-service/api/operations/" + id);
    EXPECT_EQ(json::text_of(operation, "state"), "RUNNING");
    EXPECT_FALSE(json::text_of(operation, "storedModelId").empty());
    service_->wait_idle();
    for (const auto* path : {"/operations/", "/imports/"}) {
        const auto found = call("GET", path + id);
        EXPECT_EQ(found.status, 200);
        EXPECT_EQ(json::text_of(document(found), "state"), "COMPLETE");
    }
    EXPECT_EQ(document(call("GET", "/imports")).at("page").at("totalElements").as_int64(), 1);
    EXPECT_EQ(document(call("GET", "/operations")).at("_embedded").at("operations").as_array().size(), 1);
    EXPECT_EQ(call("POST", "/operations/" + id + "/cancel").status, 409);
}

TEST_F(SageMakerRoutes, TheSameKeyImportsOnce) {
    const std::vector<std::pair<std::string, std::string>> key{{"idempotency-key", "k-1"}};
    const auto first = call("POST", "/imports", R"({"modelName":"fraud"})", key);
    service_->wait_idle();
    const auto calls = aws_->total();
    const auto second = call("POST", "/imports", R"({"modelName":"fraud"})", key);
    EXPECT_EQ(second.status, 202);
    EXPECT_EQ(json::text_of(document(first), "id"), json::text_of(document(second), "id"));
    EXPECT_EQ(aws_->total(), calls);
}

TEST_F(SageMakerRoutes, ARunningImportIsShownToWhoAsksAgain) {
    std::optional<Response> second;
    std::atomic<bool> asked{false};
    aws_->before_call = [&](std::string_view name) {
        if (name == "ListTransformJobs" && !asked.exchange(true)) {
            second = call("POST", "/imports", R"({"modelName":"fraud"})");
        }
    };
    const auto first = call("POST", "/imports", R"({"modelName":"fraud"})");
    service_->wait_idle();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->status, 409);
    const auto told = document(*second);
    EXPECT_EQ(json::text_of(told, "code"), "ALREADY_RUNNING");
    EXPECT_EQ(told.at("operation").at("id").as_string(), json::text_of(document(first), "id"));
}

TEST_F(SageMakerRoutes, RefusalsHaveTheirStatuses) {
    EXPECT_EQ(call("POST", "/imports", R"({"modelName":"nobody"})").status, 404);
    EXPECT_EQ(call("POST", "/imports", R"({"modelName":"a b"})").status, 400);
    EXPECT_EQ(call("POST", "/imports", "[1]").status, 400);
    EXPECT_EQ(call("POST", "/imports", R"({"modelName":"fraud","credentialId":"nobody"})").status, 400);
    aws_->refuse("DescribeModel", "AccessDeniedException", "not authorized", "sagemaker:DescribeModel", ErrorCode::forbidden);
    EXPECT_EQ(call("POST", "/imports", R"({"modelName":"fraud"})").status, 422);
    aws_->refuse("DescribeModel", "Network", "no answer", {}, ErrorCode::unavailable);
    EXPECT_EQ(call("POST", "/imports", R"({"modelName":"fraud"})").status, 503);
    EXPECT_EQ(call("GET", "/operations/nobody").status, 404);
    query_ = {{"state", "ODD"}};
    EXPECT_EQ(call("GET", "/operations").status, 400);
    query_ = {{"page", "-1"}};
    EXPECT_EQ(call("GET", "/imports").status, 400);
    query_ = {{"region", "evil.example/"}};
    EXPECT_EQ(call("GET", "/models").status, 400);
}

TEST_F(SageMakerRoutes, CredentialsAreShownWithoutSecretsReplacedAndRemoved) {
    const auto imported = call("POST", "/imports",
                               R"({"modelName":"fraud","credentials":{"region":"eu-west-1","accessKeyId":"AKIAENTERED1","secretAccessKey":"entered-canary"}})");
    ASSERT_EQ(imported.status, 202) << imported.body;
    service_->wait_idle();
    const auto listed = call("GET", "/credentials");
    EXPECT_EQ(listed.body.find("canary"), std::string::npos);
    const auto credentials = document(listed).at("credentials").as_array();
    ASSERT_EQ(credentials.size(), 2);
    EXPECT_EQ(credentials[0].at("entered").as_bool(), false);
    EXPECT_EQ(credentials[1].at("accessKeyId").as_string(), "********RED1");
    EXPECT_TRUE(credentials[1].at("lastCheck").at("ok").as_bool());
    const std::string id{std::string_view{credentials[1].at("id").as_string()}};

    const auto keys = [](const std::string& secret) { return R"({"region":"eu-west-2","accessKeyId":"AKIAENTERED2","secretAccessKey":")" + secret + "\"}"; };
    EXPECT_EQ(call("PUT", "/credentials/configured-1", keys("new-canary")).status, 409);
    EXPECT_EQ(call("DELETE", "/credentials/configured-1").status, 409);
    EXPECT_EQ(call("PUT", "/credentials/" + id, keys("wrong")).status, 422);
    EXPECT_EQ(call("PUT", "/credentials/" + id, R"({"region":"eu-west-2"})").status, 400);
    const auto replaced = call("PUT", "/credentials/" + id, keys("new-canary"));
    EXPECT_EQ(replaced.status, 200);
    EXPECT_EQ(replaced.body.find("canary"), std::string::npos);
    EXPECT_EQ(json::text_of(document(replaced), "region"), "eu-west-2");
    EXPECT_NE(std::ranges::find(gateway_.forgotten, id), gateway_.forgotten.end());
    ana_.groups = {"sales"};
    EXPECT_EQ(document(call("GET", "/credentials")).at("credentials").as_array().size(), 0);
    EXPECT_EQ(call("DELETE", "/credentials/" + id).status, 404);
    ana_.groups = {"risk"};
    EXPECT_EQ(call("DELETE", "/credentials/" + id).status, 204);
    EXPECT_EQ(call("DELETE", "/credentials/" + id).status, 404);
}

TEST_F(SageMakerRoutes, EnteredKeysBrowseAndAreForgotten) {
    query_ = {{"q", "FRA"}};
    const auto keys = R"({"region":"eu-west-2","accessKeyId":"AKIATRIAL","secretAccessKey":"trial-canary"})";
    const auto found = call("POST", "/models", keys);
    ASSERT_EQ(found.status, 200) << found.body;
    EXPECT_EQ(document(found).at("models").at(0).at("name").as_string(), "fraud");
    EXPECT_EQ(json::text_of(document(found), "region"), "eu-west-2");
    EXPECT_EQ(gateway_.connected.back(), (std::pair<std::string, std::string>{"AKIATRIAL", "eu-west-2"}));
    EXPECT_EQ(gateway_.forgotten.size(), 1);
    EXPECT_EQ(document(call("GET", "/credentials")).at("credentials").as_array().size(), 1) << "only the configured one";
    EXPECT_EQ(call("POST", "/models", R"({"region":"eu-west-2","accessKeyId":"A B"})").status, 400);
}

TEST_F(SageMakerRoutes, ARefusedKeyIsNamedWhereItWasEntered) {
    const auto pointer = [&](const Response& answer) { return std::string{json::text_of(document(answer).at("errors").at(0).as_object(), "pointer")}; };
    const std::string keys = R"({"region":"eu-west-2","accessKeyId":"AKIATRIAL","secretAccessKey":"trial-canary"})";
    aws_->refuse("ListModels", "SignatureDoesNotMatch", "The signature does not match", {}, ErrorCode::unauthenticated);
    const auto browsed = call("POST", "/models", keys);
    EXPECT_EQ(browsed.status, 422);
    EXPECT_EQ(pointer(browsed), "/secretAccessKey");
    EXPECT_EQ(browsed.body.find("canary"), std::string::npos);
    aws_->refuse("DescribeModel", "UnrecognizedClientException", "The security token is invalid", {}, ErrorCode::unauthenticated);
    EXPECT_EQ(pointer(call("POST", "/imports", R"({"modelName":"fraud","credentials":)" + keys + "}")), "/credentials/accessKeyId");
    EXPECT_FALSE(document(call("POST", "/imports", R"({"modelName":"fraud"})")).contains("errors")) << "configured keys stand in no field";
}

TEST_F(SageMakerRoutes, BrowsingListsTheAccount) {
    query_ = {{"q", "fra"}};
    const auto found = document(call("GET", "/models"));
    EXPECT_EQ(found.at("models").at(0).at("name").as_string(), "fraud");
    EXPECT_EQ(found.at("models").at(0).at("imported").as_bool(), false);
    EXPECT_EQ(json::text_of(found, "account"), fakes::FakeSageMaker::kAccount);
}

}  // namespace
}  // namespace slipway::http
