#include "spark/manifest.hpp"

#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "domain/spark_secrets.hpp"
#include "spark/submission.hpp"

namespace slipway::spark {
namespace {

const SubmitSettings kSettings{.master = "spark://127.0.0.1:7077", .staging_url = "file:///stage"};

json::object source(std::string code, std::string name = "titanic.py", bool primary = true) {
    return {{"assetType", "SOURCE_CODE"}, {"name", name}, {"primaryModelSource", primary}, {"sourceCode", code}};
}

/// A job as the matched product writes it.
json::object job_document(json::array assets, std::string type = "MODEL_BATCH_JOB") {
    return {{"jobType", type},
            {"jobParameters", {{"--executor-memory", "512MB"}, {"-v", ""}}},
            {"model", {{"id", "snapshot-1"}, {"storedModel", {{"modelMetaData", {{"name", "titanic"}}}, {"modelAssets", std::move(assets)}}}}},
            {"inputData", json::array{json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", "hdfs:///demo/test.csv"}, {"fileFormat", "CSV"}, {"odd", 1}}}},
            {"outputData", json::array{json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", "hdfs:///demo/out.csv"}}}},
            {"targetEngine", {{"engineType", "SPARK_RUNTIME"}, {"sparkConf", {{"--master", "local[9]"}}}}}};
}

Result<PySparkJobManifest> manifest_of(const json::object& document, const SubmitSettings& settings = kSettings) {
    SW_TRY(const auto job, domain::parse_job(json::value(document)));
    return preprocess(job, "0198f2a0-0000-7000-8000-000000000001", document, domain::Runtime{.engine_type = "SPARK_RUNTIME", .executor_memory = "1g"},
                      settings);
}

std::string refusal_of(json::array assets, std::string type = "MODEL_BATCH_JOB") {
    const auto manifest = manifest_of(job_document(std::move(assets), std::move(type)));
    return manifest ? "none" : manifest.error().reason;
}

TEST(Manifest, WholeAssetDocumentsInOrderAndNothingElse) {
    auto document = job_document({source("# modelop.score\ndef score(a, b, c): pass\n"),
                                  json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", "hdfs:///weights"}, {"name", "w"}},
                                  json::object{{"assetType", "FILE"}, {"name", "schema.avsc"}, {"fileContent", crypto::base64("{}")}}});
    const auto manifest = manifest_of(document);
    ASSERT_TRUE(manifest) << manifest.error().message;
    EXPECT_EQ(json::write(json::value(manifest->inputs)), json::write(document["inputData"]));
    EXPECT_EQ(json::write(json::value(manifest->outputs)), json::write(document["outputData"]));
    ASSERT_EQ(manifest->model_assets.size(), 1U);
    EXPECT_EQ(manifest->function, "score");
    EXPECT_FALSE(manifest->init_function);
    EXPECT_EQ(manifest->deployable_model_id, "snapshot-1");
    ASSERT_EQ(manifest->files.size(), 2U);
    EXPECT_EQ(manifest->files[0].path, "model_source_code.py");
    EXPECT_EQ(manifest->files[0].content, "# modelop.score\ndef score(a, b, c): pass\n");
    EXPECT_EQ(manifest->files[1].path, "schema.avsc");
}

TEST(Manifest, AMaskedSecretOfTheEngineIsTheConfigurationsOwn) {
    auto settings = kSettings;
    settings.spark_conf = {{"spark.hadoop.fs.s3a.secret.key", "REAL"}, {"--conf spark.ssl.keyStorePassword", "PW"}, {"spark.a", "1"}};
    const auto document = job_document({source("# modelop.score\ndef score(a, b, c): pass\n")});
    const auto job = domain::parse_job(json::value(document));
    ASSERT_TRUE(job);
    const domain::Runtime engine{.engine_type = "SPARK_RUNTIME",
                                 .spark_conf = std::map<std::string, json::value>{{"spark.hadoop.fs.s3a.secret.key", json::value("***")},
                                                                                  {"--conf spark.ssl.keyStorePassword", json::value("***")},
                                                                                  {"--conf", json::value("spark.b.password=***")},
                                                                                  {"spark.a", json::value("2")}}};
    const auto manifest = preprocess(*job, "0198f2a0-0000-7000-8000-000000000001", document, engine, settings);
    ASSERT_TRUE(manifest) << manifest.error().message;
    EXPECT_EQ(manifest->options.find("spark.hadoop.fs.s3a.secret.key")->value, "REAL");
    EXPECT_EQ(manifest->options.find("spark.ssl.keyStorePassword")->value, "PW");
    EXPECT_EQ(manifest->options.find("spark.b.password"), nullptr);
    EXPECT_EQ(manifest->options.find("spark.a")->value, "2");
}

TEST(Manifest, EachKindOfJobRunsItsFunction) {
    const std::string code =
        "# modelop.init\ndef begin(): pass\n# modelop.score\ndef s(a,b,c): pass\n# modelop.metrics\ndef m(a,b,c): pass\n# modelop.train\ndef t(a,b,c): pass\n";
    for (const auto& [type, function] :
         {std::pair{"MODEL_BATCH_JOB", "s"}, std::pair{"MODEL_BATCH_TEST_JOB", "m"}, std::pair{"MODEL_BATCH_TRAINING_JOB", "t"}}) {
        const auto manifest = manifest_of(job_document({source(code)}, type));
        ASSERT_TRUE(manifest);
        EXPECT_EQ(manifest->function, function);
        EXPECT_EQ(manifest->init_function, "begin");
    }
}

TEST(Manifest, TheAssetsOwnNameGoesBeforeTheComment) {
    auto asset = source("# modelop.score\ndef marked(a,b,c): pass\ndef named(a,b,c): pass\n");
    asset["scoreFunction"] = "named";
    EXPECT_EQ(manifest_of(job_document({asset}))->function, "named");
}

TEST(Manifest, SaysWhatTheModelLacks) {
    const std::string good = "# modelop.score\ndef s(a,b,c): pass\n";
    EXPECT_EQ(refusal_of({}), "NO_PRIMARY_SOURCE");
    EXPECT_EQ(refusal_of({source(good, "a.py", false)}), "NO_PRIMARY_SOURCE");
    EXPECT_EQ(refusal_of({source(good, "a.py"), source(good, "b.py")}), "SEVERAL_PRIMARY_SOURCES");
    EXPECT_EQ(refusal_of({source("def score(a,b,c): pass\n")}), "NO_FUNCTION");
    EXPECT_EQ(refusal_of({source(good)}, "MODEL_BATCH_TEST_JOB"), "NO_FUNCTION");
    EXPECT_EQ(refusal_of({source("# modelop.score\ndef a(): pass\n# modelop.score\ndef b(): pass\n")}), "SEVERAL_FUNCTIONS");
    EXPECT_EQ(refusal_of({source("x = '''")}), "PYTHON_SYNTAX");
}

TEST(Manifest, SaysWhatIsMarkedAndIsNoFunction) {
    const auto lambda = manifest_of(job_document({source("import os\n# modelop.score\n# the model\nscore = lambda a: a\n")}));
    EXPECT_EQ(lambda.error().message,
              "The model has no function for this kind of job: line 4 is marked with '# modelop.score' and is no function of the module. "
              "Write the comment above a def at its top level, or name a function in the asset's scoreFunction.");
}

TEST(Manifest, NoAssetLeavesTheFolder) {
    const std::string good = "# modelop.score\ndef s(a,b,c): pass\n";
    for (const auto* name : {"../evil.py", "/etc/passwd", "a/../../b", "a\nb.py", "ModelOpPySparkDriver.py", "model_job_metadata.py", "a\\b"}) {
        EXPECT_EQ(refusal_of({source(good), source("x = 1\n", name, false)}), "PATH_ESCAPE") << name;
    }
}

TEST(Manifest, FilesKeepTheirPathsAndAreFoundByBareName) {
    const auto manifest = manifest_of(job_document({source("# modelop.score\ndef s(a,b,c): pass\n"), source("a = 1\n", "lib/util.py", false),
                                                    source("b = 1\n", "one/same.py", false), source("c = 1\n", "two/same.py", false)}));
    ASSERT_TRUE(manifest);
    std::vector<std::string> paths;
    for (const auto& file : manifest->files) {
        paths.push_back(file.path);
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"model_source_code.py", "lib/util.py", "one/same.py", "two/same.py", "util.py"}));
}

/// For Python `features.random` is not `random`: at the root it would be.
TEST(Manifest, ModulesOfPackagesAndNamesOfPythonsOwnAreNotAtTheRoot) {
    json::array assets{source("# modelop.score\ndef f(a, b, c): pass\n")};
    for (const auto* name : {"features/__init__.py", "features/scale.py", "features/random.py", "loose/types.py", "loose/helper.py", "types.py/data.csv"}) {
        assets.push_back(source("x = 1\n", name, false));
    }
    const auto manifest = manifest_of(job_document(std::move(assets)));
    ASSERT_TRUE(manifest) << manifest.error().message;
    std::set<std::string> root;
    for (const auto& file : manifest->files) {
        if (!file.path.contains('/')) {
            root.insert(file.path);
        }
    }
    EXPECT_EQ(root, (std::set<std::string>{"data.csv", "helper.py", "model_source_code.py"}));
    const auto text = metadata_text(*manifest, {.attempt = 1, .tag = "t", .application_path = "", .result_path = ""}, kSettings);
    EXPECT_TRUE(text.contains("features/random.py\\\",")) << text;
    EXPECT_FALSE(text.contains("\\\"helper.py")) << "spark-submit takes it by its bare name";
}

TEST(Manifest, SourcesSayTheEncodingThatTheirFilesHave) {
    const std::string body = "# modelop.score\ndef f(a, b, c): return 'é'\n";
    const auto written = [](const std::string& code) {
        const auto manifest = manifest_of(job_document(json::array{source(code)}));
        return manifest ? manifest->files.at(0).content : manifest.error().message;
    };
    EXPECT_EQ(written("# -*- coding: latin-1 -*-\n" + body), "# -*- coding: utf-8 -*-\n" + body);
    EXPECT_EQ(written("\xEF\xBB\xBF#!/usr/bin/python\r\n# vim: set fileencoding=cp1252 :\r\n" + body),
              "\xEF\xBB\xBF#!/usr/bin/python\r\n# vim: set fileencoding=utf-8 :\r\n" + body);
    for (const std::string same : {"x = 1\n# coding: latin-1\n", "\n\n# coding: latin-1\n", "# encoding latin-1\n", "# coding:\n", "'coding: latin-1'\n"}) {
        EXPECT_EQ(written(same + body), same + body);
    }
}

TEST(Manifest, NamesThatCanNeverBeWrittenAreRefused) {
    const std::string good = "# modelop.score\ndef s(a,b,c): pass\n";
    const auto with = [&](std::initializer_list<std::string> names) {
        json::array assets{source(good)};
        for (const auto& name : names) {
            assets.push_back(source("x = 1\n", name, false));
        }
        return manifest_of(job_document(std::move(assets)));
    };
    for (const auto* first : {"data", "data/x.csv"}) {
        const auto refused = with({first, std::string_view{first} == "data" ? "data/x.csv" : "data"});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().reason, "NAME_CLASH");
        EXPECT_TRUE(refused.error().message.contains(R"("data")") && refused.error().message.contains(R"("data/x.csv")")) << refused.error().message;
    }
    EXPECT_EQ(with({"a/b", "a/b/c/d"}).error().reason, "NAME_CLASH");
    for (const auto* own : {"model_source_code.py/x.py", "ModelOpPySparkDriver.py/a/b", "job_files.tar/x"}) {
        EXPECT_EQ(with({own}).error().reason, "PATH_ESCAPE") << own;
    }
    std::string path(200, 'a');
    for (int i = 0; i < 30; ++i) {
        path += "/" + std::string(200, 'b');
    }
    EXPECT_EQ(with({path}).error().reason, "PATH_ESCAPE");
    EXPECT_TRUE(with({"data/x.csv", "data/y.csv", "data2", "dat"}));
}

TEST(Manifest, ABareNameIsNeitherAFolderNorOneOfTheServicesOwnFiles) {
    const auto manifest = manifest_of(job_document({source("# modelop.score\ndef s(a,b,c): pass\n"), source("a = 1\n", "config/data", false),
                                                    source("b = 1\n", "data/train.csv", false), source("c = 1\n", "lib/ModelOpPySparkDriver.py", false)}));
    ASSERT_TRUE(manifest);
    std::vector<std::string> paths;
    for (const auto& file : manifest->files) {
        paths.push_back(file.path);
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"model_source_code.py", "config/data", "data/train.csv", "lib/ModelOpPySparkDriver.py", "train.csv"}));
}

TEST(Manifest, EmbeddedDataIsStagedAndShownAsExternal) {
    auto document = job_document({source("# modelop.score\ndef s(a,b,c): pass\n")});
    document["inputData"] =
        json::array{json::object{{"assetType", "FILE"}, {"filename", "in.csv"}, {"fileContent", crypto::base64("a,b\n")}, {"assetRole", "TEST_DATA"}}};
    const auto manifest = manifest_of(document);
    ASSERT_TRUE(manifest);
    ASSERT_EQ(manifest->staged_inputs.size(), 1U);
    EXPECT_EQ(manifest->staged_inputs[0].content, "a,b\n");
    const auto& shown = manifest->inputs[0].as_object();
    EXPECT_EQ(json::text_of(shown, "assetType"), "EXTERNAL_FILE");
    EXPECT_EQ(json::text_of(shown, "fileUrl"), "file:///stage/0198f2a0-0000-7000-8000-000000000001/in/0/in.csv");
    EXPECT_EQ(json::text_of(shown, "assetRole"), "TEST_DATA");
    document["inputData"].as_array()[0].as_object()["filename"] = "Smith, J #1.csv";
    const auto separated = manifest_of(document);
    ASSERT_TRUE(separated) << separated.error().message;
    EXPECT_TRUE(separated->staged_inputs[0].url.ends_with("/in/0/Smith_ J _1.csv")) << separated->staged_inputs[0].url;
    EXPECT_EQ(json::text_of(separated->inputs[0].as_object(), "filename"), "Smith, J #1.csv");
    EXPECT_FALSE(shown.contains("fileContent"));
}

/// HDFS has no such name. The document keeps it; on disk nothing hinders it.
TEST(Manifest, AStagedNameHasNoColonWhereHdfsWouldRefuseIt) {
    auto document = job_document({source("# modelop.score\ndef s(a,b,c): pass\n")});
    const json::object file{{"assetType", "FILE"}, {"filename", "2026-11-27T07:30.csv"}, {"fileContent", crypto::base64("a,b\n")}};
    document["inputData"] = json::array{file};
    document["outputData"] = json::array{json::object{{"assetType", "FILE"}, {"filename", "at 7:30.csv"}}};
    const auto urls_in = [&](const std::string& staging) {
        auto settings = kSettings;
        settings.staging_url = staging;
        const auto manifest = manifest_of(document, settings);
        std::vector<std::string> out;
        EXPECT_TRUE(manifest);
        if (manifest) {
            for (const auto* list : {&manifest->inputs, &manifest->outputs}) {
                const auto& shown = list->at(0).as_object();
                EXPECT_TRUE(json::text_of(shown, "filename").contains(':'));
                const auto url = json::text_of(shown, "fileUrl");
                out.emplace_back(url.substr(url.rfind('/') + 1));
            }
        }
        return out;
    };
    EXPECT_EQ(urls_in("hdfs:///stage"), (std::vector<std::string>{"2026-11-27T07_30.csv", "at 7_30.csv"}));
    EXPECT_EQ(urls_in("file:///stage"), (std::vector<std::string>{"2026-11-27T07:30.csv", "at 7:30.csv"}));
}

TEST(Submission, ArgumentsOfAClientRun) {
    const auto manifest = manifest_of(job_document({source("# modelop.score\ndef s(a,b,c): pass\n"), source("u = 1\n", "util.py", false)}));
    ASSERT_TRUE(manifest);
    const JobFolder folder{"/data/jobs", manifest->job_id};
    const AttemptPlaces places{.attempt = 2, .tag = "mmj-0123456789abcdef-2", .application_path = "/a", .result_path = "/r", .result_url = ""};
    const SparkHost host{
        .spark_submit = "/opt/spark/bin/spark-submit", .environment = {{"PATH", "/bin"}}, .job_user = "", .service_tag = "mms-1", .defaults = ""};
    const auto submission = build_submission(*manifest, folder, places, kSettings, host, {});
    const std::string files = "/data/jobs/0198f2a0-0000-7000-8000-000000000001/files";
    EXPECT_EQ(
        submission.launch.arguments,
        (std::vector<std::string>{"/opt/spark/bin/spark-submit", "--executor-memory", "512MB", "-v", "--master", "spark://127.0.0.1:7077", "--deploy-mode",
                                  "client", "--name", "titanic 0198f2a0-0000-7000-8000-000000000001", "--conf", "spark.modelop.tag=mmj-0123456789abcdef-2",
                                  "--conf", "spark.submit.callSystemExitOnMainExit=true", "--conf", "spark.redaction.regex=" + domain::redaction_pattern(),
                                  "--py-files", files + "/model_source_code.py," + files + "/util.py", files + "/ModelOpPySparkDriver.py"}));
    EXPECT_EQ(submission.command, submission.launch.arguments);
    EXPECT_TRUE(submission.properties.empty());
    EXPECT_EQ(submission.launch.working_directory, files);
    EXPECT_EQ(submission.launch.environment.back(), (std::pair<std::string, std::string>{"MODELOP_TAG", "mmj-0123456789abcdef-2"}));
}

TEST(Submission, YarnClusterCarriesTagsAndOneArchive) {
    auto settings = kSettings;
    settings.master = "yarn";
    settings.deploy_mode = "cluster";
    const auto manifest = manifest_of(job_document({source("# modelop.score\ndef s(a,b,c): pass\n")}), settings);
    const JobFolder folder{"/data/jobs", manifest->job_id};
    const SparkHost host{.spark_submit = "/s", .environment = {}, .job_user = "", .service_tag = "mms-1", .defaults = "spark.x 1"};
    const auto submission =
        build_submission(*manifest, folder, {.attempt = 1, .tag = "mmj-0-1", .application_path = "", .result_path = "", .result_url = "hdfs:///r"}, settings,
                         host, {{"spark.hadoop.fs.s3a.bucket.b.secret.key", "CANARY"}});
    const auto& arguments = submission.launch.arguments;
    const auto has = [&](std::string_view text) { return std::ranges::find(arguments, text) != arguments.end(); };
    EXPECT_TRUE(has("spark.yarn.tags=mms-1,mmj-0-1"));
    EXPECT_TRUE(has("spark.yarn.maxAppAttempts=1"));
    EXPECT_TRUE(has("spark.yarn.submit.waitAppCompletion=false"));
    EXPECT_TRUE(has("--properties-file"));
    EXPECT_TRUE(submission.archive.contains("model_source_code.py"));
    EXPECT_TRUE(submission.properties.starts_with("spark.x 1\n"));
    EXPECT_TRUE(submission.properties.contains("CANARY"));
    for (const auto& argument : arguments) {
        EXPECT_FALSE(argument.contains("CANARY"));
    }
}

/// What spark-submit does with `-v`: a file is printed with what the file itself hides, the options of the driver's JVM are printed as they are.
TEST(Submission, VerboseSaysNoKey) {
    const auto manifest = manifest_of(job_document({source("# modelop.score\ndef s(a,b,c): pass\n")}));
    ASSERT_TRUE(manifest);
    const JobFolder folder{"/data/jobs", manifest->job_id};
    const AttemptPlaces places{.attempt = 1, .tag = "mmj-0-1", .application_path = "/a", .result_path = "/r", .result_url = ""};
    SparkHost host{.spark_submit = "/s", .environment = {}, .job_user = "", .service_tag = "mms-1", .defaults = "spark.app.signing.key CANARY\n"};
    const auto made = [&](const std::vector<std::pair<std::string, std::string>>& secrets) {
        return build_submission(*manifest, folder, places, kSettings, host, secrets);
    };
    const auto has = [](const Submission& submission, std::string_view text) {
        return std::ranges::find(submission.launch.arguments, text) != submission.launch.arguments.end();
    };
    const auto hides = properties_text({{"spark.redaction.regex", domain::redaction_pattern()}});
    const auto plain = made({});
    EXPECT_TRUE(has(plain, "-v"));
    EXPECT_EQ(plain.properties, host.defaults + "\n" + hides);
    const auto silent = made({{std::string{kDriverJavaSetting}, "-Ddb.passwd=CANARY"}});
    EXPECT_FALSE(has(silent, "-v"));
    EXPECT_TRUE(silent.properties.ends_with(hides));
    host.defaults = "  spark.redaction.regex (?i)theirs\n";
    const auto theirs = made({});
    EXPECT_FALSE(has(theirs, "spark.redaction.regex=" + domain::redaction_pattern()));
    EXPECT_TRUE(theirs.properties.empty()) << "spark-submit finds it by itself";
}

TEST(Submission, KeysOfS3AssetsBecomeSettingsOfTheirBucket) {
    const json::object document{
        {"inputData", json::array{json::object{{"assetType", "EXTERNAL_FILE"},
                                               {"fileUrl", "http://minio:9000/bucket/key.csv"},
                                               {"repositoryInfo", {{"credentialRef", "r1"}, {"host", "minio"}, {"port", 9000}, {"secure", false}}}}}}};
    AssetSecrets secrets;
    secrets["r1"].emplace("accessKey", Secret{"A"});
    secrets["r1"].emplace("secretKey", Secret{"S"});
    EXPECT_EQ(secret_properties(document, secrets),
              (std::vector<std::pair<std::string, std::string>>{{"spark.hadoop.fs.s3a.bucket.bucket.access.key", "A"},
                                                                {"spark.hadoop.fs.s3a.bucket.bucket.endpoint", "http://minio:9000"},
                                                                {"spark.hadoop.fs.s3a.bucket.bucket.path.style.access", "true"},
                                                                {"spark.hadoop.fs.s3a.bucket.bucket.secret.key", "S"}}));
}

/// An asset of the model, or of its reference model, takes no bucket from the data.
TEST(Submission, TheKeyOfABucketIsThatOfTheJobsOwnData) {
    const auto asset = [](const char* key) {
        return json::object{{"assetType", "EXTERNAL_FILE"}, {"name", key}, {"fileUrl", "s3a://b/k?sig=CANARY"}, {"repositoryInfo", {{"credentialRef", key}}}};
    };
    AssetSecrets secrets;
    for (const auto* key : {"mine", "theirs"}) {
        secrets[key].emplace("accessKey", Secret{key});
        secrets[key].emplace("secretKey", Secret{"S"});
    }
    const json::object document{{"referenceModel", {{"modelAssets", json::array{asset("theirs")}}}}, {"inputData", json::array{asset("mine")}}};
    EXPECT_TRUE(check_bucket_keys(document, secrets));
    EXPECT_EQ(secret_properties(document, secrets), (std::vector<std::pair<std::string, std::string>>{{"spark.hadoop.fs.s3a.bucket.b.access.key", "mine"},
                                                                                                      {"spark.hadoop.fs.s3a.bucket.b.secret.key", "S"}}));
    const auto refused = check_bucket_keys({{"inputData", json::array{asset("mine")}}, {"outputData", json::array{asset("theirs")}}}, secrets);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "SEVERAL_KEYS");
    EXPECT_TRUE(refused.error().message.contains(R"("mine" (s3a://b/k) and "theirs" (s3a://b/k))")) << refused.error().message;
}

