#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace slipway::lifecycle {

/// What an element is, in the words of BPMN 2.0.2 (OMG formal/2013-12-09), chapter 10.
enum class ElementKind : std::uint8_t {
    start_event,
    end_event,
    intermediate_catch_event,
    intermediate_throw_event,
    boundary_event,
    service_task,  ///< also sendTask and businessRuleTask with a topic: work outside, by topic
    script_task,   ///< assignments only
    user_task,
    receive_task,
    manual_task,         ///< also the undefined task: passes at once
    business_rule_task,  ///< evaluates a decision
    exclusive_gateway,
    parallel_gateway,
    inclusive_gateway,
    event_based_gateway,
    sub_process,
    event_sub_process,  ///< `triggeredByEvent="true"`
    call_activity,
};

/// What an event waits for or throws (its one event definition; `none` where it has none).
enum class EventKind : std::uint8_t { none, message, signal, timer, error, escalation, conditional, link, terminate };

/// How a timer's text is to be read (ISO 8601; `R3/PT30S` or cron for a cycle).
enum class TimerKind : std::uint8_t { date, duration, cycle };

/// The value of an input or output parameter or an assignment: a text that may hold `${…}`, a list or a map of values.
struct Binding {
    enum class Kind : std::uint8_t { text, list, map };
    Kind kind{Kind::text};
    std::string text{};
    std::vector<std::pair<std::string, Binding>> parts{};  ///< of a list (keys empty) or a map
};

/// `target` becomes the value of `value` (`camunda:inputParameter`, `camunda:outputParameter`, an assignment of a script).
struct Assignment {
    std::string target;
    Binding value;
    std::string condition{};  ///< of a script's `if`: an expression without `${}`; empty: always
};

/// `camunda:in` and `camunda:out` of a call activity or a signal.
struct Passing {
    bool all{false};           ///< `variables="all"`
    bool business_key{false};  ///< `businessKey="…"`: `source` is its expression
    std::string source{};      ///< name of a variable, or an expression with `${}` (`sourceExpression`)
    std::string target{};
    bool local{false};  ///< `local="true"`: only variables of the scope itself pass
};

/// `camunda:errorEventDefinition` of a topic task: when `expression` is true after its work has ended or failed, this error is thrown instead.
struct ErrorRule {
    std::string code;
    std::string expression;  ///< with `${}`, may ask `externalTask`
};

/// `bpmn:multiInstanceLoopCharacteristics`.
struct MultiInstance {
    bool sequential{false};
    std::string cardinality{};  ///< expression
    std::string collection{};   ///< name of a variable or expression
    std::string element_variable{};
    std::string completion_condition{};  ///< expression
    bool async_before{false};            ///< of all repetitions together; those of the element are of each
    bool async_after{false};
};

/// The event definition of an event, or what a receive task waits for.
struct EventDefinition {
    EventKind kind{EventKind::none};
    std::string name{};  ///< of the message, signal or link (may hold `${…}`); code of the error or escalation, empty: any
    TimerKind timer{TimerKind::duration};
    std::string expression{};       ///< of the timer or the condition
    std::string variable{};         ///< `camunda:variableName`: the condition is looked at when this one changes
    std::string variable_events{};  ///< `camunda:variableEvents`: some of `create, update, delete`; empty: all
    std::string code_variable{};    ///< `camunda:errorCodeVariable`, `escalationCodeVariable`
    std::string message_variable{};
    std::vector<Passing> in{};  ///< variables that a thrown signal carries, or that a signal start takes
};

/// One flow node. Elements are known by their ids; `scope` is the id of the enclosing sub-process, empty for the process itself.
struct Element {
    std::string id;
    std::string name{};
    ElementKind kind{ElementKind::manual_task};
    std::string scope{};
    EventDefinition event{};
    bool interrupting{true};     ///< boundary event: `cancelActivity`; start of an event sub-process: `isInterrupting`
    std::string attached_to{};   ///< boundary event
    std::string default_flow{};  ///< id of a flow
    std::string topic{};         ///< service task; may hold `${…}`
    std::string retry_cycle{};   ///< `camunda:failedJobRetryTimeCycle`
    bool async_before{false};
    bool async_after{false};
    bool exclusive{true};
    std::string priority{};  ///< `camunda:taskPriority` or `priority`
    std::vector<Assignment> inputs{};
    std::vector<Assignment> outputs{};
    std::vector<Assignment> script{};
    std::vector<MultiInstance> loop{};  ///< none or one
    std::string called_element{};       ///< call activity: key, may hold `${…}`
    std::string called_binding{};       ///< `latest` (or empty), `deployment`, `version`, `versionTag`
    std::string called_version{};
    std::vector<Passing> in{};
    std::vector<Passing> out{};
    std::string assignee{};
    std::string candidate_users{};
    std::string candidate_groups{};
    std::string due_date{};
    std::string follow_up_date{};
    std::string form_key{};
    std::string documentation{};     ///< of a user task: what its maker wrote about it, as it is
    std::string decision{};          ///< `camunda:decisionRef`
    std::string decision_result{};   ///< `camunda:mapDecisionResult`
    std::string decision_binding{};  ///< `latest` (or empty), `deployment`, `version`
    std::string decision_version{};
    std::string result_variable{};       ///< `camunda:resultVariable`
    std::string expression{};            ///< `camunda:expression` of a service task
    std::vector<Assignment> on_start{};  ///< execution listeners with an expression that sets a variable
    std::vector<Assignment> on_end{};
    std::vector<ErrorRule> errors{};                  ///< of a service task
    std::string initiator{};                          ///< start event: variable that gets who started it
    std::map<std::string, std::string> properties{};  ///< `camunda:property`, ours begin with `mlc.`
};

/// One sequence flow.
struct Flow {
    std::string id;
    std::string name{};
    std::string from;
    std::string to;
    std::string condition{};  ///< expression with `${}`; empty: none
};

/// One executable process as its file describes it, before it is checked and compiled. Plain data.
struct Process {
    std::string id;  ///< its key
    std::string name{};
    std::string version_tag{};
    std::string history_time_to_live{};
    std::vector<Element> elements{};
    std::vector<Flow> flows{};
    std::map<std::string, std::string> properties{};
};

}  // namespace slipway::lifecycle
