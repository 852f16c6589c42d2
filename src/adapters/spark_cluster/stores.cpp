#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "adapters/spark_cluster/beneath.hpp"
#include "adapters/spark_cluster/cluster.hpp"
#include "adapters/spark_cluster/peers.hpp"
#include "base/encoding.hpp"
#include "spark/job_folder.hpp"

namespace slipway::spark_cluster {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> of_file(const std::string& path, const std::error_code& problem) {
    const bool missing = problem == std::errc::no_such_file_or_directory || problem == std::errc::not_a_directory;
    const bool closed = problem == std::errc::permission_denied;
    return fail(missing  ? ErrorCode::not_found
                : closed ? ErrorCode::forbidden
                         : ErrorCode::unavailable,
                missing  ? "NOT_FOUND"
                : closed ? "FORBIDDEN"
                         : "DISK",
                fmt::format("{}: {}.", path, problem.message()));
}

struct User {
    uid_t uid;
    gid_t gid;
};

/// While it lives this thread touches files as another user: what a job names or left is reached with the job's own rights, whatever links lead elsewhere.
/// The kernel keeps these identities by thread; capabilities over files go with the file user (setfsuid(2)).
class AsUser {
public:
    explicit AsUser(const std::optional<User>& user) {
        if (!user || ::geteuid() == user->uid) {
            return;
        }
        groups_.resize(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
        groups_.resize(static_cast<std::size_t>(std::max(0, ::getgroups(static_cast<int>(groups_.size()), groups_.data()))));
        changed_ = ::syscall(SYS_setgroups, 0, nullptr) == 0;  // of this thread alone
        ::setfsgid(user->gid);
        ::setfsuid(user->uid);
        allowed_ = changed_ && static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))) == user->uid;
    }
    ~AsUser() {
        ::setfsuid(::geteuid());
        ::setfsgid(::getegid());
        if (changed_) {
            ::syscall(SYS_setgroups, groups_.size(), groups_.data());
        }
    }
    AsUser(const AsUser&) = delete;
    AsUser& operator=(const AsUser&) = delete;

    Result<void> check() const {
        return allowed_ ? Result<void>{} : fail(ErrorCode::forbidden, "NOT_THAT_USER", "This service may not read files as the user of its jobs.");
    }

private:
    std::vector<gid_t> groups_;
    bool changed_{false};
    bool allowed_{true};
};

/// A file as a folder lists it. When its content or name came to be so counts: a copy that keeps its source's time is new all the same.
StoredObject entry_of(std::string url, const fs::path& path) {
    StoredObject out{.url = std::move(url), .name = path.filename().string()};
    struct stat facts{};
    if (::stat(path.c_str(), &facts) == 0) {
        out.size = S_ISREG(facts.st_mode) ? static_cast<std::uint64_t>(facts.st_size) : 0;
        out.modified = from_epoch_ms(std::max(facts.st_mtime, facts.st_ctime) * std::int64_t{1000});
    }
    return out;
}

class FileStore final : public ObjectStore {
public:
    /// @param unknown the name of a user that this host does not have; empty: none.
    FileStore(std::optional<User> user, std::string unknown, std::string_view staging)
        : user_{user}, unknown_{std::move(unknown)}, staging_{path_of(staging)} {}

    Result<std::vector<StoredObject>> list(const std::string& url) override {
        const AsUser as{user_};
        SW_CHECK(check(as));
        const auto path = path_of(url);
        std::error_code problem;
        const auto status = fs::status(path, problem);
        if (problem || !fs::exists(status)) {  // what cannot be looked at may be there; what no name can be is not
            const bool named = problem && problem != std::errc::filename_too_long;
            return of_file(path, named ? problem : std::make_error_code(std::errc::no_such_file_or_directory));
        }
        if (!fs::is_directory(status)) {
            return std::vector{entry_of(url, path)};
        }
        std::vector<StoredObject> out;
        for (fs::directory_iterator at{path, problem}, end; !problem && at != end; at.increment(problem)) {
            const auto& entry = *at;
            std::error_code none;
            const bool folder = entry.is_directory(none) && !entry.is_symlink(none);
            auto address = "file://" + entry.path().string();
            out.push_back(folder ? StoredObject{.url = std::move(address), .name = entry.path().filename().string(), .size = 0, .folder = true}
                                 : entry_of(std::move(address), entry.path()));
        }
        return problem ? Result<std::vector<StoredObject>>{of_file(path, problem)} : out;
    }

