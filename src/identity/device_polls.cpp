#include "identity/device_polls.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace slipway::identity {
namespace {

constexpr std::chrono::seconds kLongestInterval{60};
/// The way of a question is not always as long as that of the one before it.
constexpr std::chrono::seconds kTolerance{1};

std::string digest_of(const Secret& code) {
    return crypto::sha256_hex(code.reveal());
}

}  // namespace

void DevicePolls::given(const Secret& code, std::chrono::seconds interval, Steady now) {
    const auto digest = digest_of(code);
    const std::lock_guard lock{mutex_};
    if (index_.contains(digest)) {
        return;
    }
    if (polls_.size() >= kMost) {
        index_.erase(polls_.front().digest);
        polls_.pop_front();
    }
    polls_.push_back({.digest = digest, .interval = std::clamp(interval, kTolerance, kLongestInterval), .next = now});
    index_.emplace(digest, std::prev(polls_.end()));
}

DevicePolls::Turn DevicePolls::take(const Secret& code, Steady now) {
    const auto digest = digest_of(code);
    const std::lock_guard lock{mutex_};
    const auto found = index_.find(digest);
    if (found == index_.end()) {
        return Turn::unknown;
    }
    auto& poll = *found->second;
    if (now < poll.next) {
        return Turn::early;
    }
    poll.next = now + std::max(kTolerance, poll.interval - kTolerance);
    return Turn::due;
}

void DevicePolls::slower(const Secret& code) {
    const auto digest = digest_of(code);
    const std::lock_guard lock{mutex_};
    if (const auto found = index_.find(digest); found != index_.end()) {
        auto& poll = *found->second;
        poll.interval = std::min(poll.interval + kMoreWhenSlow, kLongestInterval);
        poll.next += kMoreWhenSlow;
    }
}

void DevicePolls::ended(const Secret& code) {
    const auto digest = digest_of(code);
    const std::lock_guard lock{mutex_};
    if (const auto found = index_.find(digest); found != index_.end()) {
        polls_.erase(found->second);
        index_.erase(found);
    }
}

std::size_t DevicePolls::size() const {
    const std::lock_guard lock{mutex_};
    return polls_.size();
}

}  // namespace slipway::identity
