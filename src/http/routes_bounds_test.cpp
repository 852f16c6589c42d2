#include <fmt/format.h>

#include "fakes/registry_service.hpp"

/// How much one request may bring, and where it may point to.
namespace slipway::http {
namespace {

using fakes::RegistryService;

/// `item` `count` times with its number in place of `#`, joined by commas.
std::string times(int count, std::string_view item) {
    std::string out;
    for (int i = 0; i < count; ++i) {
        out += i == 0 ? "" : ",";
        for (const char c : item) {
            out += c == '#' ? std::to_string(i) : std::string{c};
        }
    }
    return out;
}

TEST(Bounds, TooMuchOfOneThingIsRefusedWithItsPlaceAndItsBound) {
    RegistryService service;
    const auto path = "storedModels/" + service.model();
    const auto asset = R"({"assetType":"EXTERNAL_FILE","name":"f","fileUrl":"s3://b/#"})";
    for (const auto& [body, pointer] : std::vector<std::pair<std::string, std::string>>{
             {R"({"modelMetaData":{"name":"n","tags":[)" + times(1001, R"("t#")") + "]}}", "/modelMetaData/tags"},
             {R"({"modelMetaData":{"name":"n","tags":[)" + times(60000, R"("t#")") + "]}}", "/modelMetaData/tags"},
             {R"({"modelMetaData":{"name":"n"},"modelAssets":[)" + times(1001, asset) + "]}", "/modelAssets"},
             {R"({"modelMetaData":{"name":"n","custom":{)" + times(1001, R"("c#":1)") + "}}}", "/modelMetaData/custom"},
             {R"({"modelMetaData":{"name":"n"},"list":[)" + times(60000, R"({"u":"b://c:d@e"})") + "]}", "/list/1000/u"},
         }) {
        for (const auto& answer : {service.post("storedModels", body), service.patch(path, body)}) {
            EXPECT_EQ(answer.status(), 400) << answer.response.body.substr(0, 300);
            EXPECT_EQ(answer.pointer(), pointer);
            EXPECT_TRUE(answer.at("/errors/0/expected").contains("1000")) << answer.at("/errors/0/expected");
        }
    }
    EXPECT_EQ(service.get("storedModels").at("/page/totalElements"), "1");
    EXPECT_EQ(service.get(path).at("/version"), "1");
    EXPECT_EQ(
        service.post("storedModels", R"({"modelMetaData":{"name":"n","tags":[)" + times(1000, R"("t#")") + R"(]},"modelAssets":[)" + times(1000, asset) + "]}")
            .status(),
        201);
}

TEST(Bounds, ABodyOfTooManyValuesIsNotEvenParsed) {
    RegistryService service;
    const auto many = service.post("storedModels", R"({"modelMetaData":{"name":"n"},"list":[)" + times(150000, R"({"a":0})") + "]}");
    EXPECT_EQ(many.status(), 413) << many.response.body;
    EXPECT_EQ(many.code(), "TOO_LARGE");
    const auto text = R"("[,{,\\\"[,{,)" + std::string(300000, ',') + R"(")";
    EXPECT_EQ(service.post("storedModels", R"({"modelMetaData":{"name":"n","description":)" + text + "}}").status(), 201) << "what stands in texts is no value";
}

TEST(Bounds, ADocumentHasAtMost48Levels) {
    RegistryService service;
    const auto model = [](std::size_t levels) {
        return R"({"modelMetaData":{"name":"n"},"deep":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
    };
    EXPECT_EQ(service.post("storedModels", model(48)).status(), 201);
    const auto refused = service.post("storedModels", model(49));
    EXPECT_EQ(refused.status(), 400) << refused.response.body;
    EXPECT_EQ(refused.code(), "TOO_DEEP");
    EXPECT_EQ(refused.pointer(), "/deep");
    EXPECT_EQ(refused.at("/errors/0/expected"), "nested in at most 48 levels");
    EXPECT_EQ(service.get("storedModels").at("/page/totalElements"), "1");
}

TEST(References, NobodyWritesIntoWhatIsToldOfAnObjectThatHeMayNotSee) {
    RegistryService service;
    const auto model = service.model("churn");
    const auto snapshot = service.snapshot(model);
    const std::string stranger = "eve:fraud";
    const auto refused = [&](const std::string& path, const std::string& body, const std::string& pointer) {
        const auto answer = service.send(stranger, "POST", path, body);
        EXPECT_EQ(answer.status(), 400) << body << answer.response.body;
        EXPECT_EQ(answer.pointer(), pointer);
    };
    const auto notification = [](const std::string& member, const std::string& id) {
        return R"({"notificationType":"N","message":"m","severity":"ERROR",")" + member + R"(":")" + id + R"("})";
    };
    const auto result = [](const std::string& member, const std::string& id) { return R"({"testResults":{"auc":1},")" + member + R"(":")" + id + R"("})"; };
    const auto job = [](const std::string& model_member) {
        return R"({"jobType":"MODEL_BATCH_JOB","targetEngine":{"engineType":"SPARK_RUNTIME"},"model":)" + model_member + "}";
    };
    refused("notifications", notification("storedModelId", model), "/storedModelId");
    refused("notifications", notification("deployableModelId", snapshot), "/deployableModelId");
    refused("modelTestResults", result("storedModelId", model), "/storedModelId");
    refused("jobs", job(R"({"storedModel":{"id":")" + model + R"("}})"), "/model/storedModel/id");
    refused("jobs", job(R"({"id":")" + snapshot + R"(","storedModel":{}})"), "/model/id");
    const auto own = service.send(stranger, "POST", "modelTestResults", R"({"testResults":{"auc":1}})");
    ASSERT_EQ(own.status(), 201) << own.response.body;
    const auto moved = service.send(stranger, "PATCH", "modelTestResults/" + own.id(), R"({"storedModelId":")" + model + R"("})");
    EXPECT_EQ(moved.status(), 400);
    EXPECT_EQ(moved.pointer(), "/storedModelId");

    EXPECT_EQ(service.send(stranger, "POST", "jobs", job(R"({"id":"feed","storedModel":{"id":"beef"}})")).status(), 201) << "ids that mean nothing here";
    EXPECT_EQ(service.send(stranger, "POST", "notifications", notification("storedModelId", "beef")).status(), 201);
    EXPECT_EQ(service.post("notifications", notification("storedModelId", model)).status(), 201);
    EXPECT_EQ(service.post("jobs", job(R"({"storedModel":{"id":")" + model + R"("}})")).status(), 201);
}

TEST(Moving, AnImportedModelDoesNotLeaveBehindWhatCameWithIt) {
    RegistryService service;
    const auto imported =
        service.write(registry::stored_models_table(), "risk", R"({"modelMetaData":{"name":"n"},"modelAssets":[],"sageMaker":{"kind":"MODEL","arn":"a"}})").id;
    const auto move = [&] { return service.send("ann:risk,fraud", "PATCH", "storedModels/" + imported, R"({"group":"fraud"})"); };
    service.write(registry::jobs_table(), "risk",
                  R"({"jobType":"MODEL_TRAINING_JOB","jobStatus":"COMPLETE","model":{"storedModel":{"id":")" + imported + R"("}}})");
    const auto refused = move();
    EXPECT_EQ(refused.status(), 409) << refused.response.body;
    EXPECT_EQ(refused.code(), "HAS_IMPORTED");
    EXPECT_EQ(service.get("storedModels/" + imported).at("/group"), "risk");
    const auto alone =
        service.write(registry::stored_models_table(), "risk", R"({"modelMetaData":{"name":"m"},"modelAssets":[],"sageMaker":{"kind":"MODEL","arn":"b"}})").id;
    EXPECT_EQ(service.send("ann:risk,fraud", "PATCH", "storedModels/" + alone, R"({"group":"fraud"})").status(), 200);
}

TEST(Moving, WhatAnImportKeepsUpToDateStaysWhereItLooks) {
    RegistryService service;
    const auto model = service.model();
    const auto of_model = R"("storedModel":{"id":")" + model + R"("})";
    const auto aws = R"(,"sageMaker":{"kind":"ENDPOINT_CONFIG","arn":"arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/a"})";
    const auto snapshot = service.write(registry::deployable_models_table(), "risk", R"({"metaData":{"name":"n"},)" + of_model + aws + "}").id;
    const auto job =
        service.write(registry::jobs_table(), "risk", R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"COMPLETE","model":{)" + of_model + "}" + aws + "}").id;
    const auto deployment = service.write(registry::deployed_models_table(), "risk",
                                          R"({"state":"DEPLOYED","deployableModel":{"id":")" + snapshot + R"(",)" + of_model +
                                              R"(},"engine":{"id":"e","name":"churn-prod","engineType":"SAGEMAKER_RUNTIME"}})");
    for (const auto& path : {"deployableModels/" + snapshot, "jobs/" + job, "deployedModels/" + deployment.id}) {
        const auto refused = service.send("ann:risk,fraud", "PATCH", path, R"({"group":"fraud"})");
        EXPECT_EQ(refused.status(), 422) << path << refused.response.body;
        EXPECT_EQ(refused.code(), "IMMUTABLE");
        EXPECT_EQ(refused.pointer(), "/group");
        EXPECT_EQ(service.get(path).at("/group"), "risk");
    }
    const auto by_hand = service.snapshot(model);
    EXPECT_EQ(service.send("ann:risk,fraud", "PATCH", "deployableModels/" + by_hand, R"({"group":"fraud"})").status(), 200) << "nobody imports it again";
}

}  // namespace
}  // namespace slipway::http
