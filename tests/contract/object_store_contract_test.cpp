/// What every ObjectStore promises, on this host's files, on WebHDFS (scripted), and on a real S3 server where SLIPWAY_TEST_S3 names one (see
/// tests/integration/test_s3_store.py: `http://host:port`, the bucket `contract` is there).
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/aws/s3_store.hpp"
#include "adapters/http_client/http_client.hpp"
#include "adapters/spark_cluster/cluster.hpp"
#include "base/id.hpp"
#include "fakes/scripted_hdfs.hpp"

namespace slipway {
namespace {

enum class Kind { File, WebHdfs, S3 };

std::string name_of(const testing::TestParamInfo<Kind>& info) {
    return info.param == Kind::File ? "File" : info.param == Kind::WebHdfs ? "WebHdfs" : "S3";
}

const char* variable(const char* name, const char* otherwise) {
    const char* found = std::getenv(name);
    return found != nullptr ? found : otherwise;
}

class ObjectStoreContract : public testing::TestWithParam<Kind> {
protected:
    void SetUp() override {
        const auto folder = "object-store-" + random_hex(8);
        if (GetParam() == Kind::File) {
            dir_ = std::filesystem::temp_directory_path() / folder;
            store = spark_cluster::make_file_store();
            root = "file://" + dir_.string();
        } else if (GetParam() == Kind::WebHdfs) {
            store = spark_cluster::make_webhdfs_store({"http://standby:9870", "http://active:9870"}, "", hdfs_);
            root = "hdfs:///" + folder;
        } else if (std::getenv("SLIPWAY_TEST_S3") == nullptr) {
            GTEST_SKIP() << "no S3 server: SLIPWAY_TEST_S3 is not set";
        } else {
            store = aws::make_s3_store({.region = variable("AWS_REGION", "eu-west-1"), .endpoint_url = std::getenv("SLIPWAY_TEST_S3")},
                                       aws::make_static_provider({.access_key_id = variable("AWS_ACCESS_KEY_ID", "key"),
                                                                  .secret_access_key = Secret{variable("AWS_SECRET_ACCESS_KEY", "secret")},
                                                                  .session_token = Secret{}}),
                                       *transport_, clock_);
            root = "s3a://contract/" + folder;
        }
    }
    void TearDown() override {
        if (!dir_.empty()) {
            std::filesystem::remove_all(dir_);
        }
    }
    std::string at(const std::string& path) const { return root + "/" + path; }
    void put(const std::string& path, std::string_view bytes) {
        const auto done = store->write(at(path), bytes);
        ASSERT_TRUE(done) << done.error().message << done.error().detail;
    }
    std::string get(const std::string& path, std::uint64_t offset = 0) {
        std::string out;
        const auto done = store->read(at(path), offset, [&](std::string_view piece) {
            out += piece;
            return true;
        });
        return done ? out : done.error().reason + ": " + done.error().message;
    }
    std::map<std::string, StoredObject> list(const std::string& path) {
        std::map<std::string, StoredObject> out;
        const auto found = store->list(at(path));
        EXPECT_TRUE(found) << path << found.error().message;
        for (const auto& object : found ? *found : std::vector<StoredObject>{}) {
            EXPECT_TRUE(out.emplace(object.name, object).second) << object.name;
        }
        return out;
    }
    ErrorCode code_of_list(const std::string& path) {
        const auto found = store->list(at(path));
        return found ? ErrorCode::internal : found.error().code;
    }

