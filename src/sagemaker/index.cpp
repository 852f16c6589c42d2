#include "sagemaker/index.hpp"

#include <algorithm>

#include "base/sort.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/s3_uri.hpp"
#include "store/entity.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::string_view kColumns = "o.arn, o.name, o.aws_created, o.aws_modified, o.status, o.final, o.pending, o.detail";

store::Value optional_time(const std::optional<Timestamp>& time) {
    return time ? store::to_value(*time) : store::Value{};
}

std::optional<Timestamp> read_time(const store::Row& row, std::size_t column) {
    const auto ms = row.optional_integer(column);
    return ms ? std::optional{from_epoch_ms(*ms)} : std::nullopt;
}

std::vector<Indexed> read_objects(const store::Rows& rows) {
    std::vector<Indexed> objects;
    objects.reserve(rows.size());
    for (const auto& row : rows) {
        objects.push_back({.arn = row.text(0),
                           .name = row.text(1),
                           .created = read_time(row, 2),
                           .modified = read_time(row, 3),
                           .status = row.text(4),
                           .final = row.integer(5) != 0,
                           .pending = row.integer(6) != 0,
                           .detail = row.optional_text(7)});
    }
    return objects;
}

std::string select(std::string_view rest) {
    return "SELECT " + std::string{kColumns} + " FROM sagemaker_objects o " + std::string{rest};
}

store::Values values(const IndexScope& scope, Kind kind) {
    return {scope.account, scope.region, std::string{to_string(kind)}};
}

}  // namespace

Result<void> keep_object(store::Unit& unit, const IndexScope& scope, Kind kind, const IndexEntry& entry) {
    const auto& object = entry.object;
    store::Value detail = object.detail ? store::Value{*object.detail} : store::Value{};
    if (entry.description) {
        SW_TRY(auto hash, store::keep_blob(unit, json::write(*entry.description)));
        detail = std::move(hash);
    }
    SW_CHECK(unit.sql.execute(
        "INSERT INTO sagemaker_objects (object_key, account, region, kind, arn, name, aws_created, aws_modified, status, final, pending, detail) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (object_key) DO UPDATE SET "
        "aws_modified = excluded.aws_modified, status = excluded.status, final = excluded.final, pending = excluded.pending, detail = excluded.detail",
        {object.key(), scope.account, scope.region, std::string{to_string(kind)}, object.arn, object.name, optional_time(object.created),
         optional_time(object.modified), object.status, std::int64_t{object.final}, std::int64_t{object.pending}, detail}));
    if (!entry.description) {
        return {};
    }
    SW_CHECK(unit.sql.execute("DELETE FROM sagemaker_links WHERE object_key = $1", {object.key()}));
    for (const auto& target : entry.links) {
        SW_CHECK(
            unit.sql.execute("INSERT INTO sagemaker_links (object_key, account, region, kind, target) VALUES ($1, $2, $3, $4, $5) "
                             "ON CONFLICT (object_key, target) DO NOTHING",
                             {object.key(), scope.account, scope.region, std::string{to_string(kind)}, target}));
    }
    return {};
}

Result<void> doubt_object(store::Unit& unit, const IndexScope& scope, Kind kind, const std::string& name) {
    SW_CHECK(unit.sql.execute(
        "UPDATE sagemaker_objects SET status = $5, final = 0, pending = 1 WHERE account = $1 AND region = $2 AND kind = $3 AND name = $4 AND status <> $6",
        {scope.account, scope.region, std::string{to_string(kind)}, name, std::string{kMissing}, std::string{kGone}}));
    return {};
}

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::endpoint_config: return "ENDPOINT_CONFIG";
        case Kind::endpoint: return "ENDPOINT";
        case Kind::training_job: return "TRAINING_JOB";
        case Kind::transform_job: return "TRANSFORM_JOB";
        case Kind::inference_component: return "INFERENCE_COMPONENT";
    }
    return {};
}

std::string Indexed::key() const {
    return arn + "|" + (created ? std::to_string(to_epoch_ms(*created)) : "?");
}

KnownObjects::KnownObjects(std::vector<Indexed> objects) : count_{objects.size()} {
    for (auto& object : objects) {
        auto& same = by_arn_[object.arn];
        same.push_back(std::move(object));
    }
}

