#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "adapters/kerberos/schedule.hpp"

namespace slipway::kerberos {

/// Keeps a valid ticket of one principal in a cache of its own, on a thread of its own. Never gives up: a lost keytab or Key Distribution Centre is said, and
/// tried again. Thread-safe.
class Keeper {
public:
    /// Copies of the ticket that are older than it, by name, and why.
    using Copies = std::map<std::string, std::string>;

    struct Settings {
        std::string principal;
        std::string cache_file;  ///< of the service's own HTTP; its folder is made with mode 0700. Written by rename, mode 0600
        /// A new ticket is there, for all copies or for those of `only`, if there are any: called on the keeper's thread.
        /// @return which copies could not be replaced; those are tried again in two seconds.
        std::function<Copies(const Secret& cache, const Copies& only)> on_ticket{};
        Milliseconds patience{3'000};  ///< for a Key Distribution Centre, of whoever needs a new ticket now
    };

    /// Takes up the ticket that the cache file holds, where it is still valid.
    Keeper(std::unique_ptr<TicketSource> source, const Clock& clock, Settings settings);
    /// Stops.
    ~Keeper();

    /// One step, if one is due: what the thread does. For tests, too.
    void tick();
    void start();
    /// A Key Distribution Centre that does not answer is waited for no longer than two seconds: the thread ends by itself then. Idempotent.
    void stop();

    /// A peer refused the ticket: fetches a new one now, unless that was done within ten seconds, and waits for it, but
    /// not for a Key Distribution Centre that hangs: all who ask during one try of it wait no longer than `patience` together. @return whether there is a new
    /// one.
    bool refused();
    /// Bytes of a FILE cache with the ticket alone, for a job; empty while there is none that is valid.
    Secret ticket() const;

    struct View {
        bool valid{false};
        std::string reason;  ///< of the last failure, or what is wrong with the keytab; empty while all is well
        Copies old_copies;   ///< those that could not be replaced
        std::optional<Timestamp> ends;
        std::optional<Timestamp> renewable_until;
        std::optional<Timestamp> next;
    };
    View view() const;

private:
    struct State;
    std::shared_ptr<State> state_;  ///< shared with the thread, which may outlive us for as long as libkrb5 waits
    std::jthread thread_;
};

/// The ticket source over libkrb5. @param config krb5.conf; empty: the machine's, or KRB5_CONFIG.
/// @param scratch a folder that is ours alone (it is made with mode 0700), for caches that live for a moment; those of a process that was killed are swept.
std::unique_ptr<TicketSource> make_krb5_source(std::string principal, std::string keytab, std::string config, std::string scratch);

/// Writes a cache as FILE: does, mode 0600, by rename. @param owner of the file and of the folder, which is made with mode 0700 where it is missing; -1: ours.
/// The folder may belong to somebody who would like us to write elsewhere: no link is followed. @return `unavailable`.
Result<void> write_cache(const std::string& folder, const std::string& name, const Secret& bytes, int owner = -1, int group = -1);

/// Lets two names of a folder change places. @return 0, or -1 with errno.
using ExchangeNames = int (*)(int folder, const char* one, const char* other);
int exchange_names(int folder, const char* one, const char* other);

/// Replaces such a cache where there is one: who has ended and taken it away does not find it again. On file systems and kernels that know no exchange of names
/// (NFS; before 3.15) one that is taken away at that very moment comes back: a job that loses its ticket would be worse. @return whether there was one.
Result<bool> refresh_cache(const std::string& folder, const std::string& name, const Secret& bytes, int owner = -1, int group = -1,
                           ExchangeNames exchange = exchange_names);

}  // namespace slipway::kerberos