    Result<void> read(const std::string& url, std::uint64_t offset, const std::function<bool(std::string_view)>& sink) override {
        const AsUser as{user_};
        SW_CHECK(check(as));
        const auto path = path_of(url);
        const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) {
            return of_file(path, {errno, std::generic_category()});
        }
        struct stat facts{};
        if (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
            ::close(fd);
            return fail(ErrorCode::forbidden, "NO_FILE", fmt::format("{} is no regular file.", path));
        }
        std::string piece(256U << 10, '\0');
        ssize_t got = 0;
        while ((got = ::pread(fd, piece.data(), piece.size(), static_cast<off_t>(offset))) > 0 &&
               sink(std::string_view{piece}.substr(0, static_cast<std::size_t>(got)))) {
            offset += static_cast<std::uint64_t>(got);
        }
        const int problem = errno;
        ::close(fd);
        return got < 0 ? Result<void>{of_file(path, {problem, std::generic_category()})} : Result<void>{};
    }

    Result<void> write(const std::string& url, std::string_view bytes) override {
        return user_ ? staging_.write(path_of(url), bytes) : spark::JobFolder::write_file(path_of(url), bytes);
    }

    Result<void> make_folder(const std::string& url) override {
        if (user_) {
            return staging_.make_folder(path_of(url));
        }
        std::error_code problem;
        fs::create_directories(path_of(url), problem);
        return problem ? Result<void>{of_file(path_of(url), problem)} : Result<void>{};
    }

    Result<void> remove(const std::string& url) override {
        const AsUser as{user_};
        SW_CHECK(check(as));
        std::error_code problem;
        fs::path path{path_of(url)};
        fs::remove_all(path, problem);
        // What Hadoop writes to local files has its checksum beside it (ChecksumFileSystem).
        std::error_code none;
        fs::remove(path.parent_path() / ("." + path.filename().string() + ".crc"), none);
        return problem ? Result<void>{of_file(path_of(url), problem)} : Result<void>{};
    }

private:
    Result<void> check(const AsUser& as) const {
        return unknown_.empty()
                   ? as.check()
                   : fail(ErrorCode::failed_precondition, "UNKNOWN_USER", fmt::format("This host has no user {} (spark-runtime.jobUser).", unknown_));
    }

    const std::optional<User> user_;
    const std::string unknown_;
    const Beneath staging_;  ///< of another user's files: where ours go

    /// `file:///a`, `file:/a` and `/a` are the same.
    static std::string path_of(std::string_view url) {
        if (url.starts_with("file://")) {
            url.remove_prefix(7);
            url.remove_prefix(std::min(url.find('/'), url.size()));
        } else if (url.starts_with("file:")) {
            url.remove_prefix(5);
        }
        return std::string{url};
    }
};

class WebHdfsStore final : public ObjectStore {
public:
    WebHdfsStore(std::vector<std::string> name_nodes, std::string user, HttpTransport& transport)
        : nodes_{std::move(name_nodes), transport}, user_{std::move(user)}, transport_{transport} {}

