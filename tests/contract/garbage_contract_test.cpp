#include "contract/database_fixture.hpp"
#include "registry/garbage.hpp"
#include "registry/tables.hpp"
#include "store/lease.hpp"

namespace slipway::contract {
namespace {

using store::Session;
using store::Unit;

/// Does something before the first transaction of another: what comes between the reading of names and the deletion.
class Interrupted final : public store::Database {
public:
    Interrupted(store::Database& inner, std::function<void()> before) : inner_{inner}, before_{std::move(before)} {}
    Result<void> transact(const store::Work& work) override {
        if (before_) {
            std::exchange(before_, nullptr)();
        }
        return inner_.transact(work);
    }
    Result<void> read(const store::Work& work) override { return inner_.read(work); }
    store::Dialect dialect() const override { return inner_.dialect(); }
    std::string description() const override { return inner_.description(); }

private:
    store::Database& inner_;
    std::function<void()> before_;
};

class GarbageContract : public DatabaseTest {
protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (database_) {
            migrate();
        }
    }
    void write(const std::function<Result<void>(Unit&)>& work) {
        auto target = store();
        SW_OK(target.write({}, work));
    }
    std::string blob(const std::string& bytes) {
        std::string hash;
        write([&](Unit& unit) -> Result<void> {
            SW_TRY(hash, store::keep_blob(unit, bytes));
            return {};
        });
        return hash;
    }
    void secret(const std::string& reference) {
        write([&](Unit& unit) -> Result<void> {
            SW_CHECK(unit.sql.execute("INSERT INTO sealed_secrets (reference, group_name, created_at, created_by, sealed) VALUES ($1, 'g', $2, 'ana', $3)",
                                      {reference, store::to_value(unit.now), store::Blob{"sealed"}}));
            return {};
        });
    }
    store::Entity row(const store::EntityTable& table, const std::string& document) {
        store::Entity made;
        write([&](Unit& unit) -> Result<void> {
            SW_TRY(made, store::insert(unit, table, {.id = "", .group = "g", .document = *json::parse_object(document)}));
            return {};
        });
        return made;
    }
    static std::string naming(const std::string& hash, const std::string& reference) {
        return R"({"modelMetaData":{"name":"m"},"modelAssets":[{"contentHash":")" + hash + R"(","credentialRef":")" + reference + R"("}]})";
    }
    std::set<std::string> kept(const std::string& column, const std::string& table) {
        std::set<std::string> out;
        EXPECT_TRUE(database().read([&](Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT " + column + " FROM " + table));
            for (const auto& found : rows) {
                out.insert(found.text(0));
            }
            return {};
        }));
        return out;
    }
    store::Lease lease() {
        auto target = store();
        const auto taken = registry::due_collection(target, Milliseconds{0});
        EXPECT_TRUE(taken && *taken);
        return taken && *taken ? **taken : store::Lease{};
    }
    registry::Collected collect() {
        auto target = store();
        const auto done = registry::collect_garbage(target, lease(), {});
        EXPECT_TRUE(done) << (done ? "" : done.error().message + " " + done.error().detail);
        return done.value_or(registry::Collected{});
    }
};

TEST_P(GarbageContract, WhatNothingNamesGoesAndNothingElse) {
    const auto named = blob("named by a model");
    const auto nested = blob("named by the model that a snapshot holds");
    const auto index = blob("a description in the index of an account");
    const auto unused = blob("named by nothing");
    const auto removed = blob("named by a removed model");
    for (const auto* reference : {"ref-model", "ref-nested", "ref-unused", "ref-removed"}) {
        secret(reference);
    }
    row(registry::stored_models_table(), naming(named, "ref-model"));
    row(registry::deployable_models_table(), R"({"metaData":{"name":"s"},"storedModel":)" + naming(nested, "ref-nested") + "}");
    const auto gone = row(registry::stored_models_table(), naming(removed, "ref-removed"));
    write([&](Unit& unit) -> Result<void> {
        SW_CHECK(
            unit.sql.execute("INSERT INTO sagemaker_objects (object_key, account, region, kind, arn, name, status, final, pending, detail) "
                             "VALUES ('k', 'a', 'r', 'ENDPOINT', 'arn', 'n', 's', 1, 0, $1)",
                             {index}));
        return store::remove(unit, registry::stored_models_table(), gone);
    });
    EXPECT_EQ(collect().blobs, 0) << "nothing is old enough";
    clock_.advance(std::chrono::hours{2});
    const auto young = blob("young, and named by nothing yet");
    secret("ref-young");
    const auto all = kept("hash", "blobs");
    const auto collected = collect();
    EXPECT_EQ(collected.blobs, 2);
    EXPECT_EQ(collected.secrets, 2);
    auto rest = all;
    rest.erase(unused);
    rest.erase(removed);
    EXPECT_EQ(kept("hash", "blobs"), rest);
    EXPECT_TRUE(rest.contains(named) && rest.contains(nested) && rest.contains(index) && rest.contains(young));
    EXPECT_EQ(kept("reference", "sealed_secrets"), (std::set<std::string>{"ref-model", "ref-nested", "ref-young"}));
    EXPECT_EQ(collect().blobs, 0);
}

TEST_P(GarbageContract, ContentThatIsKeptAgainIsYoungAgain) {
    const auto hash = blob("again");
    clock_.advance(std::chrono::hours{2});
    EXPECT_EQ(blob("again"), hash);
    EXPECT_EQ(collect().blobs, 0);
    clock_.advance(std::chrono::hours{2});
    EXPECT_EQ(collect().blobs, 1);
}

TEST_P(GarbageContract, WhatIsNamedBetweenReadingAndDeletingStays) {
    const auto hash = blob("named late");
    const auto nested = blob("named late by a snapshot");
    const auto unused = blob("never named");
    secret("ref-late");
    clock_.advance(std::chrono::hours{2});
    const auto held = lease();
    Interrupted between{database(), [&] {
                            row(registry::stored_models_table(), naming(hash, "ref-late"));
                            row(registry::deployable_models_table(), R"({"metaData":{"name":"s"},"storedModel":)" + naming(nested, "none") + "}");
                        }};
    store::Store interrupted{between, clock_, ids_};
    const auto done = registry::collect_garbage(interrupted, held, {});
    SW_OK(done);
    EXPECT_EQ(done->blobs, 1);
    EXPECT_EQ(done->secrets, 0);
    const auto rest = kept("hash", "blobs");
    EXPECT_TRUE(rest.contains(hash) && rest.contains(nested));
    EXPECT_FALSE(rest.contains(unused));
}

TEST_P(GarbageContract, IsDueOnceInItsTimeAndEndsWhenAnotherTookIt) {
    auto target = store();
    blob("unused");
    clock_.advance(std::chrono::hours{2});
    const auto first = registry::due_collection(target, std::chrono::hours{6});
    SW_OK(first);
    ASSERT_TRUE(*first);
    const auto early = registry::due_collection(target, std::chrono::hours{6});
    SW_OK(early);
    EXPECT_FALSE(*early);
    clock_.advance(std::chrono::hours{7});
    const auto second = registry::due_collection(target, std::chrono::hours{6});
    SW_OK(second);
    ASSERT_TRUE(*second);
    const auto late = registry::collect_garbage(target, **first, {});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().reason, "LEASE_LOST");
    EXPECT_EQ(kept("hash", "blobs").size(), 1U);
    std::stop_source stopped;
    stopped.request_stop();
    SW_OK(registry::collect_garbage(target, **second, stopped.get_token()));
    EXPECT_EQ(kept("hash", "blobs").size(), 1U) << "names that were not read protect everything";
}

TEST_P(GarbageContract, OldAuditRecordsGoInBatches) {
    write([&](Unit& unit) -> Result<void> {
        for (int i = 0; i < 1100; ++i) {
            SW_CHECK(store::insert(unit, registry::model_mlcs_table(), {.id = "", .group = "g", .document = {}}));
        }
        return {};
    });
    clock_.advance(std::chrono::hours{24 * 400});
    const auto late = row(registry::model_mlcs_table(), "{}");
    auto target = store();
    const auto pruned = registry::prune_audit(target, lease(), clock_.now() - std::chrono::hours{24 * 365}, {});
    SW_OK(pruned);
    EXPECT_EQ(*pruned, 1100);
    EXPECT_EQ(kept("entity_id", "audit_records"), std::set<std::string>{late.id});
}

SW_ON_ALL_ENGINES(GarbageContract);

}  // namespace
}  // namespace slipway::contract
