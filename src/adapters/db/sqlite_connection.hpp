#pragma once

#include <cstdint>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/database.hpp"

namespace slipway::db {

struct CloseSqlite {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// One sqlite3 connection with its prepared statements. Used by one thread at a time.
class SqliteConnection {
public:
    /// @param pragmas are run once after opening.
    static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, int flags, std::string_view pragmas);

    Result<store::Rows> query(std::string_view sql, const store::Values& parameters);
    Result<std::int64_t> execute(std::string_view sql, const store::Values& parameters);
    /// Runs statements without parameters or rows, uncounted by changes(). @return sqlite's extended code.
    int run(const char* sql) { return sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr); }
    /// As run() of one statement that comes again and again (BEGIN, COMMIT): prepared once.
    int run_kept(std::string_view sql);
    /// How many statements of query() and execute() may have changed something, ever. One that failed counts as well: it may have failed over its rows.
    std::uint64_t changes() const { return changes_; }
    /// The last failure as our error.
    Error failure(std::string_view doing) const;
    /// True once the disk failed beneath a query() or execute().
    bool had_io_error() const { return io_error_; }
    /// False once SQLite gave the transaction up by itself.
    bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
    sqlite3* handle() const { return handle_.get(); }

private:
    explicit SqliteConnection(sqlite3* handle) : handle_{handle} {}
    /// A prepared statement and the number `n` of the `$n` behind each of its parameters.
    struct Kept {
        Statement statement;
        std::vector<std::size_t> numbers;
    };
    Result<const Kept*> prepare(std::string_view sql, bool keep);
    Result<void> bind(const Kept& kept, const store::Values& parameters) const;
    /// failure() of a statement that ended with `code`.
    Error failed(int code, std::string_view sql);

    void count_change(sqlite3_stmt* statement) { changes_ += sqlite3_stmt_readonly(statement) != 0 ? 0U : 1U; }

    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unique_ptr<sqlite3, CloseSqlite> handle_;
    std::unordered_map<std::string, Kept, TextHash, std::equal_to<>> statements_;
    Kept uncached_;
    bool io_error_{false};
    std::uint64_t changes_{0};
};

}  // namespace slipway::db
