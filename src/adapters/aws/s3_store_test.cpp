#include "adapters/aws/s3_store.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"

/// What the contract of every store (tests/contract, on a real server) cannot see.
namespace slipway::aws {
namespace {

constexpr std::uint64_t kPiece = 8U << 20;

class S3StoreTest : public testing::Test {
protected:
    /// A server that has `object` and gives what a Range asks for.
    void serves(std::string object) {
        transport.otherwise([object = std::move(object)](const HttpRequest& request) -> Result<HttpResponse> {
            const auto range = fakes::header_of(request, "Range");
            std::size_t first = 0;
            std::size_t last = 0;
            EXPECT_EQ(std::sscanf(range.c_str(), "bytes=%zu-%zu", &first, &last), 2) << range;
            if (first >= object.size()) {
                return HttpResponse{.status = 416, .body = "<Error><Code>InvalidRange</Code></Error>"};
            }
            request.on_body(std::string_view{object}.substr(first, last - first + 1));
            return HttpResponse{.status = 206, .headers = {{"etag", "\"v1\""}}};
        });
    }
    Result<std::uint64_t> read(std::uint64_t offset = 0) {
        std::uint64_t got = 0;
        SW_CHECK(store->read("s3a://bucket/key", offset, [&](std::string_view bytes) {
            got += bytes.size();
            return true;
        }));
        return got;
    }

