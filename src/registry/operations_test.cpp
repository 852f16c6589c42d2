#include "registry/operations.hpp"

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"

namespace slipway::registry {
namespace {

class OperationsTest : public testing::Test {
protected:
    template <typename T>
    Result<T> in_unit(const std::function<Result<T>(store::Unit&)>& work) {
        std::optional<T> out;
        const auto done = store_->write({.subject = "ann", .request_id = "r"}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(out, work(unit));
            return {};
        });
        SW_CHECK(done);
        return std::move(*out);
    }
    Result<Operation> start(const std::string& group, const std::string& key, OperationKind kind = OperationKind::IMPORT) {
        return in_unit<Operation>([&](store::Unit& unit) {
            Operation operation;
            operation.group = group;
            operation.kind = kind;
            return operations_.start(unit, operation, key);
        });
    }
    void save(const Operation& operation, bool announce = false) {
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) { return operations_.save(unit, operation, announce); }));
    }
    Result<Operation> cancel(const identity::Principal& who, const std::string& id) {
        return in_unit<Operation>([&](store::Unit& unit) { return operations_.cancel(unit, who, id); });
    }
    Result<Operation> get(const identity::Principal& who, const std::string& id) {
        return store::read<Operation>(store_.database(), [&](store::Session& sql) { return operations_.get(sql, who, id); });
    }
    Operations::List list(const identity::Principal& who, const Operations::Query& query) {
        return store::read<Operations::List>(store_.database(), [&](store::Session& sql) { return operations_.list(sql, who, query); }).value();
    }
    std::int64_t events() {
        return store::read<std::int64_t>(store_.database(),
                                         [](store::Session& sql) -> Result<std::int64_t> {
                                             SW_TRY(const auto rows, sql.query("SELECT COUNT(*) FROM outbox"));
                                             return rows[0].integer(0);
                                         })
            .value();
    }

    fakes::TestStore store_;
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    Foundation foundation_{.store = *store_, .access = access_, .sealer = sealer_, .default_group = "modelop"};
    Operations operations_{foundation_};
    const identity::Principal ann_{.kind = identity::Principal::Kind::user, .name = "ann", .groups = {"risk"}, .admin = false};
    const identity::Principal eve_{.kind = identity::Principal::Kind::user, .name = "eve", .groups = {"strangers"}, .admin = false};
};

TEST_F(OperationsTest, OneOperationRunsPerKey) {
    const auto first = start("risk", "import:x").value();
    EXPECT_EQ(first.created_by, "ann");
    EXPECT_EQ(first.state, OperationState::RUNNING);
    const auto second = start("risk", "import:x");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, "ALREADY_RUNNING");
    EXPECT_TRUE(second.error().message.contains(first.id));
    EXPECT_TRUE(start("risk", "import:y"));
    EXPECT_TRUE(start("risk", ""));
    EXPECT_TRUE(start("risk", ""));
    auto ended = first;
    ended.state = OperationState::COMPLETE;
    ended.finished = store_.clock().now();
    save(ended);
    EXPECT_TRUE(start("risk", "import:x"));
}

TEST_F(OperationsTest, ACancellationSurvivesProgressOfWhoHasNotSeenIt) {
    auto running = start("risk", "").value();
    EXPECT_TRUE(cancel(ann_, running.id)->cancel_requested);
    running.stages.push_back({.name = "jobs", .done = 3, .total = 5, .skipped = 0, .note = {}});
    ASSERT_FALSE(running.cancel_requested);
    save(running);
    const auto read = get(ann_, running.id).value();
    EXPECT_TRUE(read.cancel_requested);
    EXPECT_EQ(read.stages.at(0).done, 3);
    running.state = OperationState::CANCELLED;
    save(running);
    EXPECT_EQ(cancel(ann_, running.id).error().reason, "ALREADY_ENDED");
}

