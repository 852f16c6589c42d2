// Whatever an endpoint answers, reading its failure ends in an error with a code.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapters/aws/aws_error.hpp"
#include "adapters/aws/retry.hpp"
#include "adapters/aws/xml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace slipway;
    const std::string text{reinterpret_cast<const char*>(data), size};
    const HttpResponse response{
        .status = size % 2 == 0 ? 400 : 503, .headers = {{"retry-after", text}, {"date", text}, {"x-amzn-errortype", text}}, .body = text};
    const auto error = aws::to_error("DescribeModel", aws::read_failure(response));
    if (error.code.empty() || error.error.message.empty()) {
        std::abort();
    }
    static_cast<void>(aws::retry_hint(response));
    static_cast<void>(aws::from_http_date(text));
    static_cast<void>(aws::parse_xml(text));
    return 0;
}
