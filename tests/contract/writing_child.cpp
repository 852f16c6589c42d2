#include "contract/writing_child.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "contract/database_fixture.hpp"

namespace slipway::contract {

namespace {

constexpr const char* kChildPath = "SLIPWAY_CHILD_DATABASE";
constexpr const char* kChildRound = "SLIPWAY_CHILD_ROUND";

/// Starts this program again for one test. @return its process id.
pid_t spawn(const std::string& child, int output) {
    std::string program = "/proc/self/exe";
    std::string filter = "--gtest_filter=" + child;
    std::array<char*, 3> argv{program.data(), filter.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    pid_t id = 0;
    EXPECT_EQ(posix_spawn(&id, program.c_str(), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return id;
}

}  // namespace

Result<void> make_acknowledged_table(store::Database& database) {
    return database.transact([](store::Session& sql) -> Result<void> {
        SW_CHECK(sql.execute("CREATE TABLE IF NOT EXISTS acknowledged (row_id INTEGER PRIMARY KEY, word TEXT NOT NULL)"));
        return {};
    });
}

const char* child_database() {
    return std::getenv(kChildPath);
}

void write_until_it_ends() {
    auto database = db::open_sqlite({.path = child_database()});
    if (!database) {
        std::_Exit(1);
    }
    const std::string round = std::getenv(kChildRound);
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

ChildEnd run_child(const std::string& child, const std::string& path, int round, std::size_t kill_after) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    ::setenv(kChildPath, path.c_str(), 1);
    ::setenv(kChildRound, std::to_string(round).c_str(), 1);
    const pid_t id = spawn(child, ends[1]);
    ::close(ends[1]);
    ::unsetenv(kChildPath);
    ChildEnd end;
    std::string output;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
        output.append(buffer.data(), static_cast<std::size_t>(got));
        if (kill_after != 0 && !end.killed && static_cast<std::size_t>(std::ranges::count(output, '\n')) >= kill_after) {
            ::kill(id, SIGKILL);
            end.killed = true;
        }
    }
    ::close(ends[0]);
    ::waitpid(id, &end.status, 0);
    const auto prefix = fmt::format("{}-", round);
    for (std::size_t at = 0, stop = 0; (stop = output.find('\n', at)) != std::string::npos; at = stop + 1) {
        const auto line = output.substr(at, stop - at);
        if (line.starts_with(prefix)) {  // gtest talks on the same stream
            end.words.push_back(line);
        }
    }
    return end;
}

void expect_stored(const std::string& path, const std::set<std::string>& words) {
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
        for (const auto& word : words) {
            EXPECT_TRUE(stored.contains(word)) << "lost: " << word;
        }
        return {};
    }));
}

}  // namespace slipway::contract
