#pragma once

#include <libpq-fe.h>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
    /// Keeps a statement until the next one, and sends both at once; its failure is the answer to that one.
    void queue(std::string_view sql, store::Values parameters) { queued_.push_back({std::string{sql}, std::move(parameters)}); }
    /// Runs a statement without parameters or rows, and before it what is queued.
    Result<void> run(const char* sql);
    /// A transaction that begins with its first statement, in one round trip.
    void begin(const char* sql);
    /// Runs what is queued and ends the transaction durably. One without a statement costs nothing.
    Result<void> commit();
    /// Undoes the transaction and forgets what is queued.
    void roll_back();
    /// Whether the server has answered to a statement of the transaction: until then nothing of it was done.
    bool begun() const { return !beginning_; }
    /// Whether the transaction has no statement yet.
    bool is_empty() const { return beginning_ && queued_.size() == 1; }
    /// False once the connection is lost.
    bool alive() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
    bool in_transaction() const { return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE; }
    /// True when a statement failed in the open transaction, so that COMMIT would silently undo it.
    bool in_failed_transaction() const { return PQtransactionStatus(connection_.get()) == PQTRANS_INERROR; }
    int server_version() const { return PQserverVersion(connection_.get()); }

private:
    struct Queued {
        std::string sql;
        store::Values parameters;
    };
    /// What an answer is awaited for.
    struct Sent {
        std::string_view sql;
        std::string prepares{};  ///< the key of the statement that it prepares; empty: it runs one
    };
    explicit PostgresConnection(PGconn* connection) : connection_{connection} {}
    Result<PostgresResult> run_prepared(std::string_view sql, const store::Values& parameters);
    Result<PostgresResult> run_queued(std::string_view sql, const store::Values& parameters);
    Result<std::string> prepare(std::string_view sql, const store::Values& parameters);
    Result<void> make_room(std::size_t statements);
    bool send(std::string_view sql, const store::Values& parameters, std::vector<Sent>& sent);
    Result<PostgresResult> receive(const std::vector<Sent>& sent);
    void leave_pipeline();
    Error failure(const PGresult* result, std::string_view doing) const;

    std::unique_ptr<PGconn, CloseConnection> connection_;
    std::unordered_map<std::string, std::string> statements_;  ///< types and SQL → name
    std::size_t made_{0};
    std::vector<Queued> queued_;
    bool beginning_{false};  ///< BEGIN is queued
};

/// True for an error after which the same transaction may succeed when it runs again (serialisation failure, deadlock).
bool is_worth_repeating(const Error& error);

}  // namespace slipway::db
