#include "registry/operations.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "store/outbox.hpp"

namespace slipway::registry {

namespace {

constexpr std::string_view kCollection = "operations";
constexpr std::int64_t kLargestPage = 1000;

Result<Operation> read_operation(const store::Row& row) {
    SW_TRY(const auto document, json::parse(row.text(0)));
    return json::decode<Operation>(document);
}

Result<std::vector<Operation>> read_all(const store::Rows& rows) {
    std::vector<Operation> out;
    for (const auto& row : rows) {
        SW_TRY(auto operation, read_operation(row));
        out.push_back(std::move(operation));
    }
    return out;
}

store::Value optional_time(const std::optional<Timestamp>& time) {
    return time ? store::to_value(*time) : store::Value{};
}

Result<void> announce_operation(store::Unit& unit, const Operation& operation, std::string kind) {
    store::Event event;
    event.type = "Operation";
    event.id = operation.id;
    event.kind = std::move(kind);
    event.group = operation.group;
    event.created_by = operation.created_by;
    event.at = unit.now;
    return store::emit(unit, std::move(event));
}

}  // namespace

json::object to_json(const Operation& operation) {
    return json::encode_object(operation);
}

Result<Operation> Operations::start(store::Unit& unit, Operation operation, std::string_view unique_key) {
    operation.id = unit.new_id();
    operation.state = OperationState::RUNNING;
    operation.created = unit.now;
    // Looked up first: on PostgreSQL a refused insert would end the transaction.
    SW_TRY(const auto running, running_with(unit.sql, unique_key));
    if (running) {
        return fail(ErrorCode::conflict, "ALREADY_RUNNING", fmt::format("Operation {} does this already: wait for it, or cancel it.", running->id));
    }
    SW_CHECK(unit.sql.execute(
        "INSERT INTO operations (id, group_name, created_by, kind, state, unique_key, created_at, document) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        {operation.id, operation.group, operation.created_by, std::string{json::enum_name(operation.kind)}, std::string{json::enum_name(operation.state)},
         unique_key.empty() ? store::Value{} : store::Value{std::string{unique_key}}, store::to_value(unit.now), json::write(to_json(operation))}));
    SW_CHECK(announce_operation(unit, operation, "created"));
    return operation;
}

Result<std::optional<Operation>> Operations::running_with(store::Session& sql, std::string_view unique_key) {
    if (unique_key.empty()) {
        return std::optional<Operation>{};
    }
    SW_TRY(const auto rows, sql.query("SELECT document FROM operations WHERE unique_key = $1 AND state = 'RUNNING'", {std::string{unique_key}}));
    if (rows.empty()) {
        return std::optional<Operation>{};
    }
    SW_TRY(auto found, read_operation(rows[0]));
    return std::optional{std::move(found)};
}

Result<void> Operations::save(store::Unit& unit, const Operation& operation, bool announce) {
    SW_CHECK(
        unit.sql.execute("UPDATE operations SET state = $1, finished_at = $2, document = $3 WHERE id = $4",
                         {std::string{json::enum_name(operation.state)}, optional_time(operation.finished), json::write(to_json(operation)), operation.id}));
    return announce ? announce_operation(unit, operation, "changed") : Result<void>{};
}

Result<Operation> Operations::get(store::Session& sql, const identity::Principal& who, std::string_view id) {
    SW_TRY(const auto rows, sql.query("SELECT document FROM operations WHERE id = $1", {std::string{id}}));
    if (!rows.empty()) {
        SW_TRY(auto found, read_operation(rows[0]));
        if (foundation_.access.scope(who, identity::Action::read, kCollection).allows(found.group, found.created_by)) {
            return found;
        }
    }
    return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no operation {}.", id));
}

Result<std::vector<Operation>> Operations::running(store::Session& sql) {
    SW_TRY(const auto rows, sql.query("SELECT document FROM operations WHERE state = 'RUNNING' ORDER BY row_id"));
    return read_all(rows);
}

Result<Operations::List> Operations::list(store::Session& sql, const identity::Principal& who, const Query& query) {
    // Operations are few (kept 30 days), so the scope is applied to what was read.
    SW_TRY(const auto rows, sql.query("SELECT document FROM operations WHERE ($1 = '' OR state = $1) AND ($2 = '' OR kind = $2) ORDER BY row_id DESC",
                                      {query.state, query.kind}));
    SW_TRY(auto all, read_all(rows));
    const auto scope = foundation_.access.scope(who, identity::Action::read, kCollection);
    std::erase_if(all, [&](const Operation& operation) { return !scope.allows(operation.group, operation.created_by); });
    List out{{}, static_cast<std::int64_t>(all.size())};
    const auto size = std::clamp<std::int64_t>(query.size, 1, kLargestPage);
    const auto pages = out.total / size + 1;
    const auto first = std::clamp<std::int64_t>(query.page, 0, pages) * size;
    for (auto i = first; i < std::min(first + size, out.total); ++i) {
        out.items.push_back(std::move(all[static_cast<std::size_t>(i)]));
    }
    return out;
}

Result<Operation> Operations::cancel(store::Unit& unit, const identity::Principal& who, std::string_view id) {
    SW_TRY(auto operation, get(unit.sql, who, id));
    SW_CHECK(foundation_.access.require(who, identity::Action::write, kCollection, operation.group, operation.created_by));
    if (operation.state != OperationState::RUNNING) {
        return fail(ErrorCode::conflict, "ALREADY_ENDED", fmt::format("Operation {} has ended as {}.", id, json::enum_name(operation.state)));
    }
    operation.cancel_requested = true;
    SW_CHECK(save(unit, operation, true));
    return operation;
}

}  // namespace slipway::registry
