#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::sagemaker {

/// Page of the AWS console for a model, endpoint configuration, endpoint, training job or transform job; partition and region come from the ARN itself.
/// @param name as AWS spells it (ARNs carry it in lower case); empty: the ARN's own.
/// @return nothing for other objects and for partitions whose console address is not known (`aws`, `aws-cn` and `aws-us-gov` are). Pure.
std::optional<std::string> console_link(std::string_view arn, std::string_view name = {});

/// CloudWatch page of the logs of a training job, a transform job or an endpoint; as console_link().
std::optional<std::string> logs_link(std::string_view arn, std::string_view name = {});

/// Page of an object of S3, in the partition and region of the `arn` of the job that wrote it; as console_link().
std::optional<std::string> object_link(std::string_view arn, std::string_view bucket, std::string_view key);

}  // namespace slipway::sagemaker
