#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/entity.hpp"

/// How entities become rows and rows entities. Used by entity.cpp and entity_list.cpp alone.
namespace slipway::store {

/// Lower case for ASCII and the letters of Latin-1; NUL becomes a blank. What search compares.
std::string fold(std::string_view text);

/// Members that stand in columns of the envelope.
void strip_envelope(json::object& document);

/// A document taken apart for its row.
struct StoredForm {
    json::object document;  ///< without the values of `apart` columns, detached members as `{"$blob": hash}`
    Values columns;         ///< one for each of the table's columns
    std::string search_text;
    std::vector<std::string> tags;
    std::vector<std::pair<std::string, std::string>> blobs;  ///< hash and bytes
};
StoredForm to_stored(const EntityTable& table, json::object document);

/// A document without what is kept apart may have this many bytes.
inline constexpr std::size_t kMostDocumentBytes = 4U << 20;

/// The document as it is stored. @return `invalid_argument`/`TOO_LARGE`: lists of documents must fit into memory.
Result<std::string> document_text(const StoredForm& form);

/// Texts that stand in indexes must fit into a page of PostgreSQL's, also three together.
/// @return `invalid_argument` with the pointer of the first that is longer.
Result<void> check_lengths(const EntityTable& table, const StoredForm& form);

/// The document with the values of `apart` columns taken out, to see whether anything else differs.
json::object without_apart(const EntityTable& table, json::object document);

/// The document with large members as their hashes, as the audit trail keeps it.
json::object for_audit(const EntityTable& table, json::object document);

/// `SELECT` of everything from_row() needs, up to and with `FROM table`.
std::string select_from(const EntityTable& table);

/// @return `internal` when the document is damaged.
Result<Entity> from_row(const EntityTable& table, const Row& row);

/// Entity::full() of a row as JSON text, for tables that read_as_text().
std::string text_of_row(const Row& row);

/// Bytes that attach() would read for each of the entities.
Result<std::vector<std::size_t>> attached_bytes(Session& sql, const EntityTable& table, std::span<const Entity> entities);

/// Puts detached members back, with one query for all entities.
Result<void> attach(Session& sql, const EntityTable& table, std::span<Entity> entities);

/// Text at a pointer, or empty.
std::string text_at(const json::object& document, std::string_view pointer);

}  // namespace slipway::store
