#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/cli/api_client.hpp"
#include "apps/cli/command.hpp"
#include "apps/cli/output.hpp"
#include "apps/cli/terminal.hpp"

namespace slipway::cli {

/// One run of a command: its line, the world, and the connection once it is needed.
class Session {
public:
    Session(World& world, Invocation line) : world_{world}, line_{std::move(line)} {}

    World& world() { return world_; }
    const Invocation& line() const { return line_; }
    /// The connection that flags, environment and contexts name. @return `invalid_argument`/`USAGE` for a context that is not there.
    Result<ApiClient*> api();
    /// `-o`. @return `USAGE` for an unknown one.
    Result<Format> format() const;
    void out(std::string_view text) { world_.terminal.out(text); }
    /// Whether the flag is there that lets a command go on until somebody ends it: also whoever reads its output and ends (Terminal::end_with_reader).
    bool goes_on(std::string_view flag) const {
        const bool wanted = line_.has(flag);
        if (wanted && world_.terminal.end_with_reader) {
            world_.terminal.end_with_reader();
        }
        return wanted;
    }
    /// A line on standard error.
    void say(std::string_view text) { world_.terminal.err(std::string{text} + "\n"); }
    /// A number of a flag. @return `USAGE` for what is none or not within the bounds.
    Result<std::int64_t> number(std::string_view flag, std::int64_t fallback, std::int64_t least, std::int64_t most) const;

private:
    World& world_;
    Invocation line_;
    std::unique_ptr<ApiClient> api_;
};

}  // namespace slipway::cli
