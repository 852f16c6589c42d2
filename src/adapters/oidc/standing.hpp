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
    template <typename T>
    void note(const Result<T>& answer) {
        const std::lock_guard lock{mutex_};
        if (answer || answer.error().code != ErrorCode::unavailable) {
            trouble_.clear();
            failures_ = 0;
            return;
        }
        const auto& error = answer.error();
        if (trouble_.empty()) {  // the first says why; those behind it may say only that it was so a moment ago
            trouble_ = error.message + (error.detail.empty() ? "" : " " + error.detail);
        }
        ++failures_;
        last_ = clock_.steady();
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
