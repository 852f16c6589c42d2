#include <fmt/format.h>

#include "automation/user_tasks.hpp"
#include "contract/automation_fixture.hpp"

namespace slipway::contract {
namespace {

using automation::Comparison;
using automation::Filters;
using automation::Instances;
using automation::ListRules;
using automation::VariableOperator;
using lifecycle::ProcessBuilder;
using namespace std::chrono_literals;

/// What lists are filtered and ordered by, on each database.
class AutomationQueriesContract : public AutomationTest {
protected:
    void SetUp() override {
        AutomationTest::SetUp();
        if (world_) {
            tasks_ = std::make_unique<automation::UserTasks>(world_->engine(), access_);
            ProcessBuilder builder;
            builder.start();
            builder.task("work");
            builder.user("review").candidate_groups = "reviewers,auditors";
            builder.end();
            builder.path({"s", "work", "review", "e"});
            world_->deploy(builder.process);
        }
    }
    void TearDown() override {
        tasks_.reset();
        AutomationTest::TearDown();
    }

    static Filters filters(const ListRules& rules, const std::vector<std::pair<std::string, std::string>>& wanted) {
        Filters out;
        for (const auto& [name, value] : wanted) {
            const auto added = out.add(rules, name, {value});
            EXPECT_TRUE(added && *added) << name;
        }
        return out;
    }
    static std::vector<Filters> one_of_each(const ListRules& rules) {
        std::vector<Filters> out;
        for (const auto& rule : rules.filters) {
            const bool number = rule.comparison >= Comparison::number && rule.comparison <= Comparison::above;
            const bool time = rule.comparison >= Comparison::time && rule.comparison <= Comparison::before;
            const bool flag = rule.comparison >= Comparison::now;
            out.push_back(filters(rules, {{std::string{rule.name}, flag ? "true" : time ? "2026-11-26T07:20:33.000+0100" : number ? "7" : "x%"}}));
        }
        for (const auto& order : rules.orders) {
            EXPECT_TRUE(out.emplace_back().order_by(rules, order.name, true)) << order.name;
        }
        return out;
    }
    std::vector<std::string> running(Filters wanted, std::vector<automation::VariableFilter> variables = {}) {
        std::vector<std::string> out;
        const Instances::Query query{.running = true, .filters = std::move(wanted), .variables = std::move(variables)};
        const auto found =
            world().read<std::vector<automation::InstanceInfo>>([&](store::Session& sql) { return world().instances().list(sql, world().ann, query); });
        for (const auto& one : found) {
            out.push_back(one.business_key);
        }
        EXPECT_EQ(world().read<std::int64_t>([&](store::Session& sql) { return world().instances().count(sql, world().ann, query); }), std::ssize(out));
        return out;
    }
    std::vector<automation::UserTask> people_tasks(const Filters& wanted, std::int64_t first = 0, std::int64_t most = 1000) {
        return world().read<std::vector<automation::UserTask>>(
            [&](store::Session& sql) { return tasks_->list(sql, world().ann, {.filters = wanted, .first = first, .most = most}); });
    }
    void work_off() {
        for (const auto& task : world().fetch("work")) {
            SW_OK(world().change([&](store::Unit& unit) { return world().tasks().complete(unit, world().ann, task.id, "w", {}, {}); }));
        }
    }

