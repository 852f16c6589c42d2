#include "fakes/registry_service.hpp"
#include "registry/secrets.hpp"

/// Keys and passwords in posted documents.
namespace slipway::http {
namespace {

using fakes::RegistryService;

constexpr std::string_view kKeys = R"("repositoryInfo":{"repositoryType":"S3_REPOSITORY","accessKey":"canary-access","secretKey":"canary-secret",
    "nested":{"password":"canary-password"},"host":"h","port":9000})";

TEST(Secrets, NothingOfAPostedKeyIsStoredOrShown) {
    RegistryService service;
    const auto asset =
        R"({"assetType":"EXTERNAL_FILE","name":"d","fileUrl":"https://canary-user:canary-pw@h/d.csv?X-Amz-Signature=canary-sig",)" + std::string{kKeys} + "}";
    std::string shown;
    const auto keep = [&](const RegistryService::Answer& answer) {
        EXPECT_LT(answer.status(), 300) << answer.response.body;
        shown += answer.response.body;
        return answer;
    };
    const auto made = keep(service.post(
        "storedModels", R"({"modelMetaData":{"name":"n","tags":["http://x:canary-tag@h/"],)" + std::string{kKeys} + R"(},"modelAssets":[)" + asset + "]}",
        {{"idempotency-key", "k"}}));
    EXPECT_EQ(made.at("/modelAssets/0/fileUrl"), "https://h/d.csv");
    EXPECT_EQ(made.at("/modelAssets/0/repositoryInfo/host"), "h");
    EXPECT_EQ(made.at("/modelAssets/0/repositoryInfo/port"), "9000");
    EXPECT_EQ(made.at("/modelMetaData/tags/0"), "http://h/");
    EXPECT_NE(made.at("/modelAssets/0/credentialRef"), "absent");
    EXPECT_GE(made.body.at("warnings").as_array().size(), 9U);
    const auto path = "storedModels/" + made.id();
    EXPECT_EQ(service.get(path).at("/warnings"), "absent");
    EXPECT_EQ(keep(service.patch(path, made.response.body)).at("/warnings"), "absent") << "an answer that is sent back stores no warnings";
    keep(service.patch(path, R"({"modelMetaData":{"repositoryInfo":{"password":"canary-patch"}}})"));
    keep(service.post(path + "/assets", asset));
    const auto job = keep(service.post(
        "jobs", R"({"jobType":"MODEL_BATCH_JOB","targetEngine":{"engineType":"SPARK_RUNTIME"},"model":{"storedModel":{}},"inputData":[)" + asset + "]}"));
    EXPECT_TRUE(job.at("/jobMessages/0").contains("/inputData/0")) << job.at("/jobMessages");
    keep(service.post("runtimes", R"({"name":"r","engineType":"SPARK_RUNTIME",)" + std::string{kKeys} + "}"));
    keep(service.send("admin", "POST", "auditRecords",
                      R"({"entityType":"E","entityId":"e","changes":[{"op":"add","path":"","value":{)" + std::string{kKeys} + "}}]}"));
    const auto refused = service.post("storedModels", R"({"modelMetaData":{"name":""},"modelAssets":[)" + asset + "]}");
    EXPECT_EQ(refused.status(), 400);
    EXPECT_FALSE((shown + refused.response.body + service.get("auditRecords").response.body).contains("canary"));
    EXPECT_FALSE(service.everything().contains("canary"));
}

