#include "registry/garbage.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <unordered_set>

#include "store/sql_text.hpp"

namespace slipway::registry {

namespace {

constexpr std::int64_t kRows = 500;
constexpr std::int64_t kAuditBatch = 500;
constexpr std::size_t kDeletes = 20;
constexpr std::size_t kHashDigits = 64;
constexpr std::string_view kReference = R"("credentialRef":")";
/// Tables whose texts name no content, or name it without being able to open it.
constexpr std::array<std::string_view, 15> kNameless{"audit_records", "outbox",          "blobs",          "idempotency_keys", "leases",
                                                     "entity_tags",   "account_secrets", "tokens",         "job_messages",     "job_claims",
                                                     "job_attempts",  "job_logs",        "job_log_pieces", "sagemaker_links",  "sagemaker_credential_checks"};
/// The index of AWS accounts has many rows; one indexed column of them is a hash.
constexpr std::string_view kIndexTable = "sagemaker_objects";
constexpr std::string_view kIndexColumn = "detail";

using Names = std::unordered_set<std::string>;

bool is_hash_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/// Hashes and references in a text. Whatever looks like a hash is one: too much is kept rather than too little.
void collect_names(std::string_view text, Names& names) {
    for (std::size_t i = 0; i < text.size();) {
        const auto from = i;
        while (i < text.size() && is_hash_digit(text[i])) {
            ++i;
        }
        if (i - from == kHashDigits) {
            names.emplace(text.substr(from, kHashDigits));
        }
        i += i == from ? 1U : 0U;
    }
    for (auto at = text.find(kReference); at != std::string_view::npos; at = text.find(kReference, at + 1)) {
        const auto from = at + kReference.size();
        names.emplace(text.substr(from, text.find('"', from) - from));
    }
}

struct Table {
    std::string name;
    std::vector<std::string> texts;
    bool has_row_id{false};
    bool is_entity{false};  ///< with `modified_at` and `document`
};

/// All tables, from the database's own catalogue: one that a later migration adds is not forgotten.
Result<std::vector<Table>> tables_of(store::Session& sql) {
    const bool sqlite = sql.dialect() == store::Dialect::sqlite;
    SW_TRY(const auto rows,
           sql.query(sqlite ? "SELECT m.name, c.name, c.type FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' ORDER BY 1, 2"
                            : "SELECT table_name::text, column_name::text, upper(data_type::text) FROM information_schema.columns "
                              "WHERE table_schema = current_schema() ORDER BY 1, 2"));
    std::vector<Table> tables;
    for (const auto& row : rows) {
        if (std::ranges::find(kNameless, row.text(0)) != kNameless.end() || row.text(0).starts_with("sqlite_")) {
            continue;
        }
        if (tables.empty() || tables.back().name != row.text(0)) {
            tables.push_back({.name = row.text(0), .texts = {}});
        }
        auto& table = tables.back();
        table.has_row_id = table.has_row_id || row.text(1) == "row_id";
        table.is_entity = table.is_entity || row.text(1) == "modified_at";
        if (row.text(2) == "TEXT" && (table.name != kIndexTable || row.text(1) == kIndexColumn)) {
            table.texts.push_back(row.text(1));
        }
    }
    std::erase_if(tables, [](const Table& table) { return table.texts.empty(); });
    return tables;
}

std::string columns_of(const Table& table) {
    std::string out;
    for (const auto& text : table.texts) {
        out += (out.empty() ? "" : ", ") + text;
    }
    return out;
}

Result<void> read_names(store::Store& store, const Table& table, Names& names, const std::stop_token& stop) {
    // A table whose rows have no number is small, or has short rows.
    const auto paged = table.has_row_id ? fmt::format(", row_id FROM {} WHERE row_id > $1 ORDER BY row_id LIMIT {}", table.name, kRows)
                                        : fmt::format(" FROM {} WHERE $1 = 0", table.name);
    std::int64_t after = 0;
    for (bool more = true; more && !stop.stop_requested();) {
        SW_CHECK(store.read([&](store::Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT " + columns_of(table) + paged, {after}));
            for (const auto& row : rows) {
                for (std::size_t i = 0; i < table.texts.size(); ++i) {
                    collect_names(row.optional_text(i).value_or(""), names);
                }
            }
            more = table.has_row_id && static_cast<std::int64_t>(rows.size()) == kRows;
            after = more ? rows.back().integer(table.texts.size()) : after;
            return {};
        }));
    }
    return {};
}

/// A kind of thing that is deleted when nothing names it.
struct Kind {
    std::string_view table;
    std::string_view key;
};
constexpr Kind kBlobs{"blobs", "hash"};
constexpr Kind kSecrets{"sealed_secrets", "reference"};

/// Keys behind `after`, made before `before`. @param more further conditions in SQL.
Result<std::vector<std::string>> page_of(store::Store& store, const Kind& kind, const std::string& after, Timestamp before, std::string_view more = {}) {
    std::vector<std::string> keys;
    SW_CHECK(store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows,
               sql.query(fmt::format("SELECT {1} FROM {0} WHERE {1} > $1 AND created_at < $2{2} ORDER BY {1} LIMIT {3}", kind.table, kind.key, more, kRows),
                         {after, store::to_value(before)}));
        for (const auto& row : rows) {
            keys.push_back(row.text(0));
        }
        return {};
    }));
    return keys;
}

