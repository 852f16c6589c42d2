#include "adapters/aws/s3_store.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "adapters/aws/aws_error.hpp"
#include "adapters/aws/gateway.hpp"
#include "adapters/aws/xml.hpp"
#include "base/encoding.hpp"

namespace slipway::aws {
namespace {

constexpr std::uint64_t kMostBytes = 5ULL << 30;  ///< of one PUT
constexpr int kKeysAtOnce = 250;                  ///< with keys of 1024 bytes, escaped, an answer stays below what parse_xml() takes
/// Pieces have a time of their own, so that a server that stalls in the middle holds nobody for long.
constexpr std::uint64_t kPiece = 8U << 20;
constexpr Milliseconds kPieceTimeout{120'000};
constexpr Milliseconds kPageTimeout{20'000};  ///< a person waits for it
constexpr std::size_t kLargestPage = 4U << 20;

/// For an upload: as long as a piece for each piece of it.
Milliseconds upload_timeout(std::size_t bytes) {
    return kPieceTimeout * static_cast<std::int64_t>(1 + bytes / kPiece);
}

/// Keys in a list come escaped (`encoding-type=url`), since XML cannot carry every character; a blank is `+`.
std::string decoded(std::string text) {
    std::ranges::replace(text, '+', ' ');
    return percent_decode_lenient(text);
}

/// `scheme://bucket/key`, the key without a slash at its end.
struct Place {
    std::string base;  ///< `s3a://bucket/`
    std::string bucket;
    std::string key;
};

bool has_dot_segment(std::string_view key) {
    for (std::size_t at = 0; at <= key.size();) {
        const auto end = std::min(key.find('/', at), key.size());
        const auto segment = key.substr(at, end - at);
        if (segment == "." || segment == "..") {
            return true;
        }
        at = end + 1;
    }
    return false;
}

Result<Place> place_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos || !url.starts_with("s3")) {
        return invalid("url", "s3://bucket/key", std::string{url});
    }
    auto rest = url.substr(scheme + 3);
    const auto slash = std::min(rest.find('/'), rest.size());
    Place place{.base = {}, .bucket = std::string{rest.substr(0, slash)}, .key = std::string{rest.substr(std::min(slash + 1, rest.size()))}};
    const bool named = !place.bucket.empty() && std::ranges::all_of(place.bucket, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    });
    while (place.key.ends_with('/')) {
        place.key.pop_back();
    }
    if (!named || place.bucket.find_first_not_of('.') == std::string::npos || has_dot_segment(place.key)) {
        return invalid("url", "s3://bucket/key with a bucket's name and no `.` or `..` in the key", std::string{url});
    }
    place.base = fmt::format("{}://{}/", url.substr(0, scheme), place.bucket);
    return place;
}

/// IMF-fixdate (RFC 9110 section 5.6.7): `Wed, 25 Nov 2026 19:00:04 GMT`. Nothing for what is none.
std::optional<Timestamp> time_of_header(std::string_view text) {
    std::tm parts{};
    const std::string whole{text};
    const auto* end = ::strptime(whole.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return end != nullptr && *end == '\0' ? std::optional{from_epoch_ms(std::int64_t{::timegm(&parts)} * 1000)} : std::nullopt;
}

/// One page of ListObjectsV2.
struct Page {
    std::vector<StoredObject> objects;  ///< names are whole keys yet
    std::vector<std::string> times;     ///< LastModified of those that are no folders
    std::string next;                   ///< continuation token; empty: the last page
};

Result<Page> read_page(const std::string& body) {
    const auto root = parse_xml(body);
    if (!root || root->name != "ListBucketResult") {
        return fail(ErrorCode::unavailable, "S3", "S3 answered a list with something that cannot be read.", root ? root->name : root.error().message);
    }
    Page page;
    for (const auto& child : root->children) {
        if (child.name == "Contents") {
            StoredObject object{.url = {}, .name = decoded(child.text_at({"Key"}))};
            const auto size = child.text_at({"Size"});
            std::from_chars(size.data(), size.data() + size.size(), object.size);
            page.times.push_back(child.text_at({"LastModified"}));
            if (const auto modified = from_iso(page.times.back())) {
                object.modified = *modified;
            }
            page.objects.push_back(std::move(object));
        } else if (child.name == "CommonPrefixes") {
            page.objects.push_back({.url = {}, .name = decoded(child.text_at({"Prefix"})), .size = 0, .folder = true});
        }
    }
    if (root->text_at({"IsTruncated"}) == "true") {
        page.next = root->text_at({"NextContinuationToken"});
    }
    return page;
}

class S3Store final : public ObjectStore, public sagemaker::S3Reader {
public:
    S3Store(S3Settings settings, std::shared_ptr<CredentialProvider> credentials, HttpTransport& transport, const Clock& clock)
        : settings_{std::move(settings)}, credentials_{std::move(credentials)}, transport_{transport}, clock_{clock} {
        if (settings_.endpoint_url.empty()) {
            settings_.endpoint_url = fmt::format("https://s3.{}.{}", settings_.region, dns_suffix(settings_.region));
        }
        while (settings_.endpoint_url.ends_with('/')) {
            settings_.endpoint_url.pop_back();
        }
    }

    Result<std::vector<StoredObject>> list(const std::string& url) override {
        SW_TRY(const auto place, place_of(url));
        const auto prefix = place.key.empty() ? "" : place.key + "/";
        bool marked = place.key.empty();
        std::vector<StoredObject> out;
        SW_CHECK(walk(place, prefix, "&delimiter=%2F", [&](const StoredObject& object) -> Result<void> {
            auto name = std::string_view{object.name}.substr(std::min(prefix.size(), object.name.size()));
            if (object.folder && name.ends_with('/')) {
                name.remove_suffix(1);
            }
            if (name.empty()) {
                marked = true;  // an empty object that some tools leave for a folder
                return {};
            }
            if (out.size() == kMostListed) {
                return too_many_entries(url);
            }
            out.push_back({.url = fmt::format("{}{}{}", place.base, prefix, name),
                           .name = std::string{name},
                           .size = object.size,
                           .folder = object.folder,
                           .modified = object.modified});
            return {};
        }));
        if (!out.empty() || marked) {
            return out;
        }
        SW_TRY(const auto head, exchange({.method = "HEAD", .url = address(place)}, url));
        StoredObject file{.url = url, .name = place.key.substr(place.key.rfind('/') + 1)};
        const auto length = head.header("content-length");
        std::from_chars(length.data(), length.data() + length.size(), file.size);
        file.modified = time_of_header(head.header("last-modified"));
        return std::vector{std::move(file)};
    }

    Result<void> read(const std::string& url, std::uint64_t offset, const std::function<bool(std::string_view)>& sink) override {
        SW_TRY(const auto place, place_of(url));
        std::string version;
        for (bool more = true; more;) {
            SW_TRY(more, read_piece(place, url, offset, version, sink));
        }
        return {};
    }

    Result<void> write(const std::string& url, std::string_view bytes) override {
        SW_TRY(const auto place, place_of(url));
        if (place.key.empty()) {
            return invalid("url", "s3://bucket/key", url);
        }
        if (bytes.size() > kMostBytes) {
            return fail(ErrorCode::failed_precondition, "TOO_LARGE",
                        fmt::format("{} would have {} bytes: S3 takes 5 GiB at once, and parts are not written.", url, bytes.size()));
        }
        SW_CHECK(exchange({.method = "PUT",
                           .url = address(place),
                           .headers = {{"Content-Type", "application/octet-stream"}},
                           .body = std::string{bytes},
                           .timeout = upload_timeout(bytes.size())},
                          url));
        return {};
    }

    Result<sagemaker::S3Page> page(const std::string& url, const std::string& after, std::size_t most) override {
        SW_TRY(const auto place, place_of(url));
        const auto prefix = place.key + (url.ends_with('/') && !place.key.empty() ? "/" : "");
        const auto question = fmt::format("{}/{}?list-type=2&encoding-type=url&max-keys={}&prefix={}{}", settings_.endpoint_url, place.bucket,
                                          std::clamp<std::size_t>(most, 1, sagemaker::kMostObjects), percent_encode(prefix),
                                          after.empty() ? "" : "&start-after=" + percent_encode(after));
        const auto answer = exchange({.url = question, .timeout = kPageTimeout, .max_response_bytes = kLargestPage}, url);
        if (!answer) {
            return std::unexpected(naming(answer.error(), "s3:ListBucket"));
        }
        SW_TRY(auto read, read_page(answer->body));
        sagemaker::S3Page page{.objects = {}, .more = !read.next.empty()};
        for (std::size_t i = 0; i < read.times.size(); ++i) {
            page.objects.push_back({.key = std::move(read.objects[i].name), .size = read.objects[i].size, .modified = std::move(read.times[i])});
        }
        return page;
    }

    Result<std::string> content(const std::string& url, std::size_t most) override {
        auto read = read_all(*this, url, most);
        return read ? read : std::unexpected(naming(read.error(), "s3:GetObject"));
    }

    Result<void> make_folder(const std::string& url) override {
        SW_CHECK(place_of(url));
        return {};
    }

    Result<void> remove(const std::string& url) override {
        SW_TRY(const auto place, place_of(url));
        if (place.key.empty()) {
            return invalid("url", "a key: a whole bucket is never emptied", url);
        }
        SW_CHECK(remove_key(place, place.key));
        std::vector<std::string> keys;  // read whole before the first goes: a list that shrinks while it is read may leave some out
        SW_CHECK(walk(place, place.key + "/", "", [&](StoredObject object) -> Result<void> {
            keys.push_back(std::move(object.name));
            return {};
        }));
        for (const auto& key : keys) {
            SW_CHECK(remove_key(place, key));
        }
        return {};
    }

private:
    std::string address(const Place& place) const { return fmt::format("{}/{}/{}", settings_.endpoint_url, place.bucket, percent_encode_path(place.key)); }

    /// One piece from `offset` on, which it moves. @param version of the file that the first piece was of. @return true when there is more, and it is wanted.
    Result<bool> read_piece(const Place& place, const std::string& url, std::uint64_t& offset, std::string& version,
                            const std::function<bool(std::string_view)>& sink) {
        bool wanted = true;
        std::uint64_t got = 0;
        HttpRequest request{.url = address(place), .headers = {{"Range", fmt::format("bytes={}-{}", offset, offset + kPiece - 1)}}, .timeout = kPieceTimeout};
        if (!version.empty()) {
            request.headers.emplace_back("If-Match", version);
        }
        request.on_body = [&](std::string_view bytes) {
            got += bytes.size();
            wanted = sink(bytes);
            return wanted;
        };
        const auto answer = exchange(request, url);
        if (!answer) {
            const bool behind_the_end = answer.error().reason == "InvalidRange";
            return behind_the_end ? Result<bool>{false} : std::unexpected(answer.error());
        }
        version = answer->header("etag");
        offset += got;
        return wanted && answer->status == 206 && got == kPiece;  // a server without pieces has given all of it
    }

    Result<void> remove_key(Place place, const std::string& key) {
        place.key = key;
        const auto gone = exchange({.method = "DELETE", .url = address(place)}, place.base + key);
        return gone || gone.error().code == ErrorCode::not_found ? Result<void>{} : std::unexpected(gone.error());
    }

    Result<void> walk(const Place& place, const std::string& prefix, std::string_view more, const std::function<Result<void>(StoredObject)>& visit) {
        const auto question = fmt::format("{}/{}?list-type=2&encoding-type=url&max-keys={}&prefix={}{}", settings_.endpoint_url, place.bucket, kKeysAtOnce,
                                          percent_encode(prefix), more);
        std::string token;
        do {
            SW_TRY(const auto answer, exchange({.url = question + (token.empty() ? "" : "&continuation-token=" + percent_encode(token))}, place.base + prefix));
            SW_TRY(auto page, read_page(answer.body));
            for (auto& object : page.objects) {
                SW_CHECK(visit(std::move(object)));
            }
            token = std::move(page.next);
        } while (!token.empty());
        return {};
    }

    /// Signs and sends; once more with new keys when the old ones have ended. @return any 2xx.
    Result<HttpResponse> exchange(const HttpRequest& request, const std::string& url) {
        for (int round = 0;; ++round) {
            const auto keys = credentials_->keys(nullptr);
            if (!keys) {
                return std::unexpected(keys.error().error);
            }
            auto signed_request = request;
            sign(signed_request, *keys, {.region = settings_.region, .service = "s3", .time = clock_.now(), .s3 = true});
            auto response = transport_.send(signed_request);
            if (!response) {
                response.error().message = fmt::format("S3 does not answer for {}.", url);
                return response;
            }
            if (response->status >= 200 && response->status < 300) {
                return response;
            }
            const auto failure = read_failure(*response);
            const bool ended = failure.code == "ExpiredToken" || failure.code == "InvalidAccessKeyId" || failure.code == "TokenRefreshRequired";
            if (!ended || round > 0 || !credentials_->renew(keys->access_key_id)) {
                return std::unexpected(error_of(*response, failure, url));
            }
        }
    }

    static Error naming(Error error, std::string_view permission) {
        if (error.code == ErrorCode::forbidden) {
            error.message += fmt::format(" Its credential needs {}.", permission);
        }
        return error;
    }

    Error error_of(const HttpResponse& response, const AwsFailure& failure, const std::string& url) const {
        const auto said = failure.code == kGarbled  ? std::string{}
                          : failure.message.empty() ? failure.code
                                                    : fmt::format("{}: {}", failure.code, failure.message);
        const auto region = response.header("x-amz-bucket-region");
        if (response.status == 404) {
            return {ErrorCode::not_found,
                    "NOT_FOUND",
                    failure.code == "NoSuchBucket" ? fmt::format("The bucket of {} is not there.", url) : url + " is not there.",
                    {},
                    said};
        }
        if (response.status == 416) {
            return {ErrorCode::failed_precondition, "InvalidRange", fmt::format("{} ends before the offset.", url), {}, said};
        }
        if (response.status == 301 || response.status == 307 || failure.code == "AuthorizationHeaderMalformed" || failure.code == "PermanentRedirect") {
            return {ErrorCode::failed_precondition,
                    "WRONG_REGION",
                    fmt::format("The bucket of {} is not in region {}{}.", url, settings_.region, region.empty() ? "" : fmt::format(" but in {}", region)),
                    {},
                    said};
        }
        if (response.status == 412) {
            return {ErrorCode::unavailable, "CHANGED", fmt::format("{} was replaced while it was read: try again.", url), {}, said};
        }
        if (response.status == 401 || response.status == 403) {
            return {ErrorCode::forbidden, "FORBIDDEN", fmt::format("S3 refuses {}{}.", url, said.empty() ? "" : " (" + said + ")"), {}, said};
        }
        if (response.status == 400 || response.status == 405 || response.status == 411) {
            return {ErrorCode::failed_precondition, "S3", fmt::format("S3 does not take the request for {} ({}).", url, said), {}, said};
        }
        return {ErrorCode::unavailable, "S3", fmt::format("S3 answers {} for {}: try again later.", response.status, url), {}, said};
    }

    S3Settings settings_;
    const std::shared_ptr<CredentialProvider> credentials_;
    HttpTransport& transport_;
    const Clock& clock_;
};

}  // namespace

std::unique_ptr<ObjectStore> make_s3_store(S3Settings settings, std::shared_ptr<CredentialProvider> credentials, HttpTransport& transport, const Clock& clock) {
    return std::make_unique<S3Store>(std::move(settings), std::move(credentials), transport, clock);
}

std::unique_ptr<sagemaker::S3Reader> make_s3_reader(S3Settings settings, std::shared_ptr<CredentialProvider> credentials, HttpTransport& transport,
                                                    const Clock& clock) {
    return std::make_unique<S3Store>(std::move(settings), std::move(credentials), transport, clock);
}

}  // namespace slipway::aws
