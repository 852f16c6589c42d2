#include "tickets/issue_text.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace slipway::tickets {
namespace {

store::Entity ticket(std::string_view document) {
    store::Entity entity;
    entity.id = "0190-t";
    entity.document = *json::parse_object(document);
    return entity;
}

std::string all_of(const IssueDraft& draft) {
    std::string out;
    for (const auto& block : draft.text) {
        out += block.text + (block.link.empty() ? "" : " <" + block.link + ">") + "\n";
    }
    return out;
}

const DecisionRules kRules{.project = "MRM"};

TEST(IssueText, SummaryIsOneLineOfAtMost255Units) {
    EXPECT_EQ(one_line(" May\r\nthe\tsnapshot\x01 go? ", 255), "May the snapshot go?");
    const auto cut = one_line(std::string(300, 'x'), 255);
    EXPECT_EQ(utf16_length(cut), 255U);
    EXPECT_TRUE(cut.ends_with("x…"));
    std::string faces;
    for (int i = 0; i < 200; ++i) {
        faces += "😀";
    }
    const auto short_faces = one_line(faces, 255);
    EXPECT_EQ(utf16_length(short_faces), 255U) << "a face is two units, and none is cut in half";
    EXPECT_EQ(short_faces.size(), 127U * 4 + 3);
    EXPECT_EQ(one_line("", 255), "");
}

TEST(IssueText, LabelIsOfTheTicketAlone) {
    EXPECT_EQ(label_of("a"), label_of("a"));
    EXPECT_NE(label_of("a"), label_of("b"));
    EXPECT_EQ(label_of("a").size(), 34U);
    EXPECT_EQ(label_of("a").find(' '), std::string::npos);
}

TEST(IssueText, HasTheEvidenceThatAnApproverNeeds) {
    const auto draft = draft_of(ticket(R"({"message":"May the snapshot churn-3 be deployed to an endpoint?","requestedBy":"mina","deployableModelId":"snap-1",
        "evidence":{"model":{"name":"churn"},"snapshot":{"name":"churn-3"},"region":"us-east-2","account":"111122223333","reason":"release 12",
          "configuration":{"name":"churn-c","made":true},"consoleUrl":"https://console.aws/x",
          "subject":{"endpointName":"churn-prod","configuration":{"productionVariants":[{"VariantName":"A","ModelName":"m","InstanceType":"ml.m5.large","InitialInstanceCount":2}]}},
          "assets":[{"name":"documentation","present":true,"filename":"doc.pdf"},{"name":"test-data","present":false}],
          "testJob":{"id":"j","name":"tj-1","status":"COMPLETE","consoleUrl":"https://console.aws/j"},"testOutput":{"objects":1,"said":"1 object, 4 bytes"},"comparator":{"result":"FAILED","reasons":["too weak","odd"]},"testResult":{"passed":false,"testResults":{"auc":0.9}},
          "siblings":[{"model":"fraud","decision":"REJECTED"},{"model":"risk"}]}})"),
                                kRules, "https://models.example.com");
    const auto text = all_of(draft);
    for (const auto* wanted :
         {"Business model: churn", "Snapshot: churn-3", "Endpoint configuration, made for it: churn-c <https://console.aws/x>", "Endpoint: churn-prod",
          "Variant: A of m on 2 × ml.m5.large", "Asked for by: mina", "Reason: release 12", "documentation: present, doc.pdf", "test data: MISSING",
          "Job: tj-1 <https://console.aws/j>", "Status: COMPLETE", "Written: 1 object, 4 bytes", "Result: NOT PASSED", "Comparator: FAILED: too weak odd",
          R"(Measured: {"auc":0.9})", "fraud: REJECTED", "risk: not decided", "To approve, set the status Done or Approved.",
          "The ticket in Slipway <https://models.example.com/#/tickets/0190-t>"}) {
        EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
    }
    EXPECT_EQ(draft.whole_text, "https://models.example.com/#/tickets/0190-t");
    EXPECT_EQ(text.find("/#/snapshots/"), std::string::npos) << "closed to who decides for another group";
}

TEST(IssueText, SaysWhatIsMissingAndLeavesOutWhatIsNotThere) {
    const auto draft = draft_of(ticket(R"({"message":"m","evidence":{}})"), kRules, "");
    const auto text = all_of(draft);
    EXPECT_NE(text.find("No test job has run."), std::string::npos);
    EXPECT_EQ(text.find("Other models"), std::string::npos) << "no heading without anything below it";
    EXPECT_EQ(text.find("http"), std::string::npos);
    EXPECT_TRUE(draft.whole_text.empty());
}

TEST(IssueText, AJobOfTheModelIsToldAsWhatItIs) {
    const auto text = all_of(draft_of(ticket(R"({"message":"m","evidence":{"lastModelJob":{"name":"daily","status":"COMPLETE"}}})"), kRules, ""));
    EXPECT_NE(text.find("No test job has run."), std::string::npos);
    EXPECT_NE(text.find("Last job of the model, not of this snapshot: daily"), std::string::npos) << text;
}

TEST(IssueText, AssetsInOneLine) {
    EXPECT_EQ(assets_line(*json::parse_object(R"({"assets":[{"name":"schema","present":true},{"name":"test-data","present":false}]})")),
              "Assets: schema. Missing: test data.");
    EXPECT_EQ(assets_line({}), "Assets: none. Missing: none.");
}

}  // namespace
}  // namespace slipway::tickets