    fakes::FakeTransport transport;
    fakes::FakeClock clock;
    std::unique_ptr<ObjectStore> store{
        make_s3_store({.region = "eu-west-1", .endpoint_url = "http://s3.test"},
                      make_static_provider({.access_key_id = "key", .secret_access_key = Secret{"secret"}, .session_token = Secret{}}), transport, clock)};
};

TEST_F(S3StoreTest, ReadsInPiecesThatHaveATimeOfTheirOwn) {
    serves(std::string(2 * kPiece + 5, 'x'));
    EXPECT_EQ(*read(), 2 * kPiece + 5);
    const auto requests = transport.requests();
    ASSERT_EQ(requests.size(), 3U);
    for (const auto& request : requests) {
        EXPECT_LE(request.timeout, Milliseconds{120'000});  // a server that stalls in the middle holds nobody for an hour
    }
    EXPECT_EQ(fakes::header_of(requests[0], "If-Match"), "");
    EXPECT_EQ(fakes::header_of(requests[1], "If-Match"), "\"v1\"");
    EXPECT_EQ(*read(kPiece), kPiece + 5);
}

TEST_F(S3StoreTest, AFileThatEndsWithAPieceIsWhole) {
    serves(std::string(kPiece, 'x'));
    EXPECT_EQ(*read(), kPiece);
    EXPECT_EQ(*read(kPiece), 0U);
}

TEST_F(S3StoreTest, AFileThatWasReplacedBetweenTwoPiecesIsReadAgain) {
    transport
        .then([](const HttpRequest& request) -> Result<HttpResponse> {
            request.on_body(std::string(kPiece, 'x'));
            return HttpResponse{.status = 206, .headers = {{"etag", "\"v1\""}}};
        })
        .then(HttpResponse{.status = 412, .body = "<Error><Code>PreconditionFailed</Code></Error>"});
    const auto done = read();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(done.error().message.contains("was replaced")) << done.error().message;
}

TEST_F(S3StoreTest, AServerWithoutPiecesGivesAllAtOnce) {
    transport.then([](const HttpRequest& request) -> Result<HttpResponse> {
        request.on_body(std::string(kPiece, 'x'));
        return HttpResponse{.status = 200};
    });
    EXPECT_EQ(*read(), kPiece);
    EXPECT_EQ(transport.calls(), 1U);
}

TEST_F(S3StoreTest, ASingleFileHasTheTimeThatItsHeadTells) {
    const auto listed_with = [&](const std::string& time) {
        transport.otherwise([&](const HttpRequest& request) -> Result<HttpResponse> {
            return request.method == "HEAD" ? HttpResponse{.status = 200, .headers = {{"content-length", "7"}, {"last-modified", time}}}
                                            : HttpResponse{.status = 200, .body = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"};
        });
        const auto found = store->list("s3a://bucket/metrics.json");
        EXPECT_TRUE(found) << found.error().message;
        return found && found->size() == 1 ? found->front() : StoredObject{.url = "none", .name = ""};
    };
    const auto file = listed_with("Wed, 25 Nov 2026 19:00:04 GMT");
    EXPECT_EQ(file.size, 7U);
    ASSERT_TRUE(file.modified);
    EXPECT_EQ(to_iso(*file.modified), "2026-11-25T19:00:04.000Z");
    EXPECT_FALSE(listed_with("").modified);
    EXPECT_FALSE(listed_with("2026-11-25T19:00:04Z").modified);
}

TEST_F(S3StoreTest, AnUploadHasTimeForItsSizeAndNoMore) {
    transport.otherwise([](const HttpRequest&) { return HttpResponse{.status = 200}; });
    ASSERT_TRUE(store->write("s3a://bucket/small", "x"));
    ASSERT_TRUE(store->write("s3a://bucket/large", std::string(3 * kPiece, 'x')));
    const auto requests = transport.requests();
    EXPECT_EQ(requests[0].timeout, Milliseconds{120'000});
    EXPECT_EQ(requests[1].timeout, Milliseconds{480'000});
}

TEST_F(S3StoreTest, AFolderOfMillionsIsNotHeldInMemory) {
    int pages = 0;
    transport.otherwise([&pages](const HttpRequest&) -> Result<HttpResponse> {
        std::string body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>";
        for (int i = 0; i < 1'000; ++i) {
            body += fmt::format("<Contents><Key>key/{}-{}</Key><Size>1</Size></Contents>", pages, i);
        }
        ++pages;
        return HttpResponse{.status = pages > 60 ? 500 : 200, .body = body + "</ListBucketResult>"};
    });
    const auto listed = store->list("s3a://bucket/key");
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().reason, "TOO_MANY") << listed.error().message;
    EXPECT_LE(pages, 51);
}

/// What jobs wrote is read for people, who wait.
class S3ReaderTest : public testing::Test {
protected:
    static HttpResponse listed(const std::string& more) { return {.status = 200, .body = "<ListBucketResult>" + more + "</ListBucketResult>"}; }
    fakes::FakeTransport transport;
    fakes::FakeClock clock;
    std::unique_ptr<sagemaker::S3Reader> reader{
        make_s3_reader({.region = "eu-west-1", .endpoint_url = "http://s3.test"},
                       make_static_provider({.access_key_id = "key", .secret_access_key = Secret{"secret"}, .session_token = Secret{}}), transport, clock)};
};

TEST_F(S3ReaderTest, APageIsBoundedAndGoesOnBehindAKey) {
    transport.then(
        listed("<Contents><Key>out/a+b.out</Key><Size>3</Size><LastModified>2026-11-25T19:00:04.000Z</LastModified></Contents>"
               "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"));
    const auto page = reader->page("s3://b/out/", "out/a", 5000);
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->objects.size(), 1U);
    EXPECT_EQ(page->objects[0].key, "out/a b.out");
    EXPECT_EQ(page->objects[0].size, 3U);
    EXPECT_EQ(page->objects[0].modified, "2026-11-25T19:00:04.000Z");
    EXPECT_TRUE(page->more);
    const auto request = transport.requests().at(0);
    EXPECT_NE(request.url.find("max-keys=250&prefix=out%2F&start-after=out%2Fa"), std::string::npos) << request.url;
    EXPECT_LE(request.timeout, Milliseconds{20'000});
    EXPECT_LE(request.max_response_bytes, std::size_t{4U << 20});
}

TEST_F(S3ReaderTest, ARefusalNamesTheMissingPermission) {
    const HttpResponse denied{.status = 403, .body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"};
    transport.then(denied).then(denied);
    EXPECT_NE(reader->page("s3://b/out/", "", 10).error().message.find("s3:ListBucket"), std::string::npos);
    EXPECT_NE(reader->content("s3://b/out/a", 10).error().message.find("s3:GetObject"), std::string::npos);
}

TEST_F(S3ReaderTest, AnObjectIsReadUpToItsBoundAndNoFurther) {
    transport.otherwise([](const HttpRequest& request) -> Result<HttpResponse> {
        if (request.on_body(std::string(8, 'x'))) {
            request.on_body(std::string(8, 'x'));
        }
        return HttpResponse{.status = 206};
    });
    EXPECT_EQ(reader->content("s3://b/a", 16).value_or(""), std::string(16, 'x'));
    EXPECT_EQ(reader->content("s3://b/a", 15).error().reason, "TOO_LARGE");
}

}  // namespace
}  // namespace slipway::aws