/// Names in documents that stand in blobs themselves (the model of a snapshot).
Result<void> read_blob_names(store::Store& store, Names& names, const std::stop_token& stop) {
    const bool sqlite = store.database().dialect() == store::Dialect::sqlite;
    const std::string_view is_object = sqlite ? " AND substr(bytes, 1, 1) = X'7B'" : " AND substring(bytes from 1 for 1) = '\\x7b'::bytea";
    const auto all = store.clock().now() + std::chrono::hours{24};
    std::string after;
    for (;;) {
        SW_TRY(const auto hashes, page_of(store, kBlobs, after, all, is_object));
        for (const auto& hash : hashes) {
            if (stop.stop_requested()) {
                return {};
            }
            SW_CHECK(store.read([&](store::Session& sql) -> Result<void> {
                SW_TRY(const auto rows, sql.query("SELECT bytes FROM blobs WHERE hash = $1", {hash}));
                if (!rows.empty()) {
                    collect_names(rows[0].blob(0), names);
                }
                return {};
            }));
            after = hash;
        }
        if (hashes.empty()) {
            return {};
        }
    }
}

/// ` AND NOT EXISTS …` for names that were written since the names were read.
void add_unnamed_since(store::SqlText& sql, const Kind& kind, const std::vector<Table>& tables, store::Dialect dialect, Timestamp since) {
    const bool sqlite = dialect == store::Dialect::sqlite;
    const auto key = fmt::format("{}.{}", kind.table, kind.key);
    const std::string_view find = sqlite ? "instr" : "strpos";
    for (const auto& table : tables) {
        if (table.name == kind.table) {
            continue;
        }
        sql.text(" AND NOT EXISTS (SELECT 1 FROM ").text(table.name).text(" AS named WHERE ");
        if (table.is_entity) {
            sql.text("named.modified_at >= ").bind(store::to_value(since)).text(fmt::format(" AND {}(named.document, {}) > 0)", find, key));
            continue;
        }
        for (std::size_t i = 0; i < table.texts.size(); ++i) {
            sql.text(i == 0 ? "" : " OR ");
            sql.text(table.name == kIndexTable ? fmt::format("named.{} = {}", table.texts[i], key)
                                               : fmt::format("{}(named.{}, {}) > 0", find, table.texts[i], key));
        }
        sql.text(")");
    }
    sql.text(" AND NOT EXISTS (SELECT 1 FROM blobs AS named WHERE named.created_at >= ").bind(store::to_value(since));
    sql.text(sqlite ? fmt::format(" AND instr(named.bytes, CAST({} AS BLOB)) > 0)", key)
                    : fmt::format(" AND position(convert_to({}, 'UTF8') in named.bytes) > 0)", key));
}

