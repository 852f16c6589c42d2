#include "adapters/db/postgres_connection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <utility>

namespace slipway::db {

namespace {

constexpr std::size_t kMaxStatements = 256;
constexpr std::string_view kRepeat = "SERIALIZATION_FAILURE";

// Type numbers of PostgreSQL's catalogue (pg_type.dat); they never change.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat4 = 700;
constexpr Oid kFloat8 = 701;
constexpr Oid kNumeric = 1700;

/// NULL has no type of its own: the server takes it from where it stands.
Oid type_of(const store::Value& value) {
    constexpr std::array<Oid, 5> kTypes{0, kInt8, kFloat8, kText, kBytea};
    return kTypes[value.index()];
}

/// Parameters as libpq wants them; texts and bytes are not copied.
struct Bound {
    explicit Bound(const store::Values& values) {
        numbers.reserve(values.size());
        for (const auto& value : values) {
            add(value);
        }
    }
    void add(const store::Value& value) {
        const bool binary = std::holds_alternative<store::Blob>(value);
        const char* data = nullptr;
        std::size_t size = 0;
        if (const auto* text = std::get_if<std::string>(&value)) {
            data = text->c_str();
        } else if (const auto* blob = std::get_if<store::Blob>(&value)) {
            data = blob->bytes.data();
            size = blob->bytes.size();
        } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
            data = numbers.emplace_back(std::to_string(*integer)).c_str();
        } else if (const auto* real = std::get_if<double>(&value)) {
            data = numbers.emplace_back(fmt::format("{}", *real)).c_str();
        }
        values_.push_back(data);
        lengths.push_back(static_cast<int>(size));
        formats.push_back(binary ? 1 : 0);
    }
    std::vector<std::string> numbers;
    std::vector<const char*> values_;
    std::vector<int> lengths;
    std::vector<int> formats;
};

/// A statement is prepared once for each combination of types.
std::string key_of(std::string_view sql, const store::Values& parameters) {
    std::string key;
    key.reserve(parameters.size() + 1 + sql.size());
    for (const auto& value : parameters) {
        key += static_cast<char>('0' + value.index());
    }
    key += ' ';
    key += sql;
    return key;
}

std::vector<Oid> types_of(const store::Values& parameters) {
    std::vector<Oid> types;
    types.reserve(parameters.size());
    for (const auto& value : parameters) {
        types.push_back(type_of(value));
    }
    return types;
}

bool is_good(const PGresult* result) {
    const auto status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

template <typename T>
T number(std::string_view text) {
    T out{};
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

std::string bytes_of(const char* escaped) {
    std::size_t size = 0;
    const std::unique_ptr<unsigned char, decltype(&PQfreemem)> raw{PQunescapeBytea(reinterpret_cast<const unsigned char*>(escaped), &size), &PQfreemem};
    return raw == nullptr ? std::string{} : std::string{reinterpret_cast<const char*>(raw.get()), size};
}

store::Value value_at(const PGresult* result, int row, int column) {
    if (PQgetisnull(result, row, column) != 0) {
        return std::monostate{};
    }
    const char* data = PQgetvalue(result, row, column);
    const std::string_view text{data, static_cast<std::size_t>(PQgetlength(result, row, column))};
    switch (PQftype(result, column)) {
        case kInt2:
        case kInt4:
        case kInt8: return number<std::int64_t>(text);
        case kFloat4:
        case kFloat8: return number<double>(text);
        case kBool: return std::int64_t{text == "t"};
        case kBytea: return store::Blob{bytes_of(data)};
        case kNumeric: return text.contains('.') ? store::Value{number<double>(text)} : store::Value{number<std::int64_t>(text)};
        default: return std::string{text};
    }
}

struct Meaning {
    std::string_view state;  ///< SQLSTATE or its class
    ErrorCode code;
    std::string_view reason;
    std::string_view message;
};
constexpr std::array kMeanings{
    Meaning{"23505", ErrorCode::conflict, "ALREADY_EXISTS", "There is one with the same key already."},
    Meaning{"23503", ErrorCode::conflict, "REFERENCED", "It refers to something that is not there, or is still referred to."},
    Meaning{"40001", ErrorCode::unavailable, kRepeat, "Too many changes at once; try again."},
    Meaning{"40P01", ErrorCode::unavailable, kRepeat, "Too many changes at once; try again."},
    Meaning{"22021", ErrorCode::invalid_argument, "INVALID", "A text is not valid UTF-8."},
    Meaning{"54000", ErrorCode::invalid_argument, "INVALID", "A text is too long to be looked up by."},
    Meaning{"53100", ErrorCode::unavailable, "STORAGE_FULL", "The disk of the database is full; make room and try again."},
    Meaning{"53", ErrorCode::unavailable, "DATABASE_BUSY", "The database is out of resources; try again."},
    Meaning{"55P03", ErrorCode::unavailable, "DATABASE_BUSY", "The database is busy; try again."},
    Meaning{"57", ErrorCode::unavailable, "DATABASE_UNAVAILABLE", "The database is shutting down or gave the statement up; try again."},
    Meaning{"08", ErrorCode::unavailable, "DATABASE_UNAVAILABLE", "The connection to the database was lost; try again."},
};

}  // namespace

bool is_worth_repeating(const Error& error) {
    return error.reason == kRepeat;
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& url) {
    // A host that vanishes without a word is noticed within half a minute. What the address says of these comes later, and wins.
    constexpr std::array kNames{"connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "dbname"};
    const std::array values{"5", "10", "5", "3", "25000", url.c_str()};
    std::array<const char*, kNames.size() + 1> names_ended{};
    std::array<const char*, kNames.size() + 1> values_ended{};
    std::ranges::copy(kNames, names_ended.begin());
    std::ranges::copy(values, values_ended.begin());
    std::unique_ptr<PostgresConnection> connection{new PostgresConnection{PQconnectdbParams(names_ended.data(), values_ended.data(), 1)}};
    auto* raw = connection->connection_.get();
    if (!connection->alive()) {
        return fail(ErrorCode::unavailable, "DATABASE_UNAVAILABLE", "PostgreSQL cannot be reached. Check database.url and that the server runs.",
                    raw == nullptr ? "" : PQerrorMessage(raw));
    }
    PQsetNoticeProcessor(raw, [](void*, const char*) {}, nullptr);
    SW_CHECK(connection->run("SET synchronous_commit = on"));
    SW_CHECK(connection->run("SET client_encoding = 'UTF8'"));
    SW_CHECK(connection->run("SET extra_float_digits = 1"));
    SW_CHECK(connection->run("SELECT set_config('statement_timeout', '60s', false) WHERE current_setting('statement_timeout') = '0'"));
    return connection;
}

Error PostgresConnection::failure(const PGresult* result, std::string_view doing) const {
    const char* found = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string_view state = found != nullptr ? found : "08006";
    auto detail =
        fmt::format("postgres {}: {} ({})", state, result != nullptr ? PQresultErrorMessage(result) : PQerrorMessage(connection_.get()), doing.substr(0, 200));
    for (const auto& meaning : kMeanings) {
        if (state.starts_with(meaning.state)) {
            return {meaning.code, std::string{meaning.reason}, std::string{meaning.message}, {}, std::move(detail)};
        }
    }
    return {ErrorCode::internal, "INTERNAL", "The database failed.", {}, std::move(detail)};
}

Result<void> PostgresConnection::run(const char* sql) {
    if (!queued_.empty()) {
        SW_CHECK(run_queued(sql, {}));
        return {};
    }
    const PostgresResult result{PQexec(connection_.get(), sql)};
    if (!is_good(result.get())) {
        return std::unexpected(failure(result.get(), sql));
    }
    return {};
}

void PostgresConnection::begin(const char* sql) {
    queued_.clear();
    queue(sql, {});
    beginning_ = true;
}

Result<void> PostgresConnection::commit() {
    if (is_empty()) {
        roll_back();
        return {};
    }
    beginning_ = false;  // from here on nobody knows what was done when the connection is lost
    return run("COMMIT");
}

void PostgresConnection::roll_back() {
    queued_.clear();
    beginning_ = false;
    if (alive() && in_transaction()) {
        (void)run("ROLLBACK");
    }
}

/// Before statements are sent ahead: none of those that were sent may be forgotten.
Result<void> PostgresConnection::make_room(std::size_t statements) {
    if (statements_.size() + statements <= kMaxStatements) {
        return {};
    }
    const PostgresResult result{PQexec(connection_.get(), "DEALLOCATE ALL")};
    if (!is_good(result.get())) {
        return std::unexpected(failure(result.get(), "DEALLOCATE ALL"));
    }
    statements_.clear();
    return {};
}

Result<std::string> PostgresConnection::prepare(std::string_view sql, const store::Values& parameters) {
    auto key = key_of(sql, parameters);
    if (const auto known = statements_.find(key); known != statements_.end()) {
        return known->second;
    }
    SW_CHECK(make_room(1));
    auto name = fmt::format("s{}", ++made_);
    const auto types = types_of(parameters);
    const PostgresResult result{PQprepare(connection_.get(), name.c_str(), std::string{sql}.c_str(), static_cast<int>(types.size()), types.data())};
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
        return std::unexpected(failure(result.get(), sql));
    }
    statements_.emplace(std::move(key), name);
    return name;
}

Result<PostgresResult> PostgresConnection::run_prepared(std::string_view sql, const store::Values& parameters) {
    if (!queued_.empty()) {
        return run_queued(sql, parameters);
    }
    SW_TRY(const auto name, prepare(sql, parameters));
    const Bound bound{parameters};
    PostgresResult result{PQexecPrepared(connection_.get(), name.c_str(), static_cast<int>(parameters.size()), bound.values_.data(), bound.lengths.data(),
                                         bound.formats.data(), 0)};
    if (!is_good(result.get())) {
        return std::unexpected(failure(result.get(), sql));
    }
    return result;
}

/// Sends the queued statements and this one in one go. @return the result of the last; the error of the first that failed, behind which none was run.
Result<PostgresResult> PostgresConnection::run_queued(std::string_view sql, const store::Values& parameters) {
    const auto queued = std::exchange(queued_, {});
    SW_CHECK(make_room(queued.size() + 1));
    std::vector<Sent> sent;
    auto* connection = connection_.get();
    bool all_sent = PQenterPipelineMode(connection) == 1;
    for (const auto& one : queued) {
        all_sent = all_sent && send(one.sql, one.parameters, sent);
    }
    all_sent = all_sent && send(sql, parameters, sent) && PQpipelineSync(connection) == 1;
    if (!all_sent) {
        auto error = failure(nullptr, sql);
        connection_.reset();  // what was sent of it is unknown
        return std::unexpected(std::move(error));
    }
    auto result = receive(sent);
    leave_pipeline();
    return result;
}

bool PostgresConnection::send(std::string_view sql, const store::Values& parameters, std::vector<Sent>& sent) {
    auto key = key_of(sql, parameters);
    auto known = statements_.find(key);
    if (known == statements_.end()) {
        const auto types = types_of(parameters);
        known = statements_.emplace(key, fmt::format("s{}", ++made_)).first;
        if (PQsendPrepare(connection_.get(), known->second.c_str(), std::string{sql}.c_str(), static_cast<int>(types.size()), types.data()) != 1) {
            return false;
        }
        sent.push_back({sql, std::move(key)});
    }
    const Bound bound{parameters};
    sent.push_back({sql});
    return PQsendQueryPrepared(connection_.get(), known->second.c_str(), static_cast<int>(parameters.size()), bound.values_.data(), bound.lengths.data(),
                               bound.formats.data(), 0) == 1;
}

Result<PostgresResult> PostgresConnection::receive(const std::vector<Sent>& sent) {
    Result<PostgresResult> out;
    for (const auto& one : sent) {
        PostgresResult result{PQgetResult(connection_.get())};
        if (result) {
            PQclear(PQgetResult(connection_.get()));  // none follows; so libpq says where an answer ends
        }
        if (is_good(result.get())) {
            beginning_ = false;
            if (out) {
                out = std::move(result);
            }
            continue;
        }
        statements_.erase(one.prepares);
        if (out) {
            out = std::unexpected(failure(result.get(), one.sql));
        }
    }
    return out;
}

void PostgresConnection::leave_pipeline() {
    const PostgresResult end{PQgetResult(connection_.get())};
    if (PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC || PQexitPipelineMode(connection_.get()) != 1) {
        connection_.reset();  // it is lost, or not where it should be
    }
}

Result<store::Rows> PostgresConnection::query(std::string_view sql, const store::Values& parameters) {
    SW_TRY(const auto result, run_prepared(sql, parameters));
    const int columns = PQnfields(result.get());
    store::Rows rows;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
        store::Values values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            values.push_back(value_at(result.get(), row, column));
        }
        rows.emplace_back(std::move(values));
    }
    return rows;
}

Result<std::int64_t> PostgresConnection::execute(std::string_view sql, const store::Values& parameters) {
    SW_TRY(const auto result, run_prepared(sql, parameters));
    // A SELECT counts its rows here too; it changed none.
    return PQresultStatus(result.get()) == PGRES_TUPLES_OK && std::string_view{PQcmdStatus(result.get())}.starts_with("SELECT")
               ? 0
               : number<std::int64_t>(PQcmdTuples(result.get()));
}

}  // namespace slipway::db
