#include "adapters/bpmn/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/nearest.hpp"

namespace slipway::bpmn {

namespace {

enum class Weight : std::uint8_t { warning, fault };

/// A name of Camunda 7's extensions that does nothing here, or cannot be done here.
struct Unsupported {
    std::string_view name;
    Weight weight;
    std::string_view rule;
    std::string_view instead;
};

constexpr std::array kAttributes{
    Unsupported{"jobPriority", Weight::warning, "JOB_PRIORITY", "camunda:taskPriority on the tasks"},
    Unsupported{"isStartableInTasklist", Weight::warning, "TASKLIST", "the rights of the group, which say who may start it"},
    Unsupported{"candidateStarterGroups", Weight::warning, "STARTERS", "the rights of the group, which say who may start it"},
    Unsupported{"candidateStarterUsers", Weight::warning, "STARTERS", "the rights of the group, which say who may start it"},
    Unsupported{"formRef", Weight::warning, "FORM", "camunda:formKey"},
    Unsupported{"formRefBinding", Weight::warning, "FORM", "camunda:formKey"},
    Unsupported{"formRefVersion", Weight::warning, "FORM", "camunda:formKey"},
    Unsupported{"calledElementTenantId", Weight::warning, "TENANT", "groups; there are no tenants"},
    Unsupported{"decisionRefTenantId", Weight::warning, "TENANT", "groups; there are no tenants"},
    Unsupported{"errorMessage", Weight::warning, "ERROR_MESSAGE", "a variable that the throwing step sets"},
    Unsupported{"formHandlerClass", Weight::fault, "JAVA_CLASS", "camunda:formKey"},
    Unsupported{"resource", Weight::fault, "SCRIPT_RESOURCE", "the script itself in the file"},
    Unsupported{"caseRef", Weight::fault, "CMMN", "a process in calledElement"},
    Unsupported{"variableMappingClass", Weight::fault, "JAVA_CLASS", "camunda:in and camunda:out"},
    Unsupported{"variableMappingDelegateExpression", Weight::fault, "JAVA_CLASS", "camunda:in and camunda:out"},
};

constexpr std::array kElements{
    Unsupported{"formData", Weight::warning, "FORM", "camunda:formKey; variables are entered as they are"},
    Unsupported{"formProperty", Weight::warning, "FORM", "camunda:formKey; variables are entered as they are"},
    Unsupported{"potentialStarter", Weight::warning, "STARTERS", "the rights of the group, which say who may start it"},
    Unsupported{"connector", Weight::fault, "CONNECTOR", "camunda:type=\"external\" with a topic that a worker serves"},
    Unsupported{"field", Weight::fault, "FIELD", "camunda:inputParameter"},
};

/// An attribute of BPMN with the value that it may have here.
struct Fixed {
    std::string_view name;
    std::string_view allowed;
    std::string_view rule;
    std::string_view instead;
};
constexpr std::array kFixed{
    Fixed{"isForCompensation", "false", "COMPENSATION", "a boundary error event with a flow to the step that undoes"},
    Fixed{"startQuantity", "1", "TOKEN_QUANTITY", "a parallel gateway"},
    Fixed{"completionQuantity", "1", "TOKEN_QUANTITY", "a parallel gateway"},
    Fixed{"instantiate", "false", "INSTANTIATE", "a message start event"},
    Fixed{"eventGatewayType", "Exclusive", "PARALLEL_EVENTS", "a parallel gateway with one catch event on each branch"},
    Fixed{"parallelMultiple", "false", "PARALLEL_EVENTS", "a parallel gateway with one catch event on each branch"},
};

/// The vendor's delegates that Slipway or a worker may do (reference/product.md 4.4).
constexpr std::array<std::string_view, 38> kDelegates{
    "ApplyJiraAttachmentToDeployableModel",
    "ApplyJiraAttachmentToStoredModel",
    "AssignBatchJobToAvailableRuntime",
    "CreateDeployableModel",
    "CreateDeployedModel",
    "CreateJiraJobNotification",
    "CreateJiraModelApproval",
    "CreateJiraModelDocumentReview",
    "CreateJiraModelNotification",
    "CreateJiraModelReview",
    "CreateJiraSimpleNotification",
    "CreateJiraStoredModelNotification",
    "CreateJiraTestReview",
    "CreateJobNotification",
    "CreateModelApprovalNotification",
    "CreateModelBatchJob",
    "CreateModelNotification",
    "CreateModelTestNotification",
    "CreateModelTestResult",
    "CreateNotification",
    "CreateProcessNotification",
    "CreateRuntimeNotification",
    "CreateSagemakerDeployedModel",
    "CreateSagemakerTransformJob",
    "DeployModel",
    "FindDeployableModelAssets",
    "FindStoredModelAssets",
    "GetCompatibleEngine",
    "GetDeployableModelById",
    "GetJob",
    "GetModelRequiredAssets",
    "ModelTestResultEval",
    "ParseModelTestResultFromBatchJob",
    "PatchJob",
    "SnapshotModel",
    "UpdateDeployedStateForDeployableModel",
    "UpdateJob",
    "UpdateTargetEngineForJob",
};

constexpr std::string_view kPackage = "com.modelop.mlc.delegate.";

std::string topic_of(std::string_view name) {
    return !name.empty() && std::ranges::find(kDelegates, name) != kDelegates.end() ? fmt::format("modelop.{}", name) : std::string{};
}

std::string_view last_name(std::string_view java_class) {
    const auto dot = java_class.rfind('.');
    return dot == std::string_view::npos ? java_class : java_class.substr(dot + 1);
}

void report(const Unsupported& found, std::string_view owner, const XmlElement& at, std::string_view what, Findings& findings) {
    if (found.weight == Weight::fault) {
        findings.fault(owner, at, found.rule, fmt::format("{} is not done here", what), found.instead);
    } else {
        findings.warn(owner, at, found.rule, fmt::format("{} does nothing here. Use instead: {}.", what, found.instead));
    }
}

}  // namespace

void check_extensions(const XmlElement& element, Findings& findings) {
    for (const auto& attribute : element.attributes) {
        const auto* const found = std::ranges::find(kAttributes, attribute.name, &Unsupported::name);
        if (attribute.space == Space::camunda && found != kAttributes.end()) {
            report(*found, element.id(), element, fmt::format("camunda:{}", attribute.name), findings);
        }
    }
    const auto* const extensions = element.child(Space::bpmn, "extensionElements");
    if (extensions == nullptr) {
        return;
    }
    for (const auto& extension : extensions->children) {
        if (extension.space == Space::zeebe) {
            findings.fault(element.id(), extension, "CAMUNDA_8", fmt::format("zeebe:{} is of Camunda 8", extension.name),
                           "a diagram for Camunda 7: in the modeler, its execution platform");
            continue;
        }
        const bool is_form = extension.name == "formData" && element.name == "userTask";  // the page asks for its fields
        const auto* const found = is_form ? kElements.end() : std::ranges::find(kElements, extension.name, &Unsupported::name);
        if (extension.space == Space::camunda && found != kElements.end()) {
            report(*found, element.id(), extension, fmt::format("camunda:{}", extension.name), findings);
        }
    }
}

void check_bpmn_attributes(const XmlElement& element, Findings& findings) {
    for (const auto& fixed : kFixed) {
        if (element.has(fixed.name) && element.attribute(fixed.name) != fixed.allowed) {
            findings.fault(element, fixed.rule, fmt::format("{}=\"{}\" is not run here", fixed.name, element.attribute(fixed.name)), fixed.instead);
        }
    }
}

std::string topic_of_class(std::string_view java_class) {
    return java_class.starts_with(kPackage) ? topic_of(last_name(java_class)) : std::string{};
}

std::string topic_of_bean(std::string_view expression) {
    if ((!expression.starts_with("${") && !expression.starts_with("#{")) || !expression.ends_with("}")) {
        return {};
    }
    std::string name{expression.substr(2, expression.size() - 3)};
    if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') {
        name[0] = static_cast<char>(name[0] - 'a' + 'A');
    }
    return topic_of(name);
}

std::string delegate_advice(std::string_view name) {
    const bool bean = name.starts_with("${") || name.starts_with("#{");
    const auto near = nearest(bean ? name.substr(2, name.size() - 3) : last_name(name), kDelegates);
    return near.empty()
               ? std::string{"camunda:type=\"external\" with a topic that a worker serves"}
               : fmt::format("{}{}, if that is what is meant; else camunda:type=\"external\" with a topic that a worker serves", kPackage, "modelop." + near);
}

}  // namespace slipway::bpmn
