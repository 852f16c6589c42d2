#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Whose files this service may look at for a job.
namespace slipway::spark {

/// What is read back of the outputs that a job declares. This service has rights of its own (to its host's files, to S3) that jobs do not have: they serve a
/// job where its model has the same ones, or where the owner of the runtime says so. Embedded outputs lie in the job's own part of the staging area: they are
/// asked about nowhere.
struct OutputAccess {
    bool local_files{true};                ///< `file://` is what the model itself could read: see serves_local_files()
    std::vector<std::string> s3_readable;  ///< S3 URLs of buckets and folders that jobs of this runtime may have read with its keys

    /// Why an output is not looked at, in a sentence that says what to set; nothing for one that is.
    std::optional<std::string> obstacle(std::string_view url) const;
};

/// True for `s3://`, `s3a://` and `s3n://` with a bucket.
bool is_s3_place(std::string_view url);

/// True where models run on this host, and where they share files with it (a staging area on a mount) under a user that is named: files are read as that one.
bool serves_local_files(bool driver_is_local, std::string_view staging_url, std::string_view job_user);

}  // namespace slipway::spark
