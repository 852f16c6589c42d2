#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sagemaker/group_limits.hpp"
#include "sagemaker/service.hpp"

/// What jobs of SageMaker have written into S3.
namespace slipway::sagemaker {

/// Places that a job writes to, as its AWS object (before there is one: its request) declares them: folders with a `/` at their end. Below the path that
/// training jobs share, the job's own folder. Pure.
std::vector<std::string> output_places(const json::object& job);

/// An object below one of the places.
struct JobOutput {
    std::string url;
    S3Object object;
    std::optional<std::string> console_url;
};
/// Why a place is not shown, or not all of it.
struct OutputProblem {
    std::string url;
    Error error;
};
struct JobOutputPage {
    std::vector<std::string> places;
    std::vector<JobOutput> objects;
    std::string next;  ///< for list(); empty: that was all
    std::vector<OutputProblem> problems;
};

/// What a transform job wrote below its first place, objects without content left out.
struct OutputTotals {
    std::size_t objects{0};
    std::uint64_t bytes{0};
    bool more{false};                     ///< there is more than that
    std::optional<std::size_t> inputs{};  ///< objects that it read; absent where they cannot be counted, or are too many
};

/// Reads what jobs have written, with the credential that serves their model. Calls AWS: not inside a transaction. Thread-safe.
class JobOutputs {
public:
    /// Both must outlive this object.
    JobOutputs(registry::Registry& registry, SageMakerService& accounts, Limits limits)
        : registry_{registry}, accounts_{accounts}, limits_{std::move(limits)} {}

    /// @param after `next` of the page before; empty: from the first on. @param most at most kMostObjects.
    /// @return `not_found`; `invalid_argument` for an `after` that is none; `failed_precondition`/`NOT_SAGEMAKER` or `NO_CREDENTIALS`; `unavailable`,
    /// `timeout`. What S3 refuses, and what lies outside the group's limits, is among the problems.
    Result<JobOutputPage> list(const identity::Principal& who, const std::string& job_id, const std::string& after, std::size_t most);

    /// How much a transform job wrote, and from how much. @return errors of list(), and what S3 refuses.
    Result<OutputTotals> totals(const store::Entity& job);

    /// The one object with content that a job wrote. @return `failed_precondition`/`NO_OUTPUT`, `SEVERAL_OUTPUTS` or `TOO_LARGE`; errors of S3Reader and of
    /// list().
    Result<std::string> only_output(const store::Entity& job, std::size_t most);

private:
    Result<std::shared_ptr<S3Reader>> reader_of(const store::Entity& job);
    Result<void> within_limits(const store::Entity& job, const std::string& place) const;

    registry::Registry& registry_;
    SageMakerService& accounts_;
    Limits limits_;
};

}  // namespace slipway::sagemaker
