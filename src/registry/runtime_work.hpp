#pragma once

#include <string>

#include "registry/collection.hpp"

/// What a runtime has to do, in one request for any number of jobs.
namespace slipway::registry {

struct WorkQuery {
    std::string runtime_id;
    std::string instance_id;
    bool cancelling_only{false};  ///< of its own jobs only those that are to be cancelled
    std::int64_t limit{1000};     ///< of jobs that nobody has yet
};

/// Changes whenever anything that find_work() reads may have changed for `who`; costs one look at the outbox.
/// @return `not_found` for a runtime that `who` may not see.
Result<std::string> work_mark(store::Session& sql, const Foundation& foundation, const identity::Principal& who, std::string_view runtime_id);

/// `[{id, version, jobStatus, owner?, cancelRequested?: {at}}]`: jobs of the runtime that are CREATED without owner, oldest first, and behind them
/// those of the instance that have not ended. Read from one index.
struct Work {
    json::array jobs;
    bool more{false};  ///< further jobs wait behind the limit
};
Result<Work> find_work(store::Session& sql, const Foundation& foundation, const identity::Principal& who, const WorkQuery& query);

}  // namespace slipway::registry
