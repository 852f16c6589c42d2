#pragma once

#include <memory>
#include <string>

#include "base/http_transport.hpp"
#include "base/token_source.hpp"
#include "spark/registry_client.hpp"

namespace slipway::model_manage {

/// RegistryClient over the REST API of model-manage (api/openapi.yaml).
/// @param base_url `http://host:port/model-manage/api`, without a trailing `/`.
/// @param instance_id of this runtime's data directory; goes with every word about a job, so that of two runtimes with one client only the owner is heard.
/// @param tokens nullptr where the server asks for none. One repetition after 401, with a new token.
std::unique_ptr<spark::RegistryClient> make_registry_client(std::string base_url, HttpTransport& transport, TokenSource* tokens, std::string instance_id);

}  // namespace slipway::model_manage
