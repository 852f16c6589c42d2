#include "adapters/process/end_watch.hpp"

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <semaphore>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace slipway::process {
namespace {

/// A process that waits until it is killed.
class Child {
public:
    Child() : pid_{::fork()} {
        if (pid_ == 0) {
            while (true) {
                ::pause();
            }
        }
    }
    ~Child() {
        end();
        ::waitpid(pid_, nullptr, 0);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    void end() const { ::kill(pid_, SIGKILL); }
    pid_t pid() const { return pid_; }
    /// Our descriptor of it, -1 while there is none.
    int handle() const {
        for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fdinfo"}) {
            std::ifstream file{entry.path()};
            for (std::string line; std::getline(file, line);) {
                if (line == "Pid:\t" + std::to_string(pid_)) {
                    return std::stoi(entry.path().filename());
                }
            }
        }
        return -1;
    }

private:
    pid_t pid_;
};

/// posix_spawn of another thread copies all descriptors until its child executes: closing alone takes nothing out of the set then.
TEST(EndWatch, AnEndOfWhichACopyIsHeldIsToldAndClosedOnce) {
    const Child first;
    const Child second;
    std::atomic<int> handle{-1};
    int told = 0;
    std::counting_semaphore one{0};
    {
        EndWatch watch{[&] {
            if (++told == 1) {
                ::dup2(STDERR_FILENO, handle);  // its number is given to somebody else's file
            }
            one.release();
        }};
        watch.watch(first.pid());
        watch.watch(second.pid());
        handle = first.handle();
        ASSERT_GE(handle, 0);
        const UniqueFd copy{::fcntl(handle, F_DUPFD_CLOEXEC, 0)};
        first.end();
        one.acquire();
        second.end();
        one.acquire();
    }
    EXPECT_EQ(told, 2);
    EXPECT_EQ(::close(handle), 0) << "somebody else's file was closed";
}

}  // namespace
}  // namespace slipway::process
