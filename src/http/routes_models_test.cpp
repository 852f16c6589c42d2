#include "base/crypto.hpp"
#include "domain/asset.hpp"
#include "fakes/registry_service.hpp"
#include "registry/assets.hpp"
#include "registry/tables.hpp"

/// Models and their assets, through the routes.
namespace slipway::http {
namespace {

using fakes::RegistryService;

std::string asset_of(std::string_view bytes, const std::string& name = "a.bin") {
    return R"({"assetType":"FILE","name":")" + name + R"(","filename":")" + name + R"(","fileContent":")" + crypto::base64(bytes) + R"("})";
}

TEST(ModelRoutes, ANewModelIsAnsweredWithEnvelopeLinkAndUnknownMembers) {
    RegistryService service;
    const auto made = service.post("storedModels", R"({"modelMetaData":{"name":"churn","roi":{"value":1.50}},"gitDifferences":[{"x":1}],"id":"mine","version":9,
        "createdBy":"eve","_links":{"self":{"href":"x"}}})");
    ASSERT_EQ(made.status(), 201) << made.response.body;
    EXPECT_NE(made.id(), "mine");
    EXPECT_EQ(made.at("/version"), "1");
    EXPECT_EQ(made.at("/createdBy"), "ann");
    EXPECT_EQ(made.at("/group"), "risk");
    EXPECT_EQ(made.header("ETag"), "\"1\"");
    EXPECT_EQ(made.header("Location"), "http://models.example.com/model-manage/api/storedModels/" + made.id());
    EXPECT_EQ(made.at("/_links/self/href"), made.header("Location"));
    const auto read = service.get("storedModels/" + made.id());
    EXPECT_EQ(read.response.body, made.response.body);
    EXPECT_EQ(read.at("/modelMetaData/roi/value"), "1.5");
    EXPECT_EQ(read.at("/gitDifferences/0/x"), "1");
    EXPECT_EQ(read.at("/createdDate"), read.at("/lastModifiedDate"));
}

TEST(ModelRoutes, WrongBodiesAreNamedByPointerAndStoreNothing) {
    RegistryService service;
    const std::string long_name(201, 'n');
    for (const auto& [body, pointer] : std::vector<std::pair<std::string, std::string>>{
             {R"({})", "/modelMetaData/name"},
             {R"({"modelMetaData":{"name":""}})", "/modelMetaData/name"},
             {R"({"modelMetaData":{"name":7}})", "/modelMetaData/name"},
             {R"({"modelMetaData":{"name":"a\u0007"}})", "/modelMetaData/name"},
             {R"({"modelMetaData":{"name":")" + long_name + R"("}})", "/modelMetaData/name"},
             {R"({"modelMetaData":[]})", "/modelMetaData"},
             {R"({"modelMetaData":{"name":"n","tags":["a",1]}})", "/modelMetaData/tags/1"},
             {R"({"modelMetaData":{"name":"n"},"modelAssets":{}})", "/modelAssets"},
             {R"({"modelMetaData":{"name":"n"},"modelAssets":["x"]})", "/modelAssets/0"},
             {R"({"modelMetaData":{"name":"n"},"modelAssets":[{}]})", "/modelAssets/0/assetType"},
             {R"({"modelMetaData":{"name":"n"},"modelAssets":[{"assetType":"EXTERNAL_FILE","fileUrl":"javascript:x"}]})", "/modelAssets/0/fileUrl"},
             {R"({"modelMetaData":{"name":"n"},"modelAssets":[{"assetType":"FILE","fileContent":"%%%"}]})", "/modelAssets/0/fileContent"},
             {R"({"modelMetaData":{"name":"n"},"modelAssets":[{"assetType":"FILE"}]})", "/modelAssets/0/fileContent"},
             {R"({"modelMetaData":{"name":"n"},"group":5})", "/group"},
         }) {
        const auto refused = service.post("storedModels", body);
        EXPECT_EQ(refused.status(), 400) << body;
        EXPECT_EQ(refused.pointer(), pointer) << refused.response.body;
        EXPECT_EQ(refused.response.content_type, "application/problem+json");
    }
    EXPECT_EQ(service.get("storedModels").at("/page/totalElements"), "0");
}

TEST(ModelRoutes, PatchIsDeepAndLeavesOneAuditRowOfTheChangedLeaves) {
    RegistryService service;
    const auto id = service.model("churn", R"(,"modelAssets":[{"assetType":"SOURCE_CODE","name":"m.py","sourceCode":"pass"}],"vendor":{"a":{"b":1,"c":2}})");
    const auto path = "storedModels/" + id;
    const auto patched = service.patch(path, R"({"modelMetaData":{"modelStage":"prod","useCaseInfo":{"business":{"primaryDriver":"cost"}}}})");
    ASSERT_EQ(patched.status(), 200) << patched.response.body;
    EXPECT_EQ(patched.at("/modelMetaData/name"), "churn");
    EXPECT_EQ(patched.at("/modelMetaData/useCaseInfo/business/primaryDriver"), "cost");
    EXPECT_EQ(patched.at("/modelAssets/0/sourceCode"), "pass");
    EXPECT_EQ(patched.header("ETag"), "\"2\"");
    auto rows = service.audit_of(id);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(json::write(rows[1].at("changes")), R"([{"op":"add","path":"/modelMetaData/modelStage","value":"prod"},)"
                                                  R"({"op":"add","path":"/modelMetaData/useCaseInfo","value":{"business":{"primaryDriver":"cost"}}}])");

    EXPECT_EQ(service.patch(path, R"({"modelMetaData":{"tags":["a","b"],"description":"d"}})").at("/modelMetaData/tags"), R"(["a","b"])");
    const auto replaced = service.patch(path, R"({"modelMetaData":{"tags":["c"],"description":null},"vendor":{"a":{"b":5}},"_links":{"x":1},"version":1})");
    EXPECT_EQ(replaced.at("/modelMetaData/tags"), R"(["c"])");
    EXPECT_EQ(replaced.at("/modelMetaData/description"), "absent");
    EXPECT_EQ(replaced.at("/vendor/a"), R"({"b":5,"c":2})");
    EXPECT_EQ(replaced.at("/version"), "4");
    rows = service.audit_of(id);
    ASSERT_EQ(rows.size(), 4U);
    for (const auto& change : rows[3].at("changes").as_array()) {
        const auto where = std::string{json::text_of(change.as_object(), "path")};
        EXPECT_TRUE(where.starts_with("/modelMetaData/tags") || where == "/modelMetaData/description" || where == "/vendor/a/b") << where;
    }
}

TEST(ModelRoutes, APatchThatChangesNothingWritesNothing) {
    RegistryService service;
    const auto id = service.model();
    const auto read = service.get("storedModels/" + id);
    const auto again = service.patch("storedModels/" + id, read.response.body);
    EXPECT_EQ(again.status(), 200);
    EXPECT_EQ(again.response.body, read.response.body);
    EXPECT_EQ(service.audit_of(id).size(), 1U);
}

TEST(ModelRoutes, VersionsGuardChangesAndSpareReads) {
    RegistryService service;
    const auto path = "storedModels/" + service.model();
    const auto unmodified = service.get(path, {{"if-none-match", "\"1\""}});
    EXPECT_EQ(unmodified.status(), 304);
    EXPECT_TRUE(unmodified.response.body.empty());
    EXPECT_EQ(unmodified.header("ETag"), "\"1\"");
    EXPECT_EQ(service.patch(path, R"({"x":1})", {{"if-match", "\"1\""}}).status(), 200);
    EXPECT_EQ(service.get(path, {{"if-none-match", "\"1\""}}).status(), 200);
    const auto stale = service.patch(path, R"({"x":2})", {{"if-match", "\"1\""}});
    EXPECT_EQ(stale.status(), 412);
    EXPECT_EQ(stale.code(), "VERSION_MISMATCH");
    EXPECT_EQ(service.get(path).at("/x"), "1");
    EXPECT_EQ(service.remove(path, {{"if-match", "\"1\""}}).status(), 412);
    EXPECT_EQ(service.patch(path, R"({"x":2})", {{"if-match", "old"}}).status(), 400);
    EXPECT_EQ(service.remove(path, {{"if-match", "\"2\""}}).status(), 204);
    EXPECT_EQ(service.get(path).status(), 404);
}

TEST(ModelRoutes, AnIdempotencyKeyMakesOnePostOfTwo) {
    RegistryService service;
    const std::string body = R"({"modelMetaData":{"name":"once"}})";
    const auto first = service.post("storedModels", body, {{"idempotency-key", "k1"}});
    const auto second = service.post("storedModels", body, {{"idempotency-key", "k1"}});
    EXPECT_EQ(first.response.body, second.response.body);
    EXPECT_EQ(second.status(), 201);
    EXPECT_EQ(second.header("Location"), first.header("Location"));
    EXPECT_EQ(second.header("Idempotency-Replayed"), "true");
    const auto other = service.post("storedModels", R"({"modelMetaData":{"name":"twice"}})", {{"idempotency-key", "k1"}});
    EXPECT_EQ(other.status(), 422);
    EXPECT_EQ(other.code(), "IDEMPOTENCY_KEY_REUSED");
    EXPECT_EQ(service.send(RegistryService::kEve, "POST", "storedModels", body, {{"idempotency-key", "k1"}}).header("Idempotency-Replayed"), "")
        << "per principal";
    EXPECT_EQ(service.get("storedModels").at("/page/totalElements"), "1");
}

TEST(ModelRoutes, OtherGroupsSeeNothing) {
    RegistryService service;
    const auto path = "storedModels/" + service.model();
    const auto& eve = RegistryService::kEve;
    EXPECT_EQ(service.send(eve, "GET", path).status(), 404);
    EXPECT_EQ(service.send(eve, "PATCH", path, R"({"x":1})").status(), 404);
    EXPECT_EQ(service.send(eve, "DELETE", path).status(), 404);
    EXPECT_EQ(service.send(eve, "GET", "storedModels").at("/page/totalElements"), "0");
    EXPECT_EQ(service.send(eve, "GET", "storedModels/search/findByName?name=churn").at("/page/totalElements"), "0");
    EXPECT_EQ(service.send("bob", "POST", "storedModels", R"({"modelMetaData":{"name":"n"}})").status(), 403);
    EXPECT_EQ(service.send("bob", "GET", path).status(), 404);
    EXPECT_EQ(service.send("admin", "GET", path).status(), 200);
}

TEST(ModelRoutes, TheGroupOfANewObject) {
    RegistryService service;
    const std::string body = R"({"modelMetaData":{"name":"n"}})";
    EXPECT_EQ(service.send("ann:fraud,risk", "POST", "storedModels", body).at("/group"), "fraud");
    EXPECT_EQ(service.send("admin", "POST", "storedModels", body).at("/group"), "modelop");
    EXPECT_EQ(service.send("ann:fraud,risk", "POST", "storedModels", R"({"modelMetaData":{"name":"n"},"group":"risk"})").at("/group"), "risk");
    EXPECT_EQ(service.send("ann:fraud", "POST", "storedModels", R"({"modelMetaData":{"name":"n"},"group":"risk"})").status(), 403);
}

TEST(ModelRoutes, MovingNeedsWriteInBothGroups) {
    RegistryService service;
    const auto path = "storedModels/" + service.model();
    EXPECT_EQ(service.patch(path, R"({"group":"fraud"})").status(), 403);
    EXPECT_EQ(service.get(path).at("/group"), "risk");
    const auto moved = service.send("ann:risk,fraud", "PATCH", path, R"({"group":"fraud"})");
    ASSERT_EQ(moved.status(), 200) << moved.response.body;
    EXPECT_EQ(moved.at("/group"), "fraud");
    EXPECT_EQ(service.get(path).status(), 404);
    const auto rows = service.audit_of(moved.id());
    EXPECT_EQ(json::write(rows.back().at("changes")), R"([{"op":"replace","path":"/group","value":"fraud"}])");
}

TEST(ModelRoutes, ReadersMayNotWrite) {
    identity::AccessPolicy policy;
    policy.by_collection["storedModels"]["readers"] = {.read = true, .write = false, .execute = false};
    policy.owner_default = {.read = true, .write = false, .execute = false};
    RegistryService service{policy};
    const auto path = "storedModels/" + service.send("admin", "POST", "storedModels", R"({"modelMetaData":{"name":"n"},"group":"readers"})").id();
    EXPECT_EQ(service.send("rea:readers", "GET", path).status(), 200);
    for (const auto* method : {"PATCH", "DELETE"}) {
        const auto refused = service.send("rea:readers", method, path, R"({"x":1})");
        EXPECT_EQ(refused.status(), 403);
        EXPECT_TRUE(refused.at("/detail").contains("WRITE")) << refused.response.body;
    }
    EXPECT_EQ(service.send("rea:readers", "POST", path + "/assets", asset_of("x")).status(), 403);
    const auto snapshot = service.send("rea:readers,risk", "POST", "deployableModels", R"({"storedModel":{"id":")" + path.substr(13) + R"("}})");
    EXPECT_EQ(snapshot.status(), 403);
    EXPECT_TRUE(snapshot.at("/detail").contains("EXECUTE")) << snapshot.response.body;
}

TEST(ModelRoutes, WhatAwsSaysIsNotWrittenByHand) {
    RegistryService service;
    const auto made = service.post("storedModels", R"({"modelMetaData":{"name":"n"},"sageMaker":{"arn":"arn:aws:x"}})");
    EXPECT_EQ(made.status(), 201);
    EXPECT_EQ(made.at("/sageMaker"), "absent");
    EXPECT_TRUE(made.at("/warnings/0").contains("sageMaker"));
    const auto refused = service.patch("storedModels/" + made.id(), R"({"sageMaker":{"arn":"arn:aws:x"}})");
    EXPECT_EQ(refused.status(), 422);
    EXPECT_EQ(refused.pointer(), "/sageMaker");
}

TEST(AssetRoutes, SmallContentStaysLargeContentIsKeptOnceAsABlob) {
    RegistryService service;
    const std::string small(registry::kInlineBytes, 's');
    const std::string large(registry::kInlineBytes + 1, 'l');
    const auto id = service.model("m", R"(,"modelAssets":[)" + asset_of(small) + "," + asset_of(large) + "," + asset_of(large, "copy.bin") + "]");
    const auto read = service.get("storedModels/" + id);
    EXPECT_EQ(read.at("/modelAssets/0/fileContent"), crypto::base64(small));
    EXPECT_EQ(read.at("/modelAssets/0/contentUrl"), "absent");
    EXPECT_EQ(read.at("/modelAssets/1/fileContent"), "absent");
    EXPECT_EQ(read.at("/modelAssets/1/fileSize"), std::to_string(large.size()));
    EXPECT_EQ(read.at("/modelAssets/1/contentHash"), crypto::sha256_hex(large));
    const auto url = read.at("/modelAssets/1/contentUrl");
    ASSERT_TRUE(url.starts_with("http://models.example.com/model-manage/api/storedModels/" + id + "/assets/")) << url;
    const auto content = service.get(url.substr(std::string_view{"http://models.example.com"}.size()));
    EXPECT_EQ(content.response.body, large);
    EXPECT_EQ(content.response.content_type, "application/octet-stream");
    EXPECT_EQ(content.header("Content-Disposition"), "attachment; filename*=UTF-8''a.bin");
    EXPECT_EQ(content.header("X-Content-Type-Options"), "nosniff");
    EXPECT_TRUE(service.store_->read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT COUNT(*) FROM blobs WHERE hash = $1", {crypto::sha256_hex(large)}));
        EXPECT_EQ(rows[0].integer(0), 1);
        return {};
    }));
}

