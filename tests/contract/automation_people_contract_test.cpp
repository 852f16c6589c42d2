#include "automation/user_tasks.hpp"
#include "contract/automation_fixture.hpp"
#include "registry/tables.hpp"

namespace slipway::contract {
namespace {

using automation::UserTasks;
using lifecycle::ProcessBuilder;
using namespace std::chrono_literals;

/// What people do: tasks of theirs, tokens moved by hand, and what is kept of what they did.
class AutomationPeopleContract : public AutomationTest {
protected:
    void SetUp() override {
        AutomationTest::SetUp();
        if (world_) {
            tasks_ = std::make_unique<UserTasks>(world_->engine(), access_);
        }
    }
    void TearDown() override {
        tasks_.reset();
        AutomationTest::TearDown();
    }
    std::vector<store::Entity> told_of(const std::string& model) {
        return world_->read<std::vector<store::Entity>>(
            [&](store::Session& sql) { return store::find_by(sql, registry::model_mlcs_table(), {{"stored_model_id", model}}, store::Scope::all()); });
    }
    UserTasks& tasks() { return *tasks_; }
    std::vector<automation::UserTask> list(const identity::Principal& who, std::string_view filter = {}, const std::string& value = {}) {
        UserTasks::Query query;
        EXPECT_TRUE(filter.empty() || query.filters.add(automation::user_task_rules(), filter, {value}));
        return world().read<std::vector<automation::UserTask>>([&](store::Session& sql) { return tasks().list(sql, who, query); });
    }
    lifecycle::Process approval() {
        ProcessBuilder builder;
        builder.start();
        auto& user = builder.user("review");
        user.name = "Review it";
        user.candidate_groups = "reviewers";
        builder.task("after");
        builder.end();
        builder.path({"s", "review", "after", "e"});
        return builder.process;
    }
    Result<void> modify(const std::string& id, const automation::Modification& wanted) {
        return world().change([&](store::Unit& unit) { return world().instances().modify(unit, world().ann, id, wanted); });
    }

    identity::Principal rita_{.name = "rita", .groups = {"risk", "reviewers"}};

private:
    identity::Access access_;
    std::unique_ptr<UserTasks> tasks_;
};

TEST_P(AutomationPeopleContract, AUserTaskIsClaimedAndEndedByACandidate) {
    auto& w = world();
    w.deploy(approval());
    const auto id = w.start("p", {{"IN", "x"}});
    EXPECT_TRUE(list(w.bob).empty()) << "another group sees it";
    const auto open = list(rita_, "candidateGroup", "reviewers");
    ASSERT_EQ(open.size(), 1U);
    EXPECT_EQ(open[0].name, "Review it");
    const auto& task = open[0].id;
    const auto not_hers = w.change([&](store::Unit& unit) { return tasks().complete(unit, w.ann, task, {}); });
    ASSERT_FALSE(not_hers);
    EXPECT_EQ(not_hers.error().reason, "NOT_A_CANDIDATE");
    SW_OK(w.change([&](store::Unit& unit) { return tasks().claim(unit, rita_, task, "rita"); }));
    EXPECT_TRUE(list(rita_, "candidateGroup", "reviewers").empty()) << "a claimed task is nobody else's to take";
    EXPECT_EQ(list(rita_, "assignee", "rita").size(), 1U);
    const identity::Principal other{.name = "otto", .groups = {"risk", "reviewers"}};
    const auto claimed = w.change([&](store::Unit& unit) { return tasks().claim(unit, other, task, "otto"); });
    ASSERT_FALSE(claimed);
    EXPECT_EQ(claimed.error().reason, "CLAIMED");
    SW_OK(w.change([&](store::Unit& unit) { return tasks().complete(unit, rita_, task, {{"reviewResult", "APPROVED"}}); }));
    EXPECT_EQ(w.waiting(id), "after");
    EXPECT_EQ(json::text_of(w.variables(id), "reviewResult"), "APPROVED");
    const auto late = w.change([&](store::Unit& unit) { return tasks().complete(unit, rita_, task, {}); });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::not_found);
}

TEST_P(AutomationPeopleContract, ANameThatNoIndexHoldsIsRefusedByItsField) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.user("review");
    builder.end();
    builder.path({"s", "review", "e"});
    w.deploy(builder.process);
    w.start("p");
    const auto task = list(w.ann).at(0).id;
    EXPECT_EQ(list(w.ann, "mine", "assignee:ann").size(), 1U) << "meant for nobody in particular, so for everybody";
    EXPECT_EQ(w.info(list(w.ann).at(0).instance_id).open_tasks, 1);
    const auto given = [&](std::size_t length) {
        return w.change([&](store::Unit& unit) { return tasks().claim(unit, w.service, task, std::string(length, 'x')); });
    };
    const auto refused = given(3000);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    ASSERT_EQ(refused.error().faults.size(), 1U) << refused.error().message;
    EXPECT_EQ(refused.error().faults[0].pointer, "/userId");
    SW_OK(given(255));
}

