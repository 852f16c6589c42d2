#include "contract/database_fixture.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace slipway::contract {

namespace {

/// Runs the script of tests/peers with arguments. @return its standard output, or nothing when it failed.
std::optional<std::string> run_script(const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return std::nullopt;
    }
    const std::string script = SLIPWAY_SOURCE_DIR "/tests/peers/postgres";
    std::vector<char*> argv{const_cast<char*>(script.c_str())};
    for (const auto& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    pid_t child = 0;
    const int spawned = posix_spawn(&child, script.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    std::string output;
    std::array<char, 512> buffer{};
    for (ssize_t got = 0; spawned == 0 && (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
        output.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    int status = -1;
    if (spawned != 0 || ::waitpid(child, &status, 0) != child || status != 0) {
        return std::nullopt;
    }
    while (output.ends_with('\n')) {
        output.pop_back();
    }
    return output;
}

/// One server for all tests of the process, started at first use. Each test has a database of its own in it.
class Server {
public:
    Server() {
        if (auto url = run_script({"start", folder_.path().string(), "fast"})) {
            url_ = *url;
        }
    }
    ~Server() { run_script({"stop", folder_.path().string()}); }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Without a shutdown, as after a crash.
    bool restart() { return run_script({"restart", folder_.path().string()}).has_value(); }

    std::string new_database() {
        if (url_.empty()) {
            return {};
        }
        const auto name = fmt::format("test_{}", ++databases_);
        // CREATE DATABASE cannot run in a transaction, which is all that the port offers: createdb does it.
        const auto port = url_.substr(url_.rfind(':') + 1, url_.rfind('/') - url_.rfind(':') - 1);
        std::array<std::string, 8> words{"/usr/lib/postgresql/15/bin/createdb", "-h", "127.0.0.1", "-p", port, "-U", "slipway", name};
        std::vector<char*> argv;
        for (auto& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        pid_t child = 0;
        int status = -1;
        if (posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0 || ::waitpid(child, &status, 0) != child || status != 0) {
            return {};
        }
        return url_.substr(0, url_.rfind('/') + 1) + name;
    }

private:
    TemporaryFolder folder_;
    std::string url_;
    int databases_{0};
};

Server& server() {
    static Server one;
    return one;
}

}  // namespace

std::string name_of(Engine engine) {
    switch (engine) {
        case Engine::sqlite_file: return "SqliteFile";
        case Engine::sqlite_memory: return "SqliteMemory";
        case Engine::postgres: return "Postgres";
    }
    return {};
}

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "slipway-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        std::abort();
    }
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void DatabaseTest::SetUp() {
    if (GetParam() == Engine::postgres) {
        postgres_url_ = server().new_database();
        ASSERT_FALSE(postgres_url_.empty()) << "PostgreSQL 15 could not be started; see tests/peers/postgres";
    }
    auto opened = open_again();
    ASSERT_TRUE(opened) << opened.error().message << " " << opened.error().detail;
    database_ = std::move(*opened);
}

Result<std::unique_ptr<store::Database>> DatabaseTest::open_again(bool exclusive) {
    switch (GetParam()) {
        case Engine::sqlite_file: return db::open_sqlite({.path = (folder_.path() / "test.db").string(), .readers = 4, .exclusive = exclusive});
        case Engine::sqlite_memory: return db::open_sqlite({.path = ":memory:", .readers = 4, .exclusive = exclusive});
        case Engine::postgres: return db::open_postgres({.url = postgres_url_, .pool_size = 8, .exclusive = exclusive});
    }
    return fail(ErrorCode::internal, "INTERNAL", "no such engine");
}

bool DatabaseTest::restart_postgres() {
    return server().restart();
}

void DatabaseTest::migrate() {
    const auto migrated = store::migrate(*database_, {});
    ASSERT_TRUE(migrated) << migrated.error().message << " " << migrated.error().detail;
}

}  // namespace slipway::contract
