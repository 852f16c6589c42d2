#include "store/entity.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "base/json_codec.hpp"
#include "store/audit.hpp"
#include "store/draft.hpp"
#include "store/entity_row.hpp"
#include "store/outbox.hpp"
#include "store/sql_text.hpp"
#include "store/words.hpp"

namespace slipway::store {

namespace {

bool is_column(const EntityTable& table, std::string_view name) {
    return name == "id" || name == "group_name" || name == "created_by" || std::ranges::find(table.columns, name, &Column::name) != table.columns.end();
}

/// Ids come from addresses: what no id can be is not asked for.
bool is_text(std::string_view id) {
    return std::ranges::all_of(id, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// A blob that is there already counts as new again, so that the collection of unused ones (registry/garbage.hpp) leaves it to whoever needs it now.
/// On PostgreSQL this locks the row against that collection also where nothing is updated.
Result<void> put_blob(Unit& unit, const std::string& hash, std::string bytes) {
    constexpr std::int64_t kFresh = std::int64_t{30} * 60 * 1000;
    SW_CHECK(
        unit.sql.execute("INSERT INTO blobs (hash, created_at, bytes) VALUES ($1, $2, $3) "
                         "ON CONFLICT (hash) DO UPDATE SET created_at = excluded.created_at WHERE blobs.created_at < $4",
                         {hash, to_value(unit.now), Blob{std::move(bytes)}, to_epoch_ms(unit.now) - kFresh}));
    return {};
}

Result<void> keep_blobs(Unit& unit, const StoredForm& form) {
    for (const auto& [hash, bytes] : form.blobs) {
        SW_CHECK(put_blob(unit, hash, bytes));
    }
    return {};
}

/// By the id: a draft does not know yet which number its row gets.
Result<void> write_tags(Unit& unit, const EntityTable& table, const std::string& id, const std::vector<std::string>& tags) {
    const auto sql = fmt::format("INSERT INTO entity_tags (type, row_id, tag) SELECT $1, row_id, $2 FROM {} WHERE id = $3", table.table);
    for (const auto& tag : tags) {
        SW_CHECK(unit.sql.execute(sql, {std::string{table.type}, tag, id}));
    }
    return {};
}

Result<void> clear_tags(Unit& unit, const EntityTable& table, std::int64_t row_id) {
    SW_CHECK(unit.sql.execute("DELETE FROM entity_tags WHERE type = $1 AND row_id = $2", {std::string{table.type}, row_id}));
    return {};
}

Result<void> tell(Unit& unit, const EntityTable& table, const Entity& entity, std::string_view kind, std::int64_t version) {
    return emit(unit, {.seq = 0,
                       .type = std::string{table.type},
                       .id = entity.id,
                       .version = version,
                       .kind = std::string{kind},
                       .group = entity.group,
                       .created_by = entity.created_by,
                       .payload = {},
                       .at = unit.now});
}

/// Audit row and event of one change.
Result<void> record(Unit& unit, const EntityTable& table, const Entity& entity, std::string_view kind, json::array changes) {
    auto model = table.stored_model == "/id" ? entity.id : text_at(entity.document, table.stored_model);
    SW_CHECK(audit(unit, {.entity_type = std::string{table.type},
                          .entity_id = entity.id,
                          .stored_model_id = std::move(model),
                          .group = entity.group,
                          .changes = std::move(changes),
                          .meta_data = {}}));
    return tell(unit, table, entity, kind, entity.version);
}

json::object change(std::string_view operation) {
    json::object out;
    out["op"] = operation;
    out["path"] = "";
    return out;
}

/// The document as audit patches see it: with the group, which people change, without what changes by itself.
json::object audited(const EntityTable& table, const std::string& group, const json::object& document) {
    json::object out;
    out["group"] = group;
    for (auto& [key, member] : for_audit(table, document)) {
        out.emplace(key, std::move(member));
    }
    return out;
}

Result<void> record_change(Unit& unit, const EntityTable& table, const Entity& before, const Entity& after) {
    if (after.group != before.group) {
        // For who saw it until now it is gone.
        SW_CHECK(tell(unit, table, before, "removed", after.version));
    }
    return record(unit, table, after, "changed", json::diff(audited(table, before.group, before.document), audited(table, after.group, after.document)));
}

Error in_words(Error error, const EntityTable& table) {
    if (error.reason == "ALREADY_EXISTS") {
        error.message = fmt::format("There is a {} with the same id or key already.", words_of(table.type));
    }
    return error;
}

Error changed_meanwhile(const EntityTable& table, const Entity& before) {
    return {ErrorCode::conflict,
            "VERSION_MISMATCH",
            fmt::format("The {} {} is not at version {} any more: somebody changed it meanwhile. Read it again and repeat the change.", words_of(table.type),
                        before.id, before.version),
            {},
            {}};
}

std::unexpected<Error> not_there(const EntityTable& table, std::string_view id) {
    return fail(ErrorCode::not_found, "NOT_FOUND",
                fmt::format("There is no {} with the id {}, or you may not see it.", words_of(table.type), json::utf8_front(id, 100)));
}

Result<std::int64_t> insert_row(Unit& unit, const EntityTable& table, const Entity& entity, const StoredForm& form) {
    SW_TRY(auto document, document_text(form));
    SqlText sql;
    sql.text("INSERT INTO ").text(table.table);
    sql.text(" (id, group_name, version, created_at, modified_at, created_by, modified_by, search_text, document");
    for (const auto& column : table.columns) {
        sql.text(", ").text(column.name);
    }
    sql.text(") VALUES (").bind(entity.id).text(", ").bind(entity.group).text(", ").bind(entity.version);
    sql.text(", ").bind(to_value(unit.now)).text(", ").bind(to_value(unit.now)).text(", ").bind(entity.created_by).text(", ").bind(entity.modified_by);
    sql.text(", ").bind(form.search_text).text(", ").bind(std::move(document));
    for (const auto& value : form.columns) {
        sql.text(", ").bind(value);
    }
    sql.text(") RETURNING row_id");
    auto rows = sql.query(unit.sql);
    if (!rows) {
        return std::unexpected(in_words(rows.error(), table));
    }
    return (*rows)[0].integer(0);
}

}  // namespace

json::object Entity::full() const {
    json::object out;
    out["id"] = id;
    out["group"] = group;
    out["version"] = version;
    out["createdDate"] = to_iso(created);
    out["lastModifiedDate"] = to_iso(modified);
    out["createdBy"] = created_by;
    out["lastModifiedBy"] = modified_by;
    for (const auto& [key, member] : document) {
        out.emplace(key, member);
    }
    return out;
}

Result<void> in_words_of(const EntityTable& table, Result<void> outcome) {
    if (!outcome) {
        return std::unexpected(in_words(std::move(outcome.error()), table));
    }
    return outcome;
}

Result<Entity> insert(Unit& unit, const EntityTable& table, NewEntity entity) {
    Entity made{.row_id = 0,
                .id = entity.id.empty() ? unit.new_id() : std::move(entity.id),
                .group = std::move(entity.group),
                .version = 1,
                .created = unit.now,
                .modified = unit.now,
                .created_by = unit.actor.subject,
                .modified_by = unit.actor.subject,
                .document = std::move(entity.document)};
    strip_envelope(made.document);
    const auto form = to_stored(table, made.document);
    SW_CHECK(check_lengths(table, form));
    SW_CHECK(keep_blobs(unit, form));
    SW_TRY(made.row_id, insert_row(unit, table, made, form));
    SW_CHECK(write_tags(unit, table, made.id, form.tags));
    auto added = change("add");
    added["value"] = audited(table, made.group, made.document);
    SW_CHECK(record(unit, table, made, "created", json::array{std::move(added)}));
    return made;
}

Result<std::optional<Entity>> find(Session& sql, const EntityTable& table, std::string_view id, const Scope& scope) {
    if (!is_text(id)) {
        return std::nullopt;
    }
    SqlText text;
    text.text(select_from(table)).text(" WHERE id = ").bind(std::string{id}).text(" AND ").scope(scope);
    SW_TRY(const auto rows, text.query(sql));
    if (rows.empty()) {
        return std::nullopt;
    }
    SW_TRY(auto entity, from_row(table, rows[0]));
    SW_CHECK(attach(sql, table, {&entity, 1}));
    return entity;
}

Result<Entity> require(Session& sql, const EntityTable& table, std::string_view id, const Scope& scope) {
    SW_TRY(auto found, find(sql, table, id, scope));
    if (!found) {
        return not_there(table, id);
    }
    return std::move(*found);
}

bool reads_as_text(const EntityTable& table) {
    return table.detached.empty() && std::ranges::none_of(table.columns, &Column::apart);
}

Result<EntityText> require_text(Session& sql, const EntityTable& table, std::string_view id, const Scope& scope) {
    SW_ASSERT(reads_as_text(table), "rows of this table have parts beside their document");
    if (!is_text(id)) {
        return not_there(table, id);
    }
    SqlText text;
    text.text(select_from(table)).text(" WHERE id = ").bind(std::string{id}).text(" AND ").scope(scope);
    SW_TRY(const auto rows, text.query(sql));
    if (rows.empty()) {
        return not_there(table, id);
    }
    return EntityText{.id = rows[0].text(1), .version = rows[0].integer(3), .text = text_of_row(rows[0])};
}

Result<std::vector<Entity>> find_by(Session& sql, const EntityTable& table, const std::vector<Match>& match, const Scope& scope, std::size_t limit) {
    SqlText text;
    text.text(select_from(table)).text(" WHERE ").scope(scope);
    for (const auto& [column, value] : match) {
        SW_ASSERT(is_column(table, column), "find_by() was given a column that the table does not have");
        text.text(" AND ").text(column);
        if (std::holds_alternative<std::monostate>(value)) {
            text.text(" IS NULL");
        } else {
            text.text(" = ").bind(value);
        }
    }
    text.text(" ORDER BY row_id LIMIT ").bind(static_cast<std::int64_t>(limit));
    SW_TRY(const auto rows, text.query(sql));
    std::vector<Entity> entities;
    entities.reserve(rows.size());
    for (const auto& row : rows) {
        SW_TRY(auto entity, from_row(table, row));
        entities.push_back(std::move(entity));
    }
    SW_CHECK(attach(sql, table, entities));
    return entities;
}

Result<Entity> update(Unit& unit, const EntityTable& table, const Entity& before, json::object document, std::optional<std::string> group) {
    Entity after = before;
    strip_envelope(document);
    after.document = std::move(document);
    after.group = std::move(group).value_or(before.group);
    if (after.document == before.document && after.group == before.group) {
        return before;
    }
    after.version = before.version + 1;
    after.modified = unit.now;
    after.modified_by = unit.actor.subject;

    const auto form = to_stored(table, after.document);
    SW_CHECK(check_lengths(table, form));
    SqlText sql;
    sql.text("UPDATE ").text(table.table).text(" SET group_name = ").bind(after.group).text(", version = ").bind(after.version);
    sql.text(", modified_at = ").bind(to_value(unit.now)).text(", modified_by = ").bind(after.modified_by);
    for (std::size_t i = 0; i < form.columns.size(); ++i) {
        sql.text(", ").text(table.columns[i].name).text(" = ").bind(form.columns[i]);
    }
    const bool rewrites = without_apart(table, before.document) != without_apart(table, after.document);
    if (rewrites) {
        SW_CHECK(keep_blobs(unit, form));
        SW_TRY(auto text, document_text(form));
        sql.text(", search_text = ").bind(form.search_text).text(", document = ").bind(std::move(text));
    }
    sql.text(" WHERE row_id = ").bind(before.row_id).text(" AND version = ").bind(before.version);
    auto changed = sql.execute(unit.sql);
    if (!changed) {
        return std::unexpected(in_words(changed.error(), table));
    }
    if (*changed == 0) {
        return std::unexpected(changed_meanwhile(table, before));
    }
    if (rewrites && !table.tags.empty()) {
        SW_CHECK(clear_tags(unit, table, before.row_id));
        SW_CHECK(write_tags(unit, table, before.id, form.tags));
    }
    SW_CHECK(record_change(unit, table, before, after));
    return after;
}

Result<void> remove(Unit& unit, const EntityTable& table, const Entity& before) {
    SqlText sql;
    sql.text("DELETE FROM ").text(table.table).text(" WHERE row_id = ").bind(before.row_id).text(" AND version = ").bind(before.version);
    SW_TRY(const auto removed, sql.execute(unit.sql));
    if (removed == 0) {
        return std::unexpected(changed_meanwhile(table, before));
    }
    SW_CHECK(clear_tags(unit, table, before.row_id));
    return record(unit, table, before, "removed", json::array{change("remove")});
}

Result<std::string> read_blob(Session& sql, std::string_view hash) {
    if (is_text(hash)) {
        SW_TRY(const auto rows, sql.query("SELECT bytes FROM blobs WHERE hash = $1", {std::string{hash}}));
        if (!rows.empty()) {
            return rows[0].blob(0);
        }
    }
    return fail(ErrorCode::not_found, "NOT_FOUND", "There is no such content.");
}

Result<std::string> keep_blob(Unit& unit, std::string_view bytes) {
    auto hash = crypto::sha256_hex(bytes);
    SW_CHECK(put_blob(unit, hash, std::string{bytes}));
    return hash;
}

}  // namespace slipway::store
