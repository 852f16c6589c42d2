#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_codec.hpp"
#include "store/unit.hpp"

namespace slipway::sagemaker {

enum class CreationKind { TRANSFORM_JOB, TRAINING_JOB, ENDPOINT_CONFIG };
BOOST_DESCRIBE_ENUM(CreationKind, TRANSFORM_JOB, TRAINING_JOB, ENDPOINT_CONFIG)

/// PLANNED: nothing was asked for. REQUESTED: AWS may have been asked; whether it was is found out by name and tags. FOLLOWED: AWS has it. ENDED.
enum class CreationState { PLANNED, REQUESTED, FOLLOWED, ENDED };
BOOST_DESCRIBE_ENUM(CreationState, PLANNED, REQUESTED, FOLLOWED, ENDED)

/// What is to be made and what was seen of it.
struct CreationDetail {
    std::string stored_model_id;
    std::string deployable_model_id;  ///< empty when the job names no snapshot
    std::string model_name;           ///< AWS's
    std::string sealed_request;       ///< body of the Create call without our tags, sealed and in base64: it may hold secrets
    std::string request_hash;
    std::optional<std::string> arn;
    std::optional<Timestamp> created;       ///< AWS's, part of its identity
    std::optional<Timestamp> requested_at;  ///< when AWS was asked first
    std::optional<Timestamp> asked_in_aws;  ///< the same by AWS's clock, which times of creation are told in
    std::optional<Timestamp> last_asked;    ///< when it was asked last without refusing: until it shows what it made, that may be hidden
    std::string status;                     ///< AWS's word, the last that was written into the registry
    std::string secondary;                  ///< of training jobs
    bool stop_sent{false};
    bool foreign{false};  ///< made by somebody else, and followed here because somebody stops it
    std::int64_t looks{0};
    std::int64_t failures{0};                ///< calls in a row that brought no answer
    std::optional<std::string> why;          ///< it waits or has failed
    std::optional<Timestamp> waits_since;    ///< since when AWS keeps it from going on
    std::optional<Timestamp> wait_told;      ///< people were told of that wait
    std::optional<std::string> wait_reason;  ///< see reason_of_wait()
};
BOOST_DESCRIBE_STRUCT(CreationDetail, (),
                      (stored_model_id, deployable_model_id, model_name, sealed_request, request_hash, arn, created, requested_at, asked_in_aws, last_asked,
                       status, secondary, stop_sent, foreign, looks, failures, why, waits_since, wait_told, wait_reason))

/// A row of `sagemaker_creations`.
struct Creation {
    std::string entity_id;  ///< of the job or snapshot
    CreationKind kind{CreationKind::TRANSFORM_JOB};
    std::string group;
    std::string account;
    std::string region;
    std::string aws_name;
    CreationState state{CreationState::PLANNED};
    Timestamp next_at{};
    std::int64_t revision{0};
    CreationDetail detail;

    /// `TransformJob`, `TrainingJob`, `EndpointConfig`: of AWS's operations and members.
    std::string_view prefix() const;
    /// Whose jobs one listing follows.
    std::string batch() const;
};

/// @return `conflict`/`ALREADY_EXISTS` when the entity has one.
Result<void> insert_creation(store::Unit& unit, const Creation& creation);
/// @return `conflict`/`OVERTAKEN` when another step wrote it since it was read; `creation` is the stored one afterwards.
Result<void> save_creation(store::Unit& unit, Creation& creation);
Result<std::optional<Creation>> find_creation(store::Session& sql, const std::string& entity_id);
/// Live ones whose time has come, the longest waiting first. @param damaged gets the ids of those that cannot be read (a later version wrote them): they hold
/// up no others.
Result<std::vector<Creation>> due_creations(store::Session& sql, Timestamp now, std::size_t limit, std::vector<std::string>& damaged);
/// The live one of that kind and name in that account and region whose row is in `group`.
Result<std::optional<Creation>> creation_named(store::Session& sql, CreationKind kind, const std::string& group, const std::string& account,
                                               const std::string& region, const std::string& aws_name);
/// AWS takes a name once in an account and region, whoever asks. @return `conflict`/`NAME_TAKEN`, naming what has the name of `wanted` or is about to get it.
Result<void> require_free_name(store::Session& sql, const Creation& wanted);
/// How many live ones the account and region has.
Result<std::int64_t> live_creations(store::Session& sql, const std::string& account, const std::string& region);

}  // namespace slipway::sagemaker