TEST_F(OperationsTest, OthersNeitherSeeNorCancelThem) {
    const auto mine = start("risk", "").value();
    EXPECT_EQ(get(eve_, mine.id).error().code, ErrorCode::not_found);
    EXPECT_EQ(cancel(eve_, mine.id).error().code, ErrorCode::not_found);
    EXPECT_EQ(list(eve_, {}).total, 0);
    EXPECT_EQ(get(ann_, "none").error().code, ErrorCode::not_found);
    EXPECT_FALSE(get(ann_, mine.id)->cancel_requested);
    EXPECT_TRUE(get(identity::Principal::service(), mine.id));
}

TEST_F(OperationsTest, ListsAreScopedFilteredAndPagedNewestFirst) {
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(start("risk", "", i % 2 == 0 ? OperationKind::IMPORT : OperationKind::SYNC).value().id);
        EXPECT_TRUE(start("strangers", ""));
    }
    const auto page = list(ann_, {.page = 1, .size = 2});
    EXPECT_EQ(page.total, 5);
    ASSERT_EQ(page.items.size(), 2U);
    EXPECT_EQ(page.items[0].id, ids[2]);
    EXPECT_EQ(list(ann_, {.kind = "SYNC"}).total, 2);
    EXPECT_EQ(list(ann_, {.state = "ERROR"}).total, 0);
    EXPECT_EQ(list(identity::Principal::service(), {}).total, 10);
    const auto running = store::read<std::vector<Operation>>(store_.database(), [&](store::Session& sql) { return operations_.running(sql); });
    EXPECT_EQ(running->size(), 10U);
}

TEST_F(OperationsTest, ProgressIsAnnouncedOnlyWhenAskedAndMakesNoAuditRow) {
    auto running = start("risk", "").value();
    const auto before = events();
    save(running, false);
    EXPECT_EQ(events(), before);
    save(running, true);
    EXPECT_EQ(events(), before + 1);
    EXPECT_TRUE(store_->read([](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT COUNT(*) FROM audit_records"));
        EXPECT_EQ(rows[0].integer(0), 0);
        return {};
    }));
}

TEST_F(OperationsTest, OldEndedOnesAloneArePruned) {
    const auto end = [&](Operation operation, OperationState state) {
        operation.state = state;
        operation.finished = store_.clock().now();
        save(operation);
    };
    end(start("risk", "old").value(), OperationState::COMPLETE);
    EXPECT_TRUE(start("risk", "runs"));
    store_.clock().advance(std::chrono::days{31});
    end(start("risk", "new").value(), OperationState::ERROR);
    EXPECT_EQ(in_unit<std::int64_t>([](store::Unit& unit) { return Operations::prune(unit, unit.now - std::chrono::days{30}); }), 1);
    const auto rest = list(ann_, {});
    ASSERT_EQ(rest.items.size(), 2U);
    EXPECT_EQ(rest.items[0].state, OperationState::ERROR);
    EXPECT_EQ(rest.items[1].state, OperationState::RUNNING);
}

TEST_F(OperationsTest, TheDocumentIsThatOfTheContract) {
    auto operation = start("risk", "").value();
    operation.problems.push_back({.operation = "ListTags", .code = "AccessDenied", .message = "no", .permission = "sagemaker:ListTags", .request_id = {}});
    operation.aws_calls.by_operation["ListTags"] = 1;
    const auto document = to_json(operation);
    for (const auto* member : {"id", "group", "createdBy", "kind", "state", "stages", "awsCalls", "problems", "created"}) {
        EXPECT_TRUE(document.contains(member)) << member;
    }
    EXPECT_EQ(json::write(document.at("awsCalls")), R"({"total":0,"retried":0,"throttled":0,"saved":0,"byOperation":{"ListTags":1}})");
    EXPECT_EQ(json::write(document.at("problems")), R"([{"operation":"ListTags","code":"AccessDenied","message":"no","permission":"sagemaker:ListTags"}])");
}

}  // namespace
}  // namespace slipway::registry
