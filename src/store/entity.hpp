#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "store/filter.hpp"
#include "store/unit.hpp"

/// Rows of entity tables: an envelope in columns, the columns that finders need, and the JSON document.
/// Every change writes the row (compare-and-swap on `version`), an audit row (JSON Patch) and an outbox event in one transaction.
namespace slipway::store {

enum class ColumnType { text, integer, real, boolean, time };

/// A column beside the envelope.
struct Column {
    std::string_view name;  ///< in SQL
    ColumnType type;
    std::string_view pointer;  ///< RFC 6901: where in the document its value stands (times as ISO text or epoch ms)
    std::string_view filter;   ///< its name in filters and `sort`, empty when it has none
    bool apart{false};         ///< changes often: kept in the column alone, put back into the document when read
};

/// A value that filters and `sort` know and that stands in no column of its own.
struct Computed {
    std::string_view filter;
    std::string_view sql;  ///< of columns; never NULL, and indexed
    ColumnType type;
};

/// A filter that is true or false by what stands in other tables: `deployed:true`. No name to sort by.
struct Told {
    std::string_view filter;     ///< its name in filters
    std::string_view condition;  ///< SQL of both engines, never null; `{Type}` is what may be seen of that type; the row's columns carry their table's name
};

/// How a kind of entity is stored. All tables have besides: row_id, id, group_name, version, created_at, modified_at,
/// created_by, modified_by, search_text, document. Instances: registry/tables.hpp.
struct EntityTable {
    std::string_view table;       ///< SQL name: `stored_models`
    std::string_view collection;  ///< REST name: `storedModels`
    std::string_view type;        ///< in audit and events: `StoredModel`
    std::span<const Column> columns;
    std::string_view tags;                       ///< pointer of its array of tags, empty when it has none
    std::span<const std::string_view> search;    ///< pointers of the texts that free-text search looks at (tags are added)
    std::span<const std::string_view> detached;  ///< pointers of large members kept once in `blobs` by content hash
    std::string_view stored_model;               ///< pointer of the id of the model it belongs to, for audit finders; `/id` for the model itself
    std::span<const Computed> computed{};
    std::string_view tags_of_model{};  ///< column with the id of the stored model whose tags are asked for, where it has none itself
    std::span<const Told> told{};      ///< filters by what other tables say of it
};

/// A row as it was read.
struct Entity {
    std::int64_t row_id{0};
    std::string id;
    std::string group;
    std::int64_t version{0};
    Timestamp created{};
    Timestamp modified{};
    std::string created_by;
    std::string modified_by;
    json::object document;  ///< without the envelope

    /// The document with its envelope as the API shows it: id, group, version, createdDate, lastModifiedDate, createdBy, lastModifiedBy.
    json::object full() const;
};

/// What is to be inserted. The envelope's members in `document` are ignored.
struct NewEntity {
    std::string id;  ///< empty: a new UUIDv7
    std::string group;
    json::object document;
};

/// @return `conflict`/`ALREADY_EXISTS` when a unique index objects.
Result<Entity> insert(Unit& unit, const EntityTable& table, NewEntity entity);

/// @return nothing when there is none or `scope` does not allow it.
Result<std::optional<Entity>> find(Session& sql, const EntityTable& table, std::string_view id, const Scope& scope);

/// A row as it is sent: full() of its entity as JSON text.
struct EntityText {
    std::string id;
    std::int64_t version{0};
    std::string text;
};
/// True when rows of `table` hold their whole document in one piece, so that require_text() can be used.
bool reads_as_text(const EntityTable& table);
/// require() for reads that only send the row on: the stored text is joined to its envelope without being parsed.
Result<EntityText> require_text(Session& sql, const EntityTable& table, std::string_view id, const Scope& scope);

/// find() or `not_found` with a sentence that names the kind and the id.
Result<Entity> require(Session& sql, const EntityTable& table, std::string_view id, const Scope& scope);

/// All rows whose columns equal the values (at most `limit`, oldest first). `group_name` and `id` are columns too.
using Match = std::pair<std::string_view, Value>;
Result<std::vector<Entity>> find_by(Session& sql, const EntityTable& table, const std::vector<Match>& match, const Scope& scope, std::size_t limit = 1000);

/// Writes `document` (and `group`) over `before` if its version is still the stored one; when nothing differs nothing is written.
/// @return the entity as it is now, or `conflict`/`VERSION_MISMATCH`.
Result<Entity> update(Unit& unit, const EntityTable& table, const Entity& before, json::object document, std::optional<std::string> group = {});

/// Deletes the row if its version is still the stored one, writes audit and a `removed` event.
Result<void> remove(Unit& unit, const EntityTable& table, const Entity& before);

/// What a list asks for.
struct ListQuery {
    Filter filter;
    std::vector<Match> match;       ///< fixed conditions of a finder
    std::vector<std::string> sort;  ///< `field` or `field,desc`, by filter names and `createdDate`, `lastModifiedDate`, `name`
    std::int64_t page{0};
    std::int64_t size{20};              ///< clamped to 1…1000
    std::optional<std::string> cursor;  ///< keyset paging: from the `next` of the page before
    std::optional<Timestamp> now{};     ///< what ages (`updated>7d`) count from; the machine's clock when empty
};

struct Page {
    std::vector<Entity> items;
    std::int64_t number{0};
    std::int64_t size{20};
    std::int64_t total{0};            ///< exact up to 10,000 beyond the page, -1 with a cursor
    std::optional<std::string> next;  ///< cursor of the page behind, when there is one
    bool cut{false};                  ///< it has fewer items than asked for, since they are large: only `next` goes on behind them
};

/// A page ends at 16 MiB of documents, at least one.
/// @return `invalid_argument` with pointer `?filter`, `?sort` or `?cursor` when one of them is wrong.
Result<Page> list(Session& sql, const EntityTable& table, const ListQuery& query, const Scope& scope);

/// Content of a blob by its SHA-256 (hex). @return `not_found`.
Result<std::string> read_blob(Session& sql, std::string_view hash);
/// Keeps `bytes` once. @return their SHA-256 (hex).
Result<std::string> keep_blob(Unit& unit, std::string_view bytes);

}  // namespace slipway::store
