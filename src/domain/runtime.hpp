#pragma once

#include <string>
#include <vector>

#include "domain/sagemaker_facts.hpp"

namespace slipway::domain {

enum class RuntimeState { INIT, ONLINE, OFFLINE, ERROR, REMOVED };
BOOST_DESCRIBE_ENUM(RuntimeState, INIT, ONLINE, OFFLINE, ERROR, REMOVED)

inline constexpr std::string_view kSageMakerRuntime = "SAGEMAKER_RUNTIME";
inline constexpr std::string_view kSparkRuntime = "SPARK_RUNTIME";
inline constexpr std::string_view kModelOpEngine = "MODEL_OP_ENGINE";

/// Where a snapshot runs; "engine" in the JSON of the matched product.
struct Runtime {
    std::string engine_type;
    std::string name;
    RuntimeState state{RuntimeState::INIT};
    std::vector<std::string> tags;
    std::vector<json::object> input_endpoints;
    std::vector<json::object> output_endpoints;
    std::optional<std::map<std::string, json::value>> spark_conf;
    std::optional<std::string> executor_memory;
    std::optional<json::object> repository_info;
    std::optional<SageMakerFacts> sage_maker;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(Runtime, (),
                      (engine_type, name, state, tags, input_endpoints, output_endpoints, spark_conf, executor_memory, repository_info, sage_maker, extra))

/// Id of a Spark enrolment: name-based, of group + type + name, so that enrolling twice is one runtime.
std::string enrolment_id(std::string_view group, std::string_view engine_type, std::string_view name);

/// State of the runtime behind an endpoint: InService, Updating, SystemUpdating, RollingBack → ONLINE; Creating → INIT; Failed, OutOfService,
/// UpdateRollbackFailed → ERROR; Deleting → OFFLINE; an unknown word → `before`.
RuntimeState runtime_state_of_endpoint(std::string_view endpoint_status, RuntimeState before);

/// What comes through the door: only kinds of runtimes that are known. @return `invalid_argument` with pointers.
Result<Runtime> parse_runtime(const json::value& document);
json::object to_json(const Runtime& runtime);

}  // namespace slipway::domain
