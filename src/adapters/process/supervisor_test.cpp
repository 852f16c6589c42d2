#include "adapters/process/supervisor.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include "adapters/process/marked_processes.hpp"
#include "base/clock.hpp"
#include "base/id.hpp"
#include "spark/job_folder.hpp"

namespace slipway::process {
namespace {

using Phase = spark::ProcessReport::Phase;

/// The real supervisor program on small programs of the host.
class SupervisorTest : public testing::Test {
protected:
    SupervisorTest() : folder_{std::filesystem::temp_directory_path() / ("supervisor-" + random_hex(8))} { std::filesystem::create_directories(folder_); }
    ~SupervisorTest() override {
        // A supervisor that is just ending may still write its last word.
        std::error_code busy;
        do {
            busy.clear();
            std::filesystem::remove_all(folder_, busy);
        } while (busy == std::errc::directory_not_empty);
    }

    spark::LaunchSpec spec(std::vector<std::string> arguments, int attempt = 1) const {
        const spark::JobFolder job{folder_.parent_path().string(), folder_.filename().string()};
        EXPECT_TRUE(job.hold(attempt));
        return {.folder = folder_.string(),
                .attempt = attempt,
                .arguments = std::move(arguments),
                .environment = {{"PATH", "/usr/bin:/bin"}, {"CANARY", "x y\"$("}, {"TEST_MARK", folder_.filename().string()}},
                .working_directory = "/",
                .stdout_path = job.stdout_path(attempt),
                .stderr_path = job.stderr_path(attempt),
                .secret_files = {folder_.string() + "/secret"},
                .user = "",
                .held = job.held_path(attempt),
                .mark = mark()};
    }
    std::string mark() const { return "TEST_MARK=" + folder_.filename().string(); }
    static std::string identity_of_this_process() {
        std::ifstream file{"/proc/self/stat"};
        std::string word;
        for (int field = 1; field <= 22; ++field) {
            file >> word;
        }
        return std::to_string(::getpid()) + " " + word + "\n";
    }
    spark::LaunchSpec shell(const std::string& script) const { return spec({"/bin/sh", "-c", script}); }

    /// Until `done` holds; a test that waits for ever is ended by ctest.
    spark::ProcessReport until(const std::function<bool(const spark::ProcessReport&)>& done, int attempt = 1) const {
        while (true) {
            const auto report = supervisor_->look(folder_.string(), attempt);
            EXPECT_TRUE(report.has_value());
            if (!report || done(*report)) {
                return report.value_or(spark::ProcessReport{});
            }
            std::this_thread::yield();
        }
    }
    spark::ProcessReport until_ended(int attempt = 1) const {
        return until([](const auto& report) { return report.phase == Phase::ended; }, attempt);
    }
    std::string text(const std::string& name) const {
        std::ifstream file{folder_ / name};
        std::stringstream out;
        out << file.rdbuf();
        return out.str();
    }
    /// Waits for a file that the program writes.
    void until_file(const std::string& name) const {
        while (!std::filesystem::exists(folder_ / name) || text(name).empty()) {
            std::this_thread::yield();
        }
    }

    std::filesystem::path folder_;
    SystemClock clock_;
    std::unique_ptr<spark::Supervisor> supervisor_{make_supervisor(SLIPWAY_JOBD, clock_)};
};

TEST_F(SupervisorTest, RunsWithoutAShellAndReportsTheEnd) {
    EXPECT_EQ(supervisor_->look(folder_.string(), 1)->phase, Phase::absent);
    std::ofstream{folder_ / "secret"} << "key";
    ASSERT_TRUE(supervisor_->launch(spec({"/bin/sh", "-c", "printf '%s|' \"$CANARY\" \"$0\"; echo err >&2; exit 7", "a $(b) \n;c"})));
    const auto report = until_ended();
    EXPECT_EQ(report.exit_code, 7);
    EXPECT_EQ(report.signal, 0);
    EXPECT_GE(report.ended, report.started);
    EXPECT_EQ(text("stdout-1"), "x y\"$(|a $(b) \n;c|");
    EXPECT_EQ(text("stderr-1"), "err\n");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "secret"));
}

