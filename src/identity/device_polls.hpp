#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/secret.hpp"

namespace slipway::identity {

/// When device codes (RFC 8628) were asked about last: who asks sooner than the provider's interval is told so here, and the provider is not asked.
/// In memory and bounded: the codes that came first are forgotten, whose sign-ins go on. Holds digests and no codes. Thread-safe.
class DevicePolls {
public:
    enum class Turn { due, early, unknown };
    static constexpr std::chrono::seconds kUsualInterval{5};
    /// What a provider adds to the interval when it asks for fewer questions.
    static constexpr std::chrono::seconds kMoreWhenSlow{5};
    static constexpr std::size_t kMost = 4096;

    /// One that the provider gave, or knows; of one that is known already nothing changes.
    void given(const Secret& code, std::chrono::seconds interval, Steady now);
    /// Whether the code may be asked about now. If so that counts as asked.
    Turn take(const Secret& code, Steady now);
    /// The provider wants fewer questions about it.
    void slower(const Secret& code);
    /// Nobody asks about it any more.
    void ended(const Secret& code);
    std::size_t size() const;

private:
    struct Poll {
        std::string digest;
        std::chrono::seconds interval{};
        Steady next{};
    };
    mutable std::mutex mutex_;
    std::list<Poll> polls_;  ///< the one that came first at the front
    std::unordered_map<std::string, std::list<Poll>::iterator> index_;
};

}  // namespace slipway::identity
