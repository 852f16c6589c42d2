// What a client writes on the wire, through a real server: framing, chunks, limits, pipelining, the token form and the basic header.
// Whatever comes, the server stays, answers nothing with 500, and answers the same however TCP cuts the bytes.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/http_service.hpp"
#include "fakes/raw_client.hpp"
#include "http/hal.hpp"
#include "http/server.hpp"

namespace {

using namespace slipway;

/// @param told what the server answered, to be seen when it should not have.
void require(bool holds, std::string_view told = {}) {
    if (!holds) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(told.size()), told.data());
        std::abort();
    }
}

class Service {
public:
    int port() const { return port_; }
    const std::string& token() const { return token_; }

private:
    static std::vector<http::Route> routes() {
        const auto size = [](http::Exchange& exchange) -> Result<http::Response> {
            return http::json_response(200, {{"size", exchange.request().body.size()}});
        };
        return {{"POST", "/size", "size", http::Guard::open, http::Pool::api, size}, {"PUT", "/mine", "mine", http::Guard::signed_in, http::Pool::api, size}};
    }
    static http::ServerOptions options() {
        http::ServerOptions out;
        out.listen = "127.0.0.1:0";
        out.api_threads = 1;
        out.outbound_threads = 1;
        out.password_threads = 1;
        out.max_header_bytes = 2048;
        out.max_body_bytes = 4096;
        out.tick = std::chrono::hours{1};  // no time-out has a part in it
        return out;
    }

    fakes::HttpService all_{{}, {}, routes()};
    http::Server server_{all_.dispatcher, options()};
    int port_{server_.start().value()};
    std::string token_{all_.token("admin")};
};

const Service& service() {
    static const Service made;
    return made;
}

/// What became of a request: an answer of `/size` with its body; of the rest the status, but that a request can be refused for several reasons at once, too
/// long and wrong, and the cut decides which is seen first.
std::string kind_of(const std::string& status, const std::string& body) {
    return body.starts_with(R"({"size")") ? body : status.starts_with('4') ? "refused" : status;
}

/// What became of each request.
std::vector<std::string> answers(std::string text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        require(text.starts_with("HTTP/1.1 "), text);
        const auto end = text.find("\r\n\r\n");
        require(end != std::string::npos, text);
        const auto head = text.substr(0, end);
        const auto status = text.substr(9, 3);
        require(status != "500", text);
        if (head.find("text/event-stream") != std::string::npos) {
            out.push_back(status);  // whatever came of it until this side ended
            break;
        }
        const auto at = head.find("Content-Length: ");
        const auto size = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
        require(text.size() >= end + 4 + size, text);
        if (status != "100") {  // it is left out where the body has come already
            out.push_back(kind_of(status, text.substr(end + 4, size)));
        }
        text.erase(0, end + 4 + size);
    }
    return out;
}

/// True for requests that may change what the next one meets: sign-ins are counted, users are made; a path may be written with percents.
bool leaves_traces(const std::string& text) {
    return text.find("gocli") != std::string::npos || text.find("model-manage") != std::string::npos || text.find('%') != std::string::npos;
}

std::string exchanged(std::string_view first, std::string_view rest) {
    fakes::RawClient client{service().port()};
    require(client.connected());
    static_cast<void>(client.send(first));
    if (!rest.empty()) {
        client.wait_until_read();  // else TCP may put both together, and what depends on the cut shows once in a thousand runs
        static_cast<void>(client.send(rest));
    }
    client.finish();
    return client.read_all();
}

}  // namespace

/// Passwords are hashed here, which takes longer than a run may.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
    static_cast<void>(service());
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    std::string text{reinterpret_cast<const char*>(data) + 1, size - 1};
    for (std::size_t at = 0; (at = text.find("$TOKEN", at)) != std::string::npos; at += service().token().size()) {
        text.replace(at, 6, service().token());
    }
    const std::string_view sent{text};
    const auto cut = std::min<std::size_t>(sent.size(), data[0] * sent.size() / 256);
    const auto whole = exchanged(sent, {});
    const auto parts = exchanged(sent.substr(0, cut), sent.substr(cut));
    if (text.find("HEAD") != std::string::npos) {
        return 0;  // such an answer tells a size and has no body
    }
    const auto told = answers(whole);
    const auto again = answers(parts);
    require(leaves_traces(text) ? told.size() == again.size() : told == again, whole + "\n--- in two parts:\n" + parts);
    return 0;
}
