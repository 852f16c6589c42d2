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
    const auto answer = broken.group.write([&](bool) -> CommitGroup::Outcome {
        other = std::jthread{[&] {
            calling = true;
            const auto stored = broken.group.write([&](bool) -> CommitGroup::Outcome {
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
        return {.result = std::unexpected(Error{ErrorCode::conflict, "ALREADY_EXISTS", "there is one", {}, {}})};
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
        broken.group.write([](bool) { return CommitGroup::Outcome{std::unexpected(Error{ErrorCode::conflict, "ALREADY_EXISTS", "there is one", {}, {}})}; });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, "ALREADY_EXISTS");
    EXPECT_FALSE(broken.committed);
}

/// A transaction of texts, undoable as a whole or by the one who wrote last.
struct Texts {
    std::vector<std::string> open;
    std::vector<std::string> stored;
    int undone{0};
    CommitGroup group{{.prepare = [] {},
                       .begin = []() -> Result<void> { return {}; },
                       .commit = [this]() -> Result<void> {
                           stored.insert(stored.end(), open.begin(), open.end());
                           open.clear();
                           return {};
                       },
                       .roll_back =
                           [this] {
                               ++undone;
                               open.clear();
                           }},
                      64};

    CommitGroup::MemberWork refused_after_writing(const std::string& text) {
        return [this, text](bool undoable) -> CommitGroup::Outcome {
            open.push_back(text);
            if (undoable) {
                open.pop_back();
            }
            return {std::unexpected(Error{ErrorCode::conflict, "REFUSED", "no", {}, {}}),
                    undoable ? CommitGroup::Outcome::Left::clean : CommitGroup::Outcome::Left::spoilt};
        };
    }
};

TEST(CommitGroup, StoresNothingOfAWorkThatIsRefusedAfterItHasWritten) {
    Texts texts;
    const auto answer = texts.group.write(texts.refused_after_writing("half"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, "REFUSED");
    EXPECT_TRUE(texts.open.empty());
    EXPECT_TRUE(texts.stored.empty());
}

TEST(CommitGroup, KeepsTheOthersOfItsGroup) {
    // Whether the other joins the group of the first is up to the scheduler: try until it did.
    bool met = false;
    for (int round = 0; round < 20000 && !met; ++round) {
        Texts texts;
        std::atomic<bool> calling{false};
        std::jthread other;
        const auto first = texts.group.write([&](bool) -> CommitGroup::Outcome {
            if (!other.joinable()) {
                other = std::jthread{[&] {
                    calling = true;
                    EXPECT_FALSE(texts.group.write(texts.refused_after_writing("half")));
                }};
            }
            while (!calling) {
                std::this_thread::yield();
            }
            for (int i = 0; i < 100; ++i) {
                std::this_thread::yield();
            }
            texts.open.emplace_back("whole");
            return {};
        });
        other.join();
        EXPECT_TRUE(first);
        EXPECT_EQ(texts.stored, std::vector<std::string>{"whole"});
        met = texts.undone == 1;  // alone, the refused one would have been undone twice: for its second run and at its end
    }
    EXPECT_TRUE(met) << "the two never met";
}

}  // namespace
}  // namespace slipway::db
