#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fakes/why_answers.hpp"
#include "insight/why_reader.hpp"

namespace slipway::insight {
namespace {

SnapshotFacts snapshot() {
    return {.id = "s-1", .name = "churn-3", .group = "risk", .sagemaker = true, .approval_required = true};
}

TicketFacts ticket(const std::string& decision = {}) {
    return {.id = "t-1",
            .decision = decision,
            .decided_by = decision.empty() ? "" : "ravi",
            .asked = kEarly,
            .decided = decision.empty() ? std::nullopt : std::optional{kEarly}};
}

RunFacts run(const std::string& state, const std::string& why = {}, Timestamp since = kLate) {
    return {.operation_id = "o-1",
            .deployed_model_id = "d-1",
            .endpoint = "churn-prod",
            .state = state,
            .live = state == "PLANNED" || state == "WAITING",
            .why = why,
            .since = since};
}

TEST(WhySnapshot, NobodyAsked) {
    const auto answer = why_not_deployed(snapshot());
    EXPECT_EQ(answer.question, "Why is churn-3 not deployed?");
    EXPECT_EQ(answer.answer, "Nobody has asked for it yet, and it needs an approval.");
    EXPECT_EQ(cli(answer), "slipway deploy s-1");
}

TEST(WhySnapshot, IsDeployed) {
    auto facts = snapshot();
    facts.deployed = DeployedFacts{.id = "d-1", .endpoint = "churn-prod", .runtime_id = "r-1", .runtime_state = "ONLINE", .since = kEarly};
    facts.ticket = ticket("APPROVED");
    EXPECT_EQ(why_not_deployed(facts).question, "Is churn-3 deployed?");
    EXPECT_EQ(why_not_deployed(facts).answer, "It is deployed: the endpoint churn-prod serves it.");
    EXPECT_TRUE(why_not_deployed(facts).next.empty());
    facts.deployed->runtime_state = "OFFLINE";
    const auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "It is deployed on the endpoint churn-prod, which is OFFLINE.");
    EXPECT_EQ(cli(answer), "slipway runtime show r-1");
}

TEST(WhySnapshot, WaitsForAnApprovalHere) {
    auto facts = snapshot();
    facts.ticket = ticket();
    facts.missing_assets = {"documentation", "test-data"};
    auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "It waits for an approval.");
    EXPECT_EQ(cli(answer), "slipway ticket approve t-1");
    EXPECT_EQ(answer.next.size(), 1U);
    EXPECT_EQ(answer.next[0].message, "Have it decided by whoever may execute in risk.");
    EXPECT_EQ(codes(answer), (std::vector<std::string>{"TICKET_OPEN", "ASSETS_MISSING"}));
    facts.ticket->approvers = {"risk-approvers"};
    EXPECT_EQ(why_not_deployed(facts).next[0].message, "Have it decided by members of risk-approvers.");
}

TEST(WhySnapshot, WaitsForAnApprovalInJira) {
    auto facts = snapshot();
    facts.ticket = ticket();
    facts.ticket->elsewhere = true;
    EXPECT_EQ(why_not_deployed(facts).answer, "It waits for an approval, whose issue in Jira is being made.");
    facts.ticket->issue_key = "MRM-1";
    facts.ticket->issue_link = "https://jira/browse/MRM-1";
    auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "It waits for an approval in MRM-1.");
    EXPECT_EQ(answer.next[0].href, "https://jira/browse/MRM-1");
    facts.ticket->problem = "MRM-1 is status Closed: that means neither.";
    answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "MRM-1 is status Closed: that means neither.");
    EXPECT_TRUE(has(answer, "TICKET_PROBLEM"));
    EXPECT_EQ(cli(answer), "slipway ticket show t-1");
    facts.ticket->asks_again = true;
    EXPECT_EQ(cli(why_not_deployed(facts)), "slipway ticket recheck t-1") << "of an issue that is gone another one is made";
}

