#include <algorithm>
#include <fmt/format.h>

#include "sagemaker/aws_time.hpp"
#include "sagemaker/fill.hpp"

/// What AWS has no more, and what it does not know yet.
namespace slipway::sagemaker {

std::vector<IndexEntry> Filler::missing(const KnownObjects& known, const std::set<std::string>& seen) {
    std::vector<IndexEntry> entries;
    for (const auto& [arn, objects] : known.by_arn()) {
        for (auto object : objects) {
            if (object.status == kGone || seen.contains(object.key())) {
                continue;
            }
            // A listing may lag behind: AWS is asked for the object itself, and without an answer the next listing decides.
            const bool again = object.status == kMissing;
            object.status = again ? kGone : kMissing;
            object.final = again;
            object.pending = !again && !patient_;
            if (again) {
                gone_.insert(object.key());
                endpoints_changed_ = true;
            }
            entries.push_back({.object = std::move(object), .description = std::nullopt, .links = {}});
        }
    }
    return entries;
}

bool Filler::may_come(const Indexed& object) const {
    // What was gone and is listed again is believed when AWS describes it.
    return object.status != kGone && (object.status != kMissing || listed_.contains(object.key()));
}

void Filler::tell_lag(const Indexed& object, AwsError error) {
    error.message = fmt::format("AWS listed {} but does not find it: {} The next import or sync asks again.", object.name, error.message);
    error.error.code = ErrorCode::not_found;
    progress_.problem(error);
}

Result<void> Filler::verify(Kind kind, const Indexed& object) {
    const auto answer = describe(kind, object.name);
    if (!answer) {
        SW_CHECK(halted());
        progress_.problem(answer.error());
        return {};
    }
    if (!*answer) {
        auto gone = object;
        gone.status = kGone;
        gone.final = true;
        gone.pending = false;
        SW_CHECK(index_.save(scope_, kind, {{.object = std::move(gone), .description = std::nullopt, .links = {}}}));
    }
    SW_CHECK(index_.retire_replaced(scope_, kind));
    return {};
}

Result<void> note_made(store::Unit& unit, const IndexScope& scope, Kind kind, const json::object& answer) {
    auto entry = entry_of(kind, answer);
    entry.object.final = false;
    entry.object.pending = true;
    SW_TRY(const auto known, unit.sql.query("SELECT aws_created FROM sagemaker_objects WHERE account = $1 AND region = $2 AND kind = $3 AND arn = $4",
                                            {scope.account, scope.region, std::string{to_string(kind)}, entry.object.arn}));
    const bool is_known = std::ranges::any_of(known, [&](const store::Row& row) {
        const auto created = row.optional_integer(0);
        return created && same_instant(from_epoch_ms(*created), entry.object.created);
    });
    return is_known ? Result<void>{} : keep_object(unit, scope, kind, entry);
}

}  // namespace slipway::sagemaker
