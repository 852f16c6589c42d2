#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

/// What src/spark/driver/ModelOpPySparkDriver.py reports.
namespace slipway::spark {

/// An application that the model's process opened.
struct DriverApplication {
    std::string id;
    std::string master;
    std::string tracking_url;
};

/// `application.json`: written when the driver begins (without applications), and again after each context that the model opens.
/// `result.json`: written last. Its absence says that the process left before its function had returned.
struct DriverResult {
    enum class Outcome { returned, raised, exited };
    Outcome outcome{Outcome::raised};
    int exit_code{0};
    std::string error_type;
    std::string error_message;
    std::string traceback;
    std::vector<json::value> values;  ///< yielded or returned by a metrics function
    std::vector<std::string> notes;
    std::vector<DriverApplication> applications;
    std::int64_t ended_ms{0};  ///< when the function ended, by the clock of the driver's host; 0 where it does not say
};

/// @return `invalid_argument` for what is no such document, or carries another tag: then it counts as absent.
Result<DriverResult> parse_driver_result(std::string_view text, std::string_view tag);
Result<std::vector<DriverApplication>> parse_driver_applications(std::string_view text, std::string_view tag);
/// The id that the cluster has given to the driver that wrote an `application.json`, empty where it could not tell.
Result<std::string> parse_driver_id(std::string_view text, std::string_view tag);

}  // namespace slipway::spark