TEST(WhySnapshot, WasDecided) {
    auto facts = snapshot();
    facts.ticket = ticket("REJECTED");
    facts.ticket->comment = "no documentation";
    EXPECT_EQ(why_not_deployed(facts).answer, "It was rejected by ravi. “no documentation”");
    facts.ticket = ticket("EXPIRED");
    EXPECT_EQ(why_not_deployed(facts).answer, "Nobody decided on it in time: its ticket expired.");
    facts.ticket = ticket("APPROVED");
    EXPECT_EQ(why_not_deployed(facts).answer, "It is approved by ravi, but nobody has deployed it since.");
    EXPECT_EQ(cli(why_not_deployed(facts)), "slipway deploy s-1");
    facts.ticket->endpoint = "churn-prod";
    EXPECT_EQ(cli(why_not_deployed(facts)), "slipway deploy s-1 --endpoint churn-prod") << "exactly what was approved";
}

TEST(WhySnapshot, TheNewestThatStandsInTheWayIsTheAnswer) {
    auto facts = snapshot();
    facts.ticket = ticket("APPROVED");
    facts.run = run("FAILED", "AWS has no capacity for ml.m5.large.");
    auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "Its last deployment failed: AWS has no capacity for ml.m5.large.");
    EXPECT_EQ(cli(answer), "slipway deploy s-1 --endpoint churn-prod");
    EXPECT_EQ(codes(answer), (std::vector<std::string>{"DEPLOYMENT_FAILED", "TICKET_APPROVED"}));
    facts.run->permission = "sagemaker:CreateEndpoint";
    answer = why_not_deployed(facts);
    EXPECT_TRUE(has(answer, "PERMISSION_MISSING"));
    EXPECT_EQ(answer.next[0].message, "Grant sagemaker:CreateEndpoint to the credential, then deploy again.");
    facts.ticket = ticket();
    facts.ticket->asked = kLate + std::chrono::hours{1};
    answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "It waits for an approval.") << "asked for again after it failed";
    EXPECT_TRUE(has(answer, "DEPLOYMENT_FAILED"));
    EXPECT_EQ(answer.next.size(), 1U) << "one way at a time";
}

TEST(WhySnapshot, AKeyThatAwsRefusesIsReplaced) {
    EXPECT_TRUE(names_refused_key("DescribeEndpoint: the security token is invalid (UnrecognizedClientException)."));
    EXPECT_TRUE(names_refused_key("ExpiredToken"));
    EXPECT_FALSE(names_refused_key("AWS refused sagemaker:DescribeEndpoint: AccessDeniedException."));
    EXPECT_FALSE(names_refused_key(""));
    auto facts = snapshot();
    facts.run = run("WAITING", "AWS refused DescribeEndpoint: UnrecognizedClientException.");
    facts.run->key_refused = true;
    auto answer = why_not_deployed(facts);
    ASSERT_EQ(answer.next.size(), 1U);
    EXPECT_EQ(answer.next[0].message, "Replace the credential: it goes on by itself then.");
    EXPECT_EQ(cli(answer), "slipway credential list");
    EXPECT_TRUE(has(answer, "CREDENTIAL_REFUSED"));
    facts.run->state = "CONFIG_READY";
    facts.run->made_nothing = true;
    answer = why_not_deployed(facts);
    ASSERT_EQ(answer.next.size(), 2U) << "AWS has made nothing: it can be taken back";
    EXPECT_EQ(answer.next[1].cli, "slipway operation cancel o-1");
    facts.run->state = "FAILED";
    facts.run->live = false;
    answer = why_not_deployed(facts);
    ASSERT_EQ(answer.next.size(), 1U);
    EXPECT_EQ(answer.next[0].message, "Replace the credential, then deploy it again.");
}

