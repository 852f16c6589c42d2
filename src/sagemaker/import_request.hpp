#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "sagemaker/credentials.hpp"

namespace slipway::sagemaker {

/// `POST /sagemaker-service/api/imports` as asked for.
struct ImportRequest {
    std::string model_name;
    std::string group;
    std::string region;
    std::string credential_id;
    std::optional<Credential> credentials;  ///< entered with the request
    json::array assets;
    std::optional<json::array> input_schema;
    std::string start_lifecycles{"every"};
    bool deep{false};  ///< also jobs and configurations that are older than the model
};

/// Reads the body. @return `invalid_argument` with a pointer; secrets are never repeated in it. Pure.
Result<ImportRequest> parse_import_request(const json::object& body);

/// Reads entered keys. @param at pointer of `input` in the body. @return as parse_import_request().
Result<Credential> parse_entered_credential(const json::object& input, const std::string& at);

/// True for what can be a region of a partition of AWS (`eu-west-1`, `us-gov-west-1`, `cn-north-1`): it becomes part of a host name.
bool is_region(std::string_view text);

}  // namespace slipway::sagemaker
