#pragma once

#include "http/message.hpp"
#include "registry/operations.hpp"

/// Long work as `/sagemaker-service/api` shows it (page 10 "Long work").
namespace slipway::http {

/// The operation with its link.
json::object present(const Request& request, const registry::Operation& operation);
/// Where it can be asked for: the `Location` of a 202, and of the 409 that names it.
std::string location_of(const Request& request, const registry::Operation& operation);

}  // namespace slipway::http
