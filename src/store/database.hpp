#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace slipway::store {

/// Raw bytes, bound and read as BLOB / BYTEA.
struct Blob {
    std::string bytes;
    bool operator==(const Blob&) const = default;
};

/// A value bound to `$n` or read from a column. Booleans are integers 0 and 1, times are epoch milliseconds.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;
using Values = std::vector<Value>;

inline Value to_value(Timestamp time) {
    return to_epoch_ms(time);
}

/// One row of a result. Reading a column as another type than it has is a bug and aborts; NULL reads as empty.
class Row {
public:
    explicit Row(Values values) : values_{std::move(values)} {}
    bool is_null(std::size_t column) const { return std::holds_alternative<std::monostate>(values_.at(column)); }
    std::int64_t integer(std::size_t column) const;
    double real(std::size_t column) const;
    const std::string& text(std::size_t column) const;
    const std::string& blob(std::size_t column) const;
    Timestamp time(std::size_t column) const { return from_epoch_ms(integer(column)); }
    std::optional<std::string> optional_text(std::size_t column) const;
    std::optional<std::int64_t> optional_integer(std::size_t column) const;
    std::size_t size() const { return values_.size(); }
    const Value& at(std::size_t column) const { return values_.at(column); }

private:
    Values values_;
};
using Rows = std::vector<Row>;

enum class Dialect { sqlite, postgres };

/// Statements inside one transaction or one read. One SQL text for both engines: `$1` parameters numbered in order of first
/// use, ON CONFLICT … RETURNING, explicit NULLS LAST, no LIKE. Not thread-safe; must not outlive the work it was given to.
class Session {
public:
    virtual ~Session() = default;
    /// Runs a statement and collects its rows (also of RETURNING).
    /// @return `conflict`/`ALREADY_EXISTS` when a unique index objects, `unavailable` when the database is away or busy, else `internal`.
    virtual Result<Rows> query(std::string_view sql, const Values& parameters = {}) = 0;
    /// Runs a statement. @return the number of rows it changed; errors as query().
    virtual Result<std::int64_t> execute(std::string_view sql, const Values& parameters = {}) = 0;
    virtual Dialect dialect() const = 0;
};

using Work = std::function<Result<void>(Session&)>;

/// Where everything is kept. Implementations: adapters/db (SQLite, PostgreSQL). Thread-safe; both calls block.
/// All implementations pass tests/contract/database_contract.hpp.
class Database {
public:
    virtual ~Database() = default;
    /// Runs `work` in a transaction and commits it durably before returning; an error or exception of `work` undoes all it did.
    /// `work` may run again after a serialisation failure, so it must not have other effects; and it may run on the thread of another caller
    /// that commits for several. Must not be nested.
    virtual Result<void> transact(const Work& work) = 0;
    /// Runs `work` on one consistent snapshot; writing in it is an error.
    virtual Result<void> read(const Work& work) = 0;
    virtual Dialect dialect() const = 0;
    /// `SQLite 3.40.1` or `PostgreSQL 15.20`, for people.
    virtual std::string description() const = 0;
};

/// transact() or read() with a result.
template <typename T>
Result<T> transact(Database& database, const std::function<Result<T>(Session&)>& work) {
    std::optional<T> out;
    SW_CHECK(database.transact([&](Session& session) -> Result<void> {
        SW_TRY(out, work(session));
        return {};
    }));
    return std::move(*out);
}
template <typename T>
Result<T> read(Database& database, const std::function<Result<T>(Session&)>& work) {
    std::optional<T> out;
    SW_CHECK(database.read([&](Session& session) -> Result<void> {
        SW_TRY(out, work(session));
        return {};
    }));
    return std::move(*out);
}

}  // namespace slipway::store