TEST(WhySnapshot, WhatFailedAndStandsInAwsIsRemovedFirst) {
    auto facts = snapshot();
    facts.run = run("FAILED", "AWS has no capacity for ml.m5.large.");
    facts.run->left = true;
    auto answer = why_not_deployed(facts);
    ASSERT_EQ(answer.next.size(), 2U) << "its name is taken: deploying again is refused with ENDPOINT_EXISTS";
    EXPECT_EQ(answer.next[0].cli, "slipway undeploy d-1");
    EXPECT_EQ(answer.next[1].cli, "slipway deploy s-1 --endpoint churn-prod");
    facts.run->named = false;
    EXPECT_EQ(cli(why_not_deployed(facts)), "slipway deploy s-1") << "another deployment makes up another name";
    facts.run->permission = "sagemaker:DescribeEndpoint";
    facts.run->named = true;
    answer = why_not_deployed(facts);
    ASSERT_EQ(answer.next.size(), 2U);
    EXPECT_EQ(answer.next[1].message, "Grant sagemaker:DescribeEndpoint to the credential, then deploy again.");
    facts.run->left = false;
    facts.run->taken = true;
    answer = why_not_deployed(facts);
    ASSERT_EQ(answer.next.size(), 1U);
    EXPECT_EQ(cli(answer), "slipway deploy s-1 --endpoint NAME") << "somebody made another endpoint of that name since";
    facts.run = run("CONFLICT", "There is an endpoint churn-prod in AWS that this deployment did not make.");
    EXPECT_EQ(cli(why_not_deployed(facts)), "slipway deploy s-1 --endpoint NAME") << "what is somebody else's is not undeployed";
    EXPECT_EQ(why_not_deployed(facts).answer,
              "Its last deployment was stopped: AWS holds something else than what was asked for. There is an endpoint churn-prod in AWS that this deployment "
              "did not make.")
        << "as the page of the deployment says";
    facts.run->undeploys = true;
    EXPECT_TRUE(why_not_deployed(facts).answer.starts_with("churn-prod was left alone: ")) << why_not_deployed(facts).answer;
}

TEST(WhySnapshot, IsDeployedAndASecondDeploymentIsTold) {
    auto facts = snapshot();
    facts.deployed = DeployedFacts{.id = "d-0", .endpoint = "churn-blue", .runtime_id = "r-1", .runtime_state = "ONLINE", .since = kEarly};
    facts.run = run("FAILED", "AWS has no capacity for ml.m5.large.");
    facts.run->left = true;
    auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer,
              "It is deployed: the endpoint churn-blue serves it. Its last deployment, to churn-prod, failed: AWS has no capacity for ml.m5.large.");
    EXPECT_EQ(codes(answer), (std::vector<std::string>{"DEPLOYED", "DEPLOYMENT_FAILED"}));
    ASSERT_EQ(answer.next.size(), 2U);
    EXPECT_EQ(answer.next[0].cli, "slipway undeploy d-1");
    EXPECT_EQ(answer.next[1].cli, "slipway deploy s-1 --endpoint churn-prod");
    facts.run = run("WAITING");
    facts.run->aws_state = "Creating";
    answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "It is deployed: the endpoint churn-blue serves it. The endpoint churn-prod is being made right now (Creating).");
    EXPECT_EQ(codes(answer), (std::vector<std::string>{"DEPLOYED", "UNDER_WAY"}));
    EXPECT_EQ(cli(answer), "slipway operation wait o-1");
    for (const auto* state : {"UNDEPLOYED", "CANCELLED", "DEPLOYED"}) {
        facts.run = run(state);
        EXPECT_EQ(codes(why_not_deployed(facts)), std::vector<std::string>{"DEPLOYED"}) << state << " stands in nobody's way";
    }
    facts.run = run("FAILED", "no");
    facts.run->deployed_model_id = "d-0";
    EXPECT_EQ(codes(why_not_deployed(facts)), (std::vector<std::string>{"DEPLOYED"})) << "of the one in service itself, of before";
}

