#include "registry/operations.hpp"

#include <fmt/format.h>

#include "store/outbox.hpp"
#include "store/sql_text.hpp"

namespace slipway::registry {

namespace {

constexpr std::string_view kSelect = "SELECT document FROM operations";
/// Access to operations is that to the models they work on.
constexpr std::string_view kCollection = "storedModels";

Result<Operation> decoded(const store::Row& row) {
    SW_TRY(const auto document, json::parse(row.text(0)));
    return json::decode<Operation>(document);
}

Result<std::vector<Operation>> decoded_all(const store::Rows& rows) {
    std::vector<Operation> operations;
    operations.reserve(rows.size());
    for (const auto& row : rows) {
        SW_TRY(auto operation, decoded(row));
        operations.push_back(std::move(operation));
    }
    return operations;
}

Result<void> announce_change(store::Unit& unit, const Operation& operation, std::string_view kind) {
    return store::emit(unit, {.type = "Operation",
                              .id = operation.id,
                              .version = 1,
                              .kind = std::string{kind},
                              .group = operation.group,
                              .created_by = operation.created_by,
                              .payload = json::object{{"state", json::enum_name(operation.state)}},
                              .at = unit.now});
}

store::Value finished_of(const Operation& operation) {
    return operation.finished ? store::to_value(*operation.finished) : store::Value{};
}

/// ` WHERE ` and the rows that `who` may see.
store::SqlText& visible(store::SqlText& sql, const Foundation& foundation, const identity::Principal& who) {
    return sql.text(" WHERE ").scope(foundation.access.scope(who, identity::Action::read, kCollection));
}

}  // namespace

json::object to_json(const Operation& operation) {
    return json::encode_object(operation);
}

Result<Operation> Operations::start(store::Unit& unit, Operation operation, std::string_view unique_key) {
    if (!unique_key.empty()) {
        SW_TRY(const auto running, running_with(unit.sql, unique_key));
        if (running) {
            return fail(ErrorCode::conflict, "ALREADY_RUNNING", fmt::format("That is being done already: operation {}.", running->id));
        }
    }
    if (operation.id.empty()) {
        operation.id = unit.new_id();
    }
    operation.created = unit.now;
    operation.created_by = unit.actor.subject;
    SW_CHECK(unit.sql.execute(
        "INSERT INTO operations (id, group_name, created_by, kind, state, unique_key, created_at, finished_at, document) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8)",
        {operation.id, operation.group, operation.created_by, std::string{json::enum_name(operation.kind)}, std::string{json::enum_name(operation.state)},
         unique_key.empty() ? store::Value{} : store::Value{std::string{unique_key}}, store::to_value(unit.now), json::write(to_json(operation))}));
    SW_CHECK(announce_change(unit, operation, "created"));
    return operation;
}

Result<std::optional<Operation>> Operations::running_with(store::Session& sql, std::string_view unique_key) {
    SW_TRY(const auto rows, sql.query(fmt::format("{} WHERE unique_key = $1 AND state = 'RUNNING'", kSelect), {std::string{unique_key}}));
    if (rows.empty()) {
        return std::optional<Operation>{};
    }
    SW_TRY(auto operation, decoded(rows[0]));
    return std::optional{std::move(operation)};
}

Result<void> Operations::save(store::Unit& unit, const Operation& operation, bool announce) {
    // A cancellation that was asked for meanwhile must survive the progress of somebody who has not seen it.
    auto written = operation;
    SW_TRY(const auto rows, unit.sql.query(fmt::format("{} WHERE id = $1", kSelect), {operation.id}));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no operation {}.", operation.id));
    }
    SW_TRY(const auto stored, decoded(rows[0]));
    written.cancel_requested = written.cancel_requested || stored.cancel_requested;
    SW_CHECK(unit.sql.execute("UPDATE operations SET state = $1, finished_at = $2, document = $3 WHERE id = $4",
                              {std::string{json::enum_name(written.state)}, finished_of(written), json::write(to_json(written)), written.id}));
    return announce ? announce_change(unit, written, "changed") : Result<void>{};
}

Result<Operation> Operations::get(store::Session& sql, const identity::Principal& who, std::string_view id) {
    store::SqlText select;
    visible(select.text(kSelect), foundation_, who).text(" AND id = ").bind(std::string{id});
    SW_TRY(const auto rows, select.query(sql));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no operation {}.", id));
    }
    return decoded(rows[0]);
}

Result<std::vector<Operation>> Operations::running(store::Session& sql) {
    SW_TRY(const auto rows, sql.query(fmt::format("{} WHERE state = 'RUNNING' ORDER BY row_id", kSelect)));
    return decoded_all(rows);
}

Result<Operations::List> Operations::list(store::Session& sql, const identity::Principal& who, const Query& query) {
    const auto matching = [&](std::string_view what) {
        store::SqlText select;
        visible(select.text(what), foundation_, who);
        for (const auto& [column, wanted] : {std::pair{" AND state = ", &query.state}, std::pair{" AND kind = ", &query.kind}}) {
            if (!wanted->empty()) {
                select.text(column).bind(*wanted);
            }
        }
        return select;
    };
    List list;
    SW_TRY(const auto count, matching("SELECT COUNT(*) FROM operations").query(sql));
    list.total = count[0].integer(0);
    auto select = matching(kSelect);
    select.text(" ORDER BY row_id DESC LIMIT ").bind(query.size).text(" OFFSET ").bind(query.page * query.size);
    SW_TRY(const auto rows, select.query(sql));
    SW_TRY(list.items, decoded_all(rows));
    return list;
}

Result<Operation> Operations::cancel(store::Unit& unit, const identity::Principal& who, std::string_view id) {
    SW_TRY(auto operation, get(unit.sql, who, id));
    SW_CHECK(foundation_.access.require(who, identity::Action::write, kCollection, operation.group, operation.created_by));
    if (operation.state != OperationState::RUNNING) {
        return fail(ErrorCode::conflict, "ALREADY_ENDED",
                    fmt::format("The operation ended as {} before it could be cancelled.", json::enum_name(operation.state)));
    }
    operation.cancel_requested = true;
    SW_CHECK(save(unit, operation, true));
    return operation;
}

Result<std::int64_t> Operations::prune(store::Unit& unit, Timestamp before) {
    return unit.sql.execute("DELETE FROM operations WHERE finished_at < $1 AND state <> 'RUNNING'", {store::to_value(before)});
}

}  // namespace slipway::registry
