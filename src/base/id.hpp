#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace slipway {

/// Where new ids come from. Thread-safe. Fake: tests/fakes/fake_ids.hpp.
class IdSource {
public:
    virtual ~IdSource() = default;
    /// @return a UUIDv7 (RFC 9562 section 5.7): time-ordered, so that indexes grow at their end.
    virtual std::string next(Timestamp now) = 0;
};

/// UUIDv7 from the operating system's random source, monotonic within one process.
class RandomIds final : public IdSource {
public:
    std::string next(Timestamp now) override;
};

/// @return the UUIDv5 (RFC 9562 section 5.5) of `name` in Slipway's own namespace. Same name, same id.
std::string name_based_id(std::string_view name);

/// @return true for 8-4-4-4-12 hexadecimal digits, either case.
bool is_uuid(std::string_view text);

/// `bytes` random bytes of the operating system as lower-case hexadecimal digits.
std::string random_hex(std::size_t bytes);

}  // namespace slipway
