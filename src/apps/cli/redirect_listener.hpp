#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace slipway::cli {

/// Waits on this machine for the browser that comes back from an identity provider (RFC 8252 section 7.3): on 127.0.0.1 alone, for one request that knows the
/// state of the sign-in. Whatever else comes is answered with a word and changes nothing; at most eight connections, each of at most 16 KiB.
class RedirectListener {
public:
    /// @param port 0: any free one. @return `conflict`/`PORT_TAKEN`.
    static Result<RedirectListener> open(std::uint16_t port);

    std::uint16_t port() const { return port_; }

    /// The fields that came with the right state, after the browser was told that its window may be closed.
    /// @return `unauthenticated`/`SIGN_IN_EXPIRED` after `most`, `unavailable`/`CANCELLED` when interrupted.
    Result<std::vector<std::pair<std::string, std::string>>> wait(const std::string& path, const std::string& state, Milliseconds most,
                                                                  const std::atomic<bool>* interrupted);

private:
    RedirectListener(UniqueFd listener, std::uint16_t port) : listener_{std::move(listener)}, port_{port} {}

    UniqueFd listener_;
    std::uint16_t port_;
};

}  // namespace slipway::cli
