#pragma once

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/sort.hpp"
#include "fakes/fake_s3.hpp"
#include "sagemaker/api.hpp"
#include "sagemaker/aws_time.hpp"

namespace slipway::fakes {

/// A SageMaker account in memory that answers as AWS does: pages of at most 100 with tokens, creation filters, order, `Could not find` as
/// ValidationException. Counts calls. Thread-safe.
class FakeSageMaker final : public sagemaker::SageMakerApi {
public:
    static constexpr std::string_view kAccount = "111122223333";
    std::string partition{"aws"};
    Milliseconds ahead{0};  ///< its clock minus the caller's, as its answers tell

    explicit FakeSageMaker(std::string region = "eu-west-1") : region_{std::move(region)} {}

    const std::string& region() const override { return region_; }
    Milliseconds clock_ahead() const override { return ahead; }

    std::string arn(std::string_view type, std::string_view name) const {
        std::string lower{name};
        std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return fmt::format("arn:{}:sagemaker:{}:{}:{}/{}", partition, region_, kAccount, type, lower);
    }

    json::object& model(const std::string& name, double created, const std::string& artifact = {}) {
        // What AWS's Python SDK puts into each model that it makes: the region, and the artifact itself.
        json::object environment{{"SAGEMAKER_REGION", region_}, {"SAGEMAKER_CONTAINER_LOG_LEVEL", "20"}, {"SAGEMAKER_PROGRAM", "inference.py"}};
        json::object container{{"Image", fmt::format("111122223333.dkr.ecr.{}.amazonaws.com/xgb:1", region_)}, {"Mode", "SingleModel"}};
        if (!artifact.empty()) {
            container["ModelDataUrl"] = artifact;
            environment["SAGEMAKER_SUBMIT_DIRECTORY"] = artifact;
        }
        container["Environment"] = std::move(environment);
        return put("Model", "model", name, created, {{"PrimaryContainer", std::move(container)}, {"ExecutionRoleArn", "arn:aws:iam::111122223333:role/r"}});
    }
    json::object& config(const std::string& name, double created, const std::vector<std::string>& models) {
        json::array variants;
        for (const auto& one : models) {
            variants.push_back(
                {{"VariantName", "v" + std::to_string(variants.size())}, {"ModelName", one}, {"InstanceType", "ml.m5.large"}, {"InitialInstanceCount", 1}});
        }
        return put("EndpointConfig", "endpoint-config", name, created, {{"ProductionVariants", std::move(variants)}});
    }
    json::object& endpoint(const std::string& name, double created, const std::string& config, const std::string& status = "InService") {
        return put("Endpoint", "endpoint", name, created, {{"EndpointConfigName", config}, {"EndpointStatus", status}, {"LastModifiedTime", created}});
    }
    json::object& component(const std::string& name, double created, const std::string& endpoint, const std::string& model) {
        return put("InferenceComponent", "inference-component", name, created,
                   {{"EndpointName", endpoint},
                    {"VariantName", "all"},
                    {"InferenceComponentStatus", "InService"},
                    {"LastModifiedTime", created},
                    {"Specification", {{"ModelName", model}}}});
    }
    json::object& transform(const std::string& name, double created, const std::string& model, const std::string& status = "Completed") {
        return put("TransformJob", "transform-job", name, created,
                   {{"ModelName", model},
                    {"TransformJobStatus", status},
                    {"TransformStartTime", created + 5},
                    {"TransformEndTime", created + 65},
                    {"TransformInput",
                     {{"DataSource", {{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", "s3://b/in/" + name + "/"}}}}}, {"ContentType", "text/csv"}}},
                    {"TransformOutput", {{"S3OutputPath", "s3://b/out/" + name}}},
                    {"FailureReason", ""}});
    }
    json::object& training(const std::string& name, double created, const std::string& artifact, const std::string& status = "Completed") {
        return put("TrainingJob", "training-job", name, created,
                   {{"ModelArtifacts", {{"S3ModelArtifacts", artifact}}},
                    {"TrainingJobStatus", status},
                    {"SecondaryStatus", status},
                    {"TrainingStartTime", created + 10},
                    {"TrainingEndTime", created + 130},
                    {"HyperParameters", {{"max_depth", "6"}}},
                    {"InputDataConfig", json::array{json::object{{"ChannelName", "train"}, {"DataSource", {{"S3DataSource", {{"S3Uri", "s3://b/train"}}}}}}}},
                    {"OutputDataConfig", {{"S3OutputPath", "s3://b/models"}}}});
    }
    void tag(const std::string& arn_text, const std::string& key, const std::string& value) {
        const std::lock_guard lock{mutex_};
        tags_[arn_text].push_back(json::object{{"Key", key}, {"Value", value}});
    }
    json::object& object(const std::string& prefix, const std::string& name) { return objects_[prefix].at(name); }
    void remove(const std::string& prefix, const std::string& name) { objects_[prefix].erase(name); }

    /// The node of AWS that answers next does not know it yet.
    void lag(const std::string& prefix, const std::string& name) {
        const std::lock_guard lock{mutex_};
        lagging_.insert(prefix + "/" + name);
    }

    /// All calls of `operation` fail so. @param permission makes it an AccessDeniedException of that action.
    void refuse(const std::string& operation, const std::string& code, const std::string& message, const std::string& permission = {},
                ErrorCode as = ErrorCode::failed_precondition) {
        const std::lock_guard lock{mutex_};
        refused_[operation] = {.error = {as, "AWS_REFUSED", code + ": " + message, {}, {}},
                               .operation = operation,
                               .code = code,
                               .message = message,
                               .request_id = "req-1",
                               .permission = permission};
    }
    void deny(const std::string& operation) { refuse(operation, "AccessDeniedException", "not authorized", "sagemaker:" + operation); }
    void allow(const std::string& operation) {
        const std::lock_guard lock{mutex_};
        refused_.erase(operation);
    }
    std::optional<sagemaker::AwsError> refusal(const std::string& operation) const {
        const std::lock_guard lock{mutex_};
        return refused_.contains(operation) ? std::optional{refused_.at(operation)} : std::nullopt;
    }
    /// Called before each call, with the lock free.
    std::function<void(std::string_view operation)> before_call;
    bool empty_first_page{false};
    bool repeat_token{false};
    bool search_lies{false};  ///< Search finds nothing, as moto's
    bool search_fails{true};

    std::map<std::string, int> calls() const {
        const std::lock_guard lock{mutex_};
        return calls_;
    }
    int total() const {
        const auto all = calls();
        return std::accumulate(all.begin(), all.end(), 0, [](int sum, const auto& one) { return sum + one.second; });
    }
    void reset_calls() {
        const std::lock_guard lock{mutex_};
        calls_.clear();
    }

    static sagemaker::AwsError cancelled(const std::string& operation) {
        return {.error = {ErrorCode::unavailable, "CANCELLED", "Cancelled.", {}, {}}, .operation = operation, .code = "Cancelled"};
    }

    sagemaker::AwsResult<json::object> call(std::string_view operation, const json::object& request, const sagemaker::CallOptions& options) override {
        if (before_call) {
            before_call(operation);
        }
        const std::lock_guard lock{mutex_};
        const std::string name{operation};
        if (options.cancelled != nullptr && *options.cancelled) {
            return std::unexpected(cancelled(name));
        }
        ++calls_[name];
        if (options.ledger != nullptr) {
            options.ledger->called(operation);
        }
        if (const auto found = refused_.find(name); found != refused_.end()) {
            return std::unexpected(found->second);
        }
        return answer(name, request);
    }

private:
    json::object& put(const std::string& prefix, std::string_view type, const std::string& name, double created, json::object more) {
        const std::lock_guard lock{mutex_};
        more[prefix + "Name"] = name;
        more[prefix + "Arn"] = arn(type, name);
        more["CreationTime"] = created;
        return objects_[prefix].insert_or_assign(name, std::move(more)).first->second;
    }

    static std::unexpected<sagemaker::AwsError> invalid(const std::string& operation, const std::string& message) {
        return std::unexpected(sagemaker::AwsError{.error = {ErrorCode::failed_precondition, "AWS_REFUSED", "ValidationException: " + message, {}, {}},
                                                   .operation = operation,
                                                   .code = "ValidationException",
                                                   .message = message,
                                                   .request_id = "req-2",
                                                   .permission = {}});
    }

    bool exists(const std::string& arn_text) const {
        return std::ranges::any_of(objects_, [&](const auto& kind) {
            return std::ranges::any_of(kind.second, [&](const auto& one) { return json::text_of(one.second, kind.first + "Arn") == arn_text; });
        });
    }

    sagemaker::AwsResult<json::object> answer(const std::string& operation, const json::object& request) {
        if (operation == "ListTags") {
            const std::string arn_text{json::text_of(request, "ResourceArn")};
            if (!exists(arn_text)) {
                return invalid(operation, fmt::format("Could not find resource {}.", arn_text));
            }
            const auto found = tags_.find(arn_text);
            return json::object{{"Tags", found == tags_.end() ? json::array{} : found->second}};
        }
        if (operation == "Search") {
            return search(request);
        }
        if (operation == "ListMonitoringSchedules") {
            return json::object{{"MonitoringScheduleSummaries",
                                 json::array{json::object{
                                     {"MonitoringScheduleName", "watch"}, {"MonitoringScheduleArn", "arn:x"}, {"MonitoringScheduleStatus", "Scheduled"}}}}};
        }
        static const std::map<std::string, std::pair<std::string, std::string>> kLists{
            {"ListModels", {"Model", "Models"}},
            {"ListEndpointConfigs", {"EndpointConfig", "EndpointConfigs"}},
            {"ListEndpoints", {"Endpoint", "Endpoints"}},
            {"ListInferenceComponents", {"InferenceComponent", "InferenceComponents"}},
            {"ListTrainingJobs", {"TrainingJob", "TrainingJobSummaries"}},
            {"ListTransformJobs", {"TransformJob", "TransformJobSummaries"}}};
        if (const auto list = kLists.find(operation); list != kLists.end()) {
            return page(operation, list->second.first, list->second.second, request);
        }
        const auto prefix = operation.substr(std::string_view{"Describe"}.size());
        const auto wanted = std::string{json::text_of(request, prefix + "Name")};
        const auto& all = objects_[prefix];
        const auto found = all.find(wanted);
        if (found == all.end() || lagging_.erase(prefix + "/" + wanted) > 0) {
            return invalid(operation, fmt::format("Could not find {} \"{}\".", prefix, wanted));
        }
        return found->second;
    }

    static json::object summary_of(const json::object& object, const std::string& prefix) {
        json::object summary;
        for (const auto& member : {prefix + "Name", prefix + "Arn", prefix + "Status", std::string{"CreationTime"}, std::string{"LastModifiedTime"}}) {
            if (const auto* value = object.if_contains(member)) {
                summary[member] = *value;
            }
        }
        return summary;
    }

    sagemaker::AwsResult<json::object> page(const std::string& operation, const std::string& prefix, const std::string& items, const json::object& request) {
        const auto* most = request.if_contains("MaxResults");
        const auto size = most == nullptr ? 10 : most->as_int64();
        if (size < 1 || size > 100) {
            return invalid(operation, "1 validation error detected: Value at 'maxResults' failed to satisfy constraint");
        }
        std::vector<const json::object*> all;
        const auto after = sagemaker::time_of(request, "CreationTimeAfter");
        for (const auto& [name, object] : objects_[prefix]) {
            const auto created = sagemaker::time_of(object, "CreationTime");
            if (!after || !created || *created > *after) {
                all.push_back(&object);
            }
        }
        const bool descending = json::text_of(request, "SortOrder") == "Descending";
        sort_stably(all, [&](const auto* a, const auto* b) {
            const auto left = sagemaker::time_of(*a, "CreationTime");
            const auto right = sagemaker::time_of(*b, "CreationTime");
            return descending ? right < left : left < right;
        });
        const std::string token{json::text_of(request, "NextToken")};
        if (empty_first_page && token.empty()) {
            return json::object{{items, json::array{}}, {"NextToken", "0"}};
        }
        const auto from = token.empty() ? 0U : static_cast<std::size_t>(std::stoul(token));
        const auto to = std::min(all.size(), from + static_cast<std::size_t>(size));
        json::array out;
        for (auto i = from; i < to; ++i) {
            out.push_back(summary_of(*all[i], prefix));
        }
        json::object result{{items, std::move(out)}};
        if (repeat_token) {
            result["NextToken"] = "0";
        } else if (to < all.size()) {
            result["NextToken"] = std::to_string(to);
        }
        return result;
    }

    sagemaker::AwsResult<json::object> search(const json::object& request) {
        if (search_fails) {
            return invalid("Search", "Unknown property name: ModelArtifacts.S3ModelArtifacts");
        }
        json::array results;
        const auto& filters = request.at("SearchExpression").at("Filters").as_array();
        for (const auto& [name, job] : objects_["TrainingJob"]) {
            const std::string_view artifact{job.at("ModelArtifacts").at("S3ModelArtifacts").as_string()};
            const bool hit = std::ranges::any_of(filters, [&](const json::value& filter) {
                const std::string_view value{filter.at("Value").as_string()};
                return filter.at("Operator").as_string() == "Equals" ? artifact == value : artifact.find(value) != std::string_view::npos;
            });
            if (hit && !search_lies) {
                results.push_back(json::object{{"TrainingJob", job}});
            }
        }
        return json::object{{"Results", std::move(results)}};
    }

    std::string region_;
    mutable std::mutex mutex_;
    std::map<std::string, std::map<std::string, json::object>> objects_;
    std::map<std::string, json::array> tags_;
    std::map<std::string, sagemaker::AwsError> refused_;
    std::map<std::string, int> calls_;
    std::set<std::string> lagging_;
};

/// Gives the one account to every credential, but to those whose secret is `wrong`.
class FakeGateway final : public sagemaker::AwsGateway {
public:
    explicit FakeGateway(std::shared_ptr<FakeSageMaker> account) : account_{std::move(account)} {}

    std::shared_ptr<sagemaker::SageMakerApi> connect(const sagemaker::Credential& credential, const std::string& region) override {
        const std::lock_guard lock{mutex_};
        connected.emplace_back(credential.access_key_id, region);
        if (on_connect) {
            on_connect();
        }
        const auto other = views.find(credential.access_key_id);
        return other == views.end() ? std::shared_ptr<sagemaker::SageMakerApi>{account_} : other->second;
    }
    std::shared_ptr<sagemaker::S3Reader> objects(const sagemaker::Credential&, const std::string&) override { return s3; }
    sagemaker::AwsResult<sagemaker::CallerIdentity> identify(const sagemaker::Credential& credential, const std::string&,
                                                             const sagemaker::CallOptions& options) override {
        if (options.cancelled != nullptr && *options.cancelled) {
            return std::unexpected(FakeSageMaker::cancelled("GetCallerIdentity"));
        }
        if (credential.secret_access_key.reveal() == "wrong") {
            return std::unexpected(sagemaker::AwsError{.error = {ErrorCode::failed_precondition, "AWS_REFUSED", "InvalidClientTokenId: no such key", {}, {}},
                                                       .operation = "GetCallerIdentity",
                                                       .code = "InvalidClientTokenId",
                                                       .message = "no such key",
                                                       .request_id = {},
                                                       .permission = {}});
        }
        const std::lock_guard lock{mutex_};
        if (sts_fails) {
            return std::unexpected(*sts_fails);
        }
        ++identified;
        const auto other = accounts.find(credential.access_key_id);
        return sagemaker::CallerIdentity{.account = other == accounts.end() ? std::string{FakeSageMaker::kAccount} : other->second,
                                         .arn = "arn:aws:iam::111122223333:user/slipway"};
    }
    void forget(const std::string& id) override {
        const std::lock_guard lock{mutex_};
        forgotten.push_back(id);
    }
    std::map<std::string, std::shared_ptr<sagemaker::SageMakerApi>> views;  ///< by access key: what other keys may see of the account
    std::map<std::string, std::string> accounts;                            ///< by access key: whose keys are of another account
    std::shared_ptr<FakeS3> s3 = std::make_shared<FakeS3>();
    std::vector<std::pair<std::string, std::string>> connected;
    std::vector<std::string> forgotten;
    int identified{0};  ///< calls of STS that were answered
    std::optional<sagemaker::AwsError> sts_fails;
    std::function<void()> on_connect;  ///< must not wait: others cannot connect meanwhile

private:
    std::mutex mutex_;
    std::shared_ptr<FakeSageMaker> account_;
};

}  // namespace slipway::fakes
