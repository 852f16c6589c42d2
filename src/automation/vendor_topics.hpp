#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "automation/handler.hpp"
#include "registry/registry.hpp"

namespace slipway::automation {

class Definitions;

/// Whether a delegate of the vendor's processes, by its topic (`modelop.GetJob`), is worked here. The others wait for a worker outside.
bool is_vendor_topic_served(std::string_view topic);

/// What a table of tests says of results.
struct Verdict {
    enum class Kind { passed, failed, not_evaluated };
    Kind kind{Kind::not_evaluated};
    std::vector<std::string> reasons{};  ///< `reason` of each rule that did not pass, or why there is no verdict
};
/// Asks the DMN tables in `content` what `results` are worth: passed only if rules matched and each of them says `passes`. What matches no rule is failed,
/// never passed. @return `invalid_argument` when it is no DMN; `failed_precondition` when a decision is ambiguous or fails: a person must look.
Result<Verdict> compare(Definitions& definitions, const std::string& content, const json::object& results);
/// `PASSED`, `FAILED`, `NOT_EVALUATED`.
std::string_view to_string(Verdict::Kind kind);

/// Delegates that files of the vendor name (`camunda:class="com.modelop.mlc.delegate.modelop.X"` is the topic `modelop.X`; product table 4.4) and that an
/// operation of the registry, SageMaker or the desk stands behind. They read and write the variables that those files use, and what they cannot do is the
/// BPMN error `FAILURE`, which such files catch. Thread-safe.
class VendorTopics {
public:
    /// @param own those of SageMakerTopics; they outlive this object.
    VendorTopics(registry::Registry& registry, Definitions& definitions, Handlers own) : registry_{registry}, definitions_{definitions}, own_{std::move(own)} {}

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
    Outcome notification(const ExternalTask& task, std::string_view type, std::string_view variable);
    Outcome evaluate(const ExternalTask& task);

    /// As it is shown, of the task's own group. @return `not_found`.
    Result<json::object> object(const ExternalTask& task, std::string_view collection, const std::string& id);
    Result<std::string> comparator(const ExternalTask& task);
    Outcome ask(std::string_view topic, const ExternalTask& task);
    store::Store& store() const { return registry_.foundation().store; }

    registry::Registry& registry_;
    Definitions& definitions_;
    Handlers own_;
};

}  // namespace slipway::automation