    Result<std::vector<StoredObject>> list(const std::string& url) override {
        SW_TRY(const auto answer, ask("GET", url, "LISTSTATUS"));
        const auto* statuses = json::object_of(answer, "FileStatuses");
        const auto* items = statuses != nullptr ? json::array_of(*statuses, "FileStatus") : nullptr;
        if (items == nullptr) {
            return strange_answer(url);
        }
        std::vector<StoredObject> out;
        for (const auto& item : *items) {
            const auto* one = item.if_object();
            if (one == nullptr) {
                return strange_answer(url);
            }
            const auto name = std::string{json::text_of(*one, "pathSuffix")};
            const auto* length = one->if_contains("length");
            const bool folder = json::text_of(*one, "type") == "DIRECTORY";
            const auto* modified = one->if_contains("modificationTime");
            out.push_back({.url = name.empty() ? url : url + (url.ends_with('/') ? "" : "/") + name,
                           .name = name.empty() ? url.substr(url.rfind('/') + 1) : name,
                           .size = length != nullptr && length->is_int64() ? static_cast<std::uint64_t>(length->get_int64()) : 0,
                           .folder = folder,
                           .modified = modified != nullptr && modified->is_int64() ? std::optional{from_epoch_ms(modified->get_int64())} : std::nullopt});
        }
        return out;
    }

    Result<void> read(const std::string& url, std::uint64_t offset, const std::function<bool(std::string_view)>& sink) override {
        for (bool more = true; more;) {
            std::uint64_t got = 0;
            SW_TRY(more, read_piece(url, offset, sink, got));
            offset += got;
            if (more && got == kPiece) {  // a NameNode refuses a question behind the end
                SW_TRY(const auto found, list(url));
                more = found.size() == 1 && offset < found.front().size;
            } else {
                more = false;
            }
        }
        return {};
    }

    /// Written beside the file, then given its name. Its folder is made first: CREATE would open those that it makes to everybody.
    Result<void> write(const std::string& url, std::string_view bytes) override {
        if (const auto folder = url.substr(0, url.rfind('/')); !path_of(folder).empty()) {
            SW_CHECK(make_folder(folder));
        }
        const auto part = url + "._part";
        SW_TRY(const auto answer, ask("PUT", part, "CREATE&overwrite=true&noredirect=true"));
        SW_TRY(auto place, place_of(answer, url));
        SW_TRY(
            const auto response,
            transport_.send({.method = "PUT", .url = std::move(place), .headers = {{"Content-Type", "application/octet-stream"}}, .body = std::string{bytes}}));
        if (response.status != 201) {
            return failure(response, url);
        }
        SW_CHECK(remove(url));
        SW_TRY(const auto renamed, ask("PUT", part, "RENAME&destination=" + percent_encode_path(path_of(url))));
        const auto* done = renamed.if_contains("boolean");
        return done != nullptr && done->is_bool() && done->get_bool() ? Result<void>{}
                                                                      : fail(ErrorCode::unavailable, "HDFS", url + " could not take its name.");
    }

    /// What is not there is made for its owner alone, those above it as well; what is there keeps its mode.
    Result<void> make_folder(const std::string& url) override {
        SW_TRY(const auto answer, ask("PUT", url, "MKDIRS&permission=700"));
        return {};
    }