const Indexed* KnownObjects::find(std::string_view arn, std::optional<Timestamp> created) const {
    const auto found = by_arn_.find(arn);
    if (found == by_arn_.end()) {
        return nullptr;
    }
    const auto at = std::ranges::find_if(found->second, [&](const Indexed& object) { return same_instant(object.created, created); });
    return at == found->second.end() ? nullptr : &*at;
}

Result<KnownObjects> Index::known(const IndexScope& scope, Kind kind, std::optional<Timestamp> since) {
    return store::read<KnownObjects>(store_.database(), [&](store::Session& sql) -> Result<KnownObjects> {
        auto parameters = values(scope, kind);
        std::string where = "WHERE o.account = $1 AND o.region = $2 AND o.kind = $3";
        if (since) {
            parameters.emplace_back(to_epoch_ms(*since));
            where += " AND (o.aws_created IS NULL OR o.aws_created >= $4)";
        }
        SW_TRY(const auto rows, sql.query(select(where), parameters));
        return KnownObjects{read_objects(rows)};
    });
}

Result<std::vector<Indexed>> Index::linked(const IndexScope& scope, Kind kind, const std::vector<std::string>& targets) {
    return store::read<std::vector<Indexed>>(store_.database(), [&](store::Session& sql) -> Result<std::vector<Indexed>> {
        std::map<std::string, Indexed> all;
        for (const auto& target : targets) {
            auto parameters = values(scope, kind);
            parameters.emplace_back(target);
            SW_TRY(const auto rows, sql.query(select("JOIN sagemaker_links l ON l.object_key = o.object_key "
                                                     "WHERE l.account = $1 AND l.region = $2 AND l.kind = $3 AND l.target = $4"),
                                              parameters));
            for (auto& object : read_objects(rows)) {
                all.emplace(object.key(), std::move(object));
            }
        }
        std::vector<Indexed> objects;
        objects.reserve(all.size());
        for (auto& [key, object] : all) {
            objects.push_back(std::move(object));
        }
        sort_stably(objects, {}, &Indexed::created);
        return objects;
    });
}

Result<std::vector<Indexed>> Index::described(const IndexScope& scope, Kind kind) {
    return store::read<std::vector<Indexed>>(store_.database(), [&](store::Session& sql) -> Result<std::vector<Indexed>> {
        SW_TRY(const auto rows,
               sql.query(select("WHERE o.account = $1 AND o.region = $2 AND o.kind = $3 AND o.detail IS NOT NULL ORDER BY o.aws_created, o.object_key"),
                         values(scope, kind)));
        return read_objects(rows);
    });
}

Result<std::vector<Indexed>> Index::named(const IndexScope& scope, Kind kind, std::string_view name) {
    return store::read<std::vector<Indexed>>(store_.database(), [&](store::Session& sql) -> Result<std::vector<Indexed>> {
        auto parameters = values(scope, kind);
        parameters.emplace_back(std::string{name});
        SW_TRY(const auto rows, sql.query(select("WHERE o.account = $1 AND o.region = $2 AND o.kind = $3 AND o.name = $4 ORDER BY o.aws_created"), parameters));
        return read_objects(rows);
    });
}

Result<std::vector<Indexed>> Index::linked_below(const IndexScope& scope, Kind kind, std::string_view prefix) {
    std::vector<std::string> targets;
    SW_CHECK(store_.read([&](store::Session& sql) -> Result<void> {
        auto parameters = values(scope, kind);
        std::string folder{prefix};
        while (folder.ends_with('/')) {
            folder.pop_back();
        }
        // '0' comes next behind '/', so that the range ends with the folder.
        parameters.emplace_back(folder);
        parameters.emplace_back(folder + "/");
        parameters.emplace_back(folder + "0");
        SW_TRY(const auto rows, sql.query("SELECT DISTINCT target FROM sagemaker_links WHERE account = $1 AND region = $2 AND kind = $3 "
                                          "AND (target = $4 OR (target >= $5 AND target < $6))",
                                          parameters));
        for (const auto& row : rows) {
            if (lies_below(row.text(0), prefix)) {
                targets.push_back(row.text(0));
            }
        }
        return {};
    }));
    return linked(scope, kind, targets);
}

