#include "sagemaker/notices.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "domain/notification.hpp"
#include "registry/approvals.hpp"
#include "registry/documents.hpp"
#include "registry/notify.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kMostNamed = 5;

std::string requested(const registry::Operation& operation, std::string_view key) {
    return operation.request ? std::string{json::text_of(*operation.request, key)} : std::string{};
}

/// `ListTags: sagemaker:ListTags is missing; …`
std::string named(const std::vector<registry::OperationProblem>& problems) {
    std::string text;
    for (std::size_t i = 0; i < std::min(problems.size(), kMostNamed); ++i) {
        const auto& one = problems[i];
        text += fmt::format("{}{}: {}", i == 0 ? "" : "; ", one.operation, one.permission ? *one.permission + " is missing" : one.message);
    }
    return problems.size() <= kMostNamed ? text : fmt::format("{}; and {} more", text, problems.size() - kMostNamed);
}

Result<void> say(store::Unit& unit, const registry::Operation& operation, const std::string& key, std::string severity, std::string message) {
    domain::Notification notification;
    notification.notification_type = "MODEL_NOTIFICATION";
    notification.severity = std::move(severity);
    notification.message = std::move(message);
    notification.stored_model_id = operation.stored_model_id;
    return registry::notify(unit, operation.group, std::move(notification), key);
}

}  // namespace

bool refuses_credential(std::string_view code) {
    static constexpr std::array<std::string_view, 12> kCodes{"ExpiredToken",
                                                             "ExpiredTokenException",
                                                             "InvalidClientTokenId",
                                                             "UnrecognizedClientException",
                                                             "SignatureDoesNotMatch",
                                                             "InvalidSignatureException",
                                                             "IncompleteSignature",
                                                             "AuthFailure",
                                                             "MissingAuthenticationToken",
                                                             "InvalidIdentityToken",
                                                             "InvalidAccessKeyId",
                                                             "NO_CREDENTIALS"};
    return std::ranges::find(kCodes, code) != kCodes.end();
}

std::string_view refused_key(std::string_view code) {
    if (code.starts_with("ExpiredToken")) {
        return "sessionToken";
    }
    if (code == "SignatureDoesNotMatch" || code == "InvalidSignatureException") {
        return "secretAccessKey";
    }
    const bool key = code == "InvalidClientTokenId" || code == "UnrecognizedClientException" || code == "InvalidAccessKeyId";
    return key ? "accessKeyId" : std::string_view{};
}

Result<void> tell(store::Unit& unit, const registry::Operation& operation) {
    if (operation.state != registry::OperationState::COMPLETE && operation.state != registry::OperationState::ERROR) {
        return {};
    }
    const auto model = requested(operation, "modelName");
    const auto import_key = fmt::format("import:{}", operation.stored_model_id.value_or(""));
    const auto credential_key = fmt::format("credential:{}", requested(operation, "credentialId"));
    auto problems = operation.problems;
    // Sealing a secret of the request is no loss.
    std::erase_if(problems, [](const auto& one) { return one.code == "SECRET_SEALED"; });
    const auto refused = std::ranges::find_if(problems, [](const auto& one) { return refuses_credential(one.code); });
    if (refused != problems.end()) {
        SW_CHECK(say(unit, operation, credential_key, "ERROR",
                     fmt::format("AWS refused the credential of the import of {} ({}). Enter other keys, or mend the configured ones, and import again.", model,
                                 refused->code)));
    } else if (operation.state == registry::OperationState::COMPLETE) {
        SW_CHECK(registry::settle(unit, operation.group, credential_key));
    }
    if (operation.state == registry::OperationState::ERROR) {
        return say(unit, operation, import_key, "ERROR", fmt::format("The import of {} failed. {}", model, named(problems)));
    }
    if (!problems.empty()) {
        return say(unit, operation, import_key, "WARNING", fmt::format("The import of {} found less than it should. {}", model, named(problems)));
    }
    return registry::settle(unit, operation.group, import_key);
}

Result<void> tell_failed_job(store::Unit& unit, const std::string& group, const std::string& job_id, const std::string& stored_model_id,
                             const std::string& name, const std::string& why) {
    domain::Notification notification;
    notification.notification_type = "JOB_NOTIFICATION";
    notification.severity = "ERROR";
    notification.message = fmt::format("The job {} failed in AWS.{}{}", name, why.empty() ? "" : " ", why);
    notification.stored_model_id = stored_model_id;
    notification.job_id = job_id;
    return registry::notify(unit, group, std::move(notification), fmt::format("job:{}", job_id));
}

Result<void> tell_failed_configuration(store::Unit& unit, const std::string& group, const std::string& deployable_model_id, const std::string& stored_model_id,
                                       const std::string& name, const std::string& why) {
    domain::Notification notification;
    notification.notification_type = "MODEL_NOTIFICATION";
    notification.severity = "ERROR";
    notification.message = fmt::format("The endpoint configuration {} was not made in AWS: {}", name, why);
    notification.stored_model_id = stored_model_id;
    notification.deployable_model_id = deployable_model_id;
    return registry::notify(unit, group, std::move(notification), fmt::format("configuration:{}", deployable_model_id));
}

Result<void> tell_rejected(store::Unit& unit, const store::Entity& snapshot, const store::Entity& deployment) {
    SW_TRY(const auto decision, registry::last_word(unit.sql, snapshot.id));
    if (json::text_of(decision, "decision") != "REJECTED") {
        return {};
    }
    domain::Notification notification{.notification_type = "MODEL_NOTIFICATION", .severity = "ERROR"};
    notification.message = fmt::format(
        "The endpoint {} was made in AWS, past the approval: it serves the snapshot {}, which {} rejected on {}. Nobody deployed it from here. Undeploy it, or "
        "have the snapshot approved.",
        registry::text_in(deployment.document, "engine", "name"), registry::text_in(snapshot.document, "metaData", "name"),
        json::text_of(decision, "decidedBy"), json::text_of(decision, "decidedAt"));
    notification.deployable_model_id = snapshot.id;
    notification.stored_model_id = registry::text_in(snapshot.document, "storedModel", "id");
    notification.extra.members["deployedModelId"] = deployment.id;
    return registry::notify(unit, deployment.group, std::move(notification), "rejected:" + deployment.id);
}

Result<void> settle_rejected(store::Unit& unit, const std::string& group, const std::string& deployed_model_id) {
    return registry::settle(unit, group, "rejected:" + deployed_model_id);
}

}  // namespace slipway::sagemaker
