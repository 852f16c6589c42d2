#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "fakes/fake_sagemaker.hpp"

namespace slipway::fakes {

/// A FakeSageMaker in which configurations and endpoints can be made and removed, with AWS's words when a name is taken. Endpoints are `Creating` until
/// become() says otherwise. Counts what was really made. Thread-safe.
class FakeEndpoints final : public sagemaker::SageMakerApi {
public:
    FakeEndpoints(std::shared_ptr<FakeSageMaker> account, const Clock& clock) : account_{std::move(account)}, clock_{clock} {}

    const std::string& region() const override { return account_->region(); }
    Milliseconds clock_ahead() const override { return account_->clock_ahead(); }

    /// The next call of `operation` is carried out, and its answer lost.
    void lose_answer(const std::string& operation) { lost_.insert(operation); }
    /// The same, and the client makes it a second time, which AWS refuses.
    void lose_answer_and_repeat(const std::string& operation) { repeated_.insert(operation); }
    void become(const std::string& endpoint, const std::string& status, const std::string& reason = {}) {
        auto& object = account_->object("Endpoint", endpoint);
        object["EndpointStatus"] = status;
        object["LastModifiedTime"] = seconds_now();
        if (!reason.empty()) {
            object["FailureReason"] = reason;
        }
    }
    /// Its clock minus ours.
    void be_ahead(Milliseconds by) { account_->ahead = by; }
    int made(const std::string& operation) const {
        const auto found = made_.find(operation);
        return found == made_.end() ? 0 : found->second;
    }
    /// Names of all endpoints that were made here, oldest first.
    std::vector<std::string> endpoints;
    std::vector<std::string> jobs;  ///< the same of jobs

    sagemaker::AwsResult<json::object> call(std::string_view operation, const json::object& request, const sagemaker::CallOptions& options) override {
        const std::lock_guard lock{mutex_};
        auto answer = carry_out(std::string{operation}, request, options);
        if (lost_.erase(std::string{operation}) != 0) {
            return std::unexpected(sagemaker::AwsError{.error = {ErrorCode::timeout, "TIMEOUT", "No answer in time.", {}, {}},
                                                       .operation = std::string{operation},
                                                       .code = "Network",
                                                       .message = "no answer",
                                                       .request_id = {},
                                                       .permission = {}});
        }
        if (repeated_.erase(std::string{operation}) != 0) {
            const std::string words{"Cannot update in-progress endpoint."};
            return std::unexpected(sagemaker::AwsError{.error = {ErrorCode::failed_precondition, "AWS_REFUSED", words, {}, {}},
                                                       .operation = std::string{operation},
                                                       .code = "ValidationException",
                                                       .message = words,
                                                       .request_id = "req-5",
                                                       .permission = {}});
        }
        return answer;
    }

private:
    double seconds_now() const { return static_cast<double>(to_epoch_ms(clock_.now() + account_->ahead)) / 1000; }
    sagemaker::AwsResult<json::object> carry_out(const std::string& operation, const json::object& request, const sagemaker::CallOptions& options) {
        if (options.ledger != nullptr && (operation.starts_with("Create") || operation.starts_with("Delete"))) {
            options.ledger->called(operation);
        }
        if (const auto refused = account_->refusal(operation)) {
            return std::unexpected(*refused);
        }
        if (operation == "CreateEndpointConfig") {
            return create(operation, "EndpointConfig", "endpoint-config", request);
        }
        if (operation == "CreateEndpoint") {
            if (const auto config = account_->call("DescribeEndpointConfig", {{"EndpointConfigName", request.at("EndpointConfigName")}}, {}); !config) {
                return std::unexpected(config.error());
            }
            return create(operation, "Endpoint", "endpoint", request);
        }
        if (operation == "CreateTransformJob" || operation == "CreateTrainingJob") {
            return create_job(operation, request);
        }
        if (operation == "StopTransformJob" || operation == "StopTrainingJob") {
            ++made_[operation];
            const auto prefix = operation.substr(4);
            account_->object(prefix, std::string{json::text_of(request, prefix + "Name")})[prefix + "Status"] = "Stopped";
            return json::object{};
        }
        if (operation == "DeleteEndpoint") {
            ++made_[operation];
            become(std::string{json::text_of(request, "EndpointName")}, "Deleting");
            return json::object{};
        }
        return account_->call(operation, request, options);
    }
    /// A job that is in progress until its object says otherwise.
    sagemaker::AwsResult<json::object> create_job(const std::string& operation, const json::object& request) {
        const auto prefix = operation.substr(6);
        const std::string name{json::text_of(request, prefix + "Name")};
        const auto type = prefix == "TransformJob" ? "transform-job" : "training-job";
        if (account_->call("Describe" + prefix, {{prefix + "Name", name}}, {})) {
            return std::unexpected(
                sagemaker::AwsError{.error = {ErrorCode::failed_precondition, "AWS_REFUSED", "ResourceInUse: Job name must be unique.", {}, {}},
                                    .operation = operation,
                                    .code = "ResourceInUse",
                                    .message = "Job name must be unique.",
                                    .request_id = "req-4",
                                    .permission = {}});
        }
        const auto now = seconds_now();
        auto& object = prefix == "TransformJob" ? account_->transform(name, now, std::string{json::text_of(request, "ModelName")}, "InProgress")
                                                : account_->training(name, now, "", "InProgress");
        for (const auto& [member, given] : request) {
            object[member] = given;
        }
        object.erase("TransformEndTime");
        object.erase("TrainingEndTime");
        object.erase("Tags");
        for (const auto& tag : request.at("Tags").as_array()) {
            account_->tag(account_->arn(type, name), std::string{json::text_of(tag.as_object(), "Key")}, std::string{json::text_of(tag.as_object(), "Value")});
        }
        ++made_[operation];
        jobs.push_back(name);
        return json::object{{prefix + "Arn", account_->arn(type, name)}};
    }
    sagemaker::AwsResult<json::object> create(const std::string& operation, const std::string& prefix, const std::string& type, const json::object& request) {
        const std::string name{json::text_of(request, prefix + "Name")};
        if (account_->call("Describe" + prefix, {{prefix + "Name", name}}, {})) {
            const auto words = fmt::format("Cannot create already existing {} \"{}\".", type, account_->arn(type, name));
            return std::unexpected(sagemaker::AwsError{.error = {ErrorCode::failed_precondition, "AWS_REFUSED", words, {}, {}},
                                                       .operation = operation,
                                                       .code = "ValidationException",
                                                       .message = words,
                                                       .request_id = "req-3",
                                                       .permission = {}});
        }
        const auto now = seconds_now();
        auto& object = prefix == "Endpoint" ? account_->endpoint(name, now, std::string{json::text_of(request, "EndpointConfigName")}, "Creating")
                                            : account_->config(name, now, {});
        if (const auto* variants = request.if_contains("ProductionVariants")) {
            object["ProductionVariants"] = *variants;
        }
        for (const auto& tag : request.at("Tags").as_array()) {
            account_->tag(account_->arn(type, name), std::string{json::text_of(tag.as_object(), "Key")}, std::string{json::text_of(tag.as_object(), "Value")});
        }
        ++made_[operation];
        if (prefix == "Endpoint") {
            endpoints.push_back(name);
        }
        return json::object{{prefix + "Arn", account_->arn(type, name)}};
    }

    std::shared_ptr<FakeSageMaker> account_;
    const Clock& clock_;
    std::mutex mutex_;
    std::set<std::string> lost_;
    std::set<std::string> repeated_;
    std::map<std::string, int> made_;
};

}  // namespace slipway::fakes
