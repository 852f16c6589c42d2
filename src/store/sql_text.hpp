#pragma once

#include <charconv>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "store/unit.hpp"

namespace slipway::store {

/// The expression for the bytes of a text, as the engine keeps it.
std::string bytes_of(std::string_view column, Dialect dialect);

/// A statement in the making. Whatever comes from outside goes in by bind(): text() takes only what stands in the code.
class SqlText {
public:
    SqlText() {
        sql_.reserve(512);
        values_.reserve(24);
    }
    SqlText& text(std::string_view part) {
        sql_ += part;
        return *this;
    }
    SqlText& bind(Value value) {
        values_.push_back(std::move(value));
        char digits[8];
        const auto end = std::to_chars(std::begin(digits), std::end(digits), values_.size()).ptr;
        (sql_ += '$').append(std::begin(digits), end);
        return *this;
    }
    /// `$1, $2, …` for all items.
    SqlText& bind_all(const std::vector<std::string>& items);
    /// `group_name`, `created_by` and the column of types as the scope says, in parentheses.
    SqlText& scope(const Scope& scope);
    /// The same for rows of another type, which a statement on rows of `scope` looks into.
    SqlText& scope_of(const Scope& scope, std::string_view type);

    const std::string& sql() const { return sql_; }
    const Values& values() const { return values_; }
    Result<Rows> query(Session& session) const { return session.query(sql_, values_); }
    Result<std::int64_t> execute(Session& session) const { return session.execute(sql_, values_); }

private:
    void rows_by_kind(const Scope& scope);
    void rows_of(const std::vector<std::string>& groups, const std::string& owner, const std::vector<std::string>& owner_groups);
    std::string sql_;
    Values values_;
};

}  // namespace slipway::store
