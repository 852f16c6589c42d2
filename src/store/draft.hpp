#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/unit.hpp"

namespace slipway::store {

struct EntityTable;

/// The statements and events of a change, made ready ahead of its transaction: checking, sealing and serialising a document take a hundred times as long
/// as writing it, and on SQLite everybody else would wait for that.
class Draft {
public:
    /// Runs `work` with a unit that writes nothing down but in the draft. It may ask for no rows: what it is to rely on, it was given.
    /// @return the draft; `failed_precondition`/`NEEDS_ROWS` when `work` asked for rows: run it in its transaction; else the error of `work`.
    static Result<Draft> make(Store& store, const Actor& actor, const std::function<Result<void>(Unit&)>& work);

    /// Writes it down. May be called again, for a transaction that runs again.
    /// @return `conflict`/`DRAFT_STALE` when a row that it changes is not at the version any more that it was made from; else the database's error.
    Result<void> write(Unit& unit) const;

private:
    struct Statement {
        std::string sql;
        Values parameters;
    };
    class Recorder;

    std::vector<Statement> statements_;
    std::vector<Event> events_;
};

/// `outcome`, whose error names the kind of object where a unique index objected.
Result<void> in_words_of(const EntityTable& table, Result<void> outcome);

/// True for the error of a draft that is to be given up for its work in the transaction.
bool is_stale(const Error& error);
bool needs_rows(const Error& error);

}  // namespace slipway::store
