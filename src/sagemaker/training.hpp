#pragma once

#include <string>
#include <vector>

#include "sagemaker/fill.hpp"
#include "sagemaker/mapping.hpp"

namespace slipway::sagemaker {

/// Finds the training jobs whose artifact a model loads, cheapest way first: the name in the artifact's path (verified), Search where it was seen to
/// tell the truth, the whole list. An image alone never links.
class TrainingFinder {
public:
    TrainingFinder(Index& index, IndexScope scope, Reader& reader, Filler& filler, Progress& progress)
        : index_{index}, scope_{std::move(scope)}, reader_{reader}, filler_{filler}, progress_{progress} {}

    /// Training jobs of all containers, each once. Packages are resolved first.
    Result<std::vector<Indexed>> find(std::vector<Artifact> artifacts);

private:
    std::vector<Artifact> resolve_packages(std::vector<Artifact> artifacts);
    Result<std::vector<Indexed>> known(const std::vector<Artifact>& artifacts);
    Result<bool> found_by_name(const Artifact& artifact);
    /// @return true when Search answered and is believed, so that what it did not find is not there.
    Result<bool> search(const std::vector<Artifact>& artifacts);
    AwsResult<std::size_t> search_for(const json::array& filters);
    Result<bool> search_is_proven();

    Index& index_;
    IndexScope scope_;
    Reader& reader_;
    Filler& filler_;
    Progress& progress_;
};

}  // namespace slipway::sagemaker