    std::unique_ptr<ObjectStore> store;
    std::string root;

private:
    SystemClock clock_;
    std::filesystem::path dir_;
    fakes::ScriptedHdfs hdfs_;
    std::unique_ptr<HttpTransport> transport_{make_http_client({.ca_file = ""})};
};

TEST_P(ObjectStoreContract, GivesBackWhatWasWritten) {
    const std::string bytes{"\0\xFF\r\n<a&b>", 9};
    put("a/b/c.bin", bytes);
    EXPECT_EQ(get("a/b/c.bin"), bytes);
    EXPECT_EQ(get("a/b/c.bin", 3), bytes.substr(3));
    EXPECT_EQ(get("a/b/c.bin", 9), "");
    put("a/b/c.bin", "shorter");
    EXPECT_EQ(get("a/b/c.bin"), "shorter");
    put("empty", "");
    EXPECT_EQ(get("empty"), "");
}

TEST_P(ObjectStoreContract, ReadsInPiecesAndStopsWhenNobodyWantsMore) {
    const std::string bytes(3U << 20, 'x');
    put("large", bytes);
    std::size_t seen = 0;
    const auto done = store->read(at("large"), 0, [&](std::string_view piece) {
        seen += piece.size();
        return false;
    });
    EXPECT_TRUE(done);
    EXPECT_GT(seen, 0U);
    EXPECT_LT(seen, bytes.size());
    EXPECT_EQ(get("large", bytes.size() - 2), "xx");
    EXPECT_EQ(read_all(*store, at("large"), 100).error().reason, "TOO_LARGE");
}

TEST_P(ObjectStoreContract, ListsWhatIsDirectlyBelow) {
    put("d/one.csv", "12345");
    put("d/_SUCCESS", "");
    put("d/deep/er/x", "1");
    put("dd", "1");
    auto found = list("d");
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found["one.csv"].size, 5U);
    EXPECT_FALSE(found["one.csv"].folder);
    EXPECT_EQ(found["one.csv"].url, at("d/one.csv"));
    EXPECT_EQ(found["_SUCCESS"].size, 0U);
    EXPECT_TRUE(found["deep"].folder);
    EXPECT_EQ(list("d/").size(), 3U);
    EXPECT_EQ(list("d/deep").begin()->second.url, at("d/deep/er"));
}

TEST_P(ObjectStoreContract, AFileIsListedAsItself) {
    put("d/one.csv", "12345");
    const auto found = store->list(at("d/one.csv"));
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().url, at("d/one.csv"));
    EXPECT_EQ(found->front().name, "one.csv");
    EXPECT_EQ(found->front().size, 5U);
    EXPECT_FALSE(found->front().folder);
}

TEST_P(ObjectStoreContract, NamesArePlainText) {
    for (const auto* name : {"a b+c", "100%", "q?x=1&y", "h#sh", "umläut", "k=v", "quote\"'", "semi;colon,(x)", "%2F"}) {
        put(std::string{"names/"} + name, name);
        EXPECT_EQ(get(std::string{"names/"} + name), name);
    }
    const auto found = list("names");
    EXPECT_EQ(found.size(), 9U);
    EXPECT_TRUE(found.contains("a b+c"));
    EXPECT_TRUE(found.contains("umläut"));
    EXPECT_TRUE(found.contains("%2F"));
}

TEST_P(ObjectStoreContract, MoreThanOneAnswerHolds) {
    constexpr int kMany = 520;
    for (int i = 0; i < kMany; ++i) {
        put(fmt::format("many/part-{:05}", i), "x");
    }
    EXPECT_EQ(list("many").size(), static_cast<std::size_t>(kMany));
    ASSERT_TRUE(store->remove(at("many")));
    EXPECT_EQ(code_of_list("many"), ErrorCode::not_found);
}

TEST_P(ObjectStoreContract, RemovesAFileOrAFolderWithAllBelow) {
    put("r/a", "1");
    put("r/b/c", "1");
    put("rest", "1");
    EXPECT_TRUE(store->remove(at("r")));
    EXPECT_EQ(code_of_list("r"), ErrorCode::not_found);
    EXPECT_TRUE(store->remove(at("r")));
    EXPECT_EQ(get("rest"), "1");
    EXPECT_TRUE(store->remove(at("rest")));
    EXPECT_EQ(code_of_list("rest"), ErrorCode::not_found);
}

