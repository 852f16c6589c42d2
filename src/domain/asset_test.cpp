#include "domain/asset.hpp"

#include <gtest/gtest.h>

#include "domain/url.hpp"

namespace slipway::domain {
namespace {

std::string wrong(const std::string& text) {
    const auto asset = json::decode<Asset>(json::parse(text).value());
    EXPECT_TRUE(asset) << text;
    json::Faults faults;
    check_asset(*asset, "/a", faults);
    const auto list = faults.take();
    return list.empty() ? "" : list[0].pointer;
}

std::string external(const std::string& url, const std::string& repository = {}) {
    return R"({"assetType":"EXTERNAL_FILE","fileUrl":")" + url + "\"" +
           (repository.empty() ? "" : R"(,"repositoryInfo":{"repositoryType":")" + repository + R"("})") + "}";
}

TEST(CheckAsset, EachTypeNeedsItsContent) {
    EXPECT_EQ(wrong("{}"), "/a/assetType");
    EXPECT_EQ(wrong(R"({"assetType":"SOURCE_CODE"})"), "/a/sourceCode");
    EXPECT_EQ(wrong(R"({"assetType":"SOURCE_CODE","sourceCode":""})"), "");
    EXPECT_EQ(wrong(R"({"assetType":"FILE"})"), "/a/fileContent");
    EXPECT_EQ(wrong(R"({"assetType":"FILE","fileContent":""})"), "");
    EXPECT_EQ(wrong(R"({"assetType":"FILE","contentHash":"00"})"), "");
    EXPECT_EQ(wrong(R"({"assetType":"EXTERNAL_FILE"})"), "/a/fileUrl");
    EXPECT_EQ(wrong(R"({"assetType":"SQL","sqlStatement":"select 1"})"), "") << "other types pass through";
}

TEST(CheckAsset, SchemesFollowTheRepository) {
    const std::vector<std::pair<std::string, std::vector<std::string>>> allowed{
        {"S3_REPOSITORY", {"s3://b/k", "s3a://b/k", "http://minio:9000/b/k", "https://h/k"}},
        {"HDFS_REPOSITORY", {"hdfs:///demo/x", "webhdfs://h/x", "file:///x", "/plain/path"}},
        {"GIT_REPO", {"https://h/r.git", "ssh://git@h/r.git"}},
        {"AZURE_BLOB", {"abfss://container@account.dfs.core.windows.net/x", "wasbs://c@a/x", "https://h/x"}},
        {"GCP_STORAGE", {"gs://b/k"}},
        {"", {"s3://b/k", "hdfs:///x", "gs://b/k", "dbfs:/x", "relative.csv", "HTTPS://h/x"}},
    };
    for (const auto& [repository, urls] : allowed) {
        for (const auto& url : urls) {
            EXPECT_EQ(wrong(external(url, repository)), "") << repository << " " << url;
        }
    }
    for (const auto& [repository, url] : std::vector<std::pair<std::string, std::string>>{{"", "javascript:alert(1)"},
                                                                                          {"", "JavaScript:alert(1)"},
                                                                                          {"", "data:text/html,x"},
                                                                                          {"", "vbscript:x"},
                                                                                          {"", "ftp://h/x"},
                                                                                          {"", " javascript:alert(1)"},
                                                                                          {"", "java\\tscript:alert(1)"},
                                                                                          {"", ""},
                                                                                          {"", "https://u:p@h/x"},
                                                                                          {"", "https://h/x?X-Amz-Signature=abc"},
                                                                                          {"S3_REPOSITORY", "hdfs:///x"},
                                                                                          {"HDFS_REPOSITORY", "s3://b/k"},
                                                                                          {"GCP_STORAGE", "s3://b/k"}}) {
        EXPECT_EQ(wrong(external(url, repository)), "/a/fileUrl") << repository << " " << url;
    }
}

std::vector<FoundSecret> extract(json::value& document) {
    return extract_secrets(document, [](std::size_t n) { return "ref-" + std::to_string(n); });
}

TEST(ExtractSecrets, AtAnyDepthAndOnlyInRepositoriesAndUrls) {
    auto document =
        json::parse(R"({"secretKey":"kept","a":[{"b":{"repositoryInfo":{"secretKey":"one","accessKey":"two","host":"h","deep":[{"password":"three"}],
        "token":"","apiKey":null}}}],"jdbc":"jdbc:postgresql://h/db?user=u&password=four&ssl=true","list":["x",["https://u:five@h/"]],"text":"no url: a:b@c"})")
            .value();
    const auto found = extract(document);
    std::string all;
    for (const auto& secret : found) {
        all += secret.pointer + " " + secret.name + " " + secret.value + " " + secret.reference + "\n";
    }
    EXPECT_EQ(all,
              "/jdbc password four ref-0\n"
              "/list/1/0 userinfo u:five ref-0\n"
              "/a/0/b/repositoryInfo/secretKey secretKey one ref-1\n"
              "/a/0/b/repositoryInfo/accessKey accessKey two ref-1\n"
              "/a/0/b/repositoryInfo/deep/0/password password three ref-2\n");
    EXPECT_EQ(json::find(document, "/secretKey")->get_string(), "kept");
    EXPECT_EQ(json::find(document, "/jdbc")->get_string(), "jdbc:postgresql://h/db?user=u&ssl=true");
    EXPECT_EQ(json::find(document, "/list/1/0")->get_string(), "https://h/");
    EXPECT_EQ(json::find(document, "/text")->get_string(), "no url: a:b@c");
    EXPECT_EQ(json::find(document, "/a/0/b/repositoryInfo/host")->get_string(), "h");
    EXPECT_EQ(json::find(document, "/a/0/b/repositoryInfo/credentialRef")->get_string(), "ref-1");
    EXPECT_EQ(json::find(document, "/credentialRef")->get_string(), "ref-0");
    const auto once = json::write(document);
    EXPECT_TRUE(extract(document).empty()) << "a second look finds nothing";
    EXPECT_EQ(json::write(document), once);
}

