#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_transport.hpp"
#include "base/secret.hpp"
#include "base/token_source.hpp"

namespace slipway::eureka {

/// The Eureka servers, tried in order, starting with the last that answered. They tell each other, so that one is enough. Thread-safe.
class Servers {
public:
    struct Settings {
        std::vector<Secret> urls;  ///< `http://user:password@host:8761/eureka/`; each with its own user, or the bearer
        Milliseconds connect_timeout{5000};
        Milliseconds read_timeout{8000};
    };
    struct Request {
        std::string method{"GET"};
        std::string path;  ///< below the base, without a slash before it
        std::string body{};
        std::size_t max_bytes{64U << 10};
        Milliseconds timeout{0};                      ///< 0: that of the settings
        const std::atomic<bool>* cancelled{nullptr};  ///< true ends the exchange, and no further server is tried
    };

    /// @param tokens for servers without a user in their URL that ask for one; nullptr: none. A token that is refused is dropped and the request repeated once.
    Servers(Settings settings, HttpTransport& transport, TokenSource* tokens);

    /// What an Eureka server answers: 2xx, 404, or 400 and the like. @return `unauthenticated`/`EUREKA_REFUSED` when one refuses us and none does better;
    /// `unavailable` (`EUREKA_AWAY`, `NO_EUREKA` for answers of something else), `timeout` otherwise.
    Result<HttpResponse> ask(const Request& request);
    /// Whether all of them are on this very host.
    bool all_on_this_host() const;
    /// Address of the server that answered last, without user and password.
    std::string current() const;

private:
    struct Server {
        std::string base;                                                                     ///< without user info, with a slash at its end
        Secret basic;                                                                         ///< `Basic …`, or empty
        std::unique_ptr<std::atomic<bool>> asks{std::make_unique<std::atomic<bool>>(false)};  ///< for a token
    };
    Result<HttpResponse> ask_one(const Server& server, const Request& request);
    Result<HttpResponse> send(const Server& server, const Request& request, const Secret& authorization);

    const Settings settings_;
    HttpTransport& transport_;
    TokenSource* tokens_;
    std::vector<Server> servers_;
    std::atomic<std::size_t> current_{0};
};

}  // namespace slipway::eureka