TEST(AssetRoutes, SendingBackWhatWasReadKeepsTheContent) {
    RegistryService service;
    const std::string large(100000, 'l');
    const auto id = service.model("m", R"(,"modelAssets":[)" + asset_of("small") + "," + asset_of(large) + "]");
    const auto read = service.get("storedModels/" + id);
    const auto again = service.patch("storedModels/" + id, R"({"modelAssets":)" + read.at("/modelAssets") + R"(,"seen":true})");
    ASSERT_EQ(again.status(), 200) << again.response.body;
    EXPECT_EQ(again.at("/modelAssets"), read.at("/modelAssets"));
    EXPECT_EQ(service.audit_of(id).back().at("changes").as_array().size(), 1U);
}

TEST(AssetRoutes, AHashOpensNoContentOfOthers) {
    RegistryService service;
    const std::string secret(100000, 's');
    service.model("m", R"(,"modelAssets":[)" + asset_of(secret) + "]");
    const std::string stolen = R"({"assetType":"FILE","name":"x","contentHash":")" + crypto::sha256_hex(secret) + R"("})";
    const auto& eve = RegistryService::kEve;
    const auto model = service.send(eve, "POST", "storedModels", R"({"modelMetaData":{"name":"n"},"modelAssets":[)" + stolen + "]}");
    EXPECT_EQ(model.status(), 400);
    EXPECT_EQ(model.pointer(), "/modelAssets/0/contentHash");
    const auto own = "storedModels/" + service.send(eve, "POST", "storedModels", R"({"modelMetaData":{"name":"n"}})").id();
    EXPECT_EQ(service.send(eve, "POST", own + "/assets", stolen).pointer(), "/contentHash");
    EXPECT_EQ(service.send(eve, "PATCH", own, R"({"modelAssets":[)" + stolen + "]}").status(), 400);
    const auto job = service.send(eve, "POST", "jobs",
                                  R"({"jobType":"MODEL_BATCH_JOB","targetEngine":{"engineType":"SPARK_RUNTIME"},
        "model":{"storedModel":{"modelMetaData":{"name":"n"},"modelAssets":[)" +
                                      stolen + "]}}}");
    EXPECT_EQ(job.status(), 400) << "a posted model proves nothing by itself";
    EXPECT_EQ(job.pointer(), "/model/storedModel/modelAssets/0/contentHash");
    const auto as_external = service.send(
        eve, "PATCH", own,
        R"({"modelAssets":[{"assetType":"EXTERNAL_FILE","assetId":"e","fileUrl":"s3://b/k","contentHash":")" + crypto::sha256_hex(secret) + R"("}]})");
    EXPECT_EQ(as_external.status(), 200);
    EXPECT_EQ(service.send(eve, "PATCH", own, R"({"modelAssets":[{"assetType":"FILE","assetId":"e","contentHash":")" + crypto::sha256_hex(secret) + R"("}]})")
                  .status(),
              400);
}

TEST(AssetRoutes, SixteenMebibytesFitAndOneMoreByteDoesNot) {
    RegistryService service;
    const std::string most(domain::kMaxEmbeddedBytes, 'x');
    const auto path = "storedModels/" + service.model() + "/assets";
    EXPECT_EQ(service.post(path, asset_of(most)).status(), 201);
    const auto refused = service.post(path, asset_of(most + "y"));
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(refused.pointer(), "/fileContent");
    EXPECT_TRUE(refused.at("/errors/0/expected").contains("16 MiB"));
}

TEST(AssetRoutes, AssetsAreAddedReadAndTakenOff) {
    RegistryService service;
    const auto path = "storedModels/" + service.model();
    const auto added = service.post(path + "/assets", asset_of("<script>", "Bericht März.html"));
    ASSERT_EQ(added.status(), 201) << added.response.body;
    const auto asset_id = added.at("/modelAssets/0/assetId");
    EXPECT_TRUE(added.header("Location").ends_with("/assets/" + asset_id + "/content"));
    const auto content = service.get(path + "/assets/" + asset_id + "/content");
    EXPECT_EQ(content.response.body, "<script>");
    EXPECT_EQ(content.header("Content-Disposition"), "attachment; filename*=UTF-8''Bericht%20M%C3%A4rz.html");
    EXPECT_EQ(service.send(RegistryService::kEve, "GET", path + "/assets/" + asset_id + "/content").status(), 404);
    EXPECT_EQ(service.post(path + "/assets", R"({"assetType":"SOURCE_CODE","assetId":")" + asset_id + R"(","sourceCode":""})").status(), 409);
    EXPECT_EQ(service.post(path + "/assets", R"({"assetType":"SOURCE_CODE"})").pointer(), "/sourceCode");
    EXPECT_EQ(service.post(path + "/assets", R"({"assetType":"EXTERNAL_FILE","assetId":"far","fileUrl":"s3://b/k"})").status(), 201);
    const auto far = service.get(path + "/assets/far/content");
    EXPECT_EQ(far.status(), 409);
    EXPECT_EQ(far.code(), "EXTERNAL_ASSET");
    EXPECT_EQ(service.post(path + "/assets", R"({"assetType":"SOURCE_CODE","assetId":"src","name":"m.py","sourceCode":"pass"})").status(), 201);
    EXPECT_EQ(service.get(path + "/assets/src/content").response.body, "pass");
    EXPECT_EQ(service.remove(path + "/assets/" + asset_id).status(), 204);
    EXPECT_EQ(service.remove(path + "/assets/" + asset_id).status(), 404);
    EXPECT_EQ(service.get(path + "/assets/none/content").status(), 404);
}

TEST(SnapshotRoutes, ASnapshotIsAWholeCopyThatStays) {
    RegistryService service;
    const std::string large(100000, 'l');
    const auto model = service.model("churn", R"(,"modelAssets":[)" + asset_of(large) + R"(],"vendor":1)");
    const auto made = service.post("deployableModels", R"({"storedModel":{"id":")" + model + R"(","vendor":"a lie"},"tags":["t"]})");
    ASSERT_EQ(made.status(), 201) << made.response.body;
    EXPECT_EQ(made.at("/metaData/name"), "churn-20261125_1900");
    EXPECT_EQ(made.at("/metaData/tags"), R"(["t"])");
    EXPECT_EQ(made.at("/storedModel/id"), model);
    EXPECT_EQ(made.at("/storedModel/vendor"), "1");
    EXPECT_EQ(made.at("/storedModel/modelMetaData/name"), "churn");
    EXPECT_EQ(service.snapshot(model).size(), made.id().size());
    EXPECT_EQ(service.get("deployableModels?sort=createdDate,desc").at("/_embedded/deployableModels/0/metaData/name"), "churn-20261125_1900-2");
    EXPECT_EQ(service.post("deployableModels", R"({"storedModelId":")" + model + R"(","name":"churn-20261125_1900"})").status(), 409);

    service.patch("storedModels/" + model, R"({"vendor":2,"modelAssets":[]})");
    const auto read = service.get("deployableModels/" + made.id());
    EXPECT_EQ(read.at("/storedModel/vendor"), "1");
    const auto url = read.at("/storedModel/modelAssets/0/contentUrl");
    ASSERT_TRUE(url.contains("/deployableModels/" + made.id())) << url;
    EXPECT_EQ(service.get(url.substr(url.find("/model-manage"))).response.body, large);
    EXPECT_EQ(service.remove("storedModels/" + model).status(), 204);
    EXPECT_EQ(service.get("deployableModels/" + made.id()).status(), 200);
}

TEST(SnapshotRoutes, OnlyTagsDescriptionAndCustomMetadataChange) {
    RegistryService service;
    const auto model = service.model("m", R"(,"modelAssets":[)" + asset_of(std::string(100000, 'l')) + "]");
    const auto path = "deployableModels/" + service.snapshot(model);
    for (const auto& [body, pointer] : std::vector<std::pair<std::string, std::string>>{
             {R"({"storedModel":{"modelMetaData":{"name":"other"}}})", "/storedModel"},
             {R"({"associatedModels":[{}]})", "/associatedModels"},
             {R"({"targetRuntimes":[{"engineType":"SPARK_RUNTIME"}]})", "/targetRuntimes"},
             {R"({"sageMaker":{"arn":"a"}})", "/sageMaker"},
             {R"({"metaData":{"name":"other"}})", "/metaData/name"},
             {R"({"name":"other"})", "/name"},
             {R"({"tags":["a"]})", "/tags"},
         }) {
        const auto refused = service.patch(path, body);
        EXPECT_EQ(refused.status(), 422) << body;
        EXPECT_EQ(refused.code(), "IMMUTABLE");
        EXPECT_EQ(refused.pointer(), pointer);
    }
    const auto changed = service.patch(path, R"({"metaData":{"tags":["a"],"custom":{"k":{"v":1}},"description":"d"}})");
    EXPECT_EQ(changed.status(), 200);
    EXPECT_EQ(changed.at("/metaData/custom/k/v"), "1");
    const auto again = service.patch(path, service.get(path).response.body);
    EXPECT_EQ(again.status(), 200) << again.response.body;
    EXPECT_EQ(again.at("/version"), "2") << "sending back what was read changes nothing";
}

TEST(SnapshotRoutes, WhatASnapshotNeeds) {
    RegistryService service;
    EXPECT_EQ(service.post("deployableModels", "{}").pointer(), "/storedModel/id");
    EXPECT_EQ(service.post("deployableModels", R"({"storedModel":{"id":"none"}})").status(), 400);
    const auto model = service.model();
    EXPECT_EQ(service.send(RegistryService::kEve, "POST", "deployableModels", R"({"storedModel":{"id":")" + model + R"("}})").status(), 400) << "unseen";
    EXPECT_EQ(service.post("deployableModels", R"({"storedModel":{"id":")" + model + R"("},"sageMaker":{}})").code(), "NOT_AVAILABLE");
    const auto longest = service.model(std::string(200, 'n'));
    const auto made = service.post("deployableModels", R"({"storedModel":{"id":")" + longest + R"("}})");
    EXPECT_EQ(made.status(), 201) << "the name that we make must fit: " << made.response.body;
    EXPECT_EQ(service.post("deployableModels", R"({"storedModel":{"id":")" + longest + R"("}})").status(), 201);
}

}  // namespace
}  // namespace slipway::http
