#pragma once

#include <libpq-fe.h>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/database.hpp"

namespace slipway::db {

struct CloseConnection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, ClearResult>;

/// One libpq connection with its prepared statements. Used by one thread at a time.
class PostgresConnection {
public:
    static Result<std::unique_ptr<PostgresConnection>> open(const std::string& url);

    Result<store::Rows> query(std::string_view sql, const store::Values& parameters);
    Result<std::int64_t> execute(std::string_view sql, const store::Values& parameters);
    /// Runs a statement without parameters or rows.
    Result<void> run(const char* sql);
    /// False once the connection is lost.
    bool alive() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
    bool in_transaction() const { return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE; }
    /// True when a statement failed in the open transaction, so that COMMIT would silently undo it.
    bool in_failed_transaction() const { return PQtransactionStatus(connection_.get()) == PQTRANS_INERROR; }
    int server_version() const { return PQserverVersion(connection_.get()); }

private:
    explicit PostgresConnection(PGconn* connection) : connection_{connection} {}
    Result<PostgresResult> run_prepared(std::string_view sql, const store::Values& parameters);
    Result<std::string> prepare(std::string_view sql, const store::Values& parameters);
    Error failure(const PGresult* result, std::string_view doing) const;

    std::unique_ptr<PGconn, CloseConnection> connection_;
    std::unordered_map<std::string, std::string> statements_;  ///< types and SQL → name
    std::size_t made_{0};
};

/// True for an error after which the same transaction may succeed when it runs again (serialisation failure, deadlock).
bool is_worth_repeating(const Error& error);

}  // namespace slipway::db
