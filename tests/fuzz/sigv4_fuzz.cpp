// The canonicaliser of Signature V4: any request gives one canonical text of the right shape, and spelling that does not
// change the request does not change the text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/aws/sigv4.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace slipway;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto cut = std::min(text.find('\n'), text.size());
    const auto target = "/" + std::string{text.substr(0, cut)};  // a request's target always begins so
    HttpHeaders headers;
    for (auto rest = text.substr(std::min(cut + 1, text.size())); !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        const auto colon = std::min(line.find(':'), line.size());
        headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    for (const bool s3 : {false, true}) {
        const auto once = aws::canonical_request("GET", target, headers, "hash", s3);
        if (!once.text.starts_with("GET\n/") || !once.text.ends_with("\n" + once.signed_headers + "\nhash")) {
            std::abort();
        }
        // Path and query are one line each, whatever stands in them.
        const auto path_end = once.text.find('\n', 4);
        const auto query = once.text.substr(path_end + 1, once.text.find('\n', path_end + 1) - path_end - 1);
        if (query.find_first_of(" ?#\r") != std::string::npos) {
            std::abort();
        }
        // A canonical query is its own canonical form.
        const auto again = aws::canonical_request("GET", "/?" + query, headers, "hash", s3);
        if (again.text.find("GET\n/\n" + query + "\n") != 0) {
            std::abort();
        }
        auto padded = headers;
        for (auto& [name, value] : padded) {
            value = " \t" + value + "  ";
        }
        if (aws::canonical_request("GET", target, padded, "hash", s3).text != once.text) {
            std::abort();
        }
    }
    return 0;
}