/// The calling thread, and what it starts, finds itself on a kernel without close_range, which came with Linux 5.9.
void forget_close_range() {
    std::array<sock_filter, 4> program{{{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
                                        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_close_range},
                                        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
                                        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}}};
    const sock_fprog filter{.len = program.size(), .filter = program.data()};
    ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
    ASSERT_EQ(::close_range(1000, 1000, 0), -1);
}

TEST_F(SupervisorTest, AProgramGetsNothingThatTheServiceHasOpenAlsoOnOldKernels) {
    std::array<int, 2> sockets{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()), 0);
    for (const int attempt : {1, 2}) {
        std::thread{[&] {
            if (attempt == 2) {
                forget_close_range();
            }
            EXPECT_TRUE(supervisor_->launch(spec({"/bin/ls", "-l", "/proc/self/fd"}, attempt)));
        }}.join();
        until_ended(attempt);
        const auto seen = text("stdout-" + std::to_string(attempt));
        EXPECT_TRUE(seen.contains("1 -> ")) << seen;
        EXPECT_FALSE(seen.contains("socket:")) << seen;
    }
    ::close(sockets[0]);
    ::close(sockets[1]);
}

TEST_F(SupervisorTest, AnAttemptIsExecutedOnce) {
    const auto once = shell("echo run >> " + folder_.string() + "/ledger");
    ASSERT_TRUE(supervisor_->launch(once));
    until_ended();
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(supervisor_->launch(once));
    }
    ASSERT_TRUE(supervisor_->launch(spec({"/bin/true"}, 2)));
    until_ended(2);
    EXPECT_EQ(text("ledger"), "run\n");
}

TEST_F(SupervisorTest, LookingAtAStartingSupervisorDoesNotSendItAway) {
    std::atomic<int> looked_at{1};
    std::jthread onlooker{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            EXPECT_TRUE(supervisor_->look(folder_.string(), looked_at).has_value());
        }
    }};
    for (int attempt = 1; attempt <= 60; ++attempt) {
        looked_at = attempt;
        ASSERT_TRUE(supervisor_->launch(spec({"/bin/true"}, attempt)));
        const auto report = until([](const auto& seen) { return seen.phase != Phase::running; }, attempt);
        EXPECT_EQ(report.phase, Phase::ended) << attempt;
    }
}

TEST_F(SupervisorTest, WhatWasWithdrawnIsNeverExecutedHoweverFarItsSupervisorHasCome) {
    const spark::JobFolder job{folder_.parent_path().string(), folder_.filename().string()};
    for (int attempt = 1; attempt <= 40; ++attempt) {
        ASSERT_TRUE(supervisor_->launch(spec({"/bin/sh", "-c", "echo " + std::to_string(attempt) + " >> " + folder_.string() + "/ledger"}, attempt)));
        for (int turn = 0; turn < attempt * 100; ++turn) {  // the race itself
            std::this_thread::yield();
        }
        const auto withdrawn = job.withdraw(attempt);
        ASSERT_TRUE(withdrawn.has_value());
        const auto report = until([](const auto& seen) { return seen.phase == Phase::ended || seen.phase == Phase::absent; }, attempt);
        const bool executed = ("\n" + text("ledger")).contains("\n" + std::to_string(attempt) + "\n");
        EXPECT_NE(*withdrawn, executed) << attempt;
        EXPECT_EQ(report.phase == Phase::absent || !report.start_failure.empty(), *withdrawn) << attempt;
    }
}

TEST_F(SupervisorTest, StopEndsTheWholeGroup) {
    // The service blocks SIGTERM in all its threads: that must not be inherited.
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
    ASSERT_TRUE(supervisor_->launch(shell("sleep 1000 & echo $! > " + folder_.string() + "/child; wait")));
    until_file("child");
    ASSERT_TRUE(supervisor_->stop(folder_.string(), 1, false));
    EXPECT_EQ(until_ended().signal, SIGTERM);
    const auto child = std::stoi(text("child"));
    EXPECT_TRUE(::kill(child, 0) != 0 || !std::filesystem::exists("/proc/" + std::to_string(child) + "/exe"));
}

