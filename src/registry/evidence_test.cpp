#include "registry/evidence.hpp"

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"
#include "registry/tables.hpp"
#include "registry/test_verdicts.hpp"

namespace slipway::registry {
namespace {

/// A snapshot with a test job in which a life cycle found too little.
class EvidenceTest : public testing::Test {
protected:
    EvidenceTest() {
        snapshot_ = insert(deployable_models_table(), {{"metaData", {{"name", "churn-3"}}}});
        job_ = insert(jobs_table(), {{"jobType", "MODEL_BATCH_JOB"}, {"jobStatus", "COMPLETE"}, {"model", {{"id", snapshot_.id}}}});
        keep(job_.id, {{"jobId", job_.id},
                       {"comparator", "FAILED"},
                       {"comparatorReasons", json::array{"too weak"}},
                       {"passed", false},
                       {"output", {{"objects", 0}, {"said", "0 objects, 0 bytes"}}}});
    }
    store::Entity insert(const store::EntityTable& table, const json::object& document, const std::string& author = "SYSTEM") {
        store::Entity made;
        EXPECT_TRUE(store_->write({.subject = author, .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(made, store::insert(unit, table, {.id = {}, .group = "risk", .document = document}));
            return {};
        }));
        return made;
    }
    void keep(const std::string& job_id, const json::object& verdict) {
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) { return keep_test_verdict(unit, job_id, verdict); }));
    }
    void report(const std::string& author, const std::string& job_id) {
        const json::object measured{{"auc", 0.99}, {"passed", true}};
        insert(model_test_results_table(), {{"deployableModelId", snapshot_.id}, {"jobId", job_id}, {"testResults", measured}}, author);
    }
    json::object looked_at(json::object evidence = {}) {
        EXPECT_TRUE(store_->read([&](store::Session& sql) { return add_test(sql, snapshot_, evidence); }));
        return evidence;
    }

    fakes::TestStore store_;
    store::Entity snapshot_;
    store::Entity job_;
};

TEST_F(EvidenceTest, TellsWhatALifeCycleFoundWhoeverAsks) {
    const auto seen = looked_at();
    EXPECT_EQ(json::text_of(seen.at("testJob").as_object(), "id"), job_.id);
    EXPECT_EQ(json::write(seen.at("comparator")), R"({"result":"FAILED","reasons":["too weak"]})");
    EXPECT_EQ(seen.at("testOutput").as_object().at("objects"), 0);
    EXPECT_EQ(seen.at("testResult").as_object().at("passed"), false);
    EXPECT_FALSE(seen.contains("reportedResult"));
    EXPECT_FALSE(seen.contains("editedBy"));
}

TEST_F(EvidenceTest, WhatSomebodyPostsStandsApartWithItsAuthor) {
    report("mallory", job_.id);
    const auto seen = looked_at();
    EXPECT_EQ(seen.at("testResult").as_object().at("passed"), false) << "it does not take the place of what was found";
    EXPECT_EQ(json::text_of(seen.at("reportedResult").as_object(), "createdBy"), "mallory");
    EXPECT_EQ(seen.at("reportedResult").as_object().at("passed"), true);
    EXPECT_EQ(seen.at("editedBy"), json::array{"mallory"}) << "under four eyes the author does not decide";
    EXPECT_EQ(looked_at(seen).at("editedBy").as_array().size(), 1U);
}

TEST_F(EvidenceTest, ANewerTestTakesTheVerdictOfTheEarlierAway) {
    const auto before = looked_at();
    const auto other = insert(jobs_table(), {{"jobType", "MODEL_BATCH_JOB"}, {"jobStatus", "COMPLETE"}, {"model", {{"id", snapshot_.id}}}});
    auto asked = before;
    asked["testJob"] = {{"id", other.id}};
    const auto seen = looked_at(asked);
    for (const auto* member : {"testResult", "comparator", "testOutput"}) {
        EXPECT_FALSE(seen.contains(member)) << member;
    }
}

}  // namespace
}  // namespace slipway::registry
