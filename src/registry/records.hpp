#pragma once

#include "registry/approvals.hpp"

namespace slipway::registry {

/// Messages for people: `open` and the text may be changed by who may write. Tickets (registry/approvals.hpp) stay as they are until they are decided.
class Notifications final : public Collection {
public:
    explicit Notifications(const Foundation& foundation);

    /// Where tickets are decided, and by whom, hangs on the configuration and on who asks: the same version may say something else.
    bool row_is_all() const override { return false; }
    /// Where tickets are decided from now on, and by whom. Before anything is served only.
    void follow(const ApprovalSettings& settings);
    /// With `decidedHere` of an open ticket.
    json::object present(const store::Entity& entity, std::string_view base_url = {}) const override;
    /// With `mayDecide` of an open ticket that is decided here, and `decisionRefusal` where `who` may not.
    json::object present_to(const identity::Principal& who, const store::Entity& entity, std::string_view base_url = {}) const override;

protected:
    Result<std::string> target_group(store::Session& sql, const identity::Principal& who, const json::object& body) override;
    Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                 std::vector<std::string>& warnings) override;
    Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                std::vector<std::string>& warnings) override;
    Result<void> may_move(store::Unit& unit, const store::Entity& before) override;
    Result<void> may_remove(store::Unit& unit, const store::Entity& before) override;

private:
    ApprovalSettings settings_;
};

/// Results of metrics jobs.
class ModelTestResults final : public Collection {
public:
    explicit ModelTestResults(const Foundation& foundation);

protected:
    Result<std::string> target_group(store::Session& sql, const identity::Principal& who, const json::object& body) override;
    Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                 std::vector<std::string>& warnings) override;
    Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                std::vector<std::string>& warnings) override;
};

/// A collection that only the service writes: create(), patch() and remove() answer `forbidden`/`READ_ONLY`.
class ReadOnly : public Collection {
public:
    using Collection::Collection;
    bool writable() const override { return false; }
    Result<void> remove(store::Unit& unit, const identity::Principal& who, std::string_view id, std::optional<std::int64_t> if_version) override;

protected:
    Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                 std::vector<std::string>& warnings) override;
    Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                std::vector<std::string>& warnings) override;
};

/// The audit trail. Rows are written with the changes that they tell of.
class AuditRecords final : public ReadOnly {
public:
    explicit AuditRecords(const Foundation& foundation);

    /// A record of another system, brought over by an administrator: it has its own author and time, and the claimed time in `metaData.claimedDate`.
    /// @return `invalid_argument` with pointers.
    Result<store::Entity> import_record(store::Unit& unit, const identity::Principal& who, json::object body);
    /// Nothing: what is shown stands in `metaData` too.
    Result<std::optional<store::EntityText>> get_text(store::Session& sql, const identity::Principal& who, std::string_view id) override;
    /// With `imported` and `claimedDate` in the first level for records that were brought over.
    json::object present(const store::Entity& entity, std::string_view base_url = {}) const override;
};

}  // namespace slipway::registry
