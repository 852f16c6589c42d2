#pragma once

#include <optional>
#include <string>

#include "store/unit.hpp"

namespace slipway::store {

/// `Idempotency-Key` of a request: the same key and body get the same answer, per principal, for 24 hours.
struct IdempotencyKey {
    std::string principal;
    std::string key;           ///< 1…255 visible ASCII characters
    std::string request_hash;  ///< SHA-256 (hex) of method, target and body
};

/// The answer that was given.
struct KeptAnswer {
    int status{0};
    std::string headers;  ///< JSON object of the headers to repeat (Location, ETag, Content-Type)
    std::string body;     ///< secrets left out
};

/// @return the kept answer, nothing for a new key, or `failed_precondition`/`IDEMPOTENCY_KEY_REUSED` for another request under the same key.
Result<std::optional<KeptAnswer>> find_answer(Session& sql, const IdempotencyKey& key, Timestamp now);
/// Keeps the answer in the unit's transaction. @return `conflict`/`ALREADY_EXISTS` when another request with the key came first: read it again.
Result<void> keep_answer(Unit& unit, const IdempotencyKey& key, const KeptAnswer& answer);
Result<std::int64_t> prune_answers(Unit& unit, Timestamp before);

}  // namespace slipway::store