TEST(WhySnapshot, IsDeployedAndWhatFailedBeforeIsPast) {
    auto facts = snapshot();
    facts.deployed = DeployedFacts{.id = "d-0", .endpoint = "churn-blue", .runtime_id = "r-1", .runtime_state = "ONLINE", .since = kLate};
    facts.run = run("FAILED", "AWS has no capacity for ml.m5.large.", kEarly);
    const auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "It is deployed: the endpoint churn-blue serves it.");
    EXPECT_EQ(codes(answer), std::vector<std::string>{"DEPLOYED"});
    EXPECT_TRUE(answer.next.empty()) << "nothing is to be mended";
    facts.run = run("WAITING", {}, kEarly);
    EXPECT_EQ(codes(why_not_deployed(facts)), (std::vector<std::string>{"DEPLOYED", "UNDER_WAY"})) << "however long it takes";
}

TEST(WhySnapshot, IsDeployedWhileAwsChangesTheEndpoint) {
    auto facts = snapshot();
    facts.deployed =
        DeployedFacts{.id = "d-1", .endpoint = "churn-prod", .runtime_id = "r-1", .runtime_state = "ONLINE", .since = kEarly, .aws_status = "InService"};
    EXPECT_EQ(why_not_deployed(facts).answer, "It is deployed: the endpoint churn-prod serves it.");
    facts.deployed->aws_status = "Updating";
    const auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "It is deployed: the endpoint churn-prod serves it until AWS, which changes the endpoint right now (Updating), is done.");
    EXPECT_TRUE(has(answer, "ENDPOINT_CHANGES"));
    EXPECT_EQ(cli(answer), "slipway runtime show r-1");
}

TEST(WhySnapshot, IsUnderWayOrWasUndeployed) {
    auto facts = snapshot();
    facts.ticket = ticket("APPROVED");
    facts.run = run("WAITING");
    facts.run->aws_state = "Creating";
    EXPECT_EQ(why_not_deployed(facts).answer, "The endpoint churn-prod is being made right now (Creating).");
    EXPECT_EQ(cli(why_not_deployed(facts)), "slipway operation wait o-1");
    facts.run->why = "AWS asks for fewer calls.";
    EXPECT_EQ(why_not_deployed(facts).answer, "The endpoint churn-prod is being made, and waits: AWS asks for fewer calls.");
    facts.run = run("UNDEPLOYED");
    EXPECT_EQ(why_not_deployed(facts).answer, "It was undeployed from churn-prod.");
    facts.run->why = "The endpoint was deleted in AWS.";
    const auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, fmt::format("It was deployed on churn-prod until {}. The endpoint was deleted in AWS.", to_iso(kLate)));
    EXPECT_EQ(answer.facts.at(0).message, answer.answer);
    EXPECT_EQ(cli(answer), "slipway deploy s-1");
    facts.run = run("DEPLOYED");
    EXPECT_EQ(why_not_deployed(facts).answer, "It was deployed on churn-prod, and is no more: the endpoint was removed, or was given another configuration.")
        << "nothing failed";
}

TEST(WhySnapshot, CannotBeDeployedAtAll) {
    auto facts = snapshot();
    facts.ticket = ticket();
    facts.gone = true;
    EXPECT_EQ(why_not_deployed(facts).answer, "Its endpoint configuration was deleted in AWS: it can be deployed no more.");
    EXPECT_EQ(why_not_deployed(facts).next.front().message, "Make another snapshot of the model and deploy that one.");
    facts.made_again = "s-2";
    EXPECT_EQ(why_not_deployed(facts).next.front().cli, "slipway deploy s-2");
    facts.gone = false;
    facts.rejected_sibling = "fraud";
    EXPECT_TRUE(why_not_deployed(facts).answer.starts_with("fraud, another model"));
    EXPECT_TRUE(has(why_not_deployed(facts), "TICKET_OPEN"));
    facts.sagemaker = false;
    EXPECT_EQ(codes(why_not_deployed(facts)), std::vector<std::string>{"NOT_SAGEMAKER"});
}

