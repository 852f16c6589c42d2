#include "adapters/spark_cluster/beneath.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

#include "base/id.hpp"
#include "base/write_all.hpp"

namespace slipway::spark_cluster {
namespace {

std::unexpected<Error> of_place(std::string_view what, const std::string& path, int problem) {
    const bool replaced = problem == ELOOP || problem == ENOTDIR || problem == EISDIR || problem == ENOTEMPTY || problem == EMLINK;
    const auto reason = std::error_code{problem, std::generic_category()}.message();
    return replaced ? fail(ErrorCode::forbidden, "REPLACED",
                           fmt::format("{} is not written: on the way to it stands a link, or a file in the place of a folder, that this service did not make.",
                                       path),
                           reason)
                    : fail(ErrorCode::unavailable, "DISK", fmt::format("Cannot {} {}: {}.", what, path, reason));
}

std::unexpected<Error> outside(const std::string& path) {
    return fail(ErrorCode::forbidden, "OUTSIDE", fmt::format("{} does not lie in the staging area of this service.", path));
}

}  // namespace

Result<std::string_view> Beneath::below(const std::string& path) const {
    const bool inside = !root_.empty() && path.size() > root_.size() + 1 && path.starts_with(root_) && path[root_.size()] == '/';
    return inside ? Result<std::string_view>{std::string_view{path}.substr(root_.size() + 1)} : outside(path);
}

Result<UniqueFd> Beneath::open_root() const {
    UniqueFd root{::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!root && errno == ENOENT) {
        std::error_code problem;
        std::filesystem::create_directories(root_, problem);
        root = UniqueFd{::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    }
    return root ? Result<UniqueFd>{std::move(root)} : of_place("open", root_, errno);
}

/// The last of `folders`, each made where it is not there.
Result<UniqueFd> Beneath::walk(std::string_view folders, const std::string& path) const {
    SW_TRY(auto at, open_root());
    while (!folders.empty()) {
        const auto end = std::min(folders.find('/'), folders.size());
        const std::string name{folders.substr(0, end)};
        folders.remove_prefix(std::min(end + 1, folders.size()));
        if (name == "." || name == "..") {
            return outside(path);
        }
        if (name.empty()) {
            continue;
        }
        if (::mkdirat(at.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
            return of_place("make a folder of", path, errno);
        }
        UniqueFd next{::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!next) {
            return of_place("open a folder of", path, errno);
        }
        at = std::move(next);
    }
    return at;
}

Result<void> Beneath::write(const std::string& path, std::string_view bytes) const {
    SW_TRY(const auto rest, below(path));
    const auto slash = rest.rfind('/');
    const auto name = std::string{rest.substr(slash == std::string_view::npos ? 0 : slash + 1)};
    if (name.empty() || name == "." || name == "..") {
        return outside(path);
    }
    SW_TRY(const auto folder, walk(slash == std::string_view::npos ? std::string_view{} : rest.substr(0, slash), path));
    const auto part = "." + random_hex(8) + ".part";
    const UniqueFd file{::openat(folder.get(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    const bool written = file && write_all(file.get(), bytes) && ::fdatasync(file.get()) == 0 &&
                         ::renameat(folder.get(), part.c_str(), folder.get(), name.c_str()) == 0 && ::fsync(folder.get()) == 0;
    if (!written) {
        const int problem = errno;
        ::unlinkat(folder.get(), part.c_str(), 0);
        return of_place("write", path, problem);
    }
    return {};
}

Result<void> Beneath::make_folder(const std::string& path) const {
    SW_TRY(const auto rest, below(path));
    SW_CHECK(walk(rest, path));
    return {};
}

}  // namespace slipway::spark_cluster
