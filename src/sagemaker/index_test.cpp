#include "sagemaker/index.hpp"

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"

namespace slipway::sagemaker {
namespace {

const IndexScope kScope{.account = "111122223333", .region = "eu-west-1"};

class IndexTest : public ::testing::Test {
protected:
    void save(const std::string& name, std::int64_t created_ms, const std::string& link) {
        IndexEntry entry;
        entry.object = {.arn = "arn:" + name, .name = name, .created = from_epoch_ms(created_ms), .modified = {}, .status = "Completed", .detail = {}};
        entry.description = json::object{{"Name", name}};
        entry.links = {link};
        ASSERT_TRUE(index_.save(kScope, Kind::training_job, {entry}));
    }
    fakes::TestStore store_;
    Index index_{*store_};
};

TEST_F(IndexTest, AFolderHoldsWhatLiesBelowItAndNoNeighbour) {
    save("in", 1000, "s3://b/many/a.tar.gz");
    save("deep", 2000, "s3://b/many/x/y.tar.gz");
    save("itself", 3000, "s3://b/many");
    save("neighbour", 4000, "s3://b/many-others/a.tar.gz");
    save("behind", 5000, "s3://b/zoo/a.tar.gz");
    for (const auto* prefix : {"s3://b/many", "s3://b/many/"}) {
        const auto below = index_.linked_below(kScope, Kind::training_job, prefix);
        ASSERT_TRUE(below);
        ASSERT_EQ(below->size(), 3U) << prefix;
        EXPECT_EQ(below->back().name, "itself");
    }
}

TEST_F(IndexTest, AListingLooksAtWhatIsYoungerAlone) {
    save("old", 1'000'000, "s3://b/1");
    save("new", 9'000'000, "s3://b/2");
    EXPECT_EQ(index_.known(kScope, Kind::training_job)->size(), 2U);
    const auto young = index_.known(kScope, Kind::training_job, from_epoch_ms(9'000'000));
    ASSERT_EQ(young->size(), 1U);
    EXPECT_NE(young->find("arn:new", from_epoch_ms(9'000'000)), nullptr);
}

}  // namespace
}  // namespace slipway::sagemaker
