#include "identity/sign_in_limits.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/peer_address.hpp"

namespace slipway::identity {

namespace {

constexpr std::size_t kLongestName = 200;

/// Before what a client's address is: the length of its id tells where that ends.
std::string client_key(std::string_view id) {
    return fmt::format("{}:{}@", id.size(), ascii_lower(id.substr(0, kLongestName)));
}

std::unexpected<Error> too_many(Milliseconds wait) {
    const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
    return fail(ErrorCode::forbidden, "TOO_MANY_ATTEMPTS", fmt::format("Too many failed sign-ins. Try again in {} s.", seconds), std::to_string(seconds));
}

}  // namespace

SignInName::SignInName(std::string_view person) : SignInName{Kind::person, ascii_lower(person.substr(0, kLongestName))} {}

SignInName SignInName::client(std::string_view id, std::string_view peer) {
    return {Kind::client, client_key(id).append(network_of(peer))};
}

SignInLimits::SignInLimits(const Clock& clock, Options options) : clock_{clock}, free_per_user_{options.free_per_user} {
    using enum SignInName::Kind;
    for (const auto kind : {person, client, device, token, code, poll, way, address}) {
        const bool is_named = kind == person || kind == client;
        tables_.emplace_back(FailureTable::Bounds{.free = is_named ? options.free_per_user : options.free_per_peer,
                                                  .capacity = options.capacity,
                                                  .longest_wait = options.longest_wait,
                                                  .forget_after = options.forget_after});
    }
}

std::vector<SignInLimits::Counted> SignInLimits::counted(const SignInName& name, std::string_view peer) {
    std::vector<Counted> out{{.table = &table(name.kind()), .key = name.is_named() ? name.key() : network_of(peer)}};
    if (name.is_named()) {
        out.push_back({.table = &table(SignInName::Kind::address), .key = network_of(peer)});
    }
    return out;
}

void SignInLimits::leave_address_to_others(std::vector<Counted>& all, int failures) const {
    if (all.size() > 1 && failures > free_per_user_) {
        all.pop_back();
    }
}

Result<void> SignInLimits::begin(const SignInName& name, std::string_view peer) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    auto all = counted(name, peer);
    Milliseconds wait{0};
    for (const auto& one : all) {
        wait = std::max(wait, one.table->wait(one.key, now));
    }
    if (wait.count() > 0) {
        return too_many(wait);
    }
    leave_address_to_others(all, all.front().table->failures(all.front().key) + 1);
    for (const auto& one : all) {
        one.table->count(one.key, now);
    }
    return {};
}

void SignInLimits::succeeded(const SignInName& name, std::string_view peer) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    auto all = counted(name, peer);
    leave_address_to_others(all, all.front().table->failures(all.front().key));
    for (const auto& one : all) {
        if (name.is_named() && one.table == &table(name.kind())) {
            one.table->forget(one.key);
        } else {
            one.table->take_back(one.key, true, now);
        }
    }
}

void SignInLimits::forget(const SignInName& of_address, std::string_view peer) {
    const std::lock_guard lock{mutex_};
    table(of_address.kind()).forget(network_of(peer));
}

void SignInLimits::forgive(std::string_view person_or_client) {
    const std::lock_guard lock{mutex_};
    table(SignInName::Kind::person).forget(SignInName{person_or_client}.key());
    table(SignInName::Kind::client).forget_all_of(client_key(person_or_client));
}

void SignInLimits::taken_back(const SignInName& name, std::string_view peer) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    auto all = counted(name, peer);
    leave_address_to_others(all, all.front().table->failures(all.front().key));
    for (const auto& one : all) {
        one.table->take_back(one.key, false, now);
    }
}

}  // namespace slipway::identity
