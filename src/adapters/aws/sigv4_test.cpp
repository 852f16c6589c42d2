#include "adapters/aws/sigv4.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "base/crypto.hpp"

namespace slipway::aws {
namespace {

namespace fs = std::filesystem;

const fs::path kVectors = fs::path{SLIPWAY_SOURCE_DIR} / "tests/data/sigv4";
const SigningKeys kKeys{.access_key_id = "AKIDEXAMPLE", .secret_access_key = Secret{"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}, .session_token = Secret{}};
const Timestamp kTime = *from_iso("2015-08-30T12:36:00Z");
const SigningScope kScope{.region = "us-east-1", .service = "service", .time = kTime};

std::string content_of(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

struct RawRequest {
    std::string method, target;
    HttpHeaders headers;
    std::string body;
};

/// Reads a .req file: request line (whose path may hold a space), headers (may be folded), empty line, body.
RawRequest parse_request(const std::string& text) {
    RawRequest request;
    const auto head_end = text.find("\n\n");
    request.body = head_end == std::string::npos ? "" : text.substr(head_end + 2);
    std::istringstream head{text.substr(0, head_end)};
    std::string line;
    std::getline(head, line);
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    while (std::getline(head, line)) {
        if (line.starts_with(' ')) {
            request.headers.back().second += "\n" + line;
        } else {
            request.headers.emplace_back(line.substr(0, line.find(':')), line.substr(line.find(':') + 1));
        }
    }
    return request;
}

std::vector<std::string> vector_names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator{kVectors}) {
        if (entry.path().extension() == ".req") {
            names.push_back(fs::relative(entry.path(), kVectors).replace_extension().string());
        }
    }
    std::ranges::sort(names);
    return names;
}

std::string token_of(const std::string& canonical) {
    constexpr std::string_view kName = "\nx-amz-security-token:";
    const auto at = canonical.find(kName);
    return at == std::string::npos ? "" : canonical.substr(at + kName.size(), canonical.find('\n', at + 1) - at - kName.size());
}

class PublicVector : public testing::TestWithParam<std::string> {};

TEST_P(PublicVector, GivesTheCanonicalRequestTheStringAndTheSignature) {
    const auto file = [&](const char* ending) { return content_of((kVectors / GetParam()).string() + ending); };
    auto raw = parse_request(file(".req"));
    // The session token is part of a vector's context and stands in its canonical request alone.
    SigningKeys keys = kKeys;
    keys.session_token = Secret{token_of(file(".creq"))};
    HttpRequest request{.method = raw.method, .url = "https://example.amazonaws.com" + raw.target, .headers = raw.headers, .body = raw.body};
    std::erase_if(raw.headers, [](const auto& header) { return header.first == "X-Amz-Security-Token"; });
    if (!keys.session_token.empty()) {
        raw.headers.emplace_back("X-Amz-Security-Token", keys.session_token.reveal());
    }
    const auto canonical = canonical_request(raw.method, raw.target, raw.headers, crypto::sha256_hex(raw.body), false);
    EXPECT_EQ(canonical.text, file(".creq"));
    EXPECT_EQ(string_to_sign(canonical.text, amz_date(kTime), kScope), file(".sts"));
    sign(request, keys, kScope);
    EXPECT_EQ(request.headers.back().first, "Authorization");
    EXPECT_EQ(request.headers.back().second, file(".authz"));
}

// No vector is left out: all 34 can be expressed.
INSTANTIATE_TEST_SUITE_P(SigV4, PublicVector, testing::ValuesIn(vector_names()), [](const auto& tested) {
    std::string name = tested.param;
    std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
});

TEST(SigV4, HasAllThePublicVectors) {
    EXPECT_EQ(vector_names().size(), 34U);
}

TEST(SigV4, SignsAnS3PathAsItIsSentAndAddsTheHashOfTheBody) {
    // "Examples: Signature calculations" of the Amazon S3 API reference, PUT object.
    HttpRequest request{.method = "PUT",
                        .url = "https://examplebucket.s3.amazonaws.com/test%24file.text",
                        .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                        .body = "Welcome to Amazon S3."};
    const SigningKeys keys{
        .access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = Secret{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, .session_token = Secret{}};
    sign(request, keys, {.region = "us-east-1", .service = "s3", .time = *from_iso("2013-05-24T00:00:00Z"), .s3 = true});
    EXPECT_EQ(request.headers.back().second,
              "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
              "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
              "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    EXPECT_NE(canonical_request("GET", "/a//b/../c%20d", {}, "", true).text.find("/a//b/../c%20d"), std::string::npos);
    EXPECT_NE(canonical_request("GET", "/a//b/../c%20d", {}, "", false).text.find("/a/c%2520d"), std::string::npos);
}

TEST(SigV4, SignsAgainWithoutTracesOfTheFirstTime) {
    const HttpRequest plain{.method = "POST", .url = "https://h:443/", .headers = {{"Content-Type", "x"}}, .body = "b"};
    auto twice = plain;
    auto once = plain;
    SigningKeys with_token = kKeys;
    with_token.session_token = Secret{"old"};
    sign(twice, with_token, {.region = "r", .service = "s", .time = kTime - std::chrono::hours{1}});
    sign(twice, kKeys, kScope);
    sign(once, kKeys, kScope);
    EXPECT_EQ(twice.headers, once.headers);
    EXPECT_EQ(once.headers[1].second, "h") << "the scheme's own port is left out";
}

}  // namespace
}  // namespace slipway::aws