TEST(ExtractSecrets, SparkSettingsOfAJobAreSealed) {
    json::value document = json::object{{"jobParameters",
                                         {{"spark.hadoop.fs.s3a.secret.key", "S"},
                                          {"--conf spark.ssl.keyPassword", "K"},
                                          {"--conf", "spark.app.token=T"},
                                          {"--executor-memory", "1g"},
                                          {"spark.executor.cores", "2"},
                                          {"tokenizer", "bert"}}}};
    const auto found = extract(document);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[2].value, "spark.app.token=T");
    const json::value left =
        json::object{{"jobParameters", {{"--executor-memory", "1g"}, {"spark.executor.cores", "2"}, {"tokenizer", "bert"}, {"credentialRef", "ref-0"}}}};
    EXPECT_EQ(document, left) << json::write(document);
}

TEST(ExtractSecrets, WhatTheRuntimeCallsASecretIsSealedToo) {
    json::value document = json::object{{"jobParameters",
                                         {{"spark.app.signing.key", "S"},
                                          {"spark.hadoop.fs.azure.sas.box.acct.blob.core.windows.net", "A"},
                                          {"--conf spark.executor.extraJavaOptions", "-Xss4m -Ddb.password=P"},
                                          {"--driver-java-options", "-Dtoken=T"},
                                          {"spark.executor.defaultJavaOptions", "-Dname=x"},
                                          {"spark.hadoop.fs.s3a.aws.credentials.provider", "org.example.Provider"},
                                          {"spark.security.credentials.hive.enabled", "false"}}}};
    const auto found = extract(document);
    EXPECT_EQ(found.size(), 4U);
    const json::value left = json::object{{"jobParameters",
                                           {{"spark.executor.defaultJavaOptions", "-Dname=x"},
                                            {"spark.hadoop.fs.s3a.aws.credentials.provider", "org.example.Provider"},
                                            {"spark.security.credentials.hive.enabled", "false"},
                                            {"credentialRef", "ref-0"}}}};
    EXPECT_EQ(document, left) << json::write(document);
}

