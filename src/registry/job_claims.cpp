#include "registry/job_claims.hpp"

namespace slipway::registry {

namespace {

std::optional<Claim> claim_of(const store::Rows& rows) {
    if (rows.empty()) {
        return std::nullopt;
    }
    return Claim{.owner = rows[0].text(0),
                 .principal = rows[0].text(1),
                 .message_seq = rows[0].integer(2),
                 .message_bytes = rows[0].integer(3),
                 .audited_attempt = rows[0].integer(4)};
}

}  // namespace

json::object to_json(const Attempt& attempt) {
    json::object out;
    out["attempt"] = attempt.attempt;
    out["tag"] = attempt.tag;
    out["owner"] = attempt.owner;
    out["recordedDate"] = to_iso(attempt.recorded);
    if (attempt.released) {
        out["releasedDate"] = to_iso(*attempt.released);
    }
    return out;
}

Result<std::optional<Claim>> find_claim(store::Session& sql, std::string_view job_id) {
    SW_TRY(const auto rows,
           sql.query("SELECT owner, principal, message_seq, message_bytes, audited_attempt FROM job_claims WHERE job_id = $1", {std::string{job_id}}));
    return claim_of(rows);
}

Result<std::optional<Claim>> lock_claim(store::Unit& unit, std::string_view job_id) {
    SW_TRY(const auto rows, unit.sql.query("UPDATE job_claims SET owner = owner WHERE job_id = $1 "
                                           "RETURNING owner, principal, message_seq, message_bytes, audited_attempt",
                                           {std::string{job_id}}));
    return claim_of(rows);
}

Result<void> keep_claim(store::Unit& unit, std::string_view job_id, const Claim& claim) {
    SW_CHECK(unit.sql.execute(
        "INSERT INTO job_claims (job_id, owner, principal, claimed_at, message_seq, message_bytes, audited_attempt) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (job_id) DO UPDATE SET owner = excluded.owner, "
        "principal = excluded.principal, message_seq = excluded.message_seq, message_bytes = excluded.message_bytes, "
        "audited_attempt = excluded.audited_attempt",
        {std::string{job_id}, claim.owner, claim.principal, store::to_value(unit.now), claim.message_seq, claim.message_bytes, claim.audited_attempt}));
    return {};
}

Result<void> drop_claim(store::Unit& unit, std::string_view job_id) {
    SW_CHECK(unit.sql.execute("DELETE FROM job_claims WHERE job_id = $1", {std::string{job_id}}));
    return {};
}

Result<std::vector<Attempt>> attempts_of(store::Session& sql, std::string_view job_id) {
    SW_TRY(const auto rows,
           sql.query("SELECT attempt, tag, owner, recorded_at, released_at FROM job_attempts WHERE job_id = $1 ORDER BY attempt", {std::string{job_id}}));
    std::vector<Attempt> attempts;
    for (const auto& row : rows) {
        attempts.push_back({.attempt = row.integer(0), .tag = row.text(1), .owner = row.text(2), .recorded = row.time(3), .released = {}});
        if (const auto released = row.optional_integer(4)) {
            attempts.back().released = from_epoch_ms(*released);
        }
    }
    return attempts;
}

Result<bool> has_live_attempt(store::Session& sql, std::string_view job_id) {
    SW_TRY(const auto rows, sql.query("SELECT attempt FROM job_attempts WHERE job_id = $1 AND released_at IS NULL LIMIT 1", {std::string{job_id}}));
    return !rows.empty();
}

Result<void> add_attempt(store::Unit& unit, std::string_view job_id, const Attempt& attempt) {
    SW_CHECK(unit.sql.execute("INSERT INTO job_attempts (job_id, attempt, tag, owner, recorded_at) VALUES ($1, $2, $3, $4, $5)",
                              {std::string{job_id}, attempt.attempt, attempt.tag, attempt.owner, store::to_value(attempt.recorded)}));
    return {};
}

Result<void> release_attempts(store::Unit& unit, std::string_view job_id) {
    SW_CHECK(unit.sql.execute("UPDATE job_attempts SET released_at = $1 WHERE job_id = $2 AND released_at IS NULL",
                              {store::to_value(unit.now), std::string{job_id}}));
    return {};
}

Result<void> remove_claims(store::Unit& unit, std::string_view job_id) {
    SW_CHECK(drop_claim(unit, job_id));
    SW_CHECK(unit.sql.execute("DELETE FROM job_attempts WHERE job_id = $1", {std::string{job_id}}));
    return {};
}

}  // namespace slipway::registry
