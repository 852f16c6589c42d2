#include "fakes/deployer_fixture.hpp"

/// What tickets of models on one configuration tell of each other.
namespace slipway::sagemaker {
namespace {

TEST_F(DeployerTest, AnOpenTicketTellsWhatWasDecidedOnASiblingMeanwhile) {
    aws_->model("other", kT0);
    aws_->remove("EndpointConfig", "own");
    aws_->config("shared", kT0 + 50, {"fraud", "other"});
    run("fraud");
    run("other");
    start_deployer(true);
    const auto rows = *store::read<std::vector<store::Entity>>(*database_, [](store::Session& sql) {
        return store::find_by(sql, registry::deployable_models_table(), {{"aws_name", "shared"}}, store::Scope::all());
    });
    ASSERT_EQ(rows.size(), 2U);
    std::vector<store::Entity> tickets;
    for (const auto& row : rows) {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(approvals_->open(unit, {.snapshot = row, .subject = {}, .requested_by = "ana", .summary = "?", .evidence = {}}));
            return {};
        }));
        tickets.push_back(all(registry::notifications_table()).back());
    }
    const auto told = [&](std::size_t which) {
        const auto now = store::read<store::Entity>(
            *database_, [&](store::Session& sql) { return store::require(sql, registry::notifications_table(), tickets.at(which).id, store::Scope::all()); });
        const auto* siblings = json::array_of(now->document.at("evidence").as_object(), "siblings");
        return siblings == nullptr || siblings->size() != 1 ? std::string{"?"} : std::string{json::text_of(siblings->at(0).get_object(), "decision")};
    };
    ASSERT_EQ(told(1), "") << "nobody has decided yet";
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry::decide_ticket(unit, tickets[0], "REJECTED", "bob", "no"));
        return {};
    }));
    EXPECT_EQ(told(1), "REJECTED");
    EXPECT_EQ(told(0), "") << "what was decided stays as it was decided";
}

}  // namespace
}  // namespace slipway::sagemaker