TEST(Secrets, ABlankInAnAddressHidesNoneFromTheDoor) {
    RegistryService service;
    for (const std::string address : {"https://AKIAX:canary@minio.local:9000/bucket/my file.csv", "https://host/a?X-Amz-Signature=canary x",
                                      "https://host/p?password=canary#a b", "jdbc:sqlserver://h;databaseName=My DB;password=canary", " https://u:canary@h/"}) {
        const auto made = service.post("storedModels", R"({"modelMetaData":{"name":"n"},"where":")" + address + R"("})");
        EXPECT_EQ(made.status(), 201) << made.response.body;
        EXPECT_NE(made.at("/warnings/0"), "absent") << address;
        EXPECT_FALSE(made.response.body.contains("canary")) << made.response.body;
    }
    const auto asset = [](const std::string& url) {
        return R"({"modelMetaData":{"name":"n"},"modelAssets":[{"assetType":"EXTERNAL_FILE","name":"d","fileUrl":")" + url + R"("}]})";
    };
    const auto kept = service.post("storedModels", asset("https://AKIAX:canary@minio.local:9000/bucket/my file.csv"));
    EXPECT_EQ(kept.at("/modelAssets/0/fileUrl"), "https://minio.local:9000/bucket/my file.csv");
    const auto refused = service.post("storedModels", asset("https://u:canary@h/" + std::string(8200, 'x')));
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(refused.pointer(), "/modelAssets/0/fileUrl") << refused.response.body;
    EXPECT_FALSE((kept.response.body + refused.response.body).contains("canary"));
    EXPECT_FALSE(service.everything().contains("canary"));
}