    Result<void> remove(const std::string& url) override {
        SW_TRY(const auto answer, ask("DELETE", url, "DELETE&recursive=true"));
        return {};
    }

private:
    /// Pieces have a time of their own, so that a DataNode that hangs holds nobody for long.
    static constexpr std::uint64_t kPiece = 8U << 20;
    static constexpr Milliseconds kPieceTimeout{120'000};

    /// @return false when `sink` wants no more.
    Result<bool> read_piece(const std::string& url, std::uint64_t offset, const std::function<bool(std::string_view)>& sink, std::uint64_t& got) {
        SW_TRY(const auto answer, ask("GET", url, fmt::format("OPEN&noredirect=true&offset={}&length={}", offset, kPiece)));
        SW_TRY(auto place, place_of(answer, url));
        bool wanted = true;
        SW_TRY(const auto response, transport_.send({.url = std::move(place), .timeout = kPieceTimeout, .on_body = [&](std::string_view bytes) {
                                                         got += bytes.size();
                                                         wanted = sink(bytes);
                                                         return wanted;
                                                     }}));
        return response.status == 200 || response.status == 206 ? Result<bool>{wanted} : std::unexpected(failure(response, url).error());
    }

    /// The DataNode's address, which a NameNode gives for the bytes.
    static Result<std::string> place_of(const json::object& answer, const std::string& url) {
        auto place = std::string{json::text_of(answer, "Location")};
        return place.empty() ? Result<std::string>{strange_answer(url)} : place;
    }

    /// The path behind the host; a nameservice is no host, so the host of the URL never counts.
    static std::string path_of(std::string_view url) {
        const auto scheme = url.find("://");
        if (scheme != std::string_view::npos) {
            url.remove_prefix(scheme + 3);
            url.remove_prefix(std::min(url.find('/'), url.size()));
        } else if (const auto colon = url.find(':'); colon != std::string_view::npos && !url.starts_with('/')) {
            url.remove_prefix(colon + 1);
        }
        return std::string{url};
    }

    Result<json::object> ask(const char* method, const std::string& url, const std::string& operation) {
        const auto user = user_.empty() ? "" : "&user.name=" + percent_encode(user_);
        SW_TRY(const auto response, nodes_.send({.method = method, .headers = {{"Accept", "application/json"}}},
                                                "/webhdfs/v1" + percent_encode_path(path_of(url)) + "?op=" + operation + user));
        if (response.status != 200) {
            return std::unexpected(failure(response, url).error());
        }
        return object_of(response, url);
    }

    static Result<void> failure(const HttpResponse& response, const std::string& url) {
        const bool missing = response.body.contains("FileNotFoundException");  // a bare 404 may be a proxy's
        const auto problem = fmt::format("HDFS answers {} for {}.", response.status, url);
        if (missing) {
            return fail(ErrorCode::not_found, "NOT_FOUND", problem);
        }
        if (response.status == 401 || response.status == 403) {
            return fail(ErrorCode::forbidden, "FORBIDDEN", problem);
        }
        if (const auto why = why_of(response); response.status == 400 && !why.empty()) {  // a name that HDFS cannot have; it will say so for ever
            return fail(ErrorCode::failed_precondition, "HDFS_REFUSES", problem + why);
        }
        return fail(ErrorCode::unavailable, "HDFS", problem);
    }

    /// In the NameNode's own words, as far as it has any.
    static std::string why_of(const HttpResponse& response) {
        constexpr std::size_t kLongest = 4096;  // a path is not longer, and is not cut within a character
        const auto body = json::parse_object(response.body);
        const auto* exception = body ? json::object_of(*body, "RemoteException") : nullptr;
        const auto words = exception != nullptr ? json::text_of(*exception, "message") : std::string_view{};
        return words.empty() || words.size() > kLongest ? "" : fmt::format(" It says: {}", words);
    }

    Peers nodes_;
    std::string user_;
    HttpTransport& transport_;
};

}  // namespace

std::unique_ptr<ObjectStore> make_file_store(const std::string& job_user, const std::string& staging) {
    if (job_user.empty()) {
        return std::make_unique<FileStore>(std::nullopt, "", "");
    }
    struct passwd entry{};
    struct passwd* found = nullptr;
    std::string buffer(16384, '\0');
    if (::getpwnam_r(job_user.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return std::make_unique<FileStore>(std::nullopt, job_user, "");
    }
    return std::make_unique<FileStore>(User{.uid = entry.pw_uid, .gid = entry.pw_gid}, "", staging);
}

std::unique_ptr<ObjectStore> make_webhdfs_store(std::vector<std::string> name_nodes, std::string user, HttpTransport& transport) {
    return std::make_unique<WebHdfsStore>(std::move(name_nodes), std::move(user), transport);
}

}  // namespace slipway::spark_cluster
