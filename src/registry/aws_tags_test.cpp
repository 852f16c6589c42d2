#include "registry/aws_tags.hpp"

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"
#include "registry/registry.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {
namespace {

class AwsTagsTest : public testing::Test {
protected:
    /// An object with the tags `team` and `aws:stack` in AWS, patched by a person. @return all of it, or the fault's pointer.
    std::string patched(const store::EntityTable& table, std::string_view document, std::string_view patch) {
        auto body = *json::parse_object(document);
        body["sageMaker"] = json::object{{"kind", "MODEL"}, {"arn", "a"}, {"tags", {{"team", "risk"}, {"aws:stack", "s"}}}};
        std::optional<Changed> changed;
        const auto done = store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto made, store::insert(unit, table, {.id = {}, .group = "risk", .document = body}));
            SW_TRY(changed, registry_.collection(table.collection).patch(unit, ann_, made.id, *json::parse_object(patch), {}));
            return {};
        });
        return done ? json::write(changed->entity.document) : done.error().faults.empty() ? done.error().message : done.error().faults[0].pointer;
    }

    fakes::TestStore store_;
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    Registry registry_{{.store = *store_, .access = access_, .sealer = sealer_}};
    identity::Principal ann_{.name = "ann", .groups = {"risk"}};
};

TEST_F(AwsTagsTest, StayWhateverAPatchSays) {
    constexpr std::string_view kMine = R"("tags":["mine","aws:stack=s","team=risk"])";
    const auto model = R"({"modelMetaData":{"name":"n","tags":["old","team=risk"]},"modelAssets":[]})";
    EXPECT_TRUE(patched(stored_models_table(), model, R"({"modelMetaData":{"tags":["mine"]}})").contains(kMine));
    EXPECT_TRUE(patched(deployable_models_table(), R"({"storedModel":{"id":"m"},"metaData":{"name":"n","tags":[]}})", R"({"metaData":{"tags":["mine"]}})")
                    .contains(kMine));
    EXPECT_TRUE(patched(runtimes_table(), R"({"name":"e","engineType":"SAGEMAKER_RUNTIME","state":"ONLINE"})", R"({"tags":["mine"]})").contains(kMine));
    EXPECT_TRUE(patched(stored_models_table(), model, R"({"modelMetaData":{"tags":null}})").contains(R"("tags":["aws:stack=s","team=risk"])"));
    EXPECT_TRUE(patched(stored_models_table(), model, R"({"modelMetaData":{"tags":["team=risk","x","aws:stack=s"]}})")
                    .contains(R"("tags":["team=risk","x","aws:stack=s"])"))
        << "none is missing: the order is the person's";
    EXPECT_EQ(patched(stored_models_table(), model, R"({"modelMetaData":{"tags":"x"}})"), "/modelMetaData/tags") << "a fault is still one";
}

TEST(AwsTags, ObjectsOfNoAccountAreLeftAlone) {
    auto own = *json::parse_object(R"({"modelMetaData":{"name":"n"}})");
    const auto before = own;
    keep_aws_tags(own, "/modelMetaData/tags");
    EXPECT_EQ(own, before);
    own["sageMaker"] = json::object{{"tags", json::object{}}};
    keep_aws_tags(own, "/modelMetaData/tags");
    EXPECT_FALSE(own.at("modelMetaData").as_object().contains("tags"));
}

}  // namespace
}  // namespace slipway::registry
