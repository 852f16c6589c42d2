#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>

namespace slipway {

/// First in, first out, with a bound; many producers, many consumers.
template <typename T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : capacity_{capacity} {}

    /// @return false when the queue is full or closed; `item` is untouched then. Never waits.
    bool try_push(T& item) {
        {
            const std::lock_guard lock{mutex_};
            if (closed_ || items_.size() >= capacity_) {
                return false;
            }
            items_.push_back(std::move(item));
        }
        available_.notify_one();
        return true;
    }

    /// Waits for an item. @return nothing when the queue is closed and empty, or `stop` was asked for.
    std::optional<T> pop(const std::stop_token& stop) {
        std::unique_lock lock{mutex_};
        available_.wait(lock, stop, [&] { return closed_ || !items_.empty(); });
        if (items_.empty()) {
            return std::nullopt;
        }
        T item = std::move(items_.front());
        items_.pop_front();
        return item;
    }

    /// Nothing more goes in; what is in may still be taken.
    void close() {
        {
            const std::lock_guard lock{mutex_};
            closed_ = true;
        }
        available_.notify_all();
    }

    std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return items_.size();
    }

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable_any available_;
    std::deque<T> items_;
    bool closed_{false};
};

}  // namespace slipway
