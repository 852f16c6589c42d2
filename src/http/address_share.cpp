#include "http/address_share.hpp"

#include <algorithm>
#include <array>

#include "base/peer_address.hpp"

namespace slipway::http {
namespace {

/// Half of ServerOptions::sign_in_threads.
constexpr int kOfOneAddress = 4;
/// Those that ask the provider each time. The others look at what it has published, which is kept.
constexpr std::array<std::string_view, 4> kAsking{"issueToken", "revokeToken", "startDeviceLogin", "finishLogin"};
constexpr const char* kBusy = "BUSY";
/// Where a browser comes to that shows what it gets.
constexpr std::string_view kOfBrowsers = "finishLogin";

/// The page, which says what to do.
Response back_at_the_page(const Request& request, const Error& error) {
    constexpr int kSeeOther = 303;
    Response response;
    response.status = kSeeOther;
    response.content_type = "text/plain";
    response.with("Location", request.prefix + "/?signIn=" + error.reason).with("Referrer-Policy", "no-referrer");
    return response;
}

}  // namespace

Result<Response> AddressShare::run(const Handler& handler, Exchange& exchange) {
    const auto address = network_of(exchange.request().peer);
    {
        const std::lock_guard lock{mutex_};
        if (auto& own = under_way_[address]; own < most_) {
            ++own;
        } else {
            return fail(ErrorCode::unavailable, kBusy, "Too many sign-ins from this address are under way. Try again in a second.");
        }
    }
    struct Done {
        AddressShare& share;
        const std::string& address;
        ~Done() {
            const std::lock_guard lock{share.mutex_};
            if (const auto own = share.under_way_.find(address); --own->second == 0) {
                share.under_way_.erase(own);
            }
        }
    } const done{*this, address};
    return handler(exchange);
}

std::vector<Route> shared_by_address(std::vector<Route> routes) {
    const auto share = std::make_shared<AddressShare>(kOfOneAddress);
    for (auto& route : routes) {
        if (route.pool != Pool::sign_in || std::ranges::find(kAsking, route.operation_id) == kAsking.end()) {
            continue;
        }
        const bool browses = route.operation_id == kOfBrowsers;
        route.handler = [share, browses, handler = std::move(route.handler)](Exchange& exchange) -> Result<Response> {
            auto response = share->run(handler, exchange);
            return !response && browses && response.error().reason == kBusy ? back_at_the_page(exchange.request(), response.error()) : std::move(response);
        };
    }
    return routes;
}

}  // namespace slipway::http