Result<std::vector<Indexed>> Index::pending(const IndexScope& scope, Kind kind, const std::string& after, std::size_t limit) {
    return store::read<std::vector<Indexed>>(store_.database(), [&](store::Session& sql) -> Result<std::vector<Indexed>> {
        auto parameters = values(scope, kind);
        parameters.emplace_back(after);
        parameters.emplace_back(static_cast<std::int64_t>(limit));
        SW_TRY(const auto rows, sql.query(select("WHERE o.account = $1 AND o.region = $2 AND o.kind = $3 AND o.pending = 1 AND o.object_key > $4 "
                                                 "ORDER BY o.object_key LIMIT $5"),
                                          parameters));
        return read_objects(rows);
    });
}

Result<std::int64_t> Index::count_pending(const IndexScope& scope, Kind kind) {
    return store::read<std::int64_t>(store_.database(), [&](store::Session& sql) -> Result<std::int64_t> {
        SW_TRY(const auto rows,
               sql.query("SELECT COUNT(*) FROM sagemaker_objects WHERE account = $1 AND region = $2 AND kind = $3 AND pending = 1", values(scope, kind)));
        return rows.at(0).integer(0);
    });
}

Result<json::object> Index::description(const Indexed& object) {
    if (!object.detail) {
        return fail(ErrorCode::not_found, "NOT_FOUND", object.name + " was not described yet.");
    }
    return store::read<json::object>(store_.database(), [&](store::Session& sql) -> Result<json::object> {
        SW_TRY(const auto text, store::read_blob(sql, *object.detail));
        return json::parse_object(text);
    });
}

Result<void> Index::save(const IndexScope& scope, Kind kind, const std::vector<IndexEntry>& entries) {
    if (entries.empty()) {
        return {};
    }
    return store_.write({}, [&](store::Unit& unit) -> Result<void> {
        for (const auto& entry : entries) {
            SW_CHECK(keep_object(unit, scope, kind, entry));
        }
        return {};
    });
}

Result<std::int64_t> Index::retire_replaced(const IndexScope& scope, Kind kind) {
    std::int64_t retired = 0;
    SW_CHECK(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        auto parameters = values(scope, kind);
        parameters.emplace_back(std::string{kGone});
        // More than a second later: times in listings are cut.
        SW_TRY(retired, unit.sql.execute(
                            "UPDATE sagemaker_objects SET status = $4, final = 1, pending = 0 WHERE account = $1 AND region = $2 AND kind = $3 "
                            "AND status <> $4 AND EXISTS (SELECT 1 FROM sagemaker_objects n WHERE n.account = $1 AND n.region = $2 AND n.kind = $3 "
                            "AND n.name = sagemaker_objects.name AND n.arn = sagemaker_objects.arn AND n.aws_created > sagemaker_objects.aws_created + 1000)",
                            parameters));
        return {};
    }));
    return retired;
}

Result<std::optional<Coverage>> Index::coverage(const IndexScope& scope, std::string_view kind) {
    return store::read<std::optional<Coverage>>(store_.database(), [&](store::Session& sql) -> Result<std::optional<Coverage>> {
        SW_TRY(const auto rows,
               sql.query("SELECT covered_from, covered_to, completed_at FROM sagemaker_coverage WHERE account = $1 AND region = $2 AND kind = $3",
                         {scope.account, scope.region, std::string{kind}}));
        if (rows.empty()) {
            return std::optional<Coverage>{};
        }
        return std::optional{Coverage{rows[0].time(0), rows[0].time(1), rows[0].time(2)}};
    });
}

Result<void> Index::cover(const IndexScope& scope, std::string_view kind, Timestamp from, Timestamp to) {
    return store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(
            unit.sql.execute("INSERT INTO sagemaker_coverage (account, region, kind, covered_from, covered_to, completed_at) "
                             "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, region, kind) DO UPDATE SET "
                             "covered_from = excluded.covered_from, covered_to = excluded.covered_to, completed_at = excluded.completed_at",
                             {scope.account, scope.region, std::string{kind}, store::to_value(from), store::to_value(to), store::to_value(unit.now)}));
        return {};
    });
}

std::shared_ptr<std::timed_mutex> Index::flight(const IndexScope& scope, Kind kind) {
    const std::lock_guard lock{mutex_};
    auto& flight = flights_[{scope, kind}];
    if (!flight) {
        flight = std::make_shared<std::timed_mutex>();
    }
    return flight;
}

}  // namespace slipway::sagemaker
