#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "store/database.hpp"
#include "store/event.hpp"

namespace slipway::store {

/// Which rows a caller may touch. Made by identity::Access; the SQL of every read and write carries it.
struct Scope {
    bool unrestricted{false};
    std::vector<std::string> groups;  ///< rows of these groups
    std::string owner;                ///< and rows made by this subject in `owner_groups`, when not empty
    std::vector<std::string> owner_groups;

    /// Where other rights hold for objects of this kind: rows that tell of them (audit trail, events), and their rows, into which filters look.
    struct Kind {
        std::string type;
        std::vector<std::string> groups;
        std::string owner;
        std::vector<std::string> owner_groups;
    };
    std::string_view type_column{};  ///< in SQL, where rows tell of objects of `kinds`
    std::vector<Kind> kinds{};

    /// And rows of these groups that `also` holds for: SQL that stands in the code.
    std::string_view also{};
    std::vector<std::string> also_groups{};

    static Scope all() { return {.unrestricted = true, .groups = {}, .owner = {}, .owner_groups = {}}; }
    /// Without regard to `kinds` and `also`.
    bool allows(std::string_view group, std::string_view created_by) const;
};

/// Who writes: name of a person or client, or `SYSTEM`.
struct Actor {
    std::string subject{"SYSTEM"};
    std::string request_id;
};

/// One open transaction with what a write needs: all of a unit is committed, or nothing.
struct Unit {
    Session& sql;
    Actor actor;
    Timestamp now;
    IdSource& ids;
    std::vector<Event> events{};                      ///< by emit(); written behind the work, and the listener is woken after the commit
    std::vector<std::function<void()>> afterwards{};  ///< called after the commit, on the committing thread; must be quick

    std::string new_id() { return ids.next(now); }
};

/// The database with clock and ids: what use cases write through. Thread-safe.
class Store {
public:
    Store(Database& database, const Clock& clock, IdSource& ids) : database_{database}, clock_{clock}, ids_{ids} {}

    /// One transaction. @return what `work` returns, or the database's error; after an error nothing was written.
    Result<void> write(const Actor& actor, const std::function<Result<void>(Unit&)>& work);
    Result<void> read(const Work& work) { return database_.read(work); }

    /// @param listener is called after each commit that wrote events, on the committing thread; must be quick. Set before use.
    void on_events(std::function<void()> listener) { listener_ = std::move(listener); }
    Database& database() { return database_; }
    const Clock& clock() const { return clock_; }
    IdSource& ids() { return ids_; }

private:
    Database& database_;
    const Clock& clock_;
    IdSource& ids_;
    std::function<void()> listener_;
};

}  // namespace slipway::store
