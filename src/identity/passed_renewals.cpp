#include "identity/passed_renewals.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/peer_address.hpp"

namespace slipway::identity {
namespace {

std::unexpected<Error> late_answer() {
    return fail(ErrorCode::unavailable, "IDENTITY_AWAY",
                "The identity provider has not answered yet. Its answer is still waited for: try again, with the same refresh token, in a few seconds.");
}

}  // namespace

struct PassedRenewals::Renewal {
    std::string network;
    bool late{false};
    bool came{false};
    Result<ProviderSignIn> answer{late_answer()};
    Steady since{};  ///< it came
};

PassedRenewals::~PassedRenewals() {
    stopping_ = true;
    pool_.finish();
}

Result<ProviderSignIn> PassedRenewals::renew(const Secret& token, const std::string& peer, bool again) {
    const auto key = crypto::sha256_hex(token.reveal());
    const auto renewal = begin(key, token, network_of(peer));
    if (!renewal) {
        return provider_.by_refresh(token, LoginClient::command_line);
    }
    SW_TRY(auto in, fetch(key, token, *renewal));
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(in.expires - clock_.now()).count();
    if (left <= 0 && again && !in.tokens.refresh.empty()) {
        return renew(in.tokens.refresh, peer, false);  // it has lain here for longer than its token lives
    }
    in.tokens.expires_in = std::clamp<std::int64_t>(in.tokens.expires_in, 0, std::max<std::int64_t>(left, 0));
    return in;
}

/// The one that is under way or has come, else a new one; nothing where no more may go on behind the requests.
std::shared_ptr<PassedRenewals::Renewal> PassedRenewals::begin(const Key& key, const Secret& token, const std::string& network) {
    const std::lock_guard lock{mutex_};
    if (const auto found = renewals_.find(key); found != renewals_.end()) {
        return found->second;
    }
    forget_old();
    if (all_under_way_ >= kMost || under_way_[network] >= kMostOfOne) {
        return nullptr;
    }
    auto renewal = std::make_shared<Renewal>();
    renewal->network = network;
    if (!pool_.post([this, key, token, renewal] { ask(key, token, *renewal); })) {
        return nullptr;
    }
    ++all_under_way_;
    ++under_way_[network];
    renewals_.emplace(key, renewal);
    return renewal;
}

/// Called with the lock.
void PassedRenewals::forget_old() {
    const auto now = clock_.steady();
    std::erase_if(under_way_, [](const auto& one) { return one.second == 0; });
    std::erase_if(renewals_, [&](const auto& one) { return one.second->came && now - one.second->since >= kKept; });
    while (renewals_.size() >= kMostKept + kMost) {
        renewals_.erase(std::ranges::min_element(renewals_, {}, [](const auto& one) { return one.second->came ? one.second->since : Steady::max(); }));
    }
}

/// On a thread that waits as long as an answer may still come.
void PassedRenewals::ask(const Key& key, const Secret& token, Renewal& renewal) {
    const auto place = provider_.waits().aside();
    const auto late = [&] {
        const std::lock_guard lock{mutex_};
        renewal.late = true;
        changed_.notify_all();
    };
    Result<ProviderSignIn> answer = late_answer();
    try {
        answer = provider_.by_refresh(token, LoginClient::command_line, {.on_late = late, .cancelled = &stopping_});
    } catch (const std::exception&) {
        answer = late_answer();  // no memory, say: nobody must wait for it for ever
    }
    const std::lock_guard lock{mutex_};
    renewal.answer = std::move(answer);
    renewal.came = true;
    renewal.since = clock_.steady();
    --all_under_way_;
    --under_way_[renewal.network];
    if (!renewal.answer) {  // the next one hears it from the provider itself
        renewals_.erase(key);
    }
    changed_.notify_all();
}

/// Waits for a while, and takes the answer where nobody else has done so.
Result<ProviderSignIn> PassedRenewals::fetch(const Key& key, const Secret& token, Renewal& renewal) {
    const WorkerPool::Waiting others_run;
    std::unique_lock lock{mutex_};
    const bool was_late = renewal.late;
    changed_.wait_for(lock, LongWait::kUsual, [&] { return renewal.came || renewal.late; });
    if (!renewal.came) {
        renewal.late = true;
        lock.unlock();
        if (!was_late) {
            static_cast<void>(provider_.is_away());  // found out for all, and told
        }
        return late_answer();
    }
    if (!renewal.answer) {
        return renewal.answer;
    }
    const auto found = renewals_.find(key);
    if (found == renewals_.end() || found->second.get() != &renewal) {  // whoever else has it: the provider decides what a second use means
        lock.unlock();
        return provider_.by_refresh(token, LoginClient::command_line);
    }
    auto in = std::move(renewal.answer);
    renewals_.erase(found);
    return in;
}

}  // namespace slipway::identity
