#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace slipway::spark_cluster {

/// A folder of this service in which other users have folders of their own: below it no link is followed, so that what is written there lies there, whatever
/// they have put in the place of a folder. Links on the way to it are its operator's. Thread-safe.
class Beneath {
public:
    explicit Beneath(std::string root) : root_{std::move(root)} {}

    /// Makes or replaces a file with the folders above it, owned by us and closed to others; synced, never half of it.
    /// @return `forbidden` for a path that does not lie below, or where something else stands in the place of a folder or of the file; else `unavailable`.
    Result<void> write(const std::string& path, std::string_view bytes) const;
    /// Makes a folder with those above it.
    Result<void> make_folder(const std::string& path) const;

private:
    Result<std::string_view> below(const std::string& path) const;
    Result<UniqueFd> open_root() const;
    Result<UniqueFd> walk(std::string_view folders, const std::string& path) const;

    const std::string root_;
};

}  // namespace slipway::spark_cluster
