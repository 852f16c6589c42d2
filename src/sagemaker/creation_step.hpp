#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registry/collection.hpp"
#include "sagemaker/creation.hpp"
#include "sagemaker/reader.hpp"
#include "sagemaker/service.hpp"

namespace slipway::sagemaker {

/// Under which purpose the body of a request is sealed.
std::string purpose_of_request(const std::string& entity_id);

/// Steps of what is made in AWS: asks for one, or follows several of one account and group. Used by one thread.
class CreationStep {
public:
    CreationStep(const registry::Foundation& foundation, SageMakerService& accounts, std::string instance, const std::atomic<bool>& stopping)
        : foundation_{foundation}, accounts_{accounts}, instance_{std::move(instance)}, stopping_{stopping} {}

    /// Asks AWS for it, after looking whether an earlier attempt did. @return an error of our own; what AWS says becomes its state.
    Result<void> run(const std::string& entity_id);
    /// Looks at jobs that AWS has, all of one batch(), and stops those that are to be cancelled.
    Result<void> follow(const std::vector<std::string>& entity_ids);

private:
    Result<void> load(const std::string& entity_id);
    Result<void> connect();
    Result<void> request();
    Result<void> create();
    Result<void> found(const json::object& answer);
    /// The answer, as our entity.
    Result<void> take(const json::object& answer);
    Result<void> take_job(store::Unit& unit, const json::object& answer);
    Result<void> take_configuration(store::Unit& unit, const json::object& answer);
    Result<void> end(std::string why, bool cancelled = false);
    /// No credential reaches the account.
    Result<void> out_of_reach(const Error& error);
    /// What becomes of it when a call failed. @param final_ends true: a definite refusal is its end, since AWS was asked for nothing; false: it is waited on.
    Result<void> troubled(const AwsError& error, bool final_ends = false);
    Result<void> look_again(Milliseconds in, std::string why = {}, std::string reason = {});
    /// In the transaction that saves it: people hear of a wait that lasts, and of its end.
    Result<void> tell_of_wait(store::Unit& unit, bool lasts, bool told) const;
    Result<void> save(const std::function<Result<void>(store::Unit&)>& more = {});
    /// Asks AWS to stop what somebody cancelled. @return false when it is to be looked at later.
    Result<bool> stop();
    Result<void> look();
    /// Statuses of all of a batch by one listing. @return nothing when AWS does not list them for us.
    std::optional<std::map<std::string, std::string>> statuses(const std::vector<Creation>& batch);
    /// A listing shows the job in the status that was seen last.
    bool is_as_before(const std::map<std::string, std::string>& listed) const;
    AwsResult<json::object> describe();
    /// AWS was asked for it so short a time ago that it may have it and not show it yet.
    bool may_be_hidden() const;
    AwsResult<bool> is_ours(const json::object& answer);
    std::string name_member() const;
    Timestamp now() const { return foundation_.store.clock().now(); }

    const registry::Foundation& foundation_;
    SageMakerService& accounts_;
    const std::string instance_;
    const std::atomic<bool>& stopping_;

    Creation creation_;
    std::optional<store::Entity> entity_;  ///< the job or snapshot, as it was when it was loaded
    std::shared_ptr<SageMakerApi> api_;
    std::optional<Reader> reader_;
};

}  // namespace slipway::sagemaker