TEST(WhySnapshot, WhatWasApprovedBeforeWaitsForNobody) {
    auto facts = snapshot();
    facts.ticket = ticket();
    facts.ticket->earlier = EarlierApproval{.id = "t-0", .decided_by = "bob", .endpoint = {}, .decided = kEarly};
    auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "It waits for an approval.");
    EXPECT_TRUE(has(answer, "APPROVED_BEFORE"));
    ASSERT_EQ(answer.next.size(), 2U);
    EXPECT_EQ(answer.next[1].cli, "slipway deploy s-1");
    facts.ticket->earlier->endpoint = "churn-prod";
    answer = why_not_deployed(facts);
    EXPECT_EQ(answer.next[1].cli, "slipway deploy s-1 --endpoint churn-prod");
}

TEST(WhySnapshot, ALifeCyclesIncidentStandsInTheWay) {
    auto facts = snapshot();
    facts.more = {.answer = "Its life cycle is stuck at “Run test transform job”.",
                  .facts = {{.code = "INCIDENT", .message = "AccessDenied", .since = kEarly, .ref = Reference{.kind = "processInstance", .id = "p-1"}}},
                  .next = {{.message = "Retry it.", .cli = "slipway lifecycle retry p-1"}}};
    const auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "Its life cycle is stuck at “Run test transform job”.");
    EXPECT_EQ(cli(answer), "slipway lifecycle retry p-1");
    EXPECT_TRUE(has(answer, "INCIDENT"));
    facts.ticket = ticket();
    EXPECT_EQ(why_not_deployed(facts).answer, "It waits for an approval.") << "a life cycle that waits for its ticket";
    EXPECT_TRUE(has(why_not_deployed(facts), "INCIDENT"));
}

TEST(WhySnapshot, ALifeCycleThatMissedAssetsIsNotGoneRound) {
    auto facts = snapshot();
    facts.missing_assets = {"documentation", "test-data"};
    facts.more = why_life_cycle_ended({.id = "p-1",
                                       .snapshot_id = "s-1",
                                       .outcome = "FAILED",
                                       .ended = kEarly,
                                       .error_code = "ASSETS_BLOCKED",
                                       .missing_assets = {"documentation", "test-data"}});
    auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "Its life cycle ended because required assets are missing: documentation, test-data.");
    EXPECT_EQ(codes(answer), (std::vector<std::string>{"LIFE_CYCLE_ENDED", "ASSETS_MISSING"}));
    ASSERT_EQ(answer.next.size(), 1U);
    EXPECT_EQ(cli(answer), "slipway lifecycle restart s-1 --reason TEXT");
    EXPECT_EQ(answer.next[0].message, "Add them, then start its life cycle anew.");
    facts.more = why_life_cycle_ended({.id = "p-1", .snapshot_id = "s-1", .outcome = "FAILED", .error = "the snapshot is broken"});
    answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "Its life cycle failed: the snapshot is broken");
    EXPECT_EQ(cli(answer), "slipway lifecycle restart s-1 --reason TEXT");
    facts.ticket = ticket();
    EXPECT_EQ(why_not_deployed(facts).answer, "It waits for an approval.");
}

