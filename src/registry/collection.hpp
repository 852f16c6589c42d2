#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "identity/access.hpp"
#include "store/draft.hpp"
#include "store/entity.hpp"

namespace slipway::registry {

class AwsMaker;

/// What the use cases stand on.
struct Foundation {
    store::Store& store;
    const identity::Access& access;
    const crypto::Sealer& sealer;
    std::string default_group{"modelop"};
    AwsMaker* aws{nullptr};  ///< makes jobs and configurations in AWS; without it they are refused
};

/// An answer of a use case that has something to say beside the object (sealed keys, ignored members).
struct Changed {
    store::Entity entity;
    std::vector<std::string> warnings;
};

/// A change that was made ready ahead of its transaction, and what is answered once it is written.
struct Drafted {
    store::Draft draft;
    Changed changed;
};

/// Embedded content of an asset, ready to be sent.
struct AssetContent {
    std::string bytes;
    std::string hash;      ///< SHA-256 in hexadecimal digits
    std::string filename;  ///< as the asset names it; untrusted
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
    /// False when objects also show what other tables hold and versions do not count: an equal version is no equal object then.
    virtual bool row_is_all() const { return true; }
    /// Pointers of the lists of assets in a document.
    virtual std::span<const std::string_view> asset_lists() const { return {}; }
    /// True when lists of it know `projection=summary`.
    virtual bool has_summary() const { return false; }
    /// The member `summary` of each of `items` as `who` may see it, in their order. Only where has_summary().
    virtual Result<std::vector<json::object>> summaries(store::Session& sql, const identity::Principal& who, std::span<const store::Entity> items);

    /// @return `invalid_argument`, `forbidden`, `conflict`.
    Result<Changed> create(store::Unit& unit, const identity::Principal& who, json::object body);
    /// create() and patch() made ready: all that needs no transaction is done, so that others do not wait for it. Give the draft to write().
    /// @return nothing for a change that depends on other rows: do it in its transaction; errors as create() and patch().
    Result<std::optional<Drafted>> draft_create(const store::Actor& actor, const identity::Principal& who, json::object body);
    Result<std::optional<Drafted>> draft_patch(const store::Actor& actor, const identity::Principal& who, std::string_view id, json::object body,
                                               std::optional<std::int64_t> if_version);
    /// @return errors as create() and patch(), or one that store::is_stale() knows: the row changed meanwhile, patch() it.
    Result<void> write(store::Unit& unit, const Drafted& drafted) const;
    /// @return `not_found`.
    Result<store::Entity> get(store::Session& sql, const identity::Principal& who, std::string_view id);
    /// present() of get() as text, straight from the row; nothing when the object needs more than its row (then use get()).
    /// @return `not_found`.
    virtual Result<std::optional<store::EntityText>> get_text(store::Session& sql, const identity::Principal& who, std::string_view id);
    /// Merge patch (RFC 7396); `_links` and the envelope's members in it are ignored, but `group`: moving needs WRITE in both groups.
    /// @return `conflict`/`VERSION_MISMATCH` when `if_version` is another.
    Result<Changed> patch(store::Unit& unit, const identity::Principal& who, std::string_view id, json::object body, std::optional<std::int64_t> if_version);
    virtual Result<void> remove(store::Unit& unit, const identity::Principal& who, std::string_view id, std::optional<std::int64_t> if_version);
    Result<store::Page> list(store::Session& sql, const identity::Principal& who, const store::ListQuery& query);
    /// Content of an embedded asset or the text of a program. @return `not_found`, `conflict`/`EXTERNAL_ASSET` for a file that is elsewhere.
    Result<AssetContent> asset_content(store::Session& sql, const identity::Principal& who, std::string_view id, std::string_view asset_id);
    /// The object as the API shows it: envelope, document, embedded content above 64 KiB replaced by contentHash and contentUrl.
    /// @param base_url goes before the path of contentUrl.
    virtual json::object present(const store::Entity& entity, std::string_view base_url = {}) const;
    /// present() with what is so for `who` alone. Only where row_is_all() is false may it say more.
    virtual json::object present_to(const identity::Principal& who, const store::Entity& entity, std::string_view base_url = {}) const;

protected:
    /// Group of what a new object belongs to (the model of a snapshot), empty when there is none.
    virtual Result<std::string> target_group(store::Session& sql, const identity::Principal& who, const json::object& body);
    /// Checks and completes a posted document. The group is decided already.
    virtual Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                         std::vector<std::string>& warnings) = 0;
    /// Id of a new object; empty for a random one.
    virtual std::string new_id(const std::string& group, const json::object& document) const;
    /// Checks a changed document against the stored one.
    virtual Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                        std::vector<std::string>& warnings) = 0;
    /// A row that was given up and has this id already: brought back with `document`. Nothing when there is none.
    virtual Result<std::optional<store::Entity>> revive(store::Unit& unit, std::string_view id, const json::object& document);
    /// Refuses another group for what is bound to its own.
    virtual Result<void> may_move(store::Unit& unit, const store::Entity& before);
    /// Refuses the removal of what is still needed.
    virtual Result<void> may_remove(store::Unit& unit, const store::Entity& before);
    /// After a row was inserted or removed, in the same transaction.
    virtual Result<void> created(store::Unit& unit, store::Entity& entity, const std::vector<std::string>& warnings);
    virtual Result<void> removed(store::Unit& unit, const store::Entity& entity);
    /// Adds to read documents what is kept in other tables.
    virtual Result<void> complete(store::Session& sql, std::span<store::Entity> entities);

    /// The row, when `who` may do `action` with it and it has the version asked for.
    Result<store::Entity> require(store::Session& sql, const identity::Principal& who, identity::Action action, std::string_view id,
                                  std::optional<std::int64_t> if_version);

    const Foundation& foundation_;
    const store::EntityTable& table_;

private:
    Result<Changed> patch_row(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object body);
    Result<std::optional<Drafted>> drafted(const store::Actor& actor, const std::function<Result<Changed>(store::Unit&)>& work);
};

}  // namespace slipway::registry
