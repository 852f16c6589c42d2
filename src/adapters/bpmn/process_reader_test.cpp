#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>

#include "adapters/bpmn/reader.hpp"

namespace slipway::bpmn {
namespace {

using lifecycle::Binding;
using lifecycle::Element;
using lifecycle::ElementKind;
using lifecycle::EventKind;
using lifecycle::Process;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::string file(std::string_view name) {
    std::ifstream in{fmt::format("{}/tests/data/bpmn/{}", SLIPWAY_SOURCE_DIR, name)};
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

const Element& element(const Process& process, std::string_view id) {
    const auto found = std::ranges::find(process.elements, id, &Element::id);
    if (found == process.elements.end()) {
        throw std::runtime_error{fmt::format("no element {}", id)};
    }
    return *found;
}

/// A file of one process with `content`.
std::string process_of(std::string_view content, std::string_view definitions = {}) {
    return fmt::format(R"(<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:c="http://camunda.org/schema/1.0/bpmn"
        xmlns:z="http://camunda.org/schema/zeebe/1.0">
{}
<b:process id="P" isExecutable="true">
{}
</b:process></b:definitions>)",
                       definitions, content);
}

/// Its only process, which must be good.
Process good(std::string_view content, std::string_view definitions = {}) {
    auto read = read_processes(process_of(content, definitions));
    EXPECT_TRUE(read) << read.error().message;
    return read && !read->processes.empty() ? std::move(read->processes[0]) : Process{};
}

class DriftCheck : public testing::Test {
protected:
    void SetUp() override {
        auto read = read_processes(file("drift-check.bpmn"));
        ASSERT_TRUE(read) << read.error().message;
        ASSERT_THAT(read->warnings, IsEmpty()) << read->warnings[0].message;
        ASSERT_THAT(read->processes, SizeIs(1));
        process_ = std::move(read->processes[0]);
    }
    const Element& at(std::string_view id) const { return element(process_, id); }
    Process process_;
};

TEST_F(DriftCheck, HasItsProcess) {
    EXPECT_EQ(process_.id, "Drift_Check");
    EXPECT_EQ(process_.name, "Drift check");
    EXPECT_EQ(process_.version_tag, "2.1");
    EXPECT_EQ(process_.history_time_to_live, "P180D");
    EXPECT_EQ(process_.elements.size(), 21U);
    EXPECT_EQ(process_.flows.size(), 17U);
    EXPECT_THAT(process_.flows,
                Contains(AllOf(Field(&lifecycle::Flow::id, "f_one"), Field(&lifecycle::Flow::from, "Has_Model"), Field(&lifecycle::Flow::to, "Get_One"),
                               Field(&lifecycle::Flow::name, "yes"), Field(&lifecycle::Flow::condition, R"(${execution.hasVariable("MODEL_ID")})"))));
    EXPECT_EQ(at("Has_Model").kind, ElementKind::exclusive_gateway);
    EXPECT_EQ(at("Has_Model").default_flow, "f_all");
}

TEST_F(DriftCheck, HasItsEvents) {
    EXPECT_EQ(at("Start").kind, ElementKind::start_event);
    EXPECT_EQ(at("Start").event.kind, EventKind::signal);
    EXPECT_EQ(at("Start").event.name, "com.modelop.mlc.definitions.Signals_MODEL_DATA_DRIFT_TEST");
    ASSERT_THAT(at("Start").event.in, SizeIs(1));
    EXPECT_TRUE(at("Start").event.in[0].all);
    EXPECT_EQ(at("Each_Failed").event.kind, EventKind::error);
    EXPECT_EQ(at("Each_Failed").event.name, "FAILURE");
    const auto& failed = at("Failed");
    EXPECT_EQ(failed.kind, ElementKind::boundary_event);
    EXPECT_EQ(failed.attached_to, "Each_Model");
    EXPECT_TRUE(failed.interrupting);
    EXPECT_EQ(failed.event.code_variable + failed.event.message_variable, "CODEWHY");
    const auto& again = at("Again");
    EXPECT_FALSE(again.interrupting);
    EXPECT_EQ(again.event.timer, lifecycle::TimerKind::cycle);
    EXPECT_EQ(again.event.expression, "R/P1D");
    EXPECT_EQ(at("End").event.kind, EventKind::terminate);
    EXPECT_EQ(at("Stopped").kind, ElementKind::event_sub_process);
    EXPECT_EQ(at("Stop").scope, "Stopped");
    EXPECT_FALSE(at("Stop").interrupting);
    EXPECT_EQ(at("Stop").event.name, "stop ${MODEL_ID}");
}

TEST_F(DriftCheck, HasItsWork) {
    EXPECT_EQ(at("Get_One").topic, "modelop.GetDeployableModelById");
    EXPECT_EQ(at("Get_One").retry_cycle, "R3/PT5M");
    EXPECT_THAT(at("Get_One").properties, ElementsAre(Pair("mlc.note", "first")));
    EXPECT_EQ(at("Make_Job").topic, "modelop.CreateModelBatchJob");
    EXPECT_EQ(at("Make_Job").scope, "Each_Model");
    EXPECT_EQ(at("Wait_Job").topic, "jobs");
    ASSERT_THAT(at("Wait_Job").errors, SizeIs(1));
    EXPECT_EQ(at("Wait_Job").errors[0].code, "FAILURE");
    EXPECT_EQ(at("Wait_Job").errors[0].expression, "${externalTask.getErrorMessage() == 'gone'}");
    const auto& rule = at("Evaluate");
    EXPECT_EQ(rule.kind, ElementKind::business_rule_task);
    EXPECT_EQ(rule.decision + rule.result_variable + rule.decision_result, "drift_limitsPASSESsingleEntry");
    const auto& loop = at("Each_Model").loop;
    ASSERT_THAT(loop, SizeIs(1));
    EXPECT_TRUE(loop[0].sequential);
    EXPECT_EQ(loop[0].collection + loop[0].element_variable, "BASE_MODELSDEPLOYABLE_MODEL");
}

TEST_F(DriftCheck, HasItsPeopleAndCalls) {
    const auto& review = at("Review");
    EXPECT_EQ(review.assignee, "${REVIEWER}");
    EXPECT_EQ(review.candidate_groups, "risk");
    EXPECT_EQ(review.due_date + review.form_key + review.priority, "${now()}review50");
    ASSERT_THAT(review.on_end, SizeIs(1));
    EXPECT_EQ(review.on_end[0].target, "REVIEWED");
    EXPECT_EQ(review.on_end[0].value.text, "${true}");
    const auto& call = at("Call");
    EXPECT_EQ(call.called_element, "Tell_${GROUP}");
    EXPECT_EQ(call.called_binding + call.called_version, "version3");
    ASSERT_THAT(call.in, SizeIs(3));
    EXPECT_TRUE(call.in[0].all && call.in[0].local);
    EXPECT_EQ(call.in[1].source + call.in[1].target, "${WHY}REASON");
    EXPECT_TRUE(call.in[2].business_key);
    ASSERT_THAT(call.out, SizeIs(1));
    EXPECT_EQ(call.out[0].source + call.out[0].target, "TOLDTOLD_AT");
}

TEST_F(DriftCheck, HasItsParameters) {
    const auto& inputs = at("Get_One").inputs;
    ASSERT_THAT(inputs, SizeIs(2));
    EXPECT_EQ(inputs[0].target + inputs[0].value.text, "ID${MODEL_ID}");
    EXPECT_EQ(inputs[1].value.kind, Binding::Kind::map);
    ASSERT_THAT(inputs[1].value.parts, SizeIs(4));
    EXPECT_EQ(inputs[1].value.parts[1].first + inputs[1].value.parts[1].second.text, "statesDone,Cancelled");
    EXPECT_EQ(inputs[1].value.parts[3].second.kind, Binding::Kind::list);
    EXPECT_EQ(inputs[1].value.parts[3].second.parts[0].second.text, "${MODEL_ID}");
    const auto& outputs = at("Get_One").outputs;
    ASSERT_THAT(outputs, SizeIs(2));
    EXPECT_EQ(outputs[0].value.kind, Binding::Kind::list);
    EXPECT_EQ(outputs[0].value.parts[0].second.text, R"(${execution.getVariable("DEPLOYABLE_MODEL")})");
    EXPECT_EQ(outputs[1].value.kind, Binding::Kind::map);
    EXPECT_EQ(outputs[1].value.parts[1].first + outputs[1].value.parts[1].second.text, "howby id");
}

TEST_F(DriftCheck, ItsScriptBecomesAssignments) {
    const auto& script = at("Set_Up").script;
    ASSERT_THAT(script, SizeIs(4));
    EXPECT_EQ(script[0].target + "=" + script[0].value.text, "JOB_TYPE=MODEL_BATCH_TEST_JOB");
    EXPECT_EQ(script[1].value.text, "Drift of ${MODEL.name}, ${COUNT} rows");
    EXPECT_EQ(script[2].condition, R"((COUNT > 1000 && !execution.hasVariable("SMALL")))");
    EXPECT_EQ(script[2].value.text, "large");
    EXPECT_EQ(script[3].condition, R"((!(COUNT > 1000 && !execution.hasVariable("SMALL"))))");
}

TEST(ProcessReader, RunsWhatIsExecutableAndKeepsTheRestForThePicture) {
    const auto read = read_processes(file("two-pools.bpmn"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_THAT(read->warnings, IsEmpty());
    ASSERT_THAT(read->processes, SizeIs(1));
    const auto& work = element(read->processes[0], "Work");
    EXPECT_EQ(work.topic, "work-${REGION}");
    EXPECT_TRUE(work.async_after);
    EXPECT_FALSE(work.async_before);
    EXPECT_FALSE(work.exclusive);
    EXPECT_EQ(work.priority, "7");
    EXPECT_EQ(read->processes[0].elements.size(), 3U);
}

TEST(ProcessReader, TakesTwoExecutableProcesses) {
    auto text = file("two-pools.bpmn");
    text.insert(text.find("</definitions>"), R"(<process id="Third" isExecutable="true"><startEvent id="S3"/></process>)");
    const auto read = read_processes(text);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_THAT(read->processes, SizeIs(2));
    EXPECT_EQ(read->processes[1].id, "Third");
}

TEST(ProcessReader, ReadsEveryKindOfEvent) {
    const auto process = good(R"(
        <b:startEvent id="S"><b:conditionalEventDefinition c:variableName="V" c:variableEvents="create, update"><b:condition>${V > 1}</b:condition></b:conditionalEventDefinition></b:startEvent>
        <b:intermediateThrowEvent id="T1"><b:signalEventDefinition signalRef="sig"><b:extensionElements><c:in source="A" target="B"/></b:extensionElements></b:signalEventDefinition></b:intermediateThrowEvent>
        <b:intermediateThrowEvent id="T2"><b:messageEventDefinition c:type="external" c:topic="tell"/></b:intermediateThrowEvent>
        <b:intermediateThrowEvent id="T3"/>
        <b:intermediateThrowEvent id="T4"><b:linkEventDefinition name="L"/></b:intermediateThrowEvent>
        <b:intermediateCatchEvent id="C1"><b:linkEventDefinition name="L"/></b:intermediateCatchEvent>
        <b:intermediateCatchEvent id="C2"><b:timerEventDefinition><b:timeDate>${WHEN}</b:timeDate></b:timerEventDefinition></b:intermediateCatchEvent>
        <b:receiveTask id="R" messageRef="msg"/>
        <b:boundaryEvent id="B" attachedToRef="R"><b:escalationEventDefinition escalationRef="esc" c:escalationCodeVariable="E"/></b:boundaryEvent>
        <b:endEvent id="E"><b:escalationEventDefinition escalationRef="esc"/></b:endEvent>)",
                              R"(<b:signal id="sig" name="s.${X}"/><b:message id="msg" name="m"/><b:escalation id="esc" escalationCode="UP"/>)");
    EXPECT_EQ(element(process, "S").event.expression, "${V > 1}");
    EXPECT_EQ(element(process, "S").event.variable + element(process, "S").event.variable_events, "Vcreate, update");
    EXPECT_EQ(element(process, "T1").event.name, "s.${X}");
    EXPECT_EQ(element(process, "T1").event.in[0].target, "B");
    EXPECT_EQ(element(process, "T2").kind, ElementKind::service_task);
    EXPECT_EQ(element(process, "T2").event.kind, EventKind::none);
    EXPECT_EQ(element(process, "T2").topic, "tell");
    EXPECT_EQ(element(process, "T3").event.kind, EventKind::none);
    EXPECT_EQ(element(process, "C1").event.name, "L");
    EXPECT_EQ(element(process, "C2").event.timer, lifecycle::TimerKind::date);
    EXPECT_EQ(element(process, "R").event.name, "m");
    EXPECT_EQ(element(process, "B").event.code_variable, "E");
    EXPECT_EQ(element(process, "E").event.name, "UP");
}

TEST(ProcessReader, ReadsTheKindsOfTasks) {
    const auto process = good(R"(
        <b:task id="A"/><b:manualTask id="M"/><b:sendTask id="S" c:type="external" c:topic="send"/><b:businessRuleTask id="R" c:type="external" c:topic="rules"/>
        <b:serviceTask id="X" c:expression="${A.size()}" c:resultVariable="N"/><b:serviceTask id="V" c:expression="${execution.setVariable('N', A.size())}"/>
        <b:scriptTask id="G" scriptFormat="javascript" c:resultVariable="N"><b:script>A.size() + 1</b:script></b:scriptTask>
        <b:eventBasedGateway id="EG"/><b:inclusiveGateway id="IG"/><b:parallelGateway id="PG"/>)");
    EXPECT_EQ(element(process, "A").kind, ElementKind::manual_task);
    EXPECT_EQ(element(process, "S").kind, ElementKind::service_task);
    EXPECT_EQ(element(process, "R").kind, ElementKind::service_task);
    EXPECT_EQ(element(process, "R").topic, "rules");
    EXPECT_EQ(element(process, "X").expression + element(process, "X").result_variable, "${A.size()}N");
    EXPECT_EQ(element(process, "V").kind, ElementKind::script_task);
    EXPECT_EQ(element(process, "V").script[0].value.text, "${A.size()}");
    EXPECT_EQ(element(process, "G").script[0].target + element(process, "G").script[0].value.text, "N${A.size() + 1}");
    EXPECT_EQ(element(process, "PG").kind, ElementKind::parallel_gateway);
}

struct Wrong {
    std::string_view content;  ///< of the process, on line 4 of the file
    std::string_view id;
    std::string_view rule;
    std::string_view instead;
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
    *out << wrong.content;
}

class Refuses : public testing::TestWithParam<Wrong> {};

TEST_P(Refuses, WithElementLineRuleAndAlternative) {
    const auto& [content, id, rule, instead] = GetParam();
    const auto read = read_processes(process_of(content));
    ASSERT_FALSE(read);
    const auto& error = read.error();
    EXPECT_EQ(error.code, ErrorCode::invalid_argument);
    EXPECT_EQ(error.reason, "BPMN");
    ASSERT_THAT(error.faults, SizeIs(1)) << error.faults[1].got;
    EXPECT_EQ(error.faults[0].pointer, id);
    EXPECT_THAT(error.faults[0].got, testing::StartsWith(fmt::format("line 5, {}: ", rule)));
    EXPECT_THAT(error.faults[0].expected, HasSubstr(std::string{instead}));
    EXPECT_THAT(error.message, HasSubstr(error.faults[0].expected));
}

INSTANTIATE_TEST_SUITE_P(
    Elements, Refuses,
    testing::Values(
        Wrong{R"(<b:complexGateway id="X"/>)", "X", "COMPLEX_GATEWAY", "inclusive"}, Wrong{R"(<b:adHocSubProcess id="X"/>)", "X", "AD_HOC", "sub-process"},
        Wrong{R"(<b:adHocSubProcess id="X"/><b:startEvent id="s"/><b:sequenceFlow id="f" sourceRef="s" targetRef="X"/>)", "X", "AD_HOC", "sub-process"},
        Wrong{R"(<b:transaction id="X"/><b:boundaryEvent id="b" attachedToRef="X"><b:errorEventDefinition/></b:boundaryEvent>)", "X", "TRANSACTION",
              "boundary error"},
        Wrong{R"(<b:transaction id="X"/>)", "X", "TRANSACTION", "boundary error"}, Wrong{R"(<b:choreographyTask id="X"/>)", "X", "ELEMENT", "tasks"},
        Wrong{R"(<b:task id="X"><b:standardLoopCharacteristics/></b:task>)", "X", "LOOP", "gateway"},
        Wrong{R"(<b:task id="X"><b:multiInstanceLoopCharacteristics/></b:task>)", "X", "MULTI_INSTANCE", "loopCardinality"},
        Wrong{R"(<b:task id="X" isForCompensation="true"/>)", "X", "COMPENSATION", "boundary error"},
        Wrong{R"(<b:task id="X" startQuantity="2"/>)", "X", "TOKEN_QUANTITY", "parallel"},
        Wrong{R"(<b:receiveTask id="X" instantiate="true"/>)", "X", "INSTANTIATE", "message start"},
        Wrong{R"(<b:eventBasedGateway id="X" eventGatewayType="Parallel"/>)", "X", "PARALLEL_EVENTS", "parallel gateway"},
        Wrong{R"(<b:endEvent id="X"><b:compensateEventDefinition/></b:endEvent>)", "X", "COMPENSATION", "boundary error"},
        Wrong{R"(<b:endEvent id="X"><b:errorEventDefinition/></b:endEvent>)", "X", "REFERENCE", "errorRef"},
        Wrong{R"(<b:startEvent id="X"><b:errorEventDefinition/></b:startEvent>)", "X", "EVENT_KIND", "another kind"},
        Wrong{R"(<b:startEvent id="X"><b:timerEventDefinition/></b:startEvent>)", "X", "TIMER", "timeDuration"},
        Wrong{R"(<b:endEvent id="X"><b:terminateEventDefinition/><b:terminateEventDefinition/></b:endEvent>)", "X", "MULTIPLE_EVENTS", "event-based"},
        Wrong{R"(<b:startEvent id="X"><b:messageEventDefinition messageRef="none"/></b:startEvent>)", "X", "REFERENCE", "defined in the file"},
        Wrong{R"(<b:startEvent id="X"><b:conditionalEventDefinition/></b:startEvent>)", "X", "CONDITION", "true or false"},
        Wrong{R"(<b:callActivity id="X"/>)", "X", "CALLED_ELEMENT", "calledElement"}));
INSTANTIATE_TEST_SUITE_P(
    Extensions, Refuses,
    testing::Values(
        Wrong{R"(<b:serviceTask id="X"/>)", "X", "NO_WORK", "external"}, Wrong{R"(<b:serviceTask id="X" c:type="mail"/>)", "X", "TASK_TYPE", "external"},
        Wrong{R"(<b:serviceTask id="X" c:type="external"/>)", "X", "TOPIC", "camunda:topic"},
        Wrong{R"(<b:serviceTask id="X" c:class="java.lang.ProcessBuilder"/>)", "X", "JAVA_CLASS", "external"},
        Wrong{R"(<b:serviceTask id="X" c:class="com.modelop.mlc.delegate.modelop.GetJobs"/>)", "X", "JAVA_CLASS", "modelop.GetJob,"},
        Wrong{R"(<b:serviceTask id="X" c:delegateExpression="${serviceNow.create()}"/>)", "X", "DELEGATE", "external"},
        Wrong{R"(<b:serviceTask id="X" c:expression="${bean.run()}"/>)", "X", "EXPRESSION", "methods"},
        Wrong{R"(<b:serviceTask id="X"><b:extensionElements><c:connector/></b:extensionElements></b:serviceTask>)", "X", "CONNECTOR", "external"},
        Wrong{R"(<b:task id="X"><b:extensionElements><z:taskDefinition type="x"/></b:extensionElements></b:task>)", "X", "CAMUNDA_8", "Camunda 7"},
        Wrong{R"(<b:task id="X"><b:extensionElements><c:field name="a"/></b:extensionElements></b:task>)", "X", "FIELD", "inputParameter"},
        Wrong{R"(<b:scriptTask id="X" scriptFormat="groovy"><b:script>println "x"</b:script></b:scriptTask>)", "X", "SCRIPT", "setVariable"},
        Wrong{R"(<b:scriptTask id="X" scriptFormat="groovy" c:resource="a.groovy"/>)", "X", "SCRIPT_RESOURCE", "in the file"},
        Wrong{R"(<b:task id="X"><b:extensionElements><c:executionListener event="start" class="a.B"/></b:extensionElements></b:task>)", "X", "LISTENER",
              "setVariable"},
        Wrong{
            R"(<b:task id="X"><b:extensionElements><c:executionListener event="take" expression="${execution.setVariable('A', 1)}"/></b:extensionElements></b:task>)",
            "X", "LISTENER", "event="},
        Wrong{R"(<b:extensionElements><c:executionListener event="start" expression="${x}"/></b:extensionElements>)", "P", "LISTENER", "script task"},
        Wrong{R"(<b:task id="X"><b:extensionElements><c:inputOutput><c:inputParameter>1</c:inputParameter></c:inputOutput></b:extensionElements></b:task>)",
              "X", "PARAMETER", "name"},
        Wrong{
            R"(<b:task id="X"><b:extensionElements><c:inputOutput><c:inputParameter name="A">${a.getClass()}</c:inputParameter></c:inputOutput></b:extensionElements></b:task>)",
            "X", "EXPRESSION", "methods"},
        Wrong{R"(<b:callActivity id="X" calledElement="Y"><b:extensionElements><c:in source="A"/></b:extensionElements></b:callActivity>)", "X", "PASSING",
              "source and target"},
        Wrong{R"(<b:callActivity id="X" calledElement="Y" c:variableMappingClass="a.B"/>)", "X", "JAVA_CLASS", "camunda:in"},
        Wrong{R"(<b:callActivity id="X" c:caseRef="Y"/>)", "X", "CMMN", "calledElement"}));
INSTANTIATE_TEST_SUITE_P(
    References, Refuses,
    testing::Values(
        Wrong{R"(<b:task/>)", "", "MISSING_ID", "an id"}, Wrong{R"(<b:task id="X"/><b:task id="X"/>)", "X", "DUPLICATE_ID", "an id"},
        Wrong{R"(<b:task id="X"/><b:sequenceFlow id="F" sourceRef="X" targetRef="none"/>)", "F", "FLOW_END", "beside it"},
        Wrong{R"(<b:task id="X"/><b:sequenceFlow id="F" sourceRef="none" targetRef="X"/>)", "F", "FLOW_END", "beside it"},
        Wrong{R"(<b:task id="X"/><b:subProcess id="Y"><b:task id="Z"/></b:subProcess><b:sequenceFlow id="F" sourceRef="X" targetRef="Z"/>)", "F", "FLOW_SCOPE",
              "sub-process itself"},
        Wrong{R"(<b:exclusiveGateway id="X" default="none"/>)", "X", "DEFAULT_FLOW", "its own flows"},
        Wrong{R"(<b:task id="X"/><b:boundaryEvent id="B" attachedToRef="none"><b:errorEventDefinition/></b:boundaryEvent>)", "B", "ATTACHED_TO", "border"},
        Wrong{R"(<b:task id="X"/><b:sequenceFlow id="F" sourceRef="X" targetRef="X"><b:conditionExpression>yes</b:conditionExpression></b:sequenceFlow>)", "F",
              "CONDITION", "${"},
        Wrong{
            R"(<b:task id="X"/><b:sequenceFlow id="F" sourceRef="X" targetRef="X"><b:conditionExpression language="groovy">${a}</b:conditionExpression></b:sequenceFlow>)",
            "F", "SCRIPT", "${"},
        Wrong{R"(<b:task id="X"/><b:sequenceFlow id="F" sourceRef="X" targetRef="X"><b:conditionExpression>${a = 1}</b:conditionExpression></b:sequenceFlow>)",
              "F", "EXPRESSION", "operators"}));

TEST(ProcessReader, NamesWhatDoesNothingHere) {
    const auto read = read_processes(
        process_of(R"(<b:userTask id="X" c:jobPriority="3" c:formRef="f"><b:extensionElements><c:formProperty/></b:extensionElements></b:userTask>)"));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_THAT(read->warnings, SizeIs(3));
    EXPECT_EQ(read->warnings[0].element, "X");
    EXPECT_EQ(read->warnings[0].rule, "JOB_PRIORITY");
    EXPECT_EQ(read->warnings[0].line, 5);
    EXPECT_THAT(read->warnings[0].message, HasSubstr("camunda:taskPriority"));
    EXPECT_EQ(read->warnings[2].rule, "FORM");
}

TEST(ProcessReader, ReadsWhatATaskOfAPersonIsAboutAndTakesItsForm) {
    const auto read = read_processes(process_of(
        R"(<b:userTask id="X"><b:documentation>Look at the drift.</b:documentation><b:extensionElements><c:formData/></b:extensionElements></b:userTask>)"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_THAT(read->warnings, SizeIs(0)) << "the page shows the form";
    const auto& elements = read->processes.at(0).elements;
    const auto task = std::ranges::find(elements, "X", &lifecycle::Element::id);
    ASSERT_NE(task, elements.end());
    EXPECT_EQ(task->documentation, "Look at the drift.");
}

TEST(ProcessReader, NamesEveryFaultAndCountsWhatIsTooMuch) {
    std::string content;
    for (int i = 0; i < 150; ++i) {
        content += fmt::format("<b:complexGateway id=\"X{}\"/>\n", i);
    }
    const auto read = read_processes(process_of(content));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().faults, SizeIs(100));
    EXPECT_THAT(read.error().message, HasSubstr("for 150 reasons. The first: \"X0\", line 5, COMPLEX_GATEWAY"));
}

TEST(ProcessReader, WantsAnExecutableProcess) {
    EXPECT_THAT(read_processes(R"(<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="P"/></definitions>)").error().message,
                HasSubstr("no executable process"));
    EXPECT_THAT(read_processes("<definitions/>").error().message, HasSubstr("no BPMN 2.0"));
    EXPECT_THAT(read_processes(R"(<definitions xmlns="http://www.omg.org/spec/BPMN/20100525/MODEL"/>)").error().message, HasSubstr("no BPMN 2.0"));
}

TEST(ProcessReader, CountsBeforeItLooksClosely) {
    std::string many;
    for (int i = 0; i <= 10'000; ++i) {
        many += fmt::format("<b:manualTask id=\"t{}\" default=\"none\"/>", i);
    }
    const auto read = read_processes(process_of(many));
    ASSERT_FALSE(read);
    ASSERT_EQ(read.error().faults.size(), 1U);
    EXPECT_THAT(read.error().faults[0].got, HasSubstr("SIZE: the process has 10001 elements and 0 flows"));
}

}  // namespace
}  // namespace slipway::bpmn
