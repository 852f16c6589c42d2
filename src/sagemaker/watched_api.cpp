#include "sagemaker/watched_api.hpp"

#include "sagemaker/notices.hpp"

namespace slipway::sagemaker {

bool is_refusal_of_credential(const AwsError& error) {
    return refuses_credential(error.code) || error.permission.starts_with("sts:AssumeRole");
}

AwsResult<json::object> WatchedApi::call(std::string_view operation, const json::object& request, const CallOptions& options) {
    auto answer = api_->call(operation, request, options);
    if (answer) {
        checks_.heard(credential_, nullptr);
    } else if (is_refusal_of_credential(answer.error())) {
        checks_.heard(credential_, &answer.error());
    }
    return answer;
}

}  // namespace slipway::sagemaker
