#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "sagemaker/fan_out.hpp"
#include "sagemaker/index.hpp"
#include "sagemaker/progress.hpp"
#include "sagemaker/reader.hpp"

namespace slipway::sagemaker {

/// Brings the index of one account up to date: lists what is new since the last time, describes what was never described or may have changed.
/// What fails is named in the progress and stays pending; the rest goes on.
class Filler {
public:
    /// @param credential whose reads these are, as reader_name() of it.
    Filler(Index& index, IndexScope scope, Reader& reader, Progress& progress, FanOut& fan, Timestamp started, std::string credential)
        : index_{index}, scope_{std::move(scope)}, reader_{reader}, progress_{progress}, fan_{fan}, started_{started}, credential_{std::move(credential)} {}

    /// All objects of the kind made at or after `since` (endpoints: all) are in the index, described.
    /// @return `unavailable`/`CANCELLED` when the work was halted, or an error of the database.
    Result<void> fill(Kind kind, Timestamp since);

    /// Listings of endpoints and, with `configurations`, of endpoint configurations are made whole, and what two of them in a row do not show is gone, without
    /// asking AWS for it between them. For work that comes back soon.
    void list_patiently(bool configurations) {
        patient_ = true;
        whole_configurations_ = configurations;
    }
    /// True for an object that was described in this run or was found to be gone.
    bool changed(const Indexed& object) const { return described_.contains(object.key()) || gone_.contains(object.key()); }
    /// Of what changed there is an endpoint or a component.
    bool endpoints_changed() const { return endpoints_changed_; }
    /// Something was made again under its name.
    bool replaced() const { return replaced_; }

    /// Describes one object by name and keeps it. @return nothing when AWS has none.
    AwsResult<std::optional<json::object>> describe(Kind kind, const std::string& name);

    /// Those of `objects` that this import may show: the index holds what other credentials read, too. All, when AWS lets these credentials list the kind and
    /// describe one of it; else those alone that were described in this run. What AWS refuses is named in the progress.
    Result<std::vector<Indexed>> readable(Kind kind, std::vector<Indexed> objects);
    /// The object was read in this run by another way than describing it.
    void was_read(const Indexed& object) { described_.insert(object.key()); }
    /// False when AWS refused to list the kind in this run.
    bool may_list(Kind kind) const { return !refused_.contains(kind); }

    /// Asks AWS whether an object that is never listed again is still there, and marks it as gone when it is not.
    Result<void> verify(Kind kind, const Indexed& object);

    /// Describes again those objects that belong to `targets` and may still change.
    Result<void> refresh(Kind kind, const std::vector<std::string>& targets);

private:
    Result<void> list(Kind kind, Timestamp since);
    Result<bool> is_proven(std::string_view action, Kind kind);
    Result<void> prove(std::string_view action, Kind kind);
    Result<bool> may_describe(Kind kind, const Indexed& example);
    /// Remembers that AWS described the kind, when it did in this run.
    Result<void> prove_described(Kind kind);
    Result<void> describe_pending(Kind kind);
    /// Describes objects side by side and keeps what became of them, a second after it came at most and however this ends. @return whether to go on with
    /// others.
    Result<bool> describe_all(Kind kind, std::span<const Indexed> objects);
    Result<bool> describe_side_by_side(Kind kind, std::span<const Indexed> objects, std::vector<IndexEntry>& batch);
    /// Saves the batch, and empties it, once it is large or a second old.
    Result<void> keep(Kind kind, std::vector<IndexEntry>& batch);
    AwsResult<json::object> ask(Kind kind, const std::string& name);
    /// One "Could not find" is no proof: other nodes of AWS may know the object already, or still.
    bool may_come(const Indexed& object) const;
    void tell_lag(const Indexed& object, AwsError error);
    /// @param batch gets what became of the object. @return whether to go on with the others.
    Result<bool> take_in(Kind kind, Indexed object, const AwsResult<json::object>& answer, std::vector<IndexEntry>& batch);
    /// @param seen gets the keys of those that are known.
    std::vector<IndexEntry> changes(Kind kind, const KnownObjects& known, const json::array& items, Timestamp& newest, std::set<std::string>& seen);
    /// What a complete listing did not show: to be described, and gone when nobody could since the listing before.
    std::vector<IndexEntry> missing(const KnownObjects& known, const std::set<std::string>& seen);
    /// Marks as gone what was made again under its name.
    Result<void> retire(Kind kind);
    /// The listing shows all there are, so that what it does not show is missing.
    bool lists_all(Kind kind) const;
    Result<void> halted() const;

    Index& index_;
    IndexScope scope_;
    Reader& reader_;
    Progress& progress_;
    FanOut& fan_;
    Timestamp started_;
    std::string credential_;
    std::set<Kind> refused_;           ///< kinds that AWS does not list for these credentials
    std::set<Kind> answered_;          ///< kinds that AWS described in this run: others are tried with one call first
    std::set<std::string> described_;  ///< keys, in this run
    std::set<std::string> gone_;       ///< keys, in this run
    std::set<std::string> listed_;     ///< keys of what this run's listings showed and is to be described
    bool patient_{false};
    bool whole_configurations_{false};
    bool endpoints_changed_{false};
    bool replaced_{false};
    Steady kept_{};  ///< when a batch was saved last
};

/// Under which name the index remembers what a credential may read: another one when its keys are replaced. Holds no secret and no key.
std::string reader_name(const Credential& credential);

/// What the index keeps of a description.
IndexEntry entry_of(Kind kind, const json::object& answer);

/// Puts what was made from here into the index by AWS's description of it, to be looked at by the next fill: else what AWS loses before the first listing
/// would never be missed. An object that is known stays as it is.
Result<void> note_made(store::Unit& unit, const IndexScope& scope, Kind kind, const json::object& answer);

}  // namespace slipway::sagemaker
