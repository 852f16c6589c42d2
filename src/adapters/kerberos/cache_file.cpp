#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/kerberos/keeper.hpp"
#include "base/id.hpp"
#include "base/unique_fd.hpp"
#include "base/write_all.hpp"

namespace slipway::kerberos {
namespace {

std::unexpected<Error> file_error(const std::string& folder, std::string_view what) {
    return fail(ErrorCode::unavailable, "KERBEROS_CACHE", fmt::format("The credential cache in {} cannot be {}: {}.", folder, what, std::strerror(errno)));
}

/// Writes a new file in an open folder. @return false with errno set.
bool write_part(int folder, const std::string& part, const Secret& bytes, int owner, int group) {
    ::unlinkat(folder, part.c_str(), 0);
    const UniqueFd file{::openat(folder, part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    return file.get() >= 0 && write_all(file.get(), bytes.reveal()) &&
           (owner < 0 || ::fchown(file.get(), static_cast<uid_t>(owner), static_cast<gid_t>(group)) == 0);
}

int open_folder(const std::string& path) {
    return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/// Of `owner` (below 0: ours), and for nobody else. Only what is ours has its mode changed: a folder that was given away before needs a capability for that
/// which the service has not, and is its owner's to keep; the cache in it is for nobody else in any case. @return false with errno set.
bool protect(int folder, int owner, int group) {
    struct stat is{};
    if (::fstat(folder, &is) != 0) {
        return false;
    }
    const bool given = owner >= 0 && is.st_uid == static_cast<uid_t>(owner) && is.st_gid == static_cast<gid_t>(group);
    const bool closed = (is.st_mode & 07777U) == 0700;
    if (given && is.st_uid != ::geteuid()) {
        return true;
    }
    return (closed || ::fchmod(folder, 0700) == 0) && (owner < 0 || given || ::fchown(folder, static_cast<uid_t>(owner), static_cast<gid_t>(group)) == 0);
}

bool is_folder(int folder, const std::string& name) {
    struct stat facts{};
    return ::fstatat(folder, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts.st_mode);
}

/// Whether there is a file of that name. @return false with errno set.
bool is_there(int folder, const std::string& name) {
    if (is_folder(folder, name)) {
        errno = ENOENT;
        return false;
    }
    return ::faccessat(folder, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/// Moves a folder that has the name of a file of ours aside: a job may put one there, in the folder that is its own.
void make_way(int folder, const std::string& name) {
    if (is_folder(folder, name)) {
        ::renameat(folder, name.c_str(), folder, (name + "." + random_hex(8) + ".aside").c_str());
    }
}

/// `part` in the place of `name`, where there is one. @return false with errno set.
bool replace(int folder, const std::string& part, const std::string& name, ExchangeNames exchange) {
    // An exchange needs both: what was taken away meanwhile does not come back.
    if (exchange(folder, part.c_str(), name.c_str()) == 0) {
        return true;
    }
    const bool unknown = errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
    return unknown && is_there(folder, name) && ::renameat(folder, part.c_str(), folder, name.c_str()) == 0;
}

}  // namespace

int exchange_names(int folder, const char* one, const char* other) {
    return ::renameat2(folder, one, folder, other, RENAME_EXCHANGE);
}

Result<void> write_cache(const std::string& folder, const std::string& name, const Secret& bytes, int owner, int group) {
    std::error_code problem;
    std::filesystem::create_directories(std::filesystem::path{folder}.parent_path(), problem);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return file_error(folder, "made");
    }
    const UniqueFd place{open_folder(folder)};
    if (place.get() < 0 || !protect(place.get(), owner, group)) {
        return file_error(folder, "protected");
    }
    const auto part = name + ".part";
    make_way(place.get(), part);
    make_way(place.get(), name);
    if (!write_part(place.get(), part, bytes, owner, group) || ::renameat(place.get(), part.c_str(), place.get(), name.c_str()) != 0) {
        return file_error(folder, "written");
    }
    return {};
}

Result<bool> refresh_cache(const std::string& folder, const std::string& name, const Secret& bytes, int owner, int group, ExchangeNames exchange) {
    const UniqueFd place{open_folder(folder)};
    if (place.get() < 0 || !is_there(place.get(), name)) {
        return errno == ENOENT || errno == ENOTDIR ? Result<bool>{false} : Result<bool>{file_error(folder, "read")};
    }
    // A job may put something in the way, in the folder that is its own.
    const auto part = name + "." + random_hex(8) + ".part";
    if (!write_part(place.get(), part, bytes, owner, group)) {
        const auto failure = file_error(folder, "written");
        ::unlinkat(place.get(), part.c_str(), 0);
        return failure;
    }
    const bool done = replace(place.get(), part, name, exchange);
    const bool gone = !done && errno == ENOENT;
    const auto failure = done || gone ? Result<bool>{done} : Result<bool>{file_error(folder, "replaced")};
    ::unlinkat(place.get(), part.c_str(), 0);
    return failure;
}

}  // namespace slipway::kerberos
