// Whatever an Eureka answers, only instances that can be asked come of it, and only on hosts that are trusted.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapters/eureka/discovery.hpp"
#include "base/ascii.hpp"

namespace {

using namespace slipway;

/// Answers everything with one text.
class OneAnswer final : public HttpTransport {
public:
    std::string body;
    int status{200};
    Result<HttpResponse> send(const HttpRequest& /*request*/) override { return HttpResponse{.status = status, .headers = {}, .body = body}; }
};

class StandingClock final : public Clock {
public:
    Timestamp now() const override { return Timestamp{}; }
    Steady steady() const override { return Steady{}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    OneAnswer transport;
    const StandingClock clock;
    transport.body.assign(reinterpret_cast<const char*>(data), size);
    transport.status = size % 7 == 0 ? 404 : 200;
    eureka::Servers servers{{.urls = {Secret{"http://eureka.example:8761/eureka/"}}}, transport, nullptr};
    eureka::Discovery discovery{servers, clock, Milliseconds{30'000}, eureka::TrustedHosts{{"*.example.com"}}};
    for (const auto& origin : discovery.origins("model-manage")) {
        // TrustedHosts compares without case.
        const bool url = origin.starts_with("http://") || origin.starts_with("https://");
        const auto host = ascii_lower(origin.substr(origin.find("://") + 3));
        if (!url || !host.substr(0, host.find_first_of(":/")).ends_with(".example.com") || host.contains('@') || host.contains('\n')) {
            std::abort();
        }
    }
    static_cast<void>(discovery.reason("model-manage"));
    static_cast<void>(discovery.view());
    return 0;
}
