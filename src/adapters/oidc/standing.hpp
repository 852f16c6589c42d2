#pragma once

#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace slipway::oidc {

/// How the last questions went that were put to an endpoint which nobody asks unless somebody comes. Thread-safe.
class Standing {
public:
    /// For so long after the last failure it is held for away; then nobody knows.
    static constexpr Milliseconds kCounts = std::chrono::minutes{1};
    /// One may fail for what was asked.
    static constexpr int kInARow = 2;

    explicit Standing(const Clock& clock) : clock_{clock} {}

    /// An answer that refuses is a good one; one that is `unavailable` is none.
    /// @param counts whether a failure says that it is away: an odd answer to what a stranger made up is told as trouble and is no more than that.
    template <typename T>
    void note(const Result<T>& answer, bool counts = true) {
        const std::lock_guard lock{mutex_};
        if (answer || answer.error().code != ErrorCode::unavailable) {
            trouble_.clear();
            failures_ = 0;
            return;
        }
        const auto& error = answer.error();
        const bool first_that_counts = counts && failures_ == 0;
        if (trouble_.empty() || first_that_counts) {  // the first says why; those behind it may say only that it was so a moment ago
            trouble_ = error.message + (error.detail.empty() ? "" : " " + error.detail);
        }
        if (counts || failures_ == 0) {
            last_ = clock_.steady();
        }
        failures_ += counts ? 1 : 0;
    }

    /// What is known of it.
    struct Facts {
        bool away{false};
        std::string trouble;  ///< why the last question failed; empty after a good answer
        Milliseconds age{0};  ///< since then
    };
    Facts facts() const {
        const std::lock_guard lock{mutex_};
        const auto age = std::chrono::duration_cast<Milliseconds>(clock_.steady() - last_);
        return {.away = failures_ >= kInARow && age < kCounts, .trouble = trouble_, .age = age};
    }

private:
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::string trouble_;
    int failures_{0};
    Steady last_{};
};

}  // namespace slipway::oidc
