#pragma once

#include <gtest/gtest.h>

#include "fakes/fake_tickets.hpp"
#include "fakes/test_store.hpp"
#include "registry/approvals.hpp"
#include "registry/tables.hpp"
#include "tickets/approval_desk.hpp"
#include "tickets/remote_desk.hpp"

namespace slipway::fakes {

inline const tickets::TicketError kLost{.kind = tickets::TicketError::Kind::unknown, .message = "it does not answer in time."};

/// Tickets of snapshots on a store in memory, decided in a fake.
class RemoteDeskFixture : public ::testing::Test {
protected:
    static registry::ApprovalSettings settings() {
        registry::ApprovalSettings settings;
        settings.assignment = "JIRA_NOTIFICATION_ASSIGNMENT";
        return settings;
    }
    void SetUp() override { snapshot_ = insert(registry::deployable_models_table(), {{"metaData", {{"name", "churn-3"}}}}).id; }

    store::Entity insert(const store::EntityTable& table, json::object document) {
        store::Entity made;
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(made, store::insert(unit, table, {.id = {}, .group = "risk", .document = document}));
            return {};
        }));
        return made;
    }
    std::string open(const std::string& wish = "a", const json::object& evidence = {}) {
        std::string id;
        const auto done = store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto snapshot, store::require(unit.sql, registry::deployable_models_table(), snapshot_, store::Scope::all()));
            SW_TRY(const auto ticket, approvals_.open(unit, {.snapshot = snapshot,
                                                             .subject = {{"wish", wish}},
                                                             .requested_by = "mina",
                                                             .summary = "May the snapshot churn-3 be deployed to an endpoint?",
                                                             .evidence = evidence}));
            id = ticket.id;
            return tickets::tell_test(unit, ticket);
        });
        EXPECT_TRUE(done) << done.error().message << done.error().detail;
        return id;
    }
    store::Entity ticket(const std::string& id) {
        store::Entity found;
        EXPECT_TRUE(store_->read([&](store::Session& sql) -> Result<void> {
            SW_TRY(found, store::require(sql, registry::notifications_table(), id, store::Scope::all()));
            return {};
        }));
        return found;
    }
    std::string at(const std::string& id, std::string_view pointer) {
        const json::value root(ticket(id).document);
        const auto* found = json::find(root, pointer);
        return found == nullptr ? "absent" : found->is_string() ? std::string{std::string_view{found->get_string()}} : json::write(*found);
    }
    /// As many rounds as there are seconds.
    void pass(Milliseconds time = std::chrono::seconds{1}, Milliseconds step = std::chrono::seconds{1}) {
        for (Milliseconds gone{0}; gone < time; gone += step) {
            static_cast<void>(desk_->advance({}));
            store_.clock().advance(step);
        }
    }
    void recheck(const std::string& id) {
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(here_.recheck(unit, identity::Principal::service(), id));
            return {};
        }));
    }
    void restart() { restart(kSettings); }
    void restart(const tickets::RemoteSettings& settings) { desk_ = std::make_unique<tickets::RemoteDesk>(foundation_, fake_, settings); }
    std::size_t open_notifications(const std::string& type) {
        std::size_t count = 0;
        EXPECT_TRUE(store_->read([&](store::Session& sql) -> Result<void> {
            SW_TRY(const auto rows,
                   store::find_by(sql, registry::notifications_table(), {{"notification_type", type}, {"open", std::int64_t{1}}}, store::Scope::all()));
            count = rows.size();
            return {};
        }));
        return count;
    }

    const tickets::RemoteSettings kSettings{.rules = {.project = "MRM"}, .public_url = "https://models.example.com", .poll_interval = std::chrono::seconds{30}};
    TestStore store_;
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Foundation foundation_{.store = *store_, .access = access_, .sealer = sealer_};
    registry::Approvals approvals_{settings()};
    tickets::ApprovalDesk here_{foundation_, approvals_};
    FakeTickets fake_;
    std::unique_ptr<tickets::RemoteDesk> desk_ = std::make_unique<tickets::RemoteDesk>(foundation_, fake_, kSettings);
    std::string snapshot_;
};

}  // namespace slipway::fakes
