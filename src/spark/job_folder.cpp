#include "spark/job_folder.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.hpp"
#include "base/unique_fd.hpp"
#include "base/write_all.hpp"

namespace slipway::spark {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> file_error(std::string_view what, const std::string& path, int code) {
    return fail(ErrorCode::unavailable, "DISK", fmt::format("{} {}: {}.", what, path, std::strerror(code)));
}

/// Of a file that a job names: what no try can ever write is the job's fault.
std::unexpected<Error> asset_error(const ManifestFile& file, int code) {
    if (code != ENOTDIR && code != EISDIR && code != ENAMETOOLONG) {
        return file_error("Cannot write", file.path, code);
    }
    return fail(ErrorCode::failed_precondition, "BAD_NAME", fmt::format("The file {} cannot be written under its name: {}.", file.path, std::strerror(code)));
}

UniqueFd open_file(const std::string& path, int flags, mode_t mode = 0) {
    return UniqueFd{::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode)};
}

Result<void> sync_folder(const std::string& path) {
    const auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) {
        return file_error("Cannot sync", path, errno);
    }
    return {};
}

Result<void> make_folder(const std::string& path) {
    std::error_code problem;
    fs::create_directories(path, problem);
    if (problem) {
        return file_error("Cannot make the folder", path, problem.value());
    }
    return {};
}

/// A new file. Its folder is synced by the caller.
Result<void> write_new(const std::string& path, std::string_view content, bool synced) {
    const auto file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file.get() < 0) {
        return file_error("Cannot make", path, errno);
    }
    if (!write_all(file.get(), content)) {
        return file_error("Cannot write", path, errno);
    }
    if (synced && ::fdatasync(file.get()) != 0) {
        return file_error("Cannot sync", path, errno);
    }
    return {};
}

Result<void> write_asset(const std::string& folder, const ManifestFile& file) {
    const auto path = folder + "/" + file.path;
    std::error_code problem;
    fs::create_directories(fs::path{path}.parent_path(), problem);
    if (problem) {
        return asset_error(file, problem.value());
    }
    const auto written = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    return written.get() >= 0 && write_all(written.get(), file.content) ? Result<void>{} : asset_error(file, errno);
}

}  // namespace

JobFolder::JobFolder(const std::string& jobs_dir, std::string_view job_id) : path_{fmt::format("{}/{}", jobs_dir, job_id)} {}

std::string JobFolder::properties(int attempt) const {
    return fmt::format("{}/attempt-{}.conf", path_, attempt);
}
std::string JobFolder::held_path(int attempt) const {
    return fmt::format("{}/attempt-{}.held", path_, attempt);
}

std::string JobFolder::withdrawn_path(int attempt) const {
    return fmt::format("{}/attempt-{}.withdrawn", path_, attempt);
}
std::string JobFolder::sent_path(int attempt) const {
    return fmt::format("{}/attempt-{}.sent", path_, attempt);
}
std::string JobFolder::stdout_path(int attempt) const {
    return fmt::format("{}/stdout-{}", path_, attempt);
}
std::string JobFolder::stderr_path(int attempt) const {
    return fmt::format("{}/stderr-{}", path_, attempt);
}
std::string JobFolder::application_path(int attempt) const {
    return fmt::format("{}/application-{}.json", reports(), attempt);
}
std::string JobFolder::result_path(int attempt) const {
    return fmt::format("{}/result-{}.json", reports(), attempt);
}

Result<void> JobFolder::write(const PySparkJobManifest& manifest, std::string_view driver) const {
    std::error_code ignored;
    fs::remove_all(files(), ignored);
    SW_CHECK(make_folder(files()));
    SW_CHECK(make_folder(reports()));
    if (::chmod(path_.c_str(), 0700) != 0) {
        return file_error("Cannot protect", path_, errno);
    }
    SW_CHECK(write_new(files() + "/" + std::string{kDriverFile}, driver, false));
    for (const auto& file : manifest.files) {
        SW_CHECK(write_asset(files(), file));
    }
    return {};
}

