#pragma once

#include <set>
#include <string>
#include <vector>

#include "sagemaker/index.hpp"
#include "sagemaker/progress.hpp"
#include "sagemaker/reader.hpp"

namespace slipway::sagemaker {

/// Brings the index of one account up to date: lists what is new since the last time, describes what was never described or may have changed.
/// What fails is named in the progress and stays pending; the rest goes on.
class Filler {
public:
    Filler(Index& index, IndexScope scope, Reader& reader, Progress& progress, Timestamp started)
        : index_{index}, scope_{std::move(scope)}, reader_{reader}, progress_{progress}, started_{started} {}

    /// All objects of the kind made at or after `since` (endpoints: all) are in the index, described.
    /// @return `unavailable`/`CANCELLED` when the work was halted, or an error of the database.
    Result<void> fill(Kind kind, Timestamp since);

    /// Describes one object by name and keeps it. @return nothing when AWS has none.
    AwsResult<std::optional<json::object>> describe(Kind kind, const std::string& name);

    /// Asks AWS whether an object that is never listed again is still there, and marks it as gone when it is not.
    Result<void> verify(Kind kind, const Indexed& object);

    /// Describes again those objects that belong to `targets` and may still change.
    Result<void> refresh(Kind kind, const std::vector<std::string>& targets);

private:
    Result<void> list(Kind kind, Timestamp since);
    Result<void> describe_pending(Kind kind);
    /// @return whether to go on with the others.
    Result<bool> describe_into(Kind kind, Indexed object, std::vector<IndexEntry>& batch);
    /// @param seen gets the keys of those that are known.
    std::vector<IndexEntry> changes(Kind kind, const KnownObjects& known, const json::array& items, Timestamp& newest, std::set<std::string>& seen) const;
    /// What a complete listing did not show: to be described, and gone when nobody could since the listing before.
    static std::vector<IndexEntry> missing(const KnownObjects& known, const std::set<std::string>& seen);
    Result<void> halted() const;

    Index& index_;
    IndexScope scope_;
    Reader& reader_;
    Progress& progress_;
    Timestamp started_;
    std::set<std::string> described_;  ///< keys, in this run
};

/// What the index keeps of a description.
IndexEntry entry_of(Kind kind, const json::object& answer);

}  // namespace slipway::sagemaker
