#include "fakes/monitor_fixture.hpp"

/// From the return of the function to the last word: nothing keeps a job from its end, and nothing that passes changes it.
namespace slipway::spark {
namespace {

TEST_F(LocalJobTest, ATestResultThatIsRefusedForWhateverReasonEndsNoJobNever) {
    for (const auto code : {ErrorCode::forbidden, ErrorCode::not_found, ErrorCode::conflict}) {
        registry.jobs.clear();
        EXPECT_TRUE(journal_->forget("j1"));
        supervisor.processes.clear();
        supervisor.written.clear();
        make();
        add_job("j1");
        registry.refuse_test_results = code;
        registry.jobs["j1"].document["jobType"] = "MODEL_BATCH_TEST_JOB";
        registry.jobs["j1"].document["model"].at("storedModel").at("modelAssets").as_array()[0].as_object()["sourceCode"] =
            "# modelop.metrics\ndef m(a, b, c): pass\n";
        cycle();
        returns(1, R"(,"values":[{"auc":1}])");
        cycles(2);
        EXPECT_EQ(status("j1"), "COMPLETE") << to_string(code);
        EXPECT_TRUE(has_message("did not take the test result"));
    }
}

TEST_F(ClusterJobTest, AStoreThatGoesAwayForEverOnceTheFunctionHasReturnedEndsTheJob) {
    runs("j1");
    returned("j1");
    store.reads_left = 1;
    cycles(20);
    EXPECT_EQ(status("j1"), "ERROR") << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(has_message("The NameNode is away."));
}

TEST_F(ClusterJobTest, ACancelEndsTheWaitForAStore) {
    runs("j1");
    returned("j1");
    store.reads_left = 1;
    cycles(2);
    EXPECT_EQ(status("j1"), "RUNNING");
    registry.jobs["j1"].cancel_requested = true;
    cycles(2);
    EXPECT_EQ(status("j1"), "ERROR") << testing::PrintToString(registry.jobs["j1"].messages);
}

}  // namespace
}  // namespace slipway::spark