    identity::Access access_;
    std::unique_ptr<automation::UserTasks> tasks_;

private:
};

TEST_P(AutomationQueriesContract, EveryFilterAndOrderIsSqlThatTheDatabaseTakes) {
    auto& w = world();
    w.start("p", {{"A", 1}}, "key");
    const auto now = w.store().clock().now();
    for (const auto* rules : {&automation::running_rules(), &automation::past_rules()}) {
        for (const auto& one : one_of_each(*rules)) {
            w.read<std::vector<automation::InstanceInfo>>([&](store::Session& sql) { return w.instances().list(sql, w.ann, {.filters = one}); });
            w.read<std::int64_t>([&](store::Session& sql) { return w.instances().count(sql, w.ann, {.filters = one}); });
        }
    }
    for (const auto& one : one_of_each(automation::definition_rules())) {
        w.read<std::vector<automation::Definition>>([&](store::Session& sql) { return w.definitions().list(sql, w.ann, {.filters = one}); });
    }
    for (const auto& one : one_of_each(automation::deployment_rules())) {
        w.read<std::vector<automation::Deployment>>([&](store::Session& sql) { return w.definitions().deployments(sql, w.ann, one, 0, 10); });
    }
    for (const auto* rules : {&automation::incident_rules(), &automation::past_incident_rules()}) {
        for (const auto& one : one_of_each(*rules)) {
            w.read<std::vector<automation::IncidentInfo>>([&](store::Session& sql) { return w.instances().incidents(sql, w.ann, {.filters = one}); });
        }
    }
    for (const auto& one : one_of_each(automation::job_rules())) {
        w.read<std::vector<automation::JobInfo>>([&](store::Session& sql) { return w.instances().jobs(sql, w.ann, {.filters = one}, now); });
    }
    for (const auto& one : one_of_each(automation::external_task_rules())) {
        w.read<std::vector<automation::ExternalTask>>([&](store::Session& sql) { return w.tasks().list(sql, w.ann, {.filters = one}, now); });
    }
    for (const auto& one : one_of_each(automation::topic_rules())) {
        SW_OK(w.write<std::vector<automation::ExternalTask>>(
            [&](store::Unit& unit) { return w.tasks().fetch(unit, w.ann, {.worker = "w", .topics = {{.name = "none", .lock_for = 1s, .filters = one}}}); }));
    }
    for (const auto& one : one_of_each(automation::user_task_rules())) {
        people_tasks(one);
    }
}

TEST_P(AutomationQueriesContract, InstancesAreFoundByKeysPatternsAndVariables) {
    auto& w = world();
    w.start("p", {{"STATE", "open"}, {"AGE_IN_DAYS", 3}}, "north*1");
    w.start("p", {{"STATE", "open"}, {"AGE_IN_DAYS", 12}}, "North_2");
    w.start("p", {{"STATE", "shut"}}, "south");
    const auto& rules = automation::running_rules();
    using Keys = std::vector<std::string>;
    EXPECT_EQ(running(filters(rules, {{"businessKeyLike", "north%"}})), Keys{"north*1"}) << "upper and lower case are two";
    EXPECT_EQ(running(filters(rules, {{"businessKeyLike", "%\\_2"}})), Keys{"North_2"});
    EXPECT_EQ(running(filters(rules, {{"businessKeyLike", "north*_"}})), Keys{"north*1"}) << "a star is a star";
    EXPECT_EQ(running(filters(rules, {{"businessKey", "south"}, {"suspended", "true"}})), Keys{});
    EXPECT_EQ(running(filters(rules, {{"businessKey", ""}})), Keys{}) << "an empty value is a value";
    Filters ordered;
    ASSERT_TRUE(ordered.order_by(rules, "businessKey", false));
    EXPECT_EQ(running(ordered), (Keys{"North_2", "north*1", "south"}));
    EXPECT_EQ(running({}, {{.name = "STATE", .value = "shut"}}), Keys{"south"});
    EXPECT_EQ(running({}, {{.name = "STATE", .value = "open"}, {.name = "AGE_IN_DAYS", .comparison = VariableOperator::gt, .value = "9", .from_text = true}}),
              Keys{"North_2"})
        << "a number of a URL is a number";
    EXPECT_EQ(running({}, {{.name = "AGE_IN_DAYS", .comparison = VariableOperator::neq, .value = 3}}), Keys{"North_2"})
        << "without the variable there is nothing to differ";
    const auto wrong = [&](std::string_view name, const std::string& value) { return Filters{}.add(rules, name, {value}).error().code; };
    EXPECT_EQ(wrong("active", "yes"), ErrorCode::invalid_argument);
    EXPECT_EQ(wrong("businessKeyLike", "ends in an escape\\"), ErrorCode::invalid_argument);
    EXPECT_FALSE(*Filters{}.add(rules, "activityIdIn", {"work"})) << "what is not offered is told";
}

TEST_P(AutomationQueriesContract, VariablesAreLookedForWithinBounds) {
    auto& w = world();
    for (const auto* key : {"b", "a", "d", "c"}) {
        w.start("p", {{"WIDE", std::string(10'000, 'x')}, {"KEY", key}}, key);
    }
    const auto keys = [&](const automation::DocumentBounds& bounds, std::int64_t most) -> Result<std::string> {
        Instances instances{w.engine(), w.definitions(), access_, bounds};
        Instances::Query query{.variables = {{.name = "KEY", .comparison = VariableOperator::neq, .value = "b"}}, .most = most};
        EXPECT_TRUE(query.filters.order_by(automation::running_rules(), "businessKey", false));
        std::string out;
        SW_CHECK(store::read<int>(*database_, [&](store::Session& sql) -> Result<int> {
            SW_TRY(const auto found, instances.list(sql, w.ann, query));
            for (const auto& one : found) {
                out += one.business_key;
            }
            return 0;
        }));
        return out;
    };
    EXPECT_EQ(*keys({}, 10), "acd");
    EXPECT_EQ(*keys({.bytes_at_once = 1}, 10), "acd") << "one by one";
    EXPECT_EQ(*keys({.bytes_at_once = 25'000}, 10), "acd") << "two by two";
    for (const automation::DocumentBounds& bounds : {automation::DocumentBounds{.bytes = 15'000}, automation::DocumentBounds{.instances = 3}}) {
        const auto refused = keys(bounds, 10);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(*keys(bounds, 1), "a") << "enough was found before";
    }
    EXPECT_EQ(*keys({.instances = 4}, 10), "acd");
}

TEST_P(AutomationQueriesContract, TasksOfPeopleArePagedByTheDatabase) {
    auto& w = world();
    for (const auto* key : {"a", "b", "c"}) {
        w.start("p", {}, key);
    }
    work_off();
    const auto& rules = automation::user_task_rules();
    EXPECT_EQ(people_tasks(filters(rules, {{"candidateGroup", "auditors"}})).size(), 3U);
    EXPECT_TRUE(people_tasks(filters(rules, {{"candidateGroup", "others"}})).empty());
    const auto second = people_tasks(filters(rules, {{"unassigned", "true"}}), 1, 1);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(w.info(second[0].instance_id).business_key, "b");
    const identity::Principal rita{.name = "rita", .groups = {"risk", "reviewers"}};
    SW_OK(w.change([&](store::Unit& unit) { return tasks_->claim(unit, rita, second[0].id, "rita"); }));
    ASSERT_EQ(people_tasks(filters(rules, {{"assigneeLike", "ri%"}})).size(), 1U);
    EXPECT_EQ(people_tasks(filters(rules, {{"candidateGroup", "reviewers"}})).size(), 2U) << "a claimed one is nobody else's to take";
    const auto mine = [&](std::vector<std::string> names) {
        automation::UserTasks::Query query{.to_work = true, .most = 1};
        EXPECT_TRUE(query.filters.add(rules, "mine", std::move(names)));
        return w.read<std::int64_t>([&](store::Session& sql) { return tasks_->count(sql, rita, query); });
    };
    EXPECT_EQ(mine({"assignee:rita", "user:rita", "group:risk", "group:reviewers"}), 3) << "hers, and what is offered to her group";
    EXPECT_EQ(mine({"assignee:rita", "user:rita", "group:risk"}), 1) << "hers alone";
    EXPECT_EQ(mine({"assignee:otto", "user:otto", "group:risk"}), 0);
    SW_OK(w.change([&](store::Unit& unit) { return tasks_->complete(unit, rita, second[0].id, {}); }));
    EXPECT_EQ(w.rows("lifecycle_user_tasks"), 2);
    EXPECT_EQ(w.rows("lifecycle_candidates"), 4) << "candidates go with their task";
}

TEST_P(AutomationQueriesContract, OfAlternativesOneMustHold) {
    auto& w = world();
    for (const auto* key : {"a", "b1", "b2", "c"}) {
        w.start("p", {}, key);
    }
    const auto& rules = automation::running_rules();
    ASSERT_TRUE(rules.alternatives);
    Filters wanted;
    wanted.add_any_of(filters(rules, {{"businessKey", "a"}, {"businessKeyLike", "b%"}}));
    EXPECT_EQ(running(wanted), (std::vector<std::string>{"b2", "b1", "a"})) << "the newest first";
    wanted.add_any_of(filters(rules, {{"businessKey", "c"}, {"businessKeyLike", "%2"}}));
    wanted.add_any_of({});
    EXPECT_EQ(running(wanted), (std::vector<std::string>{"b2"})) << "one of each";
    Filters both = filters(rules, {{"businessKeyLike", "c%"}});
    both.add_any_of(filters(rules, {{"businessKey", "a"}, {"businessKeyLike", "b%"}}));
    EXPECT_TRUE(running(both).empty());
}

TEST_P(AutomationQueriesContract, AFetchIsOrderedOverAllItsTopics) {
    auto& w = world();
    ProcessBuilder builder;
    builder.process.id = "other";
    builder.start();
    builder.task("more");
    builder.end();
    builder.path({"s", "more", "e"});
    w.deploy(builder.process);
    for (const auto* key : {"p", "other", "p"}) {
        w.start(key, {}, fmt::format("{}", clock_.now().time_since_epoch().count()));
        clock_.advance(1s);
    }
    const auto fetched = [&](bool newest_first) {
        std::vector<std::int64_t> ages;
        const auto tasks = w.write<std::vector<automation::ExternalTask>>([&](store::Unit& unit) {
            return w.tasks().fetch(
                unit, w.ann,
                {.worker = "w", .most = 2, .newest_first = newest_first, .topics = {{.name = "work", .lock_for = 1s}, {.name = "more", .lock_for = 1s}}});
        });
        for (const auto& task : *tasks) {
            ages.push_back((clock_.now() - task.created) / 1s);
        }
        clock_.advance(1s);
        return ages;
    };
    EXPECT_EQ(fetched(true), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(fetched(false), (std::vector<std::int64_t>{4, 3}));
}

TEST_P(AutomationQueriesContract, LocksThatAreOverAreNoLocks) {
    auto& w = world();
    w.start("p", {}, "a");
    ASSERT_EQ(w.fetch("work", "ann", 1s).size(), 1U);
    const auto locked = [&] {
        return w.read<std::vector<automation::ExternalTask>>([&](store::Session& sql) {
            return w.tasks().list(sql, w.ann, {.filters = filters(automation::external_task_rules(), {{"locked", "true"}})}, clock_.now());
        });
    };
    EXPECT_EQ(locked().size(), 1U);
    clock_.advance(2s);
    EXPECT_TRUE(locked().empty());
}

SW_ON_ALL_ENGINES(AutomationQueriesContract);

}  // namespace
}  // namespace slipway::contract
