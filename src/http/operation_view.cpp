#include "http/operation_view.hpp"

#include <fmt/format.h>

#include "http/hal.hpp"

namespace slipway::http {
namespace {

std::string path_of(const registry::Operation& operation) {
    return fmt::format("/sagemaker-service/api/operations/{}", operation.id);
}

}  // namespace

json::object present(const Request& request, const registry::Operation& operation) {
    auto document = registry::to_json(operation);
    add_self(document, request, path_of(operation));
    return document;
}

std::string location_of(const Request& request, const registry::Operation& operation) {
    return request.base_url + path_of(operation);
}

}  // namespace slipway::http
