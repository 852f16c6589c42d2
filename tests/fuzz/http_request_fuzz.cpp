// Reading of request targets, queries, paths, hosts and cookies: whatever comes, no crash; what is accepted keeps its promises.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/router.hpp"
#include "http/target.hpp"

namespace {

using namespace slipway;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

const http::Router& router() {
    static const http::Router made{{{"GET", "/a/{id}", "one", http::Guard::open, http::Pool::api, {}},
                                    {"GET", "/a/search/findBy", "two", http::Guard::open, http::Pool::api, {}},
                                    {"POST", "/files/{rest*}", "three", http::Guard::open, http::Pool::api, {}}}};
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto target = http::parse_target(text)) {
        require(target->path.starts_with('/'));
        const auto match = router().match("GET", target->path);
        for (const auto& [name, value] : match.params) {
            require(http::is_utf8(value) && value.find('\0') == std::string::npos && value != "..");
        }
        if (const auto query = http::parse_query(target->query)) {
            for (const auto& [name, value] : *query) {
                require(http::is_utf8(name) && http::is_utf8(value));
            }
        }
    }
    const auto host = http::host_of(text);
    require(host.find_first_of("/@ \r\n") == std::string::npos);
    http::Request request;
    request.headers.emplace_back("cookie", text);
    static_cast<void>(request.cookie("slipway_session"));
    static_cast<void>(http::address_matches(text, "10.0.0.0/8"));
    static_cast<void>(http::address_matches("10.0.0.1", text));
    return 0;
}
