#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "sagemaker/creation.hpp"
#include "sagemaker/deploy_plan.hpp"

/// What a job asks of AWS: filled from the model, its data and its last job, and checked before it is stored. All functions are pure.
namespace slipway::sagemaker {

/// What the missing members of a request come from; all of it masked.
struct JobSources {
    json::object model;                    ///< DescribeModel
    std::optional<json::object> last_job;  ///< description of the model's last job of the kind
    std::string input;                     ///< `s3://` address of the job's input, else of the model's test or training data; empty: unknown
    std::string input_type;                ///< its content type, empty: unknown
    bool names_input{false};               ///< the job itself names `input`: it goes before the last job's
    std::string output;                    ///< `s3://` prefix that the job names; empty: beside the last one's
    std::string name;                      ///< of the job
    DeployDefaults defaults;
};

/// The body of CreateTransformJob or CreateTrainingJob: `posted` with missing members filled. What was masked is never filled in.
json::object filled_request(CreationKind kind, json::object posted, const JobSources& sources);

/// Checks what AWS would refuse, or accept to somebody's harm (an output among its own input). @param request as filled_request() returns it.
/// @return `invalid_argument` with a fault at `/jobParameters/…` for each wrong member.
Result<void> check_request(CreationKind kind, const json::object& request, const JobSources& sources);

}  // namespace slipway::sagemaker
