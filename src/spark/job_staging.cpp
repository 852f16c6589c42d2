#include <filesystem>
#include <unistd.h>

#include "base/id.hpp"
#include "base/log.hpp"
#include "spark/job_runner.hpp"

/// The part of JobRunner that leaves nothing in the staging area.
namespace slipway::spark {
namespace {

constexpr int kMostLooks = 1'000;  ///< folders that one sweep asks model-manage about

/// True when there is a file below a folder. The folders of outputs that came back are empty.
Result<bool> has_file_below(ObjectStore& store, const std::string& url, int depth) {
    if (depth == 0) {
        return true;
    }
    const auto children = store.list(url);
    if (!children) {
        return children.error().code == ErrorCode::not_found ? Result<bool>{false} : std::unexpected(children.error());
    }
    for (const auto& child : *children) {
        SW_TRY(const bool found, child.folder ? has_file_below(store, child.url, depth - 1) : Result<bool>{child.url != url});
        if (found) {
            return true;
        }
    }
    return false;
}

/// In our data directory: no other runtime puts anything there.
bool is_private_staging(const MonitorSettings& settings) {
    const auto data_dir = settings.jobs_dir.substr(0, settings.jobs_dir.rfind('/') + 1);
    return path_of_file_url(settings.submit.staging_url).starts_with(data_dir);
}

/// What lies there. In our data directory we look ourselves: the job's user may walk through that folder, and not list it.
Result<std::vector<StoredObject>> folders_in(ObjectStore& store, const MonitorSettings& settings) {
    const auto& url = settings.submit.staging_url;
    if (!is_private_staging(settings)) {
        return store.list(url);
    }
    std::error_code problem;
    std::vector<StoredObject> out;
    for (std::filesystem::directory_iterator at{path_of_file_url(url), problem}, end; !problem && at != end; at.increment(problem)) {
        const auto& entry = *at;
        std::error_code none;
        const auto name = entry.path().filename().string();
        out.push_back({.url = fmt::format("{}/{}", url, name), .name = name, .folder = entry.is_directory(none) && !entry.is_symlink(none)});
    }
    if (problem && problem != std::errc::no_such_file_or_directory) {
        return fail(ErrorCode::unavailable, "STAGING", fmt::format("{} cannot be listed: {}.", url, problem.message()));
    }
    return out;
}

}  // namespace

/// Everything but outputs that were too large to come back: these stay for whoever wants them.
Result<void> JobRunner::empty_staging(const std::string& folder) const {
    constexpr int kDeepest = 8;
    const auto outputs = folder + "/out";
    SW_TRY(const bool kept, has_file_below(ports_.store, outputs, kDeepest));
    if (!kept) {
        const auto removed = ports_.store.remove(folder);
        // What lies in it is the job's user's, the place of the folder is ours.
        return removed || ::rmdir(path_of_file_url(folder).c_str()) != 0 ? removed : Result<void>{};
    }
    const auto children = ports_.store.list(folder);
    if (!children) {
        return children.error().code == ErrorCode::not_found ? Result<void>{} : std::unexpected(children.error());
    }
    for (const auto& child : *children) {
        if (child.name != "out") {
            SW_CHECK(ports_.store.remove(child.url));
        }
    }
    return {};
}

void JobRunner::clean_staging(const JobRecord& record) const {
    const auto& staging_url = staging_of(record, settings_.submit);
    if (staging_url.empty() || record.phase <= JobPhase::CLAIMING) {
        return;
    }
    const auto folder = fmt::format("{}/{}", staging_url, record.job_id);
    if (const auto removed = empty_staging(folder); !removed && removed.error().code != ErrorCode::not_found) {
        log::warn("staging_left", {{"jobId", record.job_id}, {"url", folder}, {"message", removed.error().message}});
    }
}

void JobRunner::discard(const LiveJob& job) const {
    if (const auto cleaned = folder_of(job).clean(); !cleaned) {
        log::warn("folder_left", {{"jobId", job.record.job_id}, {"message", cleaned.error().message}});
    }
    const bool lost = job.dropped || job.record.taken;
    if (!lost || is_private_staging(settings_)) {  // else whoever has the job now has staged it in the same place, and cleans that
        clean_staging(job.record);
    }
}

/// Several runtimes may share a staging area: only model-manage can tell that nobody needs a folder any more.
Result<int> JobRunner::sweep_staging(const std::set<std::string>& known) const {
    if (settings_.submit.staging_url.empty()) {
        return 0;
    }
    const auto folders = folders_in(ports_.store, settings_);
    if (!folders) {
        return folders.error().code == ErrorCode::not_found ? Result<int>{0} : std::unexpected(folders.error());
    }
    int gone = 0;
    int looks = 0;
    for (const auto& folder : *folders) {
        if (!folder.folder || !is_uuid(folder.name) || known.contains(folder.name) || ++looks > kMostLooks) {
            continue;
        }
        const auto job = ports_.registry.job(folder.name);
        const auto status = job ? json::enum_value<domain::JobStatus>(json::text_of(job->document, "jobStatus")) : std::nullopt;
        if (!status || !domain::is_terminal(*status)) {
            continue;
        }
        const auto given =
            is_private_staging(settings_) ? give_staging(settings_.submit.staging_url, folder.name) : Result<void>{};  // we may have ended before it was given
        if (const auto emptied = given ? empty_staging(folder.url) : given; !emptied) {
            log::warn("staging_left", {{"jobId", folder.name}, {"url", folder.url}, {"message", emptied.error().message}});
            continue;
        }
        ++gone;
    }
    return gone;
}

}  // namespace slipway::spark
