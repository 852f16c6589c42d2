#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "automation/comparator.hpp"
#include "automation/handler.hpp"
#include "registry/approvals.hpp"
#include "registry/registry.hpp"

namespace slipway::automation {

/// Whether a delegate of the vendor's processes, by its topic (`modelop.GetJob`), is worked here. The others wait for a worker outside.
bool is_vendor_topic_served(std::string_view topic);

/// A delegate that only tells people something, with what its notification is.
struct Teller {
    std::string_view topic;
    std::string_view type;
    std::string_view variable;
};

/// Delegates that files of the vendor name (`camunda:class="com.modelop.mlc.delegate.modelop.X"` is the topic `modelop.X`; product table 4.4) and that an
/// operation of the registry, SageMaker or the desk stands behind. They read and write the variables that those files use, and what they cannot do is the
/// BPMN error `FAILURE`, which such files catch. Thread-safe.
class VendorTopics {
public:
    /// @param own those of SageMakerTopics; they outlive this object.
    /// @param assignment `assignmentType` of tickets: where it is another system, delegates called after Jira make an issue there.
    VendorTopics(registry::Registry& registry, Definitions& definitions, Handlers own, std::string assignment = std::string{registry::kBuiltIn})
        : registry_{registry}, definitions_{definitions}, own_{std::move(own)}, assignment_{std::move(assignment)} {}

    /// By topic; this object must outlive them.
    Handlers handlers();

private:
    Outcome snapshot(const ExternalTask& task);
    Outcome job(const ExternalTask& task);
    Outcome assets(const ExternalTask& task, std::string_view collection, std::string_view id);
    Outcome required_assets(const ExternalTask& task);
    Outcome transform_job(const ExternalTask& task);
    Outcome deployed_model(const ExternalTask& task);
    Outcome approval(const ExternalTask& task, std::string_view variable);
    Outcome notification(const ExternalTask& task, const Teller& teller);
    Outcome evaluate(const ExternalTask& task);

    /// As it is shown, of the task's own group. @return `not_found`.
    Result<json::object> object(const ExternalTask& task, std::string_view collection, const std::string& id);
    Result<std::string> comparator(const ExternalTask& task);
    Outcome ask(std::string_view topic, const ExternalTask& task);
    store::Store& store() const { return registry_.foundation().store; }

    registry::Registry& registry_;
    Definitions& definitions_;
    Handlers own_;
    std::string assignment_;
};

}  // namespace slipway::automation
