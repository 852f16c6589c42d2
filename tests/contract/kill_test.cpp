#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <random>
#include <set>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "contract/database_fixture.hpp"

namespace slipway::contract {
namespace {

constexpr const char* kChildPath = "SLIPWAY_KILL_TEST_DATABASE";
constexpr const char* kChildRound = "SLIPWAY_KILL_TEST_ROUND";

Result<void> make_table(store::Database& database) {
    return database.transact([](store::Session& sql) -> Result<void> {
        SW_CHECK(sql.execute("CREATE TABLE IF NOT EXISTS acknowledged (row_id INTEGER PRIMARY KEY, word TEXT NOT NULL)"));
        return {};
    });
}

/// What the child does: eight threads write rows and say each on standard output once it is committed.
void write_until_killed(const std::string& path, const std::string& round) {
    auto database = db::open_sqlite({.path = path});
    if (!database) {
        std::_Exit(1);
    }
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0;; ++i) {
                const auto word = fmt::format("{}-{}-{}", round, thread, i);
                const auto written = (*database)->transact([&](store::Session& sql) -> Result<void> {
                    SW_CHECK(sql.execute("INSERT INTO acknowledged (word) VALUES ($1)", {word}));
                    return {};
                });
                const auto line = word + "\n";
                if (!written || ::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
                    std::_Exit(1);
                }
            }
        });
    }
}

/// Starts this program again as the child, kills it after it acknowledged `rows` rows. @return all acknowledged words.
std::vector<std::string> run_child(const std::string& path, int round, std::size_t rows) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    ::setenv(kChildPath, path.c_str(), 1);
    ::setenv(kChildRound, std::to_string(round).c_str(), 1);
    std::string program = "/proc/self/exe";
    std::string filter = "--gtest_filter=Kill.Child";
    std::array<char*, 3> argv{program.data(), filter.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    pid_t child = 0;
    EXPECT_EQ(posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    ::unsetenv(kChildPath);
    std::string output;
    std::array<char, 4096> buffer{};
    bool killed = false;
    for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
        output.append(buffer.data(), static_cast<std::size_t>(got));
        if (!killed && static_cast<std::size_t>(std::ranges::count(output, '\n')) >= rows) {
            ::kill(child, SIGKILL);
            killed = true;
        }
    }
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(killed);
    std::vector<std::string> words;
    const auto prefix = fmt::format("{}-", round);
    for (std::size_t at = 0, end = 0; (end = output.find('\n', at)) != std::string::npos; at = end + 1) {
        const auto line = output.substr(at, end - at);
        if (line.starts_with(prefix)) {  // gtest talks on the same stream
            words.push_back(line);
        }
    }
    return words;
}

TEST(Kill, Child) {
    const char* path = std::getenv(kChildPath);
    if (path == nullptr) {
        return;  // only the parent below makes it a child
    }
    write_until_killed(path, std::getenv(kChildRound));
}

TEST(Kill, NothingAcknowledgedIsLostOrDoubledByASigkill) {
    const TemporaryFolder folder;
    const auto path = (folder.path() / "kill.db").string();
    SW_OK(make_table(**db::open_sqlite({.path = path})));
    std::mt19937 random{std::random_device{}()};
    std::set<std::string> acknowledged;
    for (int round = 0; round < 20; ++round) {
        for (auto& word : run_child(path, round, 20 + random() % 400)) {
            acknowledged.insert(std::move(word));
        }
        auto database = db::open_sqlite({.path = path});
        SW_OK(database);
        SW_OK((*database)->read([&](store::Session& sql) -> Result<void> {
            SW_TRY(const auto sound, sql.query("PRAGMA integrity_check"));
            EXPECT_EQ(sound.at(0).text(0), "ok");
            SW_TRY(const auto rows, sql.query("SELECT word FROM acknowledged"));
            std::set<std::string> stored;
            for (const auto& row : rows) {
                EXPECT_TRUE(stored.insert(row.text(0)).second) << "doubled: " << row.text(0);
            }
            for (const auto& word : acknowledged) {
                EXPECT_TRUE(stored.contains(word)) << "lost: " << word;
            }
            return {};
        }));
    }
    EXPECT_GE(acknowledged.size(), 20U * 20U);
}

}  // namespace
}  // namespace slipway::contract
