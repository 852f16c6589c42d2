// The life cycles that are built in, as files.
#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <set>
#include <sstream>

#include "adapters/bpmn/reader.hpp"
#include "adapters/bpmn/xml.hpp"

namespace slipway::bpmn {
namespace {

using lifecycle::Element;
using lifecycle::ElementKind;
using lifecycle::EventKind;
using testing::IsEmpty;
using testing::SizeIs;

class SageMakerDeployModel : public testing::Test {
protected:
    void SetUp() override {
        std::ifstream in{fmt::format("{}/lifecycles/sagemaker-deploy-model.bpmn", SLIPWAY_SOURCE_DIR)};
        std::stringstream text;
        text << in.rdbuf();
        text_ = text.str();
        auto read = read_processes(text_);
        ASSERT_TRUE(read) << read.error().message;
        ASSERT_THAT(read->warnings, IsEmpty());
        ASSERT_THAT(read->processes, SizeIs(1));
        process_ = std::move(read->processes[0]);
    }
    const Element& at(std::string_view id) const {
        const auto found = std::ranges::find(process_.elements, id, &Element::id);
        SW_ASSERT(found != process_.elements.end(), id);
        return *found;
    }
    std::string_view outcome(const Element& end) const {
        return end.on_start.size() == 1 && end.on_start[0].target == "OUTCOME" ? std::string_view{end.on_start[0].value.text} : std::string_view{};
    }

    std::string text_;
    lifecycle::Process process_;
};

TEST_F(SageMakerDeployModel, StartsOncePerSnapshot) {
    EXPECT_EQ(process_.id, "SageMaker_Deploy_Model");
    EXPECT_EQ(process_.properties.at("mlc.businessKey"), "${DEPLOYABLE_MODEL_ID}");
    EXPECT_EQ(process_.properties.at("mlc.startOnce"), "true");
    const auto starts = std::ranges::count_if(process_.elements, [](const auto& one) { return one.kind == ElementKind::start_event && one.scope.empty(); });
    EXPECT_EQ(starts, 1);
    EXPECT_EQ(at("Start_Snapshot").event.kind, EventKind::signal);
    EXPECT_EQ(at("Start_Snapshot").event.name, "com.modelop.mlc.definitions.Signals_deployable_model_created");
}

TEST_F(SageMakerDeployModel, EveryWayToEndSaysHow) {
    const std::set<std::string_view> silent{"Tf_End", "E_TfPolled", "Ep_End", "E_EpPolled", "E_Reminded"};  // ends of a part, not of the whole
    std::set<std::string> outcomes;
    for (const auto& element : process_.elements) {
        if (element.kind == ElementKind::end_event && element.event.kind == EventKind::none && !silent.contains(element.id)) {
            EXPECT_FALSE(outcome(element).empty()) << element.id;
            outcomes.insert(std::string{outcome(element)});
        }
    }
    EXPECT_EQ(outcomes, (std::set<std::string>{"ALREADY_DEPLOYED", "CANCELLED", "DEPLOYED", "DEPLOY_FAILED", "EXPIRED", "FAILED", "NOT_SAGEMAKER", "REJECTED",
                                               "TRANSFORM_FAILED"}));
}

TEST_F(SageMakerDeployModel, EveryStepIsRetriedAndEveryMessageHasItsKey) {
    for (const auto& element : process_.elements) {
        if (element.kind == ElementKind::service_task) {
            EXPECT_FALSE(element.topic.empty()) << element.id;
            EXPECT_EQ(element.retry_cycle, "PT10S,PT1M,PT10M") << element.id;
        }
        if (element.event.kind == EventKind::message) {
            EXPECT_TRUE(element.properties.contains("mlc.correlationKey")) << element.id;
        }
    }
}

TEST_F(SageMakerDeployModel, OnlyAnApprovalLeadsToAnEndpoint) {
    std::vector<std::string> into;
    for (const auto& flow : process_.flows) {
        if (flow.to == "S_Deploy") {
            into.push_back(fmt::format("{} {}", flow.from, flow.condition));
        }
    }
    EXPECT_THAT(into, testing::ElementsAre("G_Decision ${DECISION == 'APPROVED'}"));
    EXPECT_EQ(at("G_Decision").default_flow, "f_rejected");
    EXPECT_EQ(at("G_Ep").default_flow, "f_epbad");
    EXPECT_EQ(at("G_Tf").default_flow, "f_tfbad");
}

TEST_F(SageMakerDeployModel, EveryElementIsDrawn) {
    const auto file = XmlFile::parse(text_, "BPMN");
    ASSERT_TRUE(file);
    std::set<std::string_view> drawn;
    for (const auto& diagram : file->root().children) {
        for (const auto& plane : diagram.name == "BPMNDiagram" ? diagram.children : std::vector<XmlElement>{}) {
            for (const auto& shape : plane.children) {
                drawn.insert(shape.attribute("bpmnElement"));
            }
        }
    }
    for (const auto& element : process_.elements) {
        EXPECT_TRUE(drawn.contains(element.id)) << element.id;
    }
    for (const auto& flow : process_.flows) {
        EXPECT_TRUE(drawn.contains(flow.id)) << flow.id;
    }
    EXPECT_EQ(drawn.size(), process_.elements.size() + process_.flows.size());
}

}  // namespace
}  // namespace slipway::bpmn
