#include "adapters/http_client/http_client.hpp"

#include <array>
#include <curl/curl.h>
#include <filesystem>
#include <mutex>
#include <unordered_map>

// Debian's libcurl brings GnuTLS for protocols that are switched off here. It makes itself ready in every process that holds it, unless this says that
// whoever needs it asks for that (GNUTLS_SKIP_GLOBAL_INIT of gnutls.h).
extern "C" int _gnutls_global_init_skip();  // NOLINT: the name is GnuTLS's
int _gnutls_global_init_skip() {
    return 1;
}

namespace slipway {

namespace {

struct EasyCleanup {
    void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;

struct ListCleanup {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListCleanup>;

bool same_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y)); });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// One exchange: what curl's callbacks read and write.
struct Exchange {
    const HttpRequest& request;
    HttpResponse response;
    bool too_large{false};
    bool streamed{false};  ///< the status is a 2xx and the request wants pieces
    bool ended{false};     ///< by the consumer of the pieces
    bool late{false};      ///< as was told
    std::chrono::steady_clock::time_point began{std::chrono::steady_clock::now()};

    void tell_where_late() {
        if (request.on_late && !late && std::chrono::steady_clock::now() - began >= request.late_after) {
            late = true;
            request.on_late();
        }
    }
    bool cancelled() const { return request.cancelled != nullptr && request.cancelled->load(std::memory_order_relaxed); }

    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
        auto& exchange = *static_cast<Exchange*>(self);
        auto& body = exchange.response.body;
        const std::size_t bytes = size * count;
        if (exchange.streamed) {
            exchange.ended = !exchange.request.on_body({data, bytes});
            return exchange.ended ? 0 : bytes;
        }
        if (bytes > exchange.request.max_response_bytes - body.size()) {
            exchange.too_large = true;
            return 0;
        }
        body.append(data, bytes);
        return bytes;
    }

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
        constexpr std::size_t kMaxHeaders = 256;
        auto& exchange = *static_cast<Exchange*>(self);
        auto& headers = exchange.response.headers;
        const std::size_t bytes = size * count;
        const std::string_view line{data, bytes};
        if (line.starts_with("HTTP/")) {
            // An interim answer (100 Continue, a proxy's own) came before: only the last one counts.
            headers.clear();
            exchange.streamed = exchange.request.on_body && line.substr(line.find(' ') + 1).starts_with('2');
        } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
            if (headers.size() >= kMaxHeaders) {
                return 0;
            }
            std::string name{trimmed(line.substr(0, colon))};
            std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
        }
        return bytes;
    }

    static int on_progress(void* self, curl_off_t /*dl_total*/, curl_off_t /*dl_now*/, curl_off_t /*ul_total*/, curl_off_t /*ul_now*/) {
        auto& exchange = *static_cast<Exchange*>(self);
        exchange.tell_where_late();
        return exchange.cancelled() ? 1 : 0;
    }
};

/// `Host:port` without user, path or query: what an error may show of an address.
std::string shown_host(const std::string& url) {
    const auto scheme = url.find("://");
    const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
    const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
    const auto at = authority.rfind('@');
    return at == std::string::npos ? authority : authority.substr(at + 1);
}

Error failure_of(CURLcode code, const Exchange& exchange, const char* text) {
    const std::string host = shown_host(exchange.request.url);
    const std::string detail = "curl " + std::to_string(code) + ": " + (*text != '\0' ? text : ::curl_easy_strerror(code));
    if (exchange.cancelled()) {
        return {ErrorCode::unavailable, "CANCELLED", "The request to " + host + " was cancelled.", {}, detail};
    }
    if (exchange.too_large) {
        return {ErrorCode::unavailable,
                "ANSWER_TOO_LARGE",
                "The answer of " + host + " is larger than " + std::to_string(exchange.request.max_response_bytes) + " bytes.",
                {},
                detail};
    }
    const bool is_http = exchange.request.url.starts_with("http://") || exchange.request.url.starts_with("https://");
    if (code == CURLE_WEIRD_SERVER_REPLY || (code == CURLE_UNSUPPORTED_PROTOCOL && is_http)) {
        // libcurl takes what is no status line for HTTP/0.9, and calls that a protocol it does not support.
        return {ErrorCode::unavailable, "NO_HTTP", "What answers at " + host + " does not speak HTTP: check the address and its port.", {}, detail};
    }
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT: return {ErrorCode::timeout, "TIMEOUT", host + " did not answer in time.", {}, detail};
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT: return {ErrorCode::invalid_argument, "BAD_URL", "The address of " + host + " is not a http or https URL.", {}, detail};
        case CURLE_COULDNT_RESOLVE_HOST: return {ErrorCode::unavailable, "UNKNOWN_HOST", "The name " + host + " cannot be resolved.", {}, detail};
        case CURLE_COULDNT_CONNECT: return {ErrorCode::unavailable, "NO_CONNECTION", host + " cannot be reached.", {}, detail};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CONNECT_ERROR:
            return {ErrorCode::unavailable,
                    "TLS",
                    "No trusted TLS connection to " + host + " can be made: check its certificate and the configured caFile.",
                    {},
                    detail};
        default: return {ErrorCode::unavailable, "NO_ANSWER", "The connection to " + host + " broke before the answer was complete.", {}, detail};
    }
}

class CurlTransport final : public HttpTransport {
public:
    explicit CurlTransport(HttpClientOptions options) : options_{std::move(options)} {
        static const auto ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
        SW_ASSERT(ready == CURLE_OK, "libcurl cannot be initialised");
    }

