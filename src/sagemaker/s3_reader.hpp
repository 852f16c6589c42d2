#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace slipway::sagemaker {

/// An object as a list of its bucket tells it.
struct S3Object {
    std::string key;  ///< as it is called, not escaped
    std::uint64_t size{0};
    std::string modified;  ///< ISO 8601, as S3 writes it
};
struct S3Page {
    std::vector<S3Object> objects;
    bool more{false};  ///< others come behind the last one
};

/// How many objects a page may hold.
inline constexpr std::size_t kMostObjects = 250;

/// What jobs have written into S3, under the credential of a group. Port; implementation: adapters/aws. Thread-safe; blocks, each call with a deadline.
/// Errors: `not_found`, `forbidden` (S3 refuses the credential; the IAM action stands in the message), `failed_precondition`/`WRONG_REGION`, `unavailable`,
/// `timeout`, `invalid_argument` for a URL that is none of S3.
class S3Reader {
public:
    virtual ~S3Reader() = default;
    /// Objects whose keys begin with that of `url`, in the order of their keys. @param after key behind which the page begins; empty: at the first.
    /// @param most at most kMostObjects.
    virtual Result<S3Page> page(const std::string& url, const std::string& after, std::size_t most) = 0;
    /// A whole object. @return `failed_precondition`/`TOO_LARGE` when it has more than `most` bytes.
    virtual Result<std::string> content(const std::string& url, std::size_t most) = 0;
};

}  // namespace slipway::sagemaker