Result<void> JobFolder::write_file(const std::string& path, std::string_view content, bool synced) {
    SW_CHECK(make_folder(fs::path{path}.parent_path().string()));
    const auto part = path + "." + random_hex(4) + ".part";
    SW_CHECK(write_new(part, content, synced));
    if (::rename(part.c_str(), path.c_str()) != 0) {
        return file_error("Cannot name", path, errno);
    }
    return synced ? sync_folder(fs::path{path}.parent_path().string()) : Result<void>{};
}

Result<void> JobFolder::give_to(const std::string& user, int attempt) const {
    for (const auto& path : {files(), reports(), properties(attempt)}) {
        SW_CHECK(give(path, user));
    }
    return ::chmod(path_.c_str(), 0711) == 0 ? Result<void>{} : file_error("Cannot open", path_, errno);
}

namespace {

/// Gives one entry away, and what lies below it. Step by step from folder to folder: whoever owns them may be at them, and what was a folder a moment ago may
/// be a link now. What is no longer ours was given before.
/// @param parent descriptor of the folder it lies in, or AT_FDCWD.
Result<void> give_entry(int parent, const std::string& name, const std::string& shown, const struct passwd& user, int depth) {
    constexpr int kDeepest = 100;
    const UniqueFd entry{::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    struct stat facts{};
    if (entry.get() < 0 || ::fstat(entry.get(), &facts) != 0) {
        return entry.get() < 0 && errno == ENOENT ? Result<void>{} : file_error("Cannot open", shown, errno);
    }
    const bool ours = facts.st_uid == ::geteuid();
    if (S_ISREG(facts.st_mode) && facts.st_nlink > 1 && ours) {
        return fail(ErrorCode::forbidden, "REPLACED", fmt::format("{} has another name elsewhere: it is not given away.", shown));
    }
    if (S_ISDIR(facts.st_mode) && depth < kDeepest) {
        const int fd = ::openat(entry.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const std::unique_ptr<DIR, int (*)(DIR*)> folder{fd < 0 ? nullptr : ::fdopendir(fd), ::closedir};
        if (!folder) {
            return file_error("Cannot open", shown, errno);
        }
        while (const auto* below = ::readdir(folder.get())) {
            const std::string child{below->d_name};
            if (child != "." && child != "..") {
                SW_CHECK(give_entry(fd, child, shown + "/" + child, user, depth + 1));
            }
        }
    }
    if (ours && ::fchownat(entry.get(), "", user.pw_uid, user.pw_gid, AT_EMPTY_PATH) != 0) {
        return file_error("Cannot give away", shown, errno);
    }
    return {};
}

}  // namespace

Result<void> JobFolder::give(const std::string& path, const std::string& user) {
    struct passwd entry{};
    struct passwd* found = nullptr;
    std::string buffer(16384, '\0');
    if (::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return fail(ErrorCode::failed_precondition, "UNKNOWN_USER", fmt::format("This host has no user {} (spark-runtime.jobUser).", user));
    }
    return give_entry(AT_FDCWD, path, path, entry, 0);
}

int JobFolder::open_regular(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    struct stat facts{};
    if (fd >= 0 && (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))) {
        ::close(fd);
        errno = ENOENT;
        return -1;
    }
    return fd;
}

Result<std::optional<std::string>> JobFolder::read_file(const std::string& path, std::size_t limit) {
    const UniqueFd file{open_regular(path)};
    if (file.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENXIO) {
            return std::optional<std::string>{};
        }
        return file_error("Cannot read", path, errno);
    }
    constexpr std::size_t kStep = std::size_t{64} << 10;  // most files are far smaller than what they may be, and memory is cleared before it is read into
    std::string out;
    std::size_t size = 0;
    while (size < limit) {
        out.resize(std::min(limit, size + kStep));
        const auto got = ::read(file.get(), out.data() + size, out.size() - size);
        if (got < 0 && errno != EINTR) {
            return file_error("Cannot read", path, errno);
        }
        if (got == 0) {
            break;
        }
        size += static_cast<std::size_t>(std::max<ssize_t>(0, got));
    }
    out.resize(size);
    return std::optional{std::move(out)};
}

