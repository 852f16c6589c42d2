#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json_codec.hpp"

namespace slipway::domain {

/// Name and ARN of an AWS object with its console link.
struct AwsReference {
    std::string name;
    std::string arn;
    std::optional<std::string> console_url;
    std::optional<std::string> status;
    std::optional<Timestamp> creation_time;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(AwsReference, (), (name, arn, console_url, status, creation_time, extra))

/// What AWS says of an object, in the `sageMaker` member of our entities (page 10). Identity is `arn` + `creationTime`, never the name alone.
struct SageMakerFacts {
    std::string kind;  ///< `MODEL`, `ENDPOINT_CONFIG`, `ENDPOINT`, `TRAINING_JOB`, `TRANSFORM_JOB`
    std::optional<std::string> arn;
    std::string name;
    std::string region;
    std::optional<std::string> account;
    std::optional<std::string> status;  ///< AWS's own word, unknown ones kept
    std::optional<Timestamp> creation_time;
    std::optional<Timestamp> last_modified_time;
    std::optional<std::string> failure_reason;
    std::optional<std::string> console_url;
    std::optional<std::string> logs_url;
    std::map<std::string, std::string> tags;
    std::optional<bool> generated;                                 ///< a snapshot without a configuration in AWS
    std::optional<bool> gone;                                      ///< deleted in AWS
    std::optional<std::vector<json::object>> production_variants;  ///< on a snapshot, AWS's shape
    std::optional<std::vector<json::object>> shadow_production_variants;
    std::optional<std::vector<AwsReference>> models;         ///< on a snapshot: all models of the configuration
    std::optional<std::vector<AwsReference>> training_jobs;  ///< on a model
    std::optional<std::string> endpoint_config_name;         ///< on an endpoint
    std::optional<json::object> describe;                    ///< AWS's raw answer, masked
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(SageMakerFacts, (),
                      (kind, arn, name, region, account, status, creation_time, last_modified_time, failure_reason, console_url, logs_url, tags, generated,
                       gone, production_variants, shadow_production_variants, models, training_jobs, endpoint_config_name, describe, extra))

}  // namespace slipway::domain
