#include "sagemaker/training.hpp"

#include <algorithm>
#include <chrono>

#include "sagemaker/s3_uri.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::string_view kSearchCapability = "SEARCH_PROVEN";
constexpr auto kBelieved = std::chrono::hours{24 * 7};
// AWS takes 20 filters in one expression; each artifact needs two.
constexpr std::size_t kArtifactsPerSearch = 10;

std::string without_slash(std::string uri) {
    while (uri.ends_with('/')) {
        uri.pop_back();
    }
    return uri;
}

std::vector<std::string> spellings(const Artifact& artifact) {
    const auto bare = without_slash(artifact.uri);
    return {bare, bare + "/"};
}

json::object filter(std::string_view operation, std::string_view value) {
    return {{"Name", "ModelArtifacts.S3ModelArtifacts"}, {"Operator", operation}, {"Value", value}};
}

}  // namespace

std::vector<Artifact> TrainingFinder::resolve_packages(std::vector<Artifact> artifacts) {
    std::vector<Artifact> out;
    for (auto& artifact : artifacts) {
        if (artifact.package.empty()) {
            out.push_back(std::move(artifact));
            continue;
        }
        const auto answer = reader_.call("DescribeModelPackage", {{"ModelPackageName", artifact.package}});
        if (!answer) {
            progress_.problem(answer.error());
            continue;
        }
        std::ranges::move(artifacts_of_package(*answer), std::back_inserter(out));
    }
    std::erase_if(out, [](const Artifact& artifact) { return artifact.uri.empty(); });
    return out;
}

Result<std::vector<Indexed>> TrainingFinder::known(const std::vector<Artifact>& artifacts) {
    std::vector<std::string> targets;
    std::vector<Indexed> jobs;
    for (const auto& artifact : artifacts) {
        std::ranges::move(spellings(artifact), std::back_inserter(targets));
        if (artifact.folder) {
            SW_TRY(auto below, index_.linked_below(scope_, Kind::training_job, artifact.uri));
            std::ranges::move(below, std::back_inserter(jobs));
        }
    }
    SW_TRY(auto exact, index_.linked(scope_, Kind::training_job, targets));
    std::ranges::move(exact, std::back_inserter(jobs));
    std::ranges::sort(jobs, {}, [](const Indexed& job) { return job.key(); });
    const auto twice = std::ranges::unique(jobs, {}, [](const Indexed& job) { return job.key(); });
    jobs.erase(twice.begin(), twice.end());
    return jobs;
}

Result<bool> TrainingFinder::found_by_name(const Artifact& artifact) {
    SW_TRY(const auto before, index_.linked(scope_, Kind::training_job, spellings(artifact)));
    if (!before.empty()) {
        progress_.ledger().saved();
        return true;
    }
    const auto name = job_name_of_artifact(artifact.uri);
    if (!name) {
        return false;
    }
    const auto answer = filler_.describe(Kind::training_job, *name);
    if (!answer) {
        if (is_cancelled(answer.error())) {
            return std::unexpected(answer.error().error);
        }
        progress_.problem(answer.error());
        return false;
    }
    return *answer && without_slash(artifact_of_training_job(**answer)) == without_slash(artifact.uri);
}

AwsResult<std::size_t> TrainingFinder::search_for(const json::array& filters) {
    std::size_t found = 0;
    json::object request{{"Resource", "TrainingJob"}, {"SearchExpression", {{"Filters", filters}, {"Operator", "Or"}}}, {"MaxResults", 100}};
    SW_CHECK(reader_.list("Search", std::move(request), "Results", [&](const json::array& results) -> AwsResult<bool> {
        std::vector<IndexEntry> entries;
        for (const auto& result : results) {
            const auto* job = result.is_object() ? json::object_of(result.get_object(), "TrainingJob") : nullptr;
            if (job != nullptr && !artifact_of_training_job(*job).empty()) {
                entries.push_back(entry_of(Kind::training_job, *job));
                filler_.was_read(entries.back().object);
            }
        }
        found += entries.size();
        if (const auto saved = index_.save(scope_, Kind::training_job, entries); !saved) {
            return own_error(saved.error());
        }
        return true;
    }));
    return found;
}

Result<bool> TrainingFinder::search_is_proven() {
    SW_TRY(const auto before, index_.coverage(scope_, kSearchCapability));
    if (before && before->completed + kBelieved > progress_.now()) {
        return true;
    }
    // Search is believed once it finds a job that List and Describe know; an account without jobs proves itself.
    const auto listed = reader_.call("ListTrainingJobs", {{"MaxResults", 1}, {"SortBy", "CreationTime"}, {"SortOrder", "Descending"}});
    const auto* jobs = listed ? json::array_of(*listed, "TrainingJobSummaries") : nullptr;
    if (jobs == nullptr || jobs->empty() || !jobs->front().is_object()) {
        return false;
    }
    const auto answer = filler_.describe(Kind::training_job, std::string{json::text_of(jobs->front().get_object(), "TrainingJobName")});
    const auto artifact = answer && *answer ? artifact_of_training_job(**answer) : std::string{};
    if (artifact.empty()) {
        return false;
    }
    const auto found = search_for({filter("Equals", artifact)});
    if (!found || *found == 0) {
        return false;
    }
    SW_CHECK(index_.cover(scope_, kSearchCapability, progress_.now(), progress_.now()));
    return true;
}

Result<bool> TrainingFinder::search(const std::vector<Artifact>& artifacts) {
    for (std::size_t at = 0; at < artifacts.size(); at += kArtifactsPerSearch) {
        json::array filters;
        for (std::size_t i = at; i < std::min(at + kArtifactsPerSearch, artifacts.size()); ++i) {
            if (artifacts[i].folder) {
                // One Contains is allowed in an expression, so folders are asked for alone.
                if (!search_for({filter("Contains", without_slash(artifacts[i].uri))})) {
                    return false;
                }
                continue;
            }
            for (const auto& uri : spellings(artifacts[i])) {
                filters.push_back(filter("Equals", uri));
            }
        }
        if (!filters.empty() && !search_for(filters)) {
            return false;
        }
    }
    return true;
}

Result<std::vector<Indexed>> TrainingFinder::find(std::vector<Artifact> artifacts) {
    artifacts = resolve_packages(std::move(artifacts));
    std::vector<Artifact> unresolved;
    for (const auto& artifact : artifacts) {
        SW_TRY(const bool found, !artifact.folder ? found_by_name(artifact) : Result<bool>{false});
        if (!found) {
            unresolved.push_back(artifact);
        }
    }
    SW_TRY(const auto covered, index_.coverage(scope_, to_string(Kind::training_job)));
    if (!unresolved.empty() && !covered) {
        SW_TRY(const bool answered, search(unresolved));
        std::erase_if(unresolved, [&](const Artifact& artifact) {
            const auto jobs = known({artifact});
            return jobs && !jobs->empty() && !artifact.folder;
        });
        SW_TRY(const bool believed, !answered || unresolved.empty() ? Result<bool>{answered} : search_is_proven());
        if (believed) {
            unresolved.clear();
        }
    }
    if (!unresolved.empty()) {
        SW_CHECK(filler_.fill(Kind::training_job, Timestamp{}));
    }
    std::vector<std::string> targets;
    for (const auto& artifact : artifacts) {
        std::ranges::move(spellings(artifact), std::back_inserter(targets));
    }
    SW_CHECK(filler_.refresh(Kind::training_job, targets));
    return known(artifacts);
}

}  // namespace slipway::sagemaker
