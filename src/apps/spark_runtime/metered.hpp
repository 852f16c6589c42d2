#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/http_transport.hpp"
#include "base/metrics.hpp"
#include "spark/cluster_client.hpp"

/// What the edge counts of its talk with others; the parts that talk know nothing of it.
namespace slipway::spark_runtime {

/// Counts and times the exchanges with one peer as `http_client_requests_seconds{client, method, outcome}`, outcomes as Micrometer names them: SUCCESS,
/// REDIRECTION, CLIENT_ERROR, SERVER_ERROR, and UNKNOWN when no answer came. Thread-safe.
class MeteredTransport final : public HttpTransport {
public:
    /// @param cancelled once it is true what is under way ends with `unavailable`, but for what is sent once.
    /// @param token_endpoint requests to it count as `oauth2_token_fetch_total{outcome}` too; empty: none.
    MeteredTransport(HttpTransport& inner, Metrics& metrics, std::string client, const std::atomic<bool>& cancelled, std::string token_endpoint = {})
        : inner_{inner}, metrics_{metrics}, client_{std::move(client)}, cancelled_{cancelled}, token_endpoint_{std::move(token_endpoint)} {}
    Result<HttpResponse> send(const HttpRequest& request) override;

private:
    HttpTransport& inner_;
    Metrics& metrics_;
    const std::string client_;
    const std::atomic<bool>& cancelled_;
    const std::string token_endpoint_;
};

/// A cluster with its polls as `spark_poll_seconds{outcome}` and `spark_poll_requests_total`.
/// @param inner must speak through a MeteredTransport.
std::unique_ptr<spark::ClusterClient> metered(std::unique_ptr<spark::ClusterClient> inner, Metrics& metrics);

}  // namespace slipway::spark_runtime
