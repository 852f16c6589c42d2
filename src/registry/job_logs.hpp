#pragma once

#include <string>

#include "store/entity.hpp"

/// Standard output and error of jobs: pieces in rows of their own, append-only, so that no log rewrites a job.
namespace slipway::registry {

inline constexpr std::int64_t kLargestLog = 16 << 20;       ///< bytes of one stream that are kept
inline constexpr std::size_t kLargestLogChunk = 1U << 20;   ///< bytes of one append
inline constexpr std::int64_t kLargestLogAnswer = 1 << 20;  ///< bytes of one read of a view

struct LogEnd {
    std::int64_t next{0};  ///< offset at which the writer goes on
    bool truncated{false};
};
/// Appends `bytes` at `offset`: what is kept already is skipped, what goes beyond kLargestLog is dropped and said in `truncated`.
/// @return `conflict`/`LOG_GAP` for an offset behind the end.
Result<LogEnd> append_log(store::Unit& unit, std::string_view job_id, std::string_view stream, std::int64_t offset, std::string_view bytes);

struct LogPart {
    std::string bytes;
    std::int64_t from{0};  ///< offset of the first byte
    std::int64_t size{0};  ///< of the whole log
    bool truncated{false};
};
/// At most `most` bytes from `offset`; nothing behind the end.
Result<LogPart> read_log(store::Session& sql, std::string_view job_id, std::string_view stream, std::int64_t offset, std::int64_t most);

Result<void> remove_logs(store::Unit& unit, std::string_view job_id);
/// Deletes logs that were written last before `before`. @return how many.
Result<std::int64_t> prune_job_logs(store::Unit& unit, Timestamp before);

}  // namespace slipway::registry