TEST(WhySnapshot, AFailedTestLeadsToItsJob) {
    auto facts = snapshot();
    facts.more = why_life_cycle_ended(
        {.id = "p-1", .snapshot_id = "s-1", .outcome = "TRANSFORM_FAILED", .error = "AlgorithmError: no such column", .job_id = "j-1", .job_name = "mlc-abc"});
    const auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "Its test job failed, so nobody was asked for an approval: AlgorithmError: no such column");
    ASSERT_TRUE(has(answer, "TEST_FAILED"));
    const auto& fact = *std::ranges::find(answer.facts, "TEST_FAILED", &Fact::code);
    EXPECT_EQ(fact.message, "The test job mlc-abc failed: AlgorithmError: no such column");
    EXPECT_EQ(fact.ref->kind + " " + fact.ref->id, "job j-1");
    EXPECT_EQ(cli(answer), "slipway job show j-1");
    EXPECT_EQ(answer.next[0].href, "#/jobs/j-1");
    EXPECT_EQ(answer.next.at(1).cli, "slipway lifecycle restart s-1 --reason TEXT");
    EXPECT_TRUE(why_life_cycle_ended({.id = "p-1", .snapshot_id = "s-1", .outcome = "DEPLOYED"}).facts.empty());
}

TEST(WhySnapshot, OfSeveralThatKnowMoreTheFirstObstacleLeads) {
    MoreFacts all;
    add(all, {.answer = {}, .facts = {{.code = "A", .message = "a"}}, .next = {}});
    add(all, {.answer = "It is stuck.", .facts = {{.code = "B", .message = "b"}}, .next = {{.message = "Retry."}}, .since = kEarly});
    add(all, {.answer = {}, .facts = {}, .next = {}});
    add(all, {.answer = "It waits.", .facts = {{.code = "C", .message = "c"}}, .next = {}, .since = kLate});
    EXPECT_EQ(all.answer, "It is stuck.");
    EXPECT_EQ(all.since, kEarly);
    EXPECT_EQ(all.facts.size(), 3U);
    EXPECT_EQ(all.next.size(), 1U);
}

TEST(WhySnapshot, WhatALifeCycleCameToAfterItsTicketLeads) {
    auto facts = snapshot();
    facts.ticket = ticket();
    facts.ticket->decision = "CANCELLED";
    facts.ticket->decided = kEarly + std::chrono::hours{1};
    const auto failed = [](Timestamp at) {
        return why_life_cycle_ended(
            {.id = "p-2", .snapshot_id = "s-1", .outcome = "TRANSFORM_FAILED", .ended = at, .error = "AlgorithmError: no such column", .job_id = "j-2"});
    };
    facts.more = failed(kEarly + std::chrono::hours{2});
    auto answer = why_not_deployed(facts);
    EXPECT_EQ(answer.answer, "Its test job failed, so nobody was asked for an approval: AlgorithmError: no such column") << "a run that was begun anew";
    EXPECT_EQ(cli(answer), "slipway job show j-2") << "nobody is led round the failed test";
    EXPECT_TRUE(has(answer, "TICKET_CANCELLED"));
    facts.more = failed(kEarly + std::chrono::minutes{30});
    EXPECT_EQ(why_not_deployed(facts).answer, "Its ticket was cancelled.");
    facts.ticket->decision = "";
    facts.ticket->decided.reset();
    facts.more = failed(kEarly + std::chrono::hours{2});
    EXPECT_EQ(why_not_deployed(facts).answer, "It waits for an approval.");
}

TEST(Why, IsWrittenAsDocumented) {
    Answer answer{
        .id = "i",
        .kind = "job",
        .question = "Q?",
        .answer = "A.",
        .facts = {{.code = "C", .message = "M", .since = from_epoch_ms(0), .ref = Reference{.kind = "runtime", .id = "r"}}, {.code = "D", .message = "N"}},
        .next = {{.message = "Do.", .cli = "slipway x", .href = "#/x"}, {.message = "Wait."}}};
    EXPECT_EQ(
        json::write(to_json(answer)),
        R"({"id":"i","kind":"job","question":"Q?","answer":"A.","facts":[{"code":"C","message":"M","since":"1970-01-01T00:00:00.000Z",)"
        R"("ref":{"kind":"runtime","id":"r"}},{"code":"D","message":"N"}],"next":[{"message":"Do.","cli":"slipway x","href":"#/x"},{"message":"Wait."}]})");
}

}  // namespace
}  // namespace slipway::insight
