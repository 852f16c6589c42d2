#pragma once

#include <deque>
#include <filesystem>
#include <random>

#include "apps/cli/run.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"

namespace slipway::fakes {

/// Runs command lines against a scripted server, in a home folder of their own.
class FakeTerminal {
public:
    FakeTerminal() {
        home = std::filesystem::temp_directory_path() / ("slipway_cli_" + random_hex(8));
        std::filesystem::create_directories(home);
        world.environment["SLIPWAY_CONFIG_HOME"] = home / "config";
        world.terminal.out = [this](std::string_view text) { out += text; };
        world.terminal.err = [this](std::string_view text) { err += text; };
        world.terminal.read_input = [this] { return input; };
        world.terminal.ask_secret = [this](const std::string& prompt) -> Result<Secret> {
            err += prompt;
            if (answers.empty()) {
                return fail(ErrorCode::invalid_argument, "USAGE", "no terminal");
            }
            Secret answer{answers.front()};
            answers.pop_front();
            return answer;
        };
        world.wait = [this](Milliseconds time) {
            clock.advance(time);
            ++waits;
            if (on_wait) {
                on_wait();
            }
        };
        world.interrupted = &interrupted;
    }
    ~FakeTerminal() { std::filesystem::remove_all(home); }
    FakeTerminal(const FakeTerminal&) = delete;
    FakeTerminal& operator=(const FakeTerminal&) = delete;

    /// @return the exit code; `out` and `err` hold what this line wrote.
    int run(const std::vector<std::string>& line) {
        out.clear();
        err.clear();
        return cli::run(world, line);
    }
    static HttpResponse answer(int status, std::string body, std::string type = "application/json") {
        return {.status = status, .headers = {{"content-type", std::move(type)}}, .body = std::move(body)};
    }
    std::filesystem::path file(const std::string& name, const std::string& text) const {
        const auto path = home / name;
        std::FILE* handle = std::fopen(path.c_str(), "wb");
        std::fwrite(text.data(), 1, text.size(), handle);
        std::fclose(handle);
        return path;
    }

    std::filesystem::path home;
    FakeTransport server;
    FakeClock clock;
    std::atomic<bool> interrupted{false};
    std::string out;
    std::string err;
    std::string input;
    std::deque<std::string> answers;  ///< to questions without echo
    int waits{0};
    std::function<void()> on_wait;
    cli::World world{.terminal = {}, .transport = server, .clock = clock, .environment = {}, .wait = {}, .interrupted = nullptr};
};

}  // namespace slipway::fakes
