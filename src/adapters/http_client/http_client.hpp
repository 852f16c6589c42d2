#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/http_transport.hpp"

namespace slipway {

/// How outgoing connections are made.
struct HttpClientOptions {
    std::string ca_file;                ///< PEM file of trusted authorities; empty: the machine's own
    std::size_t max_idle{64};           ///< idle handles, each with its kept-alive connection, that are kept for the next request
    bool proxy_from_environment{true};  ///< http_proxy, https_proxy, no_proxy as curl reads them
    std::string user_agent{"slipway"};
    /// Answers the challenge `Negotiate` (SPNEGO) with the ticket in KRB5CCNAME, and keeps cookies, by which servers spare that for the next requests.
    bool negotiate{false};
};

/// Where distributions keep the authorities that the machine trusts: libcurl knows the place of the one that it was built on alone, and we also run from a
/// package on others. @param places to look at, in this order. @return the first that is a file; empty when none is.
std::string machine_authorities(std::span<const std::string_view> places);

/// Transport over libcurl. Each call borrows an easy handle, so that connections are reused and never shared between threads.
/// Only http and https; redirects are off; TLS 1.2 at least, certificates and names are checked. Thread-safe.
std::unique_ptr<HttpTransport> make_http_client(HttpClientOptions options = {});

}  // namespace slipway