TEST_F(SupervisorTest, ALeftoverOfTheGroupDoesNotSurviveTheProgram) {
    ASSERT_TRUE(supervisor_->launch(shell("sleep 1000 & echo $! > " + folder_.string() + "/child; exit 0")));
    EXPECT_EQ(until_ended().exit_code, 0);
    std::error_code none;
    EXPECT_FALSE(std::filesystem::exists("/proc/" + text("child").substr(0, text("child").find('\n')) + "/exe", none));
}

TEST_F(SupervisorTest, AKilledSupervisorLeavesAnOrphanThatIsFoundAndEnded) {
    ASSERT_TRUE(supervisor_->launch(shell("echo x > " + folder_.string() + "/up; exec sleep 1000")));
    until_file("up");
    until_file("attempt-1.process");
    ASSERT_EQ(::kill(std::stoi(text("attempt-1.started")), SIGKILL), 0);
    until([](const auto& report) { return report.phase == Phase::orphan; });
    ASSERT_TRUE(supervisor_->stop(folder_.string(), 1, true));
    until([](const auto& report) { return report.phase == Phase::lost; });
}

TEST_F(SupervisorTest, ASupervisorThatExecutedNothingLeavesTheAttemptToTheNext) {
    int attempt = 0;
    for (const std::string marker : {"", "1 ", "1 1 another-boot\n"}) {  // torn, torn, whole
        ++attempt;
        const auto once = spec({"/bin/sh", "-c", "echo run " + std::to_string(attempt) + " >> " + folder_.string() + "/ledger"}, attempt);
        EXPECT_FALSE(*supervisor_->relaunch(folder_.string(), attempt));
        std::ofstream{folder_ / ("attempt-" + std::to_string(attempt) + ".started")} << marker;
        EXPECT_EQ(supervisor_->look(folder_.string(), attempt)->phase, Phase::absent);
        ASSERT_TRUE(supervisor_->launch(once));
        EXPECT_EQ(until_ended(attempt).exit_code, 0);
        EXPECT_TRUE(*supervisor_->relaunch(folder_.string(), attempt));  // does nothing any more
    }
    EXPECT_EQ(text("ledger"), "run 1\nrun 2\nrun 3\n");
}

TEST_F(SupervisorTest, NothingIsExecutedThatIsNotWrittenDown) {
    std::filesystem::create_directories(folder_ / "attempt-1.process.part");  // stands in the way as a full disk would
    ASSERT_TRUE(supervisor_->launch(shell("echo run >> " + folder_.string() + "/ledger")));
    until([](const auto& report) { return report.phase == Phase::absent; });
    EXPECT_EQ(text("ledger"), "");
    std::filesystem::remove(folder_ / "attempt-1.process.part");
    ASSERT_TRUE(*supervisor_->relaunch(folder_.string(), 1));
    EXPECT_EQ(until_ended().exit_code, 0);
    EXPECT_EQ(text("ledger"), "run\n");
}

TEST_F(SupervisorTest, ASupervisorThatDiedBetweenItsWordAndItsProgramHasExecutedNothing) {
    const auto in_the_way = folder_ / "attempt-1.process.part";
    std::filesystem::create_directories(in_the_way);
    ASSERT_TRUE(supervisor_->launch(shell("echo run >> " + folder_.string() + "/ledger")));
    until([](const auto& report) { return report.phase == Phase::absent; });  // spec and marker of this boot lie there now
    std::filesystem::remove(in_the_way);
    std::ofstream{folder_ / "attempt-1.process"} << "1 1\n";  // its word was the last that it did
    EXPECT_EQ(supervisor_->look(folder_.string(), 1)->phase, Phase::absent);
    ASSERT_TRUE(*supervisor_->relaunch(folder_.string(), 1));
    EXPECT_EQ(until_ended().exit_code, 0);
    EXPECT_EQ(text("ledger"), "run\n");
}

