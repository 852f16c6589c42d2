#pragma once

#include <string_view>
#include <utility>

#include "store/database.hpp"

namespace slipway::store {

/// A session whose database is a round trip away.
class LaterSession {
public:
    virtual ~LaterSession() = default;
    /// As execute_later().
    virtual Result<void> execute_later(std::string_view sql, Values parameters) = 0;
};

/// As Session::execute(), for a statement whose answer nobody needs at once. On PostgreSQL it is sent together with what comes next, with the commit at the
/// latest, and saves its round trip; elsewhere it runs now. Statements keep their order. Its failure is told by what comes next, or by the transaction.
inline Result<void> execute_later(Session& session, std::string_view sql, Values parameters) {
    if (auto* later = dynamic_cast<LaterSession*>(&session)) {
        return later->execute_later(sql, std::move(parameters));
    }
    SW_CHECK(session.execute(sql, parameters));
    return {};
}

}  // namespace slipway::store
