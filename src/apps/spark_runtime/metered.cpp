#include "apps/spark_runtime/metered.hpp"

namespace slipway::spark_runtime {
namespace {

using spark::ApplicationRef;
using spark::ApplicationReport;
using spark::LogPiece;
using spark::LogStream;

thread_local std::size_t sent_here = 0;

std::string_view outcome_of(const Result<HttpResponse>& response) {
    if (!response) {
        return "UNKNOWN";
    }
    return response->status < 300 ? "SUCCESS" : response->status < 400 ? "REDIRECTION" : response->status < 500 ? "CLIENT_ERROR" : "SERVER_ERROR";
}

double seconds_since(std::chrono::steady_clock::time_point began) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

class MeteredCluster final : public spark::ClusterClient {
public:
    MeteredCluster(std::unique_ptr<spark::ClusterClient> inner, Metrics& metrics) : inner_{std::move(inner)}, metrics_{metrics} {
        metrics_.count("spark_poll_requests_total", {}, 0);
    }

    std::string manager() const override { return inner_->manager(); }
    bool driver_is_local() const override { return inner_->driver_is_local(); }
    bool submits_over_rest() const override { return inner_->submits_over_rest(); }
    bool carries_tags() const override { return inner_->carries_tags(); }

    Result<std::vector<ApplicationReport>> report(const std::string& service_tag, Timestamp ended_since) override {
        const auto before = sent_here;
        const auto began = std::chrono::steady_clock::now();
        auto reports = inner_->report(service_tag, ended_since);
        metrics_.seconds("spark_poll_seconds", {{"outcome", reports ? "SUCCESS" : "ERROR"}}, seconds_since(began));
        metrics_.count("spark_poll_requests_total", {}, static_cast<double>(sent_here - before));
        return reports;
    }
    Result<std::optional<ApplicationReport>> find(const ApplicationRef& application) override { return inner_->find(application); }
    Result<void> kill(const ApplicationRef& application) override { return inner_->kill(application); }
    Result<LogPiece> read_log(const ApplicationRef& application, LogStream stream, std::uint64_t offset) override {
        return inner_->read_log(application, stream, offset);
    }
    Result<json::object> probe() override { return inner_->probe(); }
    Result<std::string> create_driver(const spark::DriverRequest& request) override { return inner_->create_driver(request); }

private:
    const std::unique_ptr<spark::ClusterClient> inner_;
    Metrics& metrics_;
};

}  // namespace

Result<HttpResponse> MeteredTransport::send(const HttpRequest& request) {
    ++sent_here;
    const auto began = std::chrono::steady_clock::now();
    auto asked = request;
    if (asked.cancelled == nullptr && !asked.once) {
        asked.cancelled = &cancelled_;
    }
    auto response = inner_.send(asked);
    const std::string outcome{outcome_of(response)};
    metrics_.seconds("http_client_requests_seconds", {{"client", client_}, {"method", request.method}, {"outcome", outcome}}, seconds_since(began));
    if (!token_endpoint_.empty() && request.url == token_endpoint_) {
        metrics_.count("oauth2_token_fetch_total", {{"outcome", outcome == "SUCCESS" ? "success" : "error"}});
    }
    return response;
}

std::unique_ptr<spark::ClusterClient> metered(std::unique_ptr<spark::ClusterClient> inner, Metrics& metrics) {
    return std::make_unique<MeteredCluster>(std::move(inner), metrics);
}

}  // namespace slipway::spark_runtime
