#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace slipway::eureka {

/// What an instance says of itself. OUT_OF_SERVICE is not among them: a server ignores it from an instance that it holds for UP.
enum class Status { starting, up, down };
std::string_view to_string(Status status);

/// Member of the metadata of an instance that a gateway shows below a path (`/models`): it stands before the path that is asked for by the service's name.
inline constexpr std::string_view kContextPath = "contextPath";

/// An instance as others find it. Which member means what: `eureka.instance` of Spring Cloud Netflix.
struct Instance {
    std::string app;  ///< upper case, as servers keep and compare it
    std::string id;   ///< `host:app:port`
    std::string host_name;
    std::string ip_address;
    int port{0};
    bool port_enabled{true};
    int secure_port{443};
    bool secure_port_enabled{false};
    std::string virtual_host;  ///< `vipAddress`: the name in `lb://name`
    std::string home_page_url;
    std::string status_page_url;
    std::string health_check_url;
    Milliseconds renewal{30'000};
    Milliseconds expiration{90'000};
    std::map<std::string, std::string> metadata{};
};

/// The body of a registration. @param dirty epoch milliseconds at which this state came to be: of two registrations a server keeps the one with the larger.
json::object document(const Instance& instance, Status status, std::int64_t dirty);

/// `apps/APP/ID` as a part of a path.
std::string path_of(const Instance& instance);

}  // namespace slipway::eureka