TEST_F(SupervisorTest, WhatCameToItsOutputIsNotExecutedAgain) {
    ASSERT_TRUE(supervisor_->launch(shell("echo run >> " + folder_.string() + "/ledger")));
    until_ended();
    std::filesystem::remove(folder_ / "attempt-1.exit");  // supervisor and program were killed
    const auto is_lost = [](const auto& report) { return report.phase == Phase::lost; };
    until(is_lost);  // the supervisor has just written the end, and may still be there
    ASSERT_TRUE(*supervisor_->relaunch(folder_.string(), 1));
    until(is_lost);
    EXPECT_EQ(text("ledger"), "run\n");
}

TEST_F(SupervisorTest, AProgramThatDeletesItsOutputHasEndedAllTheSame) {
    ASSERT_TRUE(supervisor_->launch(shell("cd " + folder_.string() + "; echo run >> ledger; rm stdout-1 stderr-1; exit 0")));
    const auto is_over = [](const auto& report) { return report.phase != Phase::running; };
    auto report = until(is_over);
    EXPECT_EQ(report.phase, Phase::ended);
    EXPECT_EQ(report.exit_code, 0);
    ASSERT_TRUE(*supervisor_->relaunch(folder_.string(), 1));
    report = until(is_over);
    EXPECT_EQ(report.phase, Phase::ended);
    EXPECT_EQ(text("ledger"), "run\n");
}

TEST_F(SupervisorTest, AnOrphanThatDeletedItsOutputIsFoundAndEnded) {
    ASSERT_TRUE(supervisor_->launch(shell("cd " + folder_.string() + "; rm stdout-1; echo x > up; exec sleep 1000")));
    until_file("up");
    ASSERT_EQ(::kill(std::stoi(text("attempt-1.started")), SIGKILL), 0);
    const auto report = until([](const auto& one) { return one.phase != Phase::running; });
    EXPECT_EQ(report.phase, Phase::orphan);
    ASSERT_TRUE(supervisor_->stop(folder_.string(), 1, true));
    EXPECT_EQ(until([](const auto& one) { return one.phase != Phase::orphan; }).phase, Phase::lost);
}

TEST_F(SupervisorTest, AProgramThatDeletesAllThatTellsOfItIsNotExecutedAgain) {
    ASSERT_TRUE(supervisor_->launch(shell("cd " + folder_.string() +
                                          "; until [ -e go ]; do sleep 0.01; done; rm stdout-1 stderr-1 attempt-1.[!s]* attempt-1.started; echo run >> ledger; "
                                          "exec sleep 1000")));
    until_file("attempt-1.process");
    const auto supervisor = std::stoi(text("attempt-1.started"));
    const auto program = std::stoi(text("attempt-1.process"));
    std::ofstream{folder_ / "go"} << "x";
    until_file("ledger");
    ASSERT_EQ(::kill(supervisor, SIGKILL), 0);
    EXPECT_EQ(until([](const auto& one) { return one.phase != Phase::running; }).phase, Phase::orphan);
    ASSERT_EQ(::kill(program, SIGKILL), 0);
    const auto is_lost = [](const auto& one) { return one.phase == Phase::lost; };
    until(is_lost);
    ASSERT_TRUE(*supervisor_->relaunch(folder_.string(), 1));
    until(is_lost);
    EXPECT_EQ(text("ledger"), "run\n");
}

TEST_F(SupervisorTest, WhatRunsWithoutItsFolderIsFollowedAndEnded) {
    ASSERT_TRUE(supervisor_->launch(shell("echo x > " + folder_.string() + "/up; exec sleep 1000")));
    until_file("up");
    std::filesystem::remove_all(folder_);
    EXPECT_EQ(supervisor_->look(folder_.string(), 1)->phase, Phase::running);
    ASSERT_TRUE(supervisor_->stop(folder_.string(), 1, true));
    until([](const auto& one) { return one.phase == Phase::absent; });
    EXPECT_TRUE(processes_of(-1, -1, mark()).empty());
}

