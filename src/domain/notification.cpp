#include "domain/notification.hpp"

#include <algorithm>

#include "domain/document.hpp"

namespace slipway::domain {

Result<Notification> parse_notification(const json::value& document) {
    return decode_checked<Notification>(document, [](const Notification& notification, json::Faults& faults) {
        if (notification.notification_type.empty()) {
            faults.add("/notificationType", "the kind of the notification, such as MODEL_NOTIFICATION", "nothing");
        }
        if (!notification.severity.empty() && std::ranges::find(kSeverities, notification.severity) == kSeverities.end()) {
            faults.add("/severity", "one of INFO, WARNING, ERROR, CRITICAL", json::describe_value(json::value(notification.severity)));
        }
        if (is_blank(notification.message)) {
            faults.add("/message", "a text for people", "nothing");
        }
    });
}

Result<ModelTestResult> parse_model_test_result(const json::value& document) {
    return decode_checked<ModelTestResult>(document, [](const ModelTestResult& result, json::Faults& faults) {
        if (result.test_results.empty()) {
            faults.add("/testResults", "an object with what was measured", "nothing");
        }
    });
}

json::object to_json(const Notification& notification) {
    return json::encode_object(notification);
}

json::object to_json(const ModelTestResult& result) {
    return json::encode_object(result);
}

}  // namespace slipway::domain