TEST(Submission, SealedParametersAreSettingsUnderTheSameRules) {
    const json::object document{{"jobParameters", {{"--executor-memory", "1g"}, {"credentialRef", "r1"}}}};
    AssetSecrets secrets;
    secrets["r1"].emplace("spark.hadoop.fs.s3a.secret.key", Secret{"S"});
    secrets["r1"].emplace("--conf", Secret{"spark.app.password=P"});
    EXPECT_EQ(secret_parameters(document, secrets, {}).value(),
              (std::vector<std::pair<std::string, std::string>>{{"spark.app.password", "P"}, {"spark.hadoop.fs.s3a.secret.key", "S"}}));
    EXPECT_TRUE(secret_parameters({}, secrets, {})->empty());
    secrets["r1"].emplace("spark.authenticate.secret", Secret{"CANARY"});
    const auto refused = secret_parameters(document, secrets, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_FALSE(refused.error().message.contains("CANARY"));
    EXPECT_FALSE(refused.error().faults.at(0).got.contains("CANARY"));
    EXPECT_TRUE(secret_parameters(document, secrets, {"spark.authenticate.secret"}));
}

TEST(Submission, ASealedParameterWinsOverTheEnginesArgument) {
    const json::object document{{"jobParameters", {{"credentialRef", "r1"}}}};
    AssetSecrets secrets;
    secrets["r1"].emplace("--driver-java-options", Secret{"-Ddb.password=CANARY"});
    const auto sealed = secret_parameters(document, secrets, {});
    ASSERT_TRUE(sealed);
    ASSERT_EQ(sealed->size(), 1U);
    EXPECT_EQ(sealed->front().first, "spark.driver.extraJavaOptions") << "a file knows settings alone";
    auto settings = kSettings;
    settings.spark_conf = {{"spark.driver.extraJavaOptions", "-Xss4m"}};
    const auto manifest = manifest_of(job_document({source("# modelop.score\ndef s(a,b,c): pass\n")}), settings);
    const SparkHost host{.spark_submit = "/s", .environment = {}, .job_user = "", .service_tag = "mms-1", .defaults = ""};
    const auto submission = build_submission(*manifest, JobFolder{"/d", manifest->job_id}, {.attempt = 1, .tag = "t"}, settings, host, *sealed);
    EXPECT_FALSE(testing::PrintToString(submission.launch.arguments).contains("-Xss4m")) << "it would win over the file";
    EXPECT_TRUE(submission.properties.contains("CANARY"));
}

TEST(Metadata, IsAsciiAndReadsBackTheSame) {
    auto document = job_document({source("# modelop.score\ndef s(a,b,c): pass\n")});
    document["inputData"].as_array()[0].as_object()["note"] = "é \xF0\x9F\x9A\x80 \"quoted\" \\ '";
    const auto manifest = manifest_of(document);
    const auto text = metadata_text(*manifest, {.attempt = 1, .tag = "t", .application_path = "/a", .result_path = "/r", .result_url = ""}, kSettings);
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    EXPECT_TRUE(text.contains("METADATA = json.loads(\""));
}

}  // namespace
}  // namespace slipway::spark