TEST_F(SupervisorTest, AnotherServiceFindsByItsMarkWhatRunsWithoutItsFolder) {
    ASSERT_TRUE(supervisor_->launch(shell("echo x > " + folder_.string() + "/up; exec sleep 1000")));
    until_file("up");
    std::filesystem::remove_all(folder_);
    supervisor_ = make_supervisor(SLIPWAY_JOBD, clock_);
    EXPECT_EQ(supervisor_->look(folder_.string(), 1, mark())->phase, Phase::orphan);
    ASSERT_TRUE(supervisor_->stop(folder_.string(), 1, true, mark()));
    while (supervisor_->look(folder_.string(), 1, mark())->phase != Phase::absent) {
        std::this_thread::yield();
    }
    EXPECT_TRUE(processes_of(-1, -1, mark()).empty());
}

TEST_F(SupervisorTest, WhatLeftTheGroupIsEndedWithTheProgram) {
    ASSERT_TRUE(supervisor_->launch(shell("setsid sleep 1000 & sleep 0.1; exit 0")));
    EXPECT_EQ(until_ended().exit_code, 0);
    EXPECT_TRUE(processes_of(-1, -1, mark()).empty());
}

TEST_F(SupervisorTest, WhatAKilledProgramLeftIsFoundAndEnded) {
    ASSERT_TRUE(supervisor_->launch(shell("setsid sh -c 'trap \"\" TERM; echo x > " + folder_.string() + "/up; sleep 1000' & sleep 1000")));
    until_file("up");
    ASSERT_EQ(::kill(std::stoi(text("attempt-1.started")), SIGKILL), 0);
    ASSERT_EQ(::kill(std::stoi(text("attempt-1.process")), SIGKILL), 0);
    until([](const auto& report) { return report.phase == Phase::remnant; });
    ASSERT_TRUE(supervisor_->stop(folder_.string(), 1, true));
    until([](const auto& report) { return report.phase == Phase::lost; });
    EXPECT_TRUE(processes_of(-1, -1, mark()).empty());
}

TEST_F(SupervisorTest, NothingOfAnotherBootIsTakenForOurs) {
    std::ofstream{folder_ / "attempt-1.started"} << "1 1 another-boot\n";
    std::ofstream{folder_ / "attempt-1.process"} << identity_of_this_process();
    EXPECT_EQ(supervisor_->look(folder_.string(), 1)->phase, Phase::lost);
    ASSERT_TRUE(supervisor_->stop(folder_.string(), 1, true));  // else this test ends here
}

TEST_F(SupervisorTest, AnotherServiceFindsWhatWasStarted) {
    ASSERT_TRUE(supervisor_->launch(shell("echo x > " + folder_.string() + "/up; exec sleep 1000")));
    until_file("up");
    supervisor_ = make_supervisor(SLIPWAY_JOBD, clock_);
    EXPECT_EQ(supervisor_->look(folder_.string(), 1)->phase, Phase::running);
    ASSERT_TRUE(supervisor_->stop(folder_.string(), 1, true));
    EXPECT_EQ(until_ended().signal, SIGKILL);
}

TEST_F(SupervisorTest, AnEndIsToldAtOnce) {
    std::promise<void> ended;
    supervisor_ = make_supervisor(SLIPWAY_JOBD, clock_, [&] { ended.set_value(); });
    ASSERT_TRUE(supervisor_->launch(shell("exit 3")));
    ended.get_future().wait();
    EXPECT_EQ(supervisor_->look(folder_.string(), 1)->exit_code, 3);
    supervisor_.reset();
}

TEST_F(SupervisorTest, AProgramThatCannotBeExecutedSaysWhy) {
    ASSERT_TRUE(supervisor_->launch(spec({"/nowhere/spark-submit"})));
    EXPECT_EQ(until_ended().start_failure, "No such file or directory");
}

TEST_F(SupervisorTest, RefusesWhatCannotBeCarriedOut) {
    auto wrong = spec({"/bin/true"});
    wrong.arguments.push_back(std::string{"a\0b", 3});
    EXPECT_EQ(supervisor_->launch(wrong).error().code, ErrorCode::failed_precondition);
    wrong = spec({"/bin/true"});
    wrong.user = "no-such-user-here";
    EXPECT_EQ(supervisor_->launch(wrong).error().reason, "UNKNOWN_USER");
}

}  // namespace
}  // namespace slipway::process
