#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/entity.hpp"

/// Who has a job, and what was recorded before it was launched (page 10 "Enrolment and claims"). Rows beside the jobs.
namespace slipway::registry {

struct Claim {
    std::string owner;      ///< instance of the runtime
    std::string principal;  ///< principal_key() of who claimed: its word counts
    std::int64_t message_seq{0};
    std::int64_t message_bytes{0};
    std::int64_t audited_attempt{-1};  ///< the last attempt for which reading the credentials was audited
};

/// One intended launch.
struct Attempt {
    std::int64_t attempt{0};
    std::string tag;
    std::string owner;
    Timestamp recorded{};
    std::optional<Timestamp> released;  ///< a person took the risk that it runs beside the next one
};
json::object to_json(const Attempt& attempt);

Result<std::optional<Claim>> find_claim(store::Session& sql, std::string_view job_id);
/// find_claim(), holding the row until the transaction ends: whoever takes the job away and whoever records a launch come one after the other.
Result<std::optional<Claim>> lock_claim(store::Unit& unit, std::string_view job_id);
Result<void> keep_claim(store::Unit& unit, std::string_view job_id, const Claim& claim);
Result<void> drop_claim(store::Unit& unit, std::string_view job_id);

/// In the order of their numbers.
Result<std::vector<Attempt>> attempts_of(store::Session& sql, std::string_view job_id);
/// Attempts that nobody released: only their owner may go on with the job.
Result<bool> has_live_attempt(store::Session& sql, std::string_view job_id);
Result<void> add_attempt(store::Unit& unit, std::string_view job_id, const Attempt& attempt);
Result<void> release_attempts(store::Unit& unit, std::string_view job_id);

/// Claim and attempts of a job that is deleted.
Result<void> remove_claims(store::Unit& unit, std::string_view job_id);

}  // namespace slipway::registry
