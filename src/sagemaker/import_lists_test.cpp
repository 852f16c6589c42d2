#include <gtest/gtest.h>

#include "fakes/import_fixture.hpp"

/// Imported objects as lists show them.
namespace slipway::sagemaker {
namespace {

using fakes::kT0;

class ImportedLists : public fakes::ImportFixture {
protected:
    std::vector<std::string> jobs(const std::string& filter, std::vector<std::string> sort = {}, std::int64_t size = 100) {
        std::vector<std::string> names;
        EXPECT_TRUE(database_->read([&](store::Session& sql) -> Result<void> {
            std::optional<std::string> cursor;
            do {
                SW_TRY(auto parsed, store::parse_filter(filter));
                SW_TRY(const auto page,
                       store::list(sql, registry::jobs_table(), {.filter = std::move(parsed), .match = {}, .sort = sort, .size = size, .cursor = cursor},
                                   store::Scope::all()));
                for (const auto& job : page.items) {
                    names.emplace_back(job.document.at("sageMaker").at("name").as_string());
                }
                cursor = page.next;
            } while (cursor);
            return {};
        }));
        return names;
    }
};

TEST_F(ImportedLists, JobsAreSortedByWhenTheyBeganNotByWhenTheyCame) {
    small_account();
    run("fraud");
    aws_->transform("late-to-come", kT0 + 5, "fraud");
    clock_.advance(std::chrono::minutes{1});
    run("fraud");
    const std::vector<std::string> newest_first{"batch-8", "batch-6", "batch-4", "batch-2", "batch-0", "late-to-come", "train-1"};
    EXPECT_EQ(jobs("", {"began,desc"}), newest_first);
    EXPECT_EQ(jobs("", {"began,desc"}, 2), newest_first) << "page by page";
    EXPECT_EQ(jobs("name:late-to-come").size(), 1U);
    EXPECT_EQ(jobs("began>2000-01-01").size(), 7U);
}

TEST_F(ImportedLists, JobsAreFoundByTheTagsOfTheirModel) {
    small_account();
    run("fraud");
    run("other");
    EXPECT_EQ(jobs("tag.team=risk").size(), 6U);
    EXPECT_EQ(jobs("tag:team").size(), 6U);
    EXPECT_EQ(jobs("tag.team!=risk").size(), 6U);
    EXPECT_TRUE(jobs("tag.team=sales").empty());
    EXPECT_EQ(jobs("tag.team=risk status:COMPLETE name:batch-0").size(), 1U);
}

}  // namespace
}  // namespace slipway::sagemaker
