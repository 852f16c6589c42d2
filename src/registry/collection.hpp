#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "identity/access.hpp"
#include "store/entity.hpp"

namespace slipway::registry {

/// What the use cases stand on.
struct Foundation {
    store::Store& store;
    const identity::Access& access;
    const crypto::Sealer& sealer;
    std::string default_group{"modelop"};
};

/// An answer of a use case that has something to say beside the object (sealed keys, ignored members).
struct Changed {
    store::Entity entity;
    std::vector<std::string> warnings;
};

/// Use cases of one REST collection: create, read, patch, remove, list. Access is checked here, beneath the routes.
/// Subclasses say what is special of their kind. Thread-safe: no state but the foundation.
class Collection {
public:
    Collection(const Foundation& foundation, const store::EntityTable& table) : foundation_{foundation}, table_{table} {}
    virtual ~Collection() = default;

    const store::EntityTable& table() const { return table_; }
    /// False for what only the service writes (modelMLCs, auditRecords, events): POST, PATCH and DELETE are not routed.
    virtual bool writable() const { return true; }

    /// @return `invalid_argument`, `forbidden`, `conflict`.
    Result<Changed> create(store::Unit& unit, const identity::Principal& who, json::object body);
    /// @return `not_found`.
    Result<store::Entity> get(store::Session& sql, const identity::Principal& who, std::string_view id);
    /// Merge patch (RFC 7396); `_links` and the envelope's members in it are ignored. @return `conflict`/`VERSION_MISMATCH` when `if_version` is another.
    Result<Changed> patch(store::Unit& unit, const identity::Principal& who, std::string_view id, json::object body, std::optional<std::int64_t> if_version);
    Result<void> remove(store::Unit& unit, const identity::Principal& who, std::string_view id, std::optional<std::int64_t> if_version);
    Result<store::Page> list(store::Session& sql, const identity::Principal& who, const store::ListQuery& query);
    /// The object as the API shows it: envelope, document, embedded content above 64 KiB replaced by contentHash and contentUrl.
    virtual json::object present(const store::Entity& entity) const;

protected:
    /// Checks and completes a posted document. The group is decided already.
    virtual Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                         std::vector<std::string>& warnings) = 0;
    /// Checks a changed document against the stored one.
    virtual Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                        std::vector<std::string>& warnings) = 0;
    /// Refuses the removal of what is still needed.
    virtual Result<void> may_remove(store::Unit& unit, const store::Entity& before);

    const Foundation& foundation_;
    const store::EntityTable& table_;
};

}  // namespace slipway::registry
