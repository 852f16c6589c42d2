#include "registry/runtime_work.hpp"

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "registry/tables.hpp"
#include "store/outbox.hpp"
#include "store/sql_text.hpp"

namespace slipway::registry {

namespace {

json::object item_of(const store::Row& row) {
    json::object item;
    item["id"] = row.text(0);
    item["version"] = row.integer(1);
    item["jobStatus"] = row.text(2);
    if (const auto owner = row.optional_text(3)) {
        item["owner"] = *owner;
    }
    if (const auto at = row.optional_integer(4)) {
        item["cancelRequested"] = json::object{{"at", to_iso(from_epoch_ms(*at))}};
    }
    return item;
}

/// Up to `FROM` and the conditions that make the partial index usable.
store::SqlText of_engine(const std::string& engine, const store::Scope& scope) {
    store::SqlText sql;
    sql.text("SELECT id, version, status, owner, cancel_requested_at FROM jobs WHERE engine_id = ").bind(engine);
    sql.text(" AND status IN ('CREATED', 'WAITING', 'RUNNING') AND ").scope(scope);
    return sql;
}

}  // namespace

Result<std::string> work_mark(store::Session& sql, const Foundation& foundation, const identity::Principal& who, std::string_view runtime_id) {
    SW_CHECK(store::require(sql, runtimes_table(), runtime_id, foundation.access.scope(who, identity::Action::read, "runtimes")));
    SW_TRY(const auto range, store::event_range(sql));
    const auto scope = foundation.access.scope(who, identity::Action::read, "jobs");
    std::string seen = fmt::format("{} {}", range.last, scope.unrestricted);
    for (const auto* groups : {&scope.groups, &scope.owner_groups}) {
        for (const auto& group : *groups) {
            seen += "\n" + group;
        }
        seen += "\n";
    }
    return crypto::sha256_hex(seen).substr(0, 24);
}

Result<Work> find_work(store::Session& sql, const Foundation& foundation, const identity::Principal& who, const WorkQuery& query) {
    const auto scope = foundation.access.scope(who, identity::Action::read, "jobs");
    Work work;
    auto waiting = of_engine(query.runtime_id, scope);
    waiting.text(" AND owner IS NULL AND status = 'CREATED' ORDER BY row_id LIMIT ").bind(query.limit + 1);
    SW_TRY(const auto fresh, waiting.query(sql));
    for (const auto& row : fresh) {
        if (static_cast<std::int64_t>(work.jobs.size()) == query.limit) {
            work.more = true;
            break;
        }
        work.jobs.push_back(item_of(row));
    }
    auto own = of_engine(query.runtime_id, scope);
    own.text(" AND owner = ").bind(query.instance_id).text(query.cancelling_only ? " AND cancel_requested_at IS NOT NULL" : "").text(" ORDER BY row_id");
    SW_TRY(const auto mine, own.query(sql));
    for (const auto& row : mine) {
        work.jobs.push_back(item_of(row));
    }
    return work;
}

}  // namespace slipway::registry
