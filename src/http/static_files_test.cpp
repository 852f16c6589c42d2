#include "http/static_files.hpp"

#include "fakes/http_service.hpp"

namespace slipway::http {
namespace {

std::string header_of(const Response& response, std::string_view name) {
    for (const auto& [key, content] : response.headers) {
        if (key == name) {
            return content;
        }
    }
    return {};
}

TEST(StaticFiles, GiveTheBestFormThatTheClientTakes) {
    static constexpr std::array files{EmbeddedFile{"assets/x-1.js", "plain"}, EmbeddedFile{"assets/x-1.js.br", "brotli"},
                                      EmbeddedFile{"assets/x-1.js.gz", "gzip"}};
    fakes::HttpService service;
    const Router router{static_routes(files)};
    Dispatcher dispatcher{router, service.gate, service.store, service.metrics, {.public_url = "", .trusted_proxies = {}, .access_log = false}};
    const auto ask = [&](std::string path, std::string codings, std::string etag = "") {
        return dispatcher.handle({.method = "GET",
                                  .target = std::move(path),
                                  .headers = {{"host", "localhost"}, {"accept-encoding", std::move(codings)}, {"if-none-match", std::move(etag)}},
                                  .peer = ""},
                                 "");
    };
    EXPECT_EQ(ask("/assets/x-1.js", "gzip, deflate, br").bytes(), "brotli");
    EXPECT_EQ(ask("/assets/x-1.js", "gzip, br;q=0").bytes(), "gzip");
    EXPECT_EQ(ask("/assets/x-1.js", "").bytes(), "plain");
    const auto found = ask("/assets/x-1.js", "br");
    EXPECT_EQ(header_of(found, "Content-Encoding"), "br");
    EXPECT_TRUE(header_of(found, "Cache-Control").contains("immutable"));
    EXPECT_EQ(ask("/assets/x-1.js", "br", header_of(found, "ETag")).status, 304);
    EXPECT_EQ(ask("/assets/x-1.js.br", "").status, 401) << "only the names of the files are open";
    const auto page = ask("/", "");
    EXPECT_TRUE(page.bytes().contains("carries no web page"));
    EXPECT_TRUE(header_of(page, "Content-Security-Policy").contains("script-src 'self'"));
}

}  // namespace
}  // namespace slipway::http
