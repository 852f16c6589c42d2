#include "adapters/db/sqlite_connection.hpp"

#include <charconv>
#include <fmt/format.h>

namespace slipway::db {

namespace {

constexpr std::size_t kMaxStatements = 256;

/// Schema statements run once; keeping them prepared would only fill the cache.
bool worth_keeping(std::string_view sql) {
    const auto start = sql.find_first_not_of(" \t\r\n");
    return start != std::string_view::npos && std::string_view{"SIUDWsiudw"}.contains(sql[start]);
}

store::Value column_value(sqlite3_stmt* statement, int column) {
    const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(statement, column)); };
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER: return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
        case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
            return std::string{text, size()};
        }
        case SQLITE_BLOB: {
            const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
            return store::Blob{bytes == nullptr ? std::string{} : std::string{bytes, size()}};
        }
        default: return std::monostate{};
    }
}

int bind_value(sqlite3_stmt* statement, int index, const store::Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return sqlite3_bind_int64(statement, index, *integer);
    }
    if (const auto* real = std::get_if<double>(&value)) {
        return sqlite3_bind_double(statement, index, *real);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    if (const auto* blob = std::get_if<store::Blob>(&value)) {
        return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
    }
    return sqlite3_bind_null(statement, index);
}

/// `$n` is a name to SQLite, numbered by first use: the number is taken from the name.
std::vector<std::size_t> numbers_of(sqlite3_stmt* statement) {
    std::vector<std::size_t> numbers(static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)));
    for (int index = 1; auto& number : numbers) {
        if (const char* name = sqlite3_bind_parameter_name(statement, index++); name != nullptr) {
            std::from_chars(name + 1, name + std::char_traits<char>::length(name), number);
        }
    }
    return numbers;
}

/// Leaves a statement ready for its next use, whatever became of this one.
class Reset {
public:
    explicit Reset(sqlite3_stmt* statement) : statement_{statement} {}
    ~Reset() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    Reset(const Reset&) = delete;
    Reset& operator=(const Reset&) = delete;

private:
    sqlite3_stmt* statement_;
};

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, int flags, std::string_view pragmas) {
    // Nobody asks SQLite how much memory it has; counting it takes one lock for all threads at each allocation.
    [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<SqliteConnection> connection{new SqliteConnection{handle}};
    if (code != SQLITE_OK) {
        return fail(ErrorCode::unavailable, "DATABASE_UNAVAILABLE",
                    fmt::format("The database file {} cannot be opened: {}. Check the path and its permissions.", path, sqlite3_errstr(code)));
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 5000);
    if (connection->run(std::string{pragmas}.c_str()) != SQLITE_OK) {
        return std::unexpected(connection->failure("opening " + path));
    }
    return connection;
}

Error SqliteConnection::failure(std::string_view doing) const {
    const int code = sqlite3_extended_errcode(handle_.get());
    auto detail = fmt::format("sqlite {}: {} ({})", code, sqlite3_errmsg(handle_.get()), doing.substr(0, 200));
    const auto error = [&](ErrorCode kind, std::string_view reason, std::string_view message) {
        return Error{kind, std::string{reason}, std::string{message}, {}, std::move(detail)};
    };
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID) {
        return error(ErrorCode::conflict, "ALREADY_EXISTS", "There is one with the same key already.");
    }
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            return code == SQLITE_CONSTRAINT_FOREIGNKEY
                       ? error(ErrorCode::conflict, "REFERENCED", "It refers to something that is not there, or is still referred to.")
                       : error(ErrorCode::internal, "INTERNAL", "The database refused a value.");
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return error(ErrorCode::unavailable, "DATABASE_BUSY", "The database is busy; try again.");
        case SQLITE_FULL: return error(ErrorCode::unavailable, "STORAGE_FULL", "The disk of the database is full; make room and try again.");
        case SQLITE_CANTOPEN: return error(ErrorCode::unavailable, "DATABASE_UNAVAILABLE", "The database file cannot be opened.");
        case SQLITE_TOOBIG: return error(ErrorCode::invalid_argument, "TOO_LARGE", "A value is too large for the database.");
        default: return error(ErrorCode::internal, "INTERNAL", "The database failed.");
    }
}

Result<const SqliteConnection::Kept*> SqliteConnection::prepare(std::string_view sql, bool keep) {
    if (const auto found = statements_.find(sql); found != statements_.end()) {
        return &found->second;
    }
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr) != SQLITE_OK) {
        return std::unexpected(failure(sql));
    }
    Kept made{.statement = Statement{raw}, .numbers = {}};
    if (raw == nullptr) {
        return fail(ErrorCode::internal, "INTERNAL", "The database was given an empty statement.");
    }
    made.numbers = numbers_of(raw);
    if (!keep) {
        uncached_ = std::move(made);
        return &uncached_;
    }
    if (statements_.size() >= kMaxStatements) {
        statements_.clear();  // rare: lists with unusual filters; preparing again is cheap
    }
    return &statements_.emplace(sql, std::move(made)).first->second;
}

Result<void> SqliteConnection::bind(const Kept& kept, const store::Values& parameters) const {
    for (int index = 1; const auto number : kept.numbers) {
        SW_ASSERT(number >= 1 && number <= parameters.size(), "a statement has a parameter without a value");
        if (bind_value(kept.statement.get(), index++, parameters[number - 1]) != SQLITE_OK) {
            return std::unexpected(failure("binding a value"));
        }
    }
    return {};
}

int SqliteConnection::run_kept(std::string_view sql) {
    const auto kept = prepare(sql, true);
    if (!kept) {
        return sqlite3_extended_errcode(handle_.get());
    }
    auto* statement = (*kept)->statement.get();
    const int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

Error SqliteConnection::failed(int code, std::string_view sql) {
    io_error_ = io_error_ || (code & 0xff) == SQLITE_IOERR;
    return failure(sql);
}

Result<store::Rows> SqliteConnection::query(std::string_view sql, const store::Values& parameters) {
    SW_TRY(const auto* kept, prepare(sql, worth_keeping(sql)));
    auto* statement = kept->statement.get();
    const Reset reset{statement};
    SW_CHECK(bind(*kept, parameters));
    store::Rows rows;
    const int columns = sqlite3_column_count(statement);
    count_change(statement);
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
        store::Values values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            values.push_back(column_value(statement, column));
        }
        rows.emplace_back(std::move(values));
    }
    if (code != SQLITE_DONE) {
        return std::unexpected(failed(code, sql));
    }
    return rows;
}

Result<std::int64_t> SqliteConnection::execute(std::string_view sql, const store::Values& parameters) {
    SW_TRY(const auto* kept, prepare(sql, worth_keeping(sql)));
    auto* statement = kept->statement.get();
    const Reset reset{statement};
    SW_CHECK(bind(*kept, parameters));
    count_change(statement);
    int code = sqlite3_step(statement);
    while (code == SQLITE_ROW) {
        code = sqlite3_step(statement);
    }
    if (code != SQLITE_DONE) {
        return std::unexpected(failed(code, sql));
    }
    return sqlite3_stmt_readonly(statement) != 0 ? 0 : sqlite3_changes64(handle_.get());
}

}  // namespace slipway::db