Result<std::string> JobFolder::read_tail(const std::string& path, std::size_t limit) {
    const UniqueFd file{open_regular(path)};
    struct stat facts{};
    if (file.get() < 0 || ::fstat(file.get(), &facts) != 0) {
        return std::string{};
    }
    const auto size = static_cast<std::size_t>(facts.st_size);
    std::string out(std::min(size, limit), '\0');
    const auto got = ::pread(file.get(), out.data(), out.size(), static_cast<off_t>(size - out.size()));
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    return out;
}

Result<void> JobFolder::mark_sent(int attempt) const {
    return write_file(sent_path(attempt), "sent\n");
}

Result<void> JobFolder::unmark_sent(int attempt) const {
    return ::unlink(sent_path(attempt).c_str()) == 0 || errno == ENOENT ? Result<void>{} : file_error("Cannot delete", sent_path(attempt), errno);
}

bool JobFolder::was_sent(int attempt) const {
    return ::access(sent_path(attempt).c_str(), F_OK) == 0;
}

bool JobFolder::is_held(int attempt) const {
    return ::access(held_path(attempt).c_str(), F_OK) == 0;
}

Result<bool> JobFolder::withdraw(int attempt) const {
    if (::rename(held_path(attempt).c_str(), withdrawn_path(attempt).c_str()) == 0) {
        return true;
    }
    const int problem = errno;
    return problem == ENOENT || problem == ENOTDIR ? Result<bool>{is_withdrawn(attempt)} : file_error("Cannot rename", held_path(attempt), problem);
}

bool JobFolder::is_withdrawn(int attempt) const {
    return ::access(withdrawn_path(attempt).c_str(), F_OK) == 0;
}

bool JobFolder::exists() const {
    return ::access(path_.c_str(), F_OK) == 0 || errno != ENOENT;
}

Result<void> JobFolder::clean() const {
    std::error_code problem;
    fs::remove_all(path_, problem);
    if (problem) {
        return file_error("Cannot clean", path_, problem.value());
    }
    return {};
}

std::vector<int> JobFolder::attempts() const {
    constexpr std::string_view kBegin = "attempt-";
    constexpr std::string_view kEnd = ".spec";
    std::vector<int> out;
    std::error_code none;
    for (fs::directory_iterator at{path_, none}, end; !none && at != end; at.increment(none)) {
        const auto name = at->path().filename().string();
        int number = 0;
        if (name.starts_with(kBegin) && name.ends_with(kEnd) &&
            std::from_chars(name.data() + kBegin.size(), name.data() + name.size(), number).ec == std::errc{}) {
            out.push_back(number);
        }
    }
    return out;
}

std::string boot_id() {
    const auto text = JobFolder::read_file("/proc/sys/kernel/random/boot_id", 64);
    return text && *text ? (*text)->substr(0, (*text)->find('\n')) : std::string{};
}

std::vector<std::string> folders_of_jobs(const std::string& jobs_dir) {
    std::vector<std::string> out;
    std::error_code none;
    for (fs::directory_iterator at{jobs_dir, none}, end; !none && at != end; at.increment(none)) {
        out.push_back(at->path().filename().string());
    }
    return out;
}

Result<int> sweep_orphans(const std::string& jobs_dir, const std::set<std::string>& known) {
    std::error_code problem;
    int gone = 0;
    std::error_code left;
    for (fs::directory_iterator at{jobs_dir, problem}, end; !problem && at != end; at.increment(problem)) {
        if (!known.contains(at->path().filename().string())) {
            std::error_code stays;
            fs::remove_all(at->path(), stays);
            gone += stays ? 0 : 1;
            left = stays ? stays : left;
        }
    }
    problem = left ? left : problem;
    if (problem && problem != std::errc::no_such_file_or_directory) {
        return file_error("Cannot clean", jobs_dir, problem.value());
    }
    return gone;
}

}  // namespace slipway::spark