TEST_P(ObjectStoreContract, WhatIsNotThereIsNotFound) {
    EXPECT_EQ(code_of_list("nothing"), ErrorCode::not_found);
    const auto read = store->read(at("nothing"), 0, [](std::string_view) { return true; });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::not_found) << read.error().message;
    EXPECT_TRUE(read.error().message.contains("nothing")) << read.error().message;
}

TEST_P(ObjectStoreContract, AFolderMayBeMadeTwice) {
    EXPECT_TRUE(store->make_folder(at("f/g")));
    EXPECT_TRUE(store->make_folder(at("f/g")));
    put("f/g/x", "1");
    EXPECT_EQ(list("f/g").size(), 1U);
}

TEST(WebHdfsStore, MakesFoldersForTheirOwnerAlone) {
    fakes::ScriptedHdfs hdfs;
    const auto store = spark_cluster::make_webhdfs_store({"http://active:9870"}, "", hdfs);
    ASSERT_TRUE(store->write("hdfs:///staging/j/in/0/rows.csv", "1"));
    ASSERT_TRUE(store->make_folder("hdfs:///staging/j/out/0"));
    ASSERT_TRUE(store->write("hdfs:///top", "1"));
    const std::map<std::string, std::string> closed{{"/staging/j/in/0", "700"}, {"/staging/j/out/0", "700"}};
    EXPECT_EQ(hdfs.folders, closed) << "HDFS makes those above with the same mode";
}

TEST(FileStore, TakesTheChecksumThatHadoopWritesBesideAFileWithIt) {
    const auto folder = std::filesystem::temp_directory_path() / ("file-store-" + random_hex(8));
    const auto store = spark_cluster::make_file_store();
    for (const auto* name : {"/result.json", "/.result.json.crc", "/.other.json.crc"}) {
        ASSERT_TRUE(store->write("file://" + folder.string() + name, "x"));
    }
    ASSERT_TRUE(store->remove("file://" + folder.string() + "/result.json"));
    EXPECT_FALSE(std::filesystem::exists(folder / ".result.json.crc"));
    EXPECT_TRUE(std::filesystem::exists(folder / ".other.json.crc"));
    std::filesystem::remove_all(folder);
}

/// What cannot be looked at may be there: nothing that follows from its absence may follow.
TEST(FileStore, WhatCannotBeLookedAtIsNotCalledAbsent) {
    const auto folder = std::filesystem::temp_directory_path() / ("file-store-" + random_hex(8));
    const auto url = "file://" + folder.string();
    const auto store = spark_cluster::make_file_store();
    ASSERT_TRUE(store->write(url + "/closed/out.csv", "x"));
    std::filesystem::create_symlink("round", folder / "round");
    const auto round = store->list(url + "/round");
    ASSERT_FALSE(round);
    EXPECT_EQ(round.error().code, ErrorCode::unavailable) << round.error().message;
    std::filesystem::create_symlink("nowhere", folder / "dangling");
    for (const auto* absent : {"/dangling", "/nothing", "/closed/out.csv/below"}) {
        const auto found = store->list(url + absent);
        ASSERT_FALSE(found) << absent;
        EXPECT_EQ(found.error().code, ErrorCode::not_found) << absent << ": " << found.error().message;
    }
    std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
    const auto as_another = spark_cluster::make_file_store(::geteuid() == 0 ? "nobody" : "", url);
    std::filesystem::permissions(folder, std::filesystem::perms{0755});
    const auto closed = as_another->list(url + "/closed/out.csv");
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code, ErrorCode::forbidden) << closed.error().message;
    std::filesystem::permissions(folder / "closed", std::filesystem::perms{0700});
    std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(All, ObjectStoreContract, testing::Values(Kind::File, Kind::WebHdfs, Kind::S3), name_of);

}  // namespace
}  // namespace slipway
