#include "adapters/db/commit_group.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace slipway::db {
namespace {

Error commit_failed() {
    return {ErrorCode::unavailable, "STORAGE_FULL", "full", {}, {}};
}

/// A group over an engine that counts; its commit fails.
struct Broken {
    std::atomic<int> begun{0};
    std::atomic<bool> committed{false};
    CommitGroup group{{.prepare = [] {},
                       .begin = [this]() -> Result<void> {
                           ++begun;
                           return {};
                       },
                       .commit = [this]() -> Result<void> {
                           committed = true;
                           return std::unexpected(commit_failed());
                       },
                       .roll_back = [] {}},
                      64};
};

/// One member is refused because of what it sees, another one succeeds. @return the answer to the refused one when both were in one group
/// and it was not the last.
std::optional<Error> refused_in_one_group() {
    Broken broken;
    std::atomic<bool> calling{false};
    std::atomic<bool> refused_first{false};
    std::jthread other;
    const auto answer = broken.group.write([&]() -> CommitGroup::Outcome {
        other = std::jthread{[&] {
            calling = true;
            const auto stored = broken.group.write([&]() -> CommitGroup::Outcome {
                refused_first = true;
                return {};
            });
            EXPECT_FALSE(stored.has_value());
        }};
        while (!calling) {
            std::this_thread::yield();
        }
        for (int i = 0; i < 100; ++i) {
            std::this_thread::yield();
        }
        return {.result = std::unexpected(Error{ErrorCode::conflict, "ALREADY_EXISTS", "there is one", {}, {}}), .group_lost = false};
    });
    const bool after_commit = broken.committed;
    other.join();
    if (broken.begun != 1 || !refused_first || answer.has_value()) {
        return std::nullopt;
    }
    EXPECT_TRUE(after_commit) << "answered before the commit";
    return answer.error();
}

TEST(CommitGroup, TellsARefusalOnlyWhenWhatItRestsOnIsStored) {
    // Whether the other joins the group of the first is up to the scheduler: try until it did.
    std::optional<Error> answer;
    for (int round = 0; round < 20000 && !answer; ++round) {
        answer = refused_in_one_group();
    }
    ASSERT_TRUE(answer.has_value()) << "the two never met";
    EXPECT_EQ(answer->reason, "STORAGE_FULL");
}

TEST(CommitGroup, KeepsARefusalWhenNothingIsToBeCommitted) {
    Broken broken;
    const auto answer =
        broken.group.write([] { return CommitGroup::Outcome{std::unexpected(Error{ErrorCode::conflict, "ALREADY_EXISTS", "there is one", {}, {}}), false}; });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, "ALREADY_EXISTS");
    EXPECT_FALSE(broken.committed);
}

}  // namespace
}  // namespace slipway::db
