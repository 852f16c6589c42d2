#include "http/static_files.hpp"

#include <array>
#include <map>

#include "base/crypto.hpp"

namespace slipway::http {

namespace {

struct Variant {
    std::string_view content;
    std::string etag;
    bool there{false};
};

struct StaticFile {
    std::string name;
    Variant plain;
    Variant gzip;
    Variant brotli;
};

std::string_view type_of(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypes{{{".html", "text/html; charset=utf-8"},
                                                                                           {".js", "text/javascript; charset=utf-8"},
                                                                                           {".css", "text/css; charset=utf-8"},
                                                                                           {".json", "application/json"},
                                                                                           {".map", "application/json"},
                                                                                           {".svg", "image/svg+xml"},
                                                                                           {".png", "image/png"},
                                                                                           {".ico", "image/x-icon"},
                                                                                           {".woff2", "font/woff2"},
                                                                                           {".woff", "font/woff"},
                                                                                           {".txt", "text/plain; charset=utf-8"},
                                                                                           {".webmanifest", "application/manifest+json"},
                                                                                           {".wasm", "application/wasm"}}};
    for (const auto& [ending, type] : kTypes) {
        if (name.ends_with(ending)) {
            return type;
        }
    }
    return "application/octet-stream";
}

/// True when the header takes the coding; `q=0` refuses it.
bool accepts(std::string_view header, std::string_view coding) {
    while (!header.empty()) {
        const auto end = std::min(header.find(','), header.size());
        auto item = header.substr(0, end);
        header.remove_prefix(std::min(end + 1, header.size()));
        item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
        if (item.starts_with(coding)) {
            const auto rest = item.substr(coding.size());
            if (rest.empty() || rest.front() == ';' || rest.front() == ' ') {
                return !rest.contains("q=0") || rest.contains("q=0.");
            }
        }
    }
    return false;
}

Response serve(const StaticFile& file, const Request& request) {
    const auto codings = request.header("accept-encoding");
    const Variant* chosen = &file.plain;
    std::string_view coding;
    if (file.brotli.there && (accepts(codings, "br") || (!file.plain.there && !file.gzip.there))) {
        chosen = &file.brotli;
        coding = "br";
    } else if (file.gzip.there && (accepts(codings, "gzip") || !file.plain.there)) {
        chosen = &file.gzip;
        coding = "gzip";
    }
    Response response;
    response.content_type = type_of(file.name);
    response.with("ETag", chosen->etag).with("Vary", "Accept-Encoding");
    response.with("Cache-Control", file.name.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
    if (request.header("if-none-match").contains(chosen->etag)) {
        response.status = 304;
        return response;
    }
    if (!coding.empty()) {
        response.with("Content-Encoding", coding);
    }
    response.static_body = chosen->content;
    return response;
}

constexpr std::string_view kNoPage =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Slipway</title></head><body><main><h1>Slipway is running</h1>"
    "<p>This build carries no web page. Build it with <code>./dev build</code>, or use the command line and REST.</p></main></body></html>";

}  // namespace

std::vector<Route> static_routes(std::span<const EmbeddedFile> files) {
    std::map<std::string, std::shared_ptr<StaticFile>> all;
    for (const auto& embedded : files) {
        const bool brotli = embedded.name.ends_with(".br");
        const bool gzip = embedded.name.ends_with(".gz");
        const std::string name{embedded.name.substr(0, embedded.name.size() - (brotli || gzip ? 3 : 0))};
        auto& file = all[name];
        if (!file) {
            file = std::make_shared<StaticFile>();
            file->name = name;
        }
        auto& variant = brotli ? file->brotli : gzip ? file->gzip : file->plain;
        variant = {.content = embedded.content, .etag = '"' + crypto::sha256_hex(embedded.content).substr(0, 32) + '"', .there = true};
    }
    if (!all.contains("index.html")) {
        auto& file = all["index.html"] = std::make_shared<StaticFile>();
        file->name = "index.html";
        file->plain = {.content = kNoPage, .etag = "\"no-page\"", .there = true};
    }
    std::vector<Route> routes;
    for (const auto& [name, file] : all) {
        const auto handler = [file](Exchange& exchange) -> Result<Response> { return serve(*file, exchange.request()); };
        routes.push_back({"GET", "/" + name, "", Guard::open, Pool::api, handler});
        if (name == "index.html") {
            routes.push_back({"GET", "/", "", Guard::open, Pool::api, handler});
        }
    }
    return routes;
}

}  // namespace slipway::http
