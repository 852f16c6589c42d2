#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "spark/manifest.hpp"

namespace slipway::spark {

/// The file that spark-submit runs; its source is src/spark/driver.
inline constexpr std::string_view kDriverFile = "ModelOpPySparkDriver.py";

/// The folder of one job on the edge host: `<data>/jobs/<job id>/`, mode 0700.
///   files/              what Spark gets: driver, model_source_code.py, model_job_metadata.py, other sources and assets at their own paths
///   attempt-N.*         markers of the supervisor (adapters/process)
///   attempt-N.held      nothing of the attempt was executed: deleted right before it is
///   attempt-N.withdrawn what the word before was renamed to: nothing of the attempt will ever be executed
///   attempt-N.conf      properties file with secrets, 0600, gone when the run has ended
///   attempt-N.sent      a submission over REST was about to be sent: it is never sent again, whatever a journal says that is older
///   stdout-N, stderr-N  as the program wrote them
///   reports/            application-N.json and result-N.json of the driver
/// With `jobUser` the folder itself stays ours and can be passed through; `files/` and `reports/` are that user's.
class JobFolder {
public:
    JobFolder(const std::string& jobs_dir, std::string_view job_id);

    const std::string& path() const { return path_; }
    std::string files() const { return path_ + "/files"; }
    std::string reports() const { return path_ + "/reports"; }
    std::string properties(int attempt) const;
    std::string held_path(int attempt) const;
    std::string withdrawn_path(int attempt) const;
    std::string stdout_path(int attempt) const;
    std::string stderr_path(int attempt) const;
    std::string application_path(int attempt) const;
    std::string result_path(int attempt) const;

    /// Writes all files anew; what was half written by a crash is deleted first. Nothing is synced: after a loss of power a submission that had not begun is
    /// prepared again, and one that had begun is over.
    /// @return `unavailable` when the disk is full or not writable, with the path; `failed_precondition` for a file's name that can never be written.
    Result<void> write(const PySparkJobManifest& manifest, std::string_view driver) const;
    /// Gives what one attempt reads and writes to the user that runs it.
    /// @return `failed_precondition` for a user that this host does not have, `unavailable` when it may not be given away.
    Result<void> give_to(const std::string& user, int attempt) const;
    /// Gives a file or a folder with all in it to `user`; links are not followed. Nothing to do where there is none.
    static Result<void> give(const std::string& path, const std::string& user);
    /// Writes one file (0600, by rename), with its folders; synced unless it is made anew after a loss of power.
    static Result<void> write_file(const std::string& path, std::string_view content, bool synced = true);
    /// Opens a file that a program may have put there: never waits for a FIFO, follows no link. @return -1 for what is no regular file; else to be closed.
    static int open_regular(const std::string& path);
    /// At most `limit` bytes; nothing when there is no such file, or when it is no regular one.
    static Result<std::optional<std::string>> read_file(const std::string& path, std::size_t limit);
    /// The last `limit` bytes, empty when there is no such file.
    static Result<std::string> read_tail(const std::string& path, std::size_t limit);
    /// Synced before a submission over REST is sent; taken back when it certainly was not.
    Result<void> mark_sent(int attempt) const;
    Result<void> unmark_sent(int attempt) const;
    bool was_sent(int attempt) const;
    /// Says that nothing of an attempt was executed, as the program's own process takes back. Not synced: it counts until the host is started anew.
    Result<void> hold(int attempt) const { return write_file(held_path(attempt), "", false); }
    bool is_held(int attempt) const;
    /// Takes the leave to execute an attempt away: its program's own process must delete that word itself, and finds it no more.
    /// @return true when nothing of it was executed, nor ever will be; false when it was, or when nobody can say (the folder was taken away).
    Result<bool> withdraw(int attempt) const;
    bool is_withdrawn(int attempt) const;
    bool exists() const;
    /// Deletes the folder with all in it.
    Result<void> clean() const;
    /// Numbers of the attempts for which something was handed to a supervisor.
    std::vector<int> attempts() const;

private:
    std::string sent_path(int attempt) const;

    std::string path_;
};

/// Of the host's life since it was started; empty where it cannot be told.
std::string boot_id();
/// Names of the folders of jobs.
std::vector<std::string> folders_of_jobs(const std::string& jobs_dir);
/// Deletes folders of jobs that `known` does not name. @return how many.
Result<int> sweep_orphans(const std::string& jobs_dir, const std::set<std::string>& known);

}  // namespace slipway::spark