TEST(Secrets, TheRuntimeGetsThemInTheGroupOfTheDocumentAlone) {
    RegistryService service;
    const auto made =
        service.post("storedModels", R"({"modelMetaData":{"name":"n",)" + std::string{kKeys} + R"(},"source":{"a":"http://u:one@h","b":"http://u:two@h"}})");
    const auto reference = made.at("/modelMetaData/repositoryInfo/credentialRef");
    const auto unsealed = [&](const std::string& group, const std::string& name) -> std::string {
        std::string text;
        EXPECT_TRUE(service.store_->read([&](store::Session& sql) -> Result<void> {
            const auto secret = registry::unseal_secrets(sql, service.sealer_, group, name);
            text = secret ? std::string{secret->reveal()} : secret.error().reason;
            return {};
        }));
        return text;
    };
    EXPECT_EQ(unsealed("risk", reference), R"({"accessKey":"canary-access","secretKey":"canary-secret"})");
    EXPECT_EQ(unsealed("fraud", reference), "NOT_FOUND");
    EXPECT_EQ(unsealed("risk", "unknown"), "NOT_FOUND");
    const auto both = unsealed("risk", made.at("/source/credentialRef"));
    EXPECT_TRUE(both.contains("u:one") && both.contains("u:two")) << both;

    const auto snapshot = service.get("deployableModels/" + service.snapshot(made.id()));
    const auto moved = service.send("ann:risk,fraud", "PATCH", "storedModels/" + made.id(), R"({"group":"fraud"})");
    ASSERT_EQ(moved.status(), 200) << moved.response.body;
    const auto there = moved.at("/modelMetaData/repositoryInfo/credentialRef");
    EXPECT_NE(there, reference);
    EXPECT_EQ(unsealed("fraud", there), R"({"accessKey":"canary-access","secretKey":"canary-secret"})");
    EXPECT_EQ(unsealed("risk", snapshot.at("/storedModel/modelMetaData/repositoryInfo/credentialRef")),
              R"({"accessKey":"canary-access","secretKey":"canary-secret"})")
        << "the snapshot stays in its group and keeps its own";
    const auto elsewhere =
        service.send("ann:risk,fraud", "POST", "deployableModels", R"({"group":"risk","metaData":{"name":"s"},"storedModel":{"id":")" + made.id() + R"("}})");
    ASSERT_EQ(elsewhere.status(), 201) << elsewhere.response.body;
    EXPECT_EQ(unsealed("risk", elsewhere.at("/storedModel/modelMetaData/repositoryInfo/credentialRef")),
              R"({"accessKey":"canary-access","secretKey":"canary-secret"})")
        << "a snapshot in another group than its model's has them in its own";
}

TEST(Secrets, AJobInAnotherGroupBringsThemWhereItsMakerMayUseThem) {
    RegistryService service;
    const auto model = service.post("storedModels", R"({"modelMetaData":{"name":"n",)" + std::string{kKeys} + "}}");
    const auto snapshot = service.snapshot(model.id());
    const auto job = [&](const std::string& who, const std::string& group) {
        return service.send(
            who, "POST", "jobs",
            R"({"jobType":"MODEL_BATCH_JOB","targetEngine":{"engineType":"SPARK_RUNTIME"},"group":")" + group + R"(","model":{"id":")" + snapshot + R"("}})");
    };
    const std::string at = "/model/storedModel/modelMetaData/repositoryInfo/credentialRef";
    const auto opens = [&](const std::string& group, const std::string& reference) {
        bool opened = false;
        EXPECT_TRUE(service.store_->read([&](store::Session& sql) -> Result<void> {
            opened = registry::unseal_secrets(sql, service.sealer_, group, reference).has_value();
            return {};
        }));
        return opened;
    };
    const auto elsewhere = job("ann:risk,fraud", "fraud");
    ASSERT_EQ(elsewhere.status(), 201) << elsewhere.response.body;
    EXPECT_TRUE(opens("fraud", elsewhere.at(at)));
    EXPECT_FALSE(opens("risk", elsewhere.at(at)));
    const auto same = job("ann:risk,fraud", "risk");
    EXPECT_EQ(same.at(at), service.get("deployableModels/" + snapshot).at("/storedModel/modelMetaData/repositoryInfo/credentialRef"));
}

TEST(Secrets, APatchOfOneLeavesTheOthersSealed) {
    RegistryService service;
    const auto made = service.post("storedModels", R"({"modelMetaData":{"name":"n",)" + std::string{kKeys} + "}}");
    const auto path = "storedModels/" + made.id();
    const auto unsealed = [&](const std::string& reference) -> std::string {
        std::string text;
        EXPECT_TRUE(service.store_->read([&](store::Session& sql) -> Result<void> {
            SW_TRY(const auto secret, registry::unseal_secrets(sql, service.sealer_, "risk", reference));
            text = secret.reveal();
            return {};
        }));
        return text;
    };
    const std::string at = "/modelMetaData/repositoryInfo/credentialRef";
    const auto patched = service.patch(path, R"({"modelMetaData":{"repositoryInfo":{"secretKey":"canary-next"}}})");
    ASSERT_EQ(patched.status(), 200) << patched.response.body;
    EXPECT_FALSE(patched.response.body.contains("canary"));
    EXPECT_NE(patched.at(at), made.at(at));
    EXPECT_EQ(unsealed(patched.at(at)), R"({"accessKey":"canary-access","secretKey":"canary-next"})");
    EXPECT_EQ(unsealed(made.at(at)), R"({"accessKey":"canary-access","secretKey":"canary-secret"})") << "copies of the model name the old one";

    const auto more = service.patch(path, R"({"modelMetaData":{"repositoryInfo":{"password":"canary-more"}}})");
    EXPECT_EQ(unsealed(more.at(at)), R"({"accessKey":"canary-access","secretKey":"canary-next","password":"canary-more"})");

    // An object in an array is replaced whole: it keeps what it had only when it is sent back with its reference.
    const std::string asset =
        R"({"assetType":"EXTERNAL_FILE","assetId":"a","name":"f","fileUrl":"s3://b/k","repositoryInfo":{"repositoryType":"S3_REPOSITORY",)";
    const auto listed = service.patch(path, R"({"modelAssets":[)" + asset + R"("accessKey":"canary-a","secretKey":"canary-s"}}]})");
    const std::string there = "/modelAssets/0/repositoryInfo/credentialRef";
    const auto back = service.patch(path, R"({"modelAssets":[)" + asset + R"("secretKey":"canary-t","credentialRef":")" + listed.at(there) + R"("}}]})");
    EXPECT_EQ(unsealed(back.at(there)), R"({"accessKey":"canary-a","secretKey":"canary-t"})");
    const auto anew = service.patch(path, R"({"modelAssets":[)" + asset + R"("secretKey":"canary-u"}}]})");
    EXPECT_EQ(unsealed(anew.at(there)), R"({"secretKey":"canary-u"})");
    const auto other = service.post("storedModels", R"({"modelMetaData":{"name":"o",)" + std::string{kKeys} + "}}");
    const auto stolen = service.patch(path, R"({"modelAssets":[)" + asset + R"("secretKey":"canary-v","credentialRef":")" + other.at(at) + R"("}}]})");
    EXPECT_EQ(unsealed(stolen.at(there)), R"({"secretKey":"canary-v"})") << "references of other objects count for nothing";
    EXPECT_FALSE(service.everything().contains("canary"));
}

}  // namespace
}  // namespace slipway::http