    Result<HttpResponse> send(const HttpRequest& request) override {
        Exchange exchange{.request = request, .response = {}};
        if (exchange.cancelled()) {
            return std::unexpected(failure_of(CURLE_ABORTED_BY_CALLBACK, exchange, ""));
        }
        auto headers = header_list(request);
        if (!headers) {
            return std::unexpected(headers.error());
        }
        const auto pool_key = shown_host(request.url);
        Easy handle = borrow(pool_key);
        std::array<char, CURL_ERROR_SIZE> text{};
        prepare(handle.get(), exchange, headers->get(), text.data());
        const auto code = ::curl_easy_perform(handle.get());
        long status = 0;
        ::curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
        ::curl_easy_reset(handle.get());  // keeps the connection, drops pointers into this frame
        give_back(pool_key, std::move(handle));
        if (code != CURLE_OK && !exchange.ended) {
            return std::unexpected(failure_of(code, exchange, text.data()));
        }
        exchange.response.status = static_cast<int>(status);
        return std::move(exchange.response);
    }

private:
    static Result<HeaderList> header_list(const HttpRequest& request) {
        HeaderList list;
        const auto append = [&](const std::string& line) {
            auto* const longer = ::curl_slist_append(list.get(), line.c_str());
            SW_ASSERT(longer != nullptr, "out of memory");
            static_cast<void>(list.release());
            list.reset(longer);
        };
        bool has_type = false;
        bool has_accept = false;
        for (const auto& [name, value] : request.headers) {
            if ((name + value).find_first_of(std::string_view{"\r\n\0", 3}) != std::string::npos || name.empty() ||
                name.find_first_of(": ") != std::string::npos) {
                return fail(ErrorCode::invalid_argument, "BAD_HEADER",
                            "A header of a request to " + shown_host(request.url) + " holds a line break or a bad name.");
            }
            has_type = has_type || same_ignoring_case(name, "content-type");
            has_accept = has_accept || same_ignoring_case(name, "accept");
            // curl drops a header without a value unless it ends with a semicolon.
            append(value.empty() ? name + ";" : name + ": " + value);
        }
        // What curl would add by itself: nobody asked for it, and a signature may not cover it.
        append("Expect:");
        if (!has_accept) {
            append("Accept:");
        }
        if (!has_type) {
            append("Content-Type:");
        }
        return list;
    }

    Easy borrow(const std::string& host) {
        {
            const std::lock_guard lock{mutex_};
            if (const auto found = idle_.find(host); found != idle_.end()) {
                Easy handle = std::move(found->second);
                idle_.erase(found);
                return handle;
            }
        }
        Easy handle{::curl_easy_init()};
        SW_ASSERT(handle != nullptr, "libcurl gives no handle");
        return handle;
    }

    void give_back(const std::string& host, Easy handle) {
        Easy dropped;
        const std::lock_guard lock{mutex_};
        if (idle_.size() >= options_.max_idle && !idle_.empty()) {
            dropped = std::move(idle_.begin()->second);
            idle_.erase(idle_.begin());
        }
        if (options_.max_idle > 0) {
            idle_.emplace(host, std::move(handle));
        }
    }

    void prepare(CURL* handle, Exchange& exchange, curl_slist* headers, char* text) const {
        const auto& request = exchange.request;
        ::curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
        ::curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
        ::curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
        ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
        ::curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
        ::curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        ::curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        ::curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
        ::curl_easy_setopt(handle, CURLOPT_MAXCONNECTS, 1L);
        ::curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, request.once ? 1L : 0L);
        ::curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
        ::curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
        ::curl_easy_setopt(handle, CURLOPT_USERAGENT, options_.user_agent.c_str());
        ::curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, text);
        ::curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
        if (!options_.ca_file.empty()) {
            ::curl_easy_setopt(handle, CURLOPT_CAINFO, options_.ca_file.c_str());
        }
        if (!options_.proxy_from_environment) {
            ::curl_easy_setopt(handle, CURLOPT_PROXY, "");
        }
        if (options_.negotiate) {
            // A second method that no Hadoop offers: with one alone curl would make a new exchange for each request, whatever the cookie says.
            ::curl_easy_setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NEGOTIATE | CURLAUTH_DIGEST));
            ::curl_easy_setopt(handle, CURLOPT_USERPWD, ":");
            ::curl_easy_setopt(handle, CURLOPT_COOKIEFILE, "");
        }
        set_method(handle, request);
        ::curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
        ::curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
        ::curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
        ::curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
        if (request.cancelled != nullptr || request.on_late) {  // curl looks there about once a second
            ::curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
            ::curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &Exchange::on_progress);
            ::curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &exchange);
        }
    }

    static void set_method(CURL* handle, const HttpRequest& request) {
        if (request.method == "HEAD") {
            ::curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
            return;
        }
        if (request.method != "GET" || !request.body.empty()) {
            ::curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            ::curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
        }
        ::curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }

    const HttpClientOptions options_;
    std::mutex mutex_;
    std::unordered_multimap<std::string, Easy> idle_;  ///< by host, so that a handle meets its own connection again
};

}  // namespace

std::string machine_authorities(std::span<const std::string_view> places) {
    const auto found = std::ranges::find_if(places, [](std::string_view place) {
        std::error_code problem;
        return std::filesystem::is_regular_file(place, problem);
    });
    return found == places.end() ? std::string{} : std::string{*found};
}

std::unique_ptr<HttpTransport> make_http_client(HttpClientOptions options) {
    // Debian, Fedora and its kin, SUSE, Alpine.
    static constexpr std::array<std::string_view, 4> kPlaces{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                                             "/etc/ssl/cert.pem"};
    if (options.ca_file.empty()) {
        options.ca_file = machine_authorities(kPlaces);
    }
    return std::make_unique<CurlTransport>(std::move(options));
}

}  // namespace slipway
