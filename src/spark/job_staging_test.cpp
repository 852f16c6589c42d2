#include "fakes/monitor_fixture.hpp"
#include "spark/job_runner.hpp"

namespace slipway::spark {
namespace {

/// As another user sees a folder that may be walked through, and not be listed.
class ClosedStore final : public ObjectStore {
public:
    ClosedStore(std::string closed, ObjectStore& below) : closed_{std::move(closed)}, below_{below} {}
    Result<std::vector<StoredObject>> list(const std::string& url) override {
        if (url == closed_) {
            return fail(ErrorCode::forbidden, "FORBIDDEN", "Permission denied.");
        }
        return below_.list(url);
    }
    Result<void> read(const std::string& url, std::uint64_t offset, const std::function<bool(std::string_view)>& sink) override {
        return below_.read(url, offset, sink);
    }
    Result<void> write(const std::string& url, std::string_view bytes) override { return below_.write(url, bytes); }
    Result<void> make_folder(const std::string& url) override { return below_.make_folder(url); }
    Result<void> remove(const std::string& url) override { return below_.remove(url); }

private:
    std::string closed_;
    ObjectStore& below_;
};

TEST_F(LocalJobTest, WhatKeepsALaunchFromBeingMadeIsToldOnce) {
    supervisor.refusal = Error{ErrorCode::unavailable, "CANNOT_START", "/opt/slipway/slipway-jobd cannot be started: No such file or directory.", {}, {}};
    cycles(3);
    EXPECT_EQ(status("j1"), "CREATED");
    EXPECT_EQ(std::ranges::count_if(registry.jobs["j1"].messages, [](const std::string& line) { return line.contains("Waits for its launch: /opt/slipway"); }),
              1)
        << testing::PrintToString(registry.jobs["j1"].messages);
    supervisor.refusal.reset();
    cycles(2);
    EXPECT_EQ(supervisor.launches.size(), 1U);
    returns();
    cycles(3);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(LocalJobTest, OrphansInOurOwnStagingAreaAreFoundThoughTheJobsUserMayNotListIt) {
    const std::string ended = "0f1e2d3c-4b5a-4678-9abc-def012345678";
    const std::string live = "1f1e2d3c-4b5a-4678-9abc-def012345678";
    const auto url = "file://" + dir_.string() + "/staging";
    for (const auto& [id, status] : {std::pair{ended, "COMPLETE"}, std::pair{live, "RUNNING"}}) {
        registry.jobs[id].document["jobStatus"] = status;
        std::filesystem::create_directories(dir_ / "staging" / id / "in");
        store.files[url + "/" + id + "/in/0/a.csv"] = "1,2";
    }
    ClosedStore closed{url, store};
    auto mine = settings();
    mine.submit.staging_url = url;
    const JobRunner runner{{registry, cluster, supervisor, closed, *journal_, clock_, [this] { return engine; }, [] {}}, mine};
    const auto gone = runner.sweep_staging({});
    ASSERT_TRUE(gone) << gone.error().message;
    EXPECT_EQ(*gone, 1);
    EXPECT_FALSE(store.files.contains(url + "/" + ended + "/in/0/a.csv"));
    EXPECT_TRUE(store.files.contains(url + "/" + live + "/in/0/a.csv"));
}

}  // namespace
}  // namespace slipway::spark
