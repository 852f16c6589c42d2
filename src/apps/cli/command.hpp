#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace slipway::cli {

class Session;

/// What a shell may offer for a value.
enum class Offers {
    nothing,
    file,
    model,
    snapshot,
    runtime,
    deployment,
    job,
    notification,
    operation,
    credential,
    user,
    client,
    context,
    format,
    group,
    event
};

/// `--name VALUE`, or a switch when `value` is empty.
struct Flag {
    std::string_view name;    ///< `--group`
    std::string_view letter;  ///< `-o`, or empty
    std::string_view value;   ///< `GROUP`, empty for a switch
    std::string_view help;
    Offers offers{Offers::nothing};
    bool repeats{false};
    std::span<const std::string_view> words{};  ///< the only values that it takes; empty: any
};

struct Argument {
    std::string_view name;  ///< `MODEL`
    std::string_view help;
    Offers offers{Offers::nothing};
    bool optional{false};
    bool repeats{false};
};

using Handler = Result<int> (*)(Session&);

/// One command. Parser, help, man page, documentation and completions are made from the same table.
struct Command {
    std::string_view path;     ///< `model import`
    std::string_view summary;  ///< without a full stop
    std::string_view details;
    std::vector<Argument> arguments;
    std::vector<Flag> flags;
    Handler handler;
    std::vector<std::string_view> examples;
    bool hidden{false};
};

/// All commands, in the order of the help.
const std::vector<Command>& commands();
/// The command of that path, or nullptr.
const Command* find_command(std::string_view path);
/// Summary of a group of commands (`model`).
std::string_view group_summary(std::string_view noun);

/// A command line, read.
struct Invocation {
    const Command* command{nullptr};
    std::vector<std::string> arguments;
    std::map<std::string, std::vector<std::string>, std::less<>> flags;  ///< by name; switches have no values

    bool has(std::string_view flag) const { return flags.contains(flag); }
    /// Last value, or empty.
    std::string get(std::string_view flag) const;
    std::vector<std::string> all(std::string_view flag) const;
    /// Argument at `index`, or empty.
    std::string argument(std::size_t index) const { return index < arguments.size() ? arguments[index] : std::string{}; }
};

/// Text of `--help`: of the program (empty path), a group or a command.
std::string help_text(std::string_view path);
/// docs/cli.md and the man page.
std::string cli_page();
std::string man_page();

}  // namespace slipway::cli