TEST(ExtractSecrets, ADocumentWithoutSecretsStaysAsItIs) {
    const auto text = R"({"repositoryInfo":{"repositoryType":"HDFS_REPOSITORY","host":"","port":0,"password":""},"u":"abfss://container@account/x"})";
    auto document = json::parse(text).value();
    EXPECT_TRUE(extract(document).empty());
    EXPECT_EQ(json::write(document), text);
}

TEST(CleanUrl, TakesOutWhatGrantsAccess) {
    for (const auto& [text, clean] : std::vector<std::pair<std::string, std::string>>{
             {"https://u:p@h/x", "https://h/x"},
             {"https://token@h/x", "https://h/x"},
             {"https://h/x?a=1&sig=s&b=2", "https://h/x?a=1&b=2"},
             {"https://h/x?sig=s&b=2", "https://h/x?b=2"},
             {"https://h/x?sig=s#f", "https://h/x#f"},
             {"https://h/x?X-Amz-Credential=c&X-Amz-Date=d&X-Amz-Security-Token=t", "https://h/x?X-Amz-Date=d"},
             {"jdbc:sqlserver://h;databaseName=d;password=p;encrypt=true", "jdbc:sqlserver://h;databaseName=d;encrypt=true"},
             {"abfss://c@a/x", "abfss://c@a/x"},
             {"ssh://git@h/r", "ssh://git@h/r"},
             {"ssh://git:pw@h/r", "ssh://h/r"},
             {"https://h/a@b", "https://h/a@b"},
             {"s3://bucket/key?versionId=3", "s3://bucket/key?versionId=3"},
             {"no url u:p@h", "no url u:p@h"},
             {"https://AKIA:s@h:9000/bucket/my file.csv", "https://h:9000/bucket/my file.csv"},
             {"https://u:a secret@h/x", "https://h/x"},
             {" https://u:p@h/x", " https://h/x"},
             {"https://h/a?X-Amz-Signature=s x", "https://h/a"},
             {"https://h/p?password=s#a b", "https://h/p#a b"},
             {"jdbc:sqlserver://h;databaseName=My DB;password=s", "jdbc:sqlserver://h;databaseName=My DB"},
             {"jdbc:oracle:thin://u:p@h/my db", "jdbc:oracle:thin://h/my db"},
             {"https://u:p@h/" + std::string(9000, 'x'), "https://h/" + std::string(9000, 'x')},
             {"s3://bucket/my file.csv", "s3://bucket/my file.csv"},
             {"https://h is down, write to a@b", "https://h is down, write to a@b"},
             {"note: see https://h/x", "note: see https://h/x"},
         }) {
        EXPECT_EQ(clean_url(text).url, clean) << text;
        EXPECT_EQ(clean_url(text).secrets.empty(), text == clean) << text;
    }
    EXPECT_EQ(url_scheme("JDBC:x"), "jdbc");
    EXPECT_EQ(url_scheme("jdbc:mysql://h"), "mysql");
    EXPECT_EQ(url_scheme("/a:b"), "");
    EXPECT_EQ(url_scheme("a/b:c"), "");
}

TEST(SecretNames, AreKnownInEverySpelling) {
    for (const auto* name :
         {"password", "secretKey", "SECRET_KEY", "secret-access-key", "accessKeyId", "apiKey", "sasToken", "connectionString", "keytab", "privateKey"}) {
        EXPECT_TRUE(is_secret_name(name)) << name;
    }
    for (const auto* name : {"host", "port", "repositoryType", "key", "bucket", "user", "path", "keyspace"}) {
        EXPECT_FALSE(is_secret_name(name)) << name;
    }
}

}  // namespace
}  // namespace slipway::domain
