#include "domain/document.hpp"

namespace slipway::domain {

Result<void> refuse(json::Faults& faults) {
    if (faults.empty()) {
        return {};
    }
    auto list = faults.take();
    std::string message =
        "The document is not valid: " + (list[0].pointer.empty() ? std::string{"it"} : list[0].pointer) + " must be " + list[0].expected + ".";
    return std::unexpected(Error{ErrorCode::invalid_argument, "INVALID", std::move(message), std::move(list), {}});
}

bool is_blank(std::string_view name) {
    return name.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace slipway::domain
