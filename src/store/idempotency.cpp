#include "store/idempotency.hpp"

namespace slipway::store {

namespace {

constexpr std::chrono::hours kKept{24};

}

Result<std::optional<KeptAnswer>> find_answer(Session& sql, const IdempotencyKey& key, Timestamp now) {
    SW_TRY(const auto rows, sql.query("SELECT request_hash, status, headers, body FROM idempotency_keys WHERE principal = $1 AND key = $2 AND created_at > $3",
                                      {key.principal, key.key, to_epoch_ms(now - kKept)}));
    if (rows.empty()) {
        return std::nullopt;
    }
    const auto& row = rows[0];
    if (row.text(0) != key.request_hash) {
        return fail(ErrorCode::failed_precondition, "IDEMPOTENCY_KEY_REUSED",
                    "This Idempotency-Key was used for another request within 24 hours. Send a new key with a new request.");
    }
    return KeptAnswer{static_cast<int>(row.integer(1)), row.text(2), row.text(3)};
}

Result<void> keep_answer(Unit& unit, const IdempotencyKey& key, const KeptAnswer& answer) {
    const auto now = to_epoch_ms(unit.now);
    // A key older than 24 hours counts as new.
    SW_TRY(const auto kept,
           unit.sql.execute(
               "INSERT INTO idempotency_keys (principal, key, request_hash, status, headers, body, created_at) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (principal, key) DO UPDATE SET request_hash = excluded.request_hash, "
               "status = excluded.status, headers = excluded.headers, body = excluded.body, created_at = excluded.created_at "
               "WHERE idempotency_keys.created_at <= $8",
               {key.principal, key.key, key.request_hash, std::int64_t{answer.status}, answer.headers, answer.body, now, to_epoch_ms(unit.now - kKept)}));
    if (kept == 0) {
        return fail(ErrorCode::conflict, "ALREADY_EXISTS", "Another request with this Idempotency-Key came first.");
    }
    return {};
}

Result<std::int64_t> prune_answers(Unit& unit, Timestamp before) {
    return unit.sql.execute("DELETE FROM idempotency_keys WHERE created_at < $1", {to_value(before)});
}

}  // namespace slipway::store
