#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "store/unit.hpp"

namespace slipway::sagemaker {

enum class Kind { endpoint_config, endpoint, training_job, transform_job, inference_component };
/// `ENDPOINT_CONFIG`, `ENDPOINT`, `TRAINING_JOB`, `TRANSFORM_JOB`, `INFERENCE_COMPONENT`.
std::string_view to_string(Kind kind);

/// What an index belongs to.
struct IndexScope {
    std::string account;
    std::string region;
    auto operator<=>(const IndexScope&) const = default;
};

/// Status of an object that AWS no longer has, and of one that a complete listing did not show and that nobody could describe since.
inline constexpr std::string_view kGone = "Gone";
inline constexpr std::string_view kMissing = "Missing";

/// An AWS object as the index knows it. Identity is ARN + creation time.
struct Indexed {
    std::string arn;
    std::string name;
    std::optional<Timestamp> created;
    std::optional<Timestamp> modified;
    std::string status;
    bool final{false};                  ///< AWS never changes it any more
    bool pending{false};                ///< seen in a listing, to be described (again)
    std::optional<std::string> detail;  ///< hash of the masked description, absent when it was not described
    std::string key() const;
};

/// One object with what is new of it.
struct IndexEntry {
    Indexed object;
    std::optional<json::object> description;  ///< masked; empty: keep what is there
    std::vector<std::string> links;           ///< models, artifact or configuration; written with a description
};

/// Creation times between which an account was listed to the end.
struct Coverage {
    Timestamp from{};
    Timestamp to{};
    Timestamp completed{};
};

/// Objects of a kind by ARN, in memory for the time of one fill. Creation times cut to seconds still match.
class KnownObjects {
public:
    explicit KnownObjects(std::vector<Indexed> objects);
    const Indexed* find(std::string_view arn, std::optional<Timestamp> created) const;
    const std::map<std::string, std::vector<Indexed>, std::less<>>& by_arn() const { return by_arn_; }
    std::size_t size() const { return count_; }

private:
    std::map<std::string, std::vector<Indexed>, std::less<>> by_arn_;
    std::size_t count_{0};
};

/// Writes one object in a transaction of somebody else's.
Result<void> keep_object(store::Unit& unit, const IndexScope& scope, Kind kind, const IndexEntry& entry);
/// AWS did not find what has that name: it is missing until a listing shows it, and gone when the next complete one does not.
Result<void> doubt_object(store::Unit& unit, const IndexScope& scope, Kind kind, const std::string& name);

/// The persisted index of accounts: what was listed and described once serves every model and every later import. Thread-safe.
/// Only masked descriptions go in.
class Index {
public:
    explicit Index(store::Store& store) : store_{store} {}

    /// @param since only those made then or later, and those whose time is not known.
    Result<KnownObjects> known(const IndexScope& scope, Kind kind, std::optional<Timestamp> since = {});
    /// Objects of the kind that belong to one of `targets`, oldest first.
    Result<std::vector<Indexed>> linked(const IndexScope& scope, Kind kind, const std::vector<std::string>& targets);
    /// All that were described, oldest first.
    Result<std::vector<Indexed>> described(const IndexScope& scope, Kind kind);
    /// Objects of that name, oldest first.
    Result<std::vector<Indexed>> named(const IndexScope& scope, Kind kind, std::string_view name);
    /// All targets below a prefix, for artifacts in folders.
    Result<std::vector<Indexed>> linked_below(const IndexScope& scope, Kind kind, std::string_view prefix);
    /// What is to be described, by key, behind `after`.
    Result<std::vector<Indexed>> pending(const IndexScope& scope, Kind kind, const std::string& after, std::size_t limit);
    Result<std::int64_t> count_pending(const IndexScope& scope, Kind kind);
    /// The masked description. @return `not_found` for what was not described.
    Result<json::object> description(const Indexed& object);
    Result<void> save(const IndexScope& scope, Kind kind, const std::vector<IndexEntry>& entries);
    /// Marks as gone what was made again under its name: an ARN names one object at a time. @return how many.
    Result<std::int64_t> retire_replaced(const IndexScope& scope, Kind kind);

    /// The clock that coverages are written by.
    Timestamp now() const { return store_.clock().now(); }
    Result<std::optional<Coverage>> coverage(const IndexScope& scope, std::string_view kind);
    Result<void> cover(const IndexScope& scope, std::string_view kind, Timestamp from, Timestamp to);

    /// One fill of an account and kind at a time; whoever comes second waits and then finds what the first one left.
    std::shared_ptr<std::timed_mutex> flight(const IndexScope& scope, Kind kind);

private:
    store::Store& store_;
    std::mutex mutex_;
    std::map<std::pair<IndexScope, Kind>, std::shared_ptr<std::timed_mutex>> flights_;
};

}  // namespace slipway::sagemaker