TEST_P(AutomationPeopleContract, TokensAreMovedByHand) {
    auto& w = world();
    w.deploy(approval());
    const auto id = w.start("p");
    SW_OK(modify(id, {.start_before = {"after"}, .cancel_elements = {"review"}, .variables = {{"WHY", "by hand"}}, .reason = "the reviewer is away"}));
    EXPECT_EQ(w.waiting(id), "after");
    EXPECT_TRUE(list(rita_).empty());
    EXPECT_EQ(json::text_of(w.variables(id), "WHY"), "by hand");
    EXPECT_EQ(modify(id, {.cancel_elements = {"review"}}).error().reason, "GONE");
    EXPECT_EQ(modify(id, {.start_before = {"nowhere"}}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(modify(id, {}).error().code, ErrorCode::invalid_argument);
    const auto strange = w.change([&](store::Unit& unit) { return w.instances().modify(unit, w.bob, id, {.start_before = {"after"}}); });
    EXPECT_EQ(strange.error().code, ErrorCode::not_found);
    EXPECT_EQ(w.waiting(id), "after");
}

TEST_P(AutomationPeopleContract, EndedInstancesGoWhenTheirTimeIsOver) {
    auto& w = world();
    ProcessBuilder builder;
    builder.process.history_time_to_live = "P2D";
    builder.start();
    builder.end();
    builder.path({"s", "e"});
    const auto definition = w.deploy(builder.process);
    EXPECT_EQ(w.read<automation::Definition>([&](store::Session& sql) { return w.definitions().get(sql, w.service, definition.id); }).days_kept, 2);
    auto once = builder.process;
    once.id = "once";
    once.history_time_to_live = "1";
    once.properties["mlc.startOnce"] = "true";
    w.deploy(once);
    const auto gone = w.start("p");
    const auto stands = w.start("once", {}, "key");
    ASSERT_TRUE(w.info(gone).removal.has_value());
    clock_.advance(47h);
    w.prune();
    EXPECT_EQ(w.info(gone).state, lifecycle::InstanceState::completed);
    clock_.advance(2h);
    w.prune();
    EXPECT_FALSE(store::read<automation::InstanceInfo>(w.store().database(), [&](store::Session& sql) { return w.instances().get(sql, w.service, gone); }));
    EXPECT_EQ(w.rows("lifecycle_history"), 0);
    EXPECT_EQ(w.state(stands), "completed") << "it stands for its business key for ever";
}

TEST_P(AutomationPeopleContract, WhatModelsTellOfTheirLifeCyclesStaysTrue) {
    auto& w = world();
    const auto model = w.write<store::Entity>([](store::Unit& unit) {
        return store::insert(unit, registry::stored_models_table(), {.id = {}, .group = "risk", .document = {{"modelMetaData", {{"name", "churn"}}}}});
    });
    SW_OK(model);
    ProcessBuilder builder;
    builder.process.history_time_to_live = "P2D";
    builder.start();
    builder.script("forget", "STORED_MODEL_ID", "${''}");
    builder.end();
    builder.path({"s", "forget", "e"});
    w.deploy(builder.process);
    auto once = builder.process;
    once.id = "once";
    once.properties["mlc.startOnce"] = "true";
    w.deploy(once);
    const json::object variables{{"STORED_MODEL_ID", model->id}};
    const auto gone = w.start("p", variables);
    const auto stands = w.start("once", variables, "key");
    const auto told = [&] { return told_of(model->id); };
    ASSERT_EQ(told().size(), 2U);
    w.prune();
    for (const auto& row : told()) {
        const auto& process = row.document.at("processInstance").as_object();
        EXPECT_EQ(json::text_of(process, "endTime"), to_iso(*w.info(row.id).ended)) << "it runs no more, though it forgot its model";
    }
    SW_OK(w.change([](store::Unit& unit) -> Result<void> {  // as older versions left it
        SW_CHECK(
            unit.sql.execute("INSERT INTO model_mlcs (id, group_name, version, created_at, modified_at, created_by, modified_by, search_text, document) "
                             "VALUES ('outlived', 'risk', 1, 1, 1, 'ann', 'ann', '', '{\"processInstance\":{\"id\":\"outlived\"}}')"));
        return {};
    }));
    clock_.advance(49h);
    w.prune();
    ASSERT_EQ(told().size(), 1U) << gone;
    EXPECT_EQ(told()[0].id, stands);
    EXPECT_EQ(w.state(stands), "completed");
    EXPECT_EQ(w.rows("model_mlcs"), 1);
}

SW_ON_ALL_ENGINES(AutomationPeopleContract);

}  // namespace
}  // namespace slipway::contract