Result<std::int64_t> delete_unnamed(store::Store& store, const store::Lease& lease, const Kind& kind, const std::vector<Table>& tables,
                                    const std::vector<std::string>& keys, Timestamp before) {
    std::int64_t deleted = 0;
    const auto done = store.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(store::check_lease(unit, lease));
        store::SqlText sql;
        sql.text("DELETE FROM ").text(kind.table).text(" WHERE ").text(kind.key).text(" IN (").bind_all(keys).text(") AND created_at < ");
        sql.bind(store::to_value(before));
        add_unnamed_since(sql, kind, tables, unit.sql.dialect(), before);
        SW_TRY(deleted, sql.execute(unit.sql));
        return {};
    });
    SW_CHECK(done);
    return deleted;
}

Result<std::int64_t> sweep(store::Store& store, const store::Lease& lease, const Kind& kind, const std::vector<Table>& tables, const Names& names,
                           Timestamp before, const std::stop_token& stop) {
    std::int64_t deleted = 0;
    std::string after;
    while (!stop.stop_requested()) {
        SW_TRY(const auto page, page_of(store, kind, after, before));
        if (page.empty()) {
            break;
        }
        after = page.back();
        std::vector<std::string> unnamed;
        std::ranges::copy_if(page, std::back_inserter(unnamed), [&](const std::string& key) { return !names.contains(key); });
        for (std::size_t from = 0; from < unnamed.size() && !stop.stop_requested(); from += kDeletes) {
            const auto first = unnamed.begin() + static_cast<std::ptrdiff_t>(from);
            const std::vector<std::string> some(first, first + static_cast<std::ptrdiff_t>(std::min(kDeletes, unnamed.size() - from)));
            SW_TRY(const auto gone, delete_unnamed(store, lease, kind, tables, some, before));
            deleted += gone;
        }
    }
    return deleted;
}

}  // namespace

Result<std::optional<store::Lease>> due_collection(store::Store& store, Milliseconds pause) {
    std::optional<store::Lease> lease;
    SW_CHECK(store.write({}, [&](store::Unit& unit) -> Result<void> {
        // A holder of its own each time: nobody renews it.
        SW_TRY(lease, store::acquire_lease(unit, "collect_garbage", unit.new_id(), pause));
        return {};
    }));
    return lease;
}

Result<std::int64_t> prune_audit(store::Store& store, const store::Lease& lease, Timestamp before, const std::stop_token& stop) {
    std::int64_t total = 0;
    for (std::int64_t gone = kAuditBatch; gone == kAuditBatch && !stop.stop_requested();) {
        const auto done = store.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(store::check_lease(unit, lease));
            SW_TRY(gone, unit.sql.execute(fmt::format("DELETE FROM audit_records WHERE row_id IN (SELECT row_id FROM audit_records WHERE created_at < $1 "
                                                      "ORDER BY created_at, row_id LIMIT {})",
                                                      kAuditBatch),
                                          {store::to_value(before)}));
            return {};
        });
        SW_CHECK(done);
        total += gone;
    }
    return total;
}

Result<Collected> collect_garbage(store::Store& store, const store::Lease& lease, const std::stop_token& stop) {
    Collected collected;
    const auto before = store.clock().now() - kGarbageAge;
    std::vector<Table> tables;
    SW_CHECK(store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(tables, tables_of(sql));
        return {};
    }));
    Names names;
    for (const auto& table : tables) {
        SW_CHECK(read_names(store, table, names, stop));
    }
    SW_CHECK(read_blob_names(store, names, stop));
    if (stop.stop_requested()) {
        return collected;  // some names were not read
    }
    SW_TRY(collected.blobs, sweep(store, lease, kBlobs, tables, names, before, stop));
    SW_TRY(collected.secrets, sweep(store, lease, kSecrets, tables, names, before, stop));
    return collected;
}

}  // namespace slipway::registry
