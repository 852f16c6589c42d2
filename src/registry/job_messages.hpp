#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/entity.hpp"

/// Lines of `jobMessages`: append-only rows of their own, so that a message rewrites no job, makes no version and no audit row.
namespace slipway::registry {

/// A job shows at most this many lines, the newest; how many are left out is said in their first line.
inline constexpr std::size_t kMostMessages = 2000;
/// In a list of several jobs each shows at most this many, and the list as many bytes of them; the job by itself shows the rest.
inline constexpr std::size_t kMostMessagesInList = 50;
inline constexpr std::size_t kMostMessageBytesInList = 4U << 20;

/// Appends lines as the matched product writes them (`2026/11/25 19:00:04 text`), in the unit's transaction.
Result<void> append_job_messages(store::Unit& unit, std::string_view job_id, std::span<const std::string> lines);
/// Puts `jobMessages` into the documents of `jobs`, with one query.
Result<void> attach_job_messages(store::Session& sql, std::span<store::Entity> jobs);
Result<void> remove_job_messages(store::Unit& unit, std::string_view job_id);
/// Deletes lines written before `before`. @return how many.
Result<std::int64_t> prune_job_messages(store::Unit& unit, Timestamp before);

}  // namespace slipway::registry
