#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::sagemaker {

/// The `s3://bucket/key` form of an S3 address: virtual-host and path style `https://` of every partition are taken, the query (which may carry a
/// signature) is dropped. @return nothing when it is no address of S3. Pure.
std::optional<std::string> to_s3_uri(std::string_view address);

/// to_s3_uri(), or the address without its query and without user and password when it is another kind of address.
std::string normal_uri(std::string_view address);

/// True when `uri` lies below `prefix`, folder by folder (`s3://b/a` does not hold `s3://b/ab`). Both in normal form.
bool lies_below(std::string_view uri, std::string_view prefix);

/// The training job that would have written `artifact` in AWS's default layout `{output}/{job}/output/model.tar.gz` (or the folder form), or nothing.
std::optional<std::string> job_name_of_artifact(std::string_view artifact);

}  // namespace slipway::sagemaker
