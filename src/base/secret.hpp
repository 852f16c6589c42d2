#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace slipway {

/// A value that must not be seen: it cannot be printed, formatted, encoded or compared by accident,
/// and is wiped when it dies. `reveal()` is the one way to it, and easy to find.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_{std::move(value)} {}
    Secret(const Secret&) = default;
    Secret(Secret&&) noexcept = default;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    /// The value itself. Never pass it to a log, an error or an answer.
    std::string_view reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

private:
    void wipe();
    std::string value_;
};

/// @return true when both are equal, in a time that does not depend on where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace slipway
