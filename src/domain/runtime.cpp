#include "domain/runtime.hpp"

#include "base/id.hpp"
#include "domain/document.hpp"

namespace slipway::domain {

std::string enrolment_id(std::string_view group, std::string_view engine_type, std::string_view name) {
    // Lengths keep ("a", "bc") and ("ab", "c") apart.
    std::string text = "enrolment";
    for (const auto part : {group, engine_type, name}) {
        text += ":" + std::to_string(part.size()) + ":";
        text += part;
    }
    return name_based_id(text);
}

RuntimeState runtime_state_of_endpoint(std::string_view endpoint_status, RuntimeState before) {
    static const std::map<std::string_view, RuntimeState> kStates{
        {"InService", RuntimeState::ONLINE},   {"Updating", RuntimeState::ONLINE},  {"SystemUpdating", RuntimeState::ONLINE},
        {"RollingBack", RuntimeState::ONLINE}, {"Creating", RuntimeState::INIT},    {"Failed", RuntimeState::ERROR},
        {"OutOfService", RuntimeState::ERROR}, {"Deleting", RuntimeState::OFFLINE}, {"UpdateRollbackFailed", RuntimeState::ERROR}};
    const auto found = kStates.find(endpoint_status);
    return found == kStates.end() ? before : found->second;
}

Result<Runtime> parse_runtime(const json::value& document) {
    return decode_checked<Runtime>(document, [](const Runtime& runtime, json::Faults& faults) {
        if (runtime.engine_type != kSparkRuntime && runtime.engine_type != kModelOpEngine && runtime.engine_type != kSageMakerRuntime) {
            faults.add("/engineType", "one of SPARK_RUNTIME, MODEL_OP_ENGINE, SAGEMAKER_RUNTIME",
                       runtime.engine_type.empty() ? "nothing" : json::describe_value(json::value(runtime.engine_type)));
        }
        check_name(runtime.name, "/name", faults);
    });
}

json::object to_json(const Runtime& runtime) {
    return json::encode_object(runtime);
}

}  // namespace slipway::domain
