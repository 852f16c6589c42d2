#include <algorithm>
#include <fmt/format.h>

#include "apps/cli/command.hpp"

namespace slipway::cli {
namespace {

constexpr std::string_view kAbout = "Slipway shows, operates and governs models that run on AWS SageMaker and Apache Spark.";
constexpr std::pair<std::string_view, std::string_view> kExitCodes[] = {
    {"0", "done"},
    {"1", "the work itself failed"},
    {"2", "wrong use or configuration"},
    {"3", "not found"},
    {"4", "not signed in or not allowed"},
    {"5", "conflict"},
    {"6", "refused as invalid"},
    {"7", "throttled or not reachable"},
    {"8", "wait timed out"},
    {"9", "a finding is present"},
    {"130", "interrupted"},
};
constexpr std::pair<std::string_view, std::string_view> kVariables[] = {
    {"SLIPWAY_URL", "address of the server"},
    {"SLIPWAY_TOKEN", "access token"},
    {"SLIPWAY_PASSWORD", "password for login, user add and user passwd"},
    {"SLIPWAY_SECRET_ACCESS_KEY", "AWS secret access key that goes with --access-key-id"},
    {"SLIPWAY_SESSION_TOKEN", "AWS session token that goes with it"},
    {"SLIPWAY_CONFIG_HOME", "folder of the contexts (~/.config/slipway)"},
    {"NO_COLOR", "no colours"},
};

std::string argument_text(const Argument& argument) {
    std::string text{argument.name};
    text += argument.repeats ? "…" : "";
    return argument.optional ? "[" + text + "]" : text;
}

std::string usage_of(const Command& command) {
    std::string text = "slipway " + std::string{command.path};
    for (const auto& argument : command.arguments) {
        text += " " + argument_text(argument);
    }
    return command.flags.empty() ? text : text + " [OPTIONS]";
}

std::string flag_text(const Flag& flag) {
    std::string text = flag.letter.empty() ? "    " : std::string{flag.letter} + ", ";
    text += flag.name;
    return flag.value.empty() ? text : text + " " + std::string{flag.value};
}

std::string command_help(const Command& command) {
    std::string out = std::string{command.summary} + ".\n" + (command.details.empty() ? "" : "\n" + std::string{command.details} + "\n") +
                      "\nUsage: " + usage_of(command) + "\n";
    if (!command.arguments.empty()) {
        out += "\nArguments:\n";
        for (const auto& argument : command.arguments) {
            out += fmt::format("  {:<30}  {}\n", argument.name, argument.help);
        }
    }
    if (!command.flags.empty()) {
        out += "\nOptions:\n";
        for (const auto& flag : command.flags) {
            out += fmt::format("  {:<30}  {}\n", flag_text(flag), flag.help);
        }
    }
    if (!command.examples.empty()) {
        out += "\nExamples:\n";
        for (const auto& example : command.examples) {
            out += "  " + std::string{example} + "\n";
        }
    }
    return out;
}

std::string group_help(std::string_view path) {
    std::string out = std::string{group_summary(path)} + ".\n\nUsage: slipway " + std::string{path} + " COMMAND\n\nCommands:\n";
    for (const auto& command : commands()) {
        if (!command.hidden && command.path.starts_with(std::string{path} + " ")) {
            out += fmt::format("  {:<12}  {}\n", command.path.substr(path.size() + 1), command.summary);
        }
    }
    return out;
}

std::string program_help() {
    std::string out = std::string{kAbout} + "\n\nUsage: slipway COMMAND\n\nCommands:\n";
    std::string_view before;
    for (const auto& command : commands()) {
        const auto noun = command.path.substr(0, command.path.find(' '));
        if (command.hidden || noun == before) {
            continue;
        }
        before = noun;
        out += fmt::format("  {:<14}  {}\n", noun, noun == command.path ? command.summary : group_summary(noun));
    }
    return out + "\nMore: slipway COMMAND --help\n";
}

std::string troff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string{c};
    }
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string code_cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '|' ? "\\|" : c == '<' ? "&lt;" : std::string{c};
    }
    return out;
}

std::string command_section(const Command& command) {
    auto out = fmt::format("\n### slipway {}\n\n{}.{}{}\n\n```\n{}\n```\n", command.path, command.summary, command.details.empty() ? "" : " ", command.details,
                           usage_of(command));
    if (!command.arguments.empty() || !command.flags.empty()) {
        out += "\n| | |\n|---|---|\n";
    }
    for (const auto& argument : command.arguments) {
        out += fmt::format("| `{}` | {} |\n", argument.name, code_cell(argument.help));
    }
    for (const auto& flag : command.flags) {
        const auto text = flag_text(flag);
        out += fmt::format("| `{}` | {} |\n", text.substr(text.find_first_not_of(' ')), code_cell(flag.help));
    }
    if (!command.examples.empty()) {
        out += "\n```sh\n";
        for (const auto& example : command.examples) {
            out += std::string{example} + "\n";
        }
        out += "```\n";
    }
    return out;
}

}  // namespace

std::string help_text(std::string_view path) {
    if (const auto* command = find_command(path)) {
        return command_help(*command);
    }
    return path.empty() ? program_help() : group_help(path);
}

std::string cli_page() {
    std::string out =
        "# Command line\n\n<!-- Made by `slipway docs cli`; a test says that it is current. -->\n\n"
        "Data goes to standard output, talk to standard error. `-o table|json|yaml|name` chooses the format; an empty list is `[]` with exit code 0. "
        "Names or ids are accepted of what has a name; deployments, notifications and operations have ids alone. A secret is never an argument: it comes from "
        "standard input, a file, the environment or a "
        "question.\n\n"
        "## Exit codes\n\n| code | meaning |\n|---|---|\n";
    for (const auto& [code, meaning] : kExitCodes) {
        out += fmt::format("| {} | {} |\n", code, meaning);
    }
    out +=
        "\n## Environment\n\nFlags win over the environment, the environment over the context, the context over `http://127.0.0.1:8080`.\n\n| variable | "
        "meaning |\n|---|---|\n";
    for (const auto& [name, meaning] : kVariables) {
        out += fmt::format("| `{}` | {} |\n", name, meaning);
    }
    out += "\n## Commands\n";
    for (const auto& command : commands()) {
        if (command.hidden) {
            continue;
        }
        out += command_section(command);
    }
    return out;
}

std::string man_page() {
    std::string out = ".TH SLIPWAY 1 \"\" \"slipway " SLIPWAY_VERSION
                      "\" \"User Commands\"\n.SH NAME\nslipway \\- model operations centre for AWS SageMaker and Apache Spark\n"
                      ".SH SYNOPSIS\n.B slipway\n.I COMMAND\n.RI [ OPTIONS ]\n.SH DESCRIPTION\n";
    out += troff(kAbout) + "\nData goes to standard output, talk to standard error.\n.SH COMMANDS\n";
    for (const auto& command : commands()) {
        if (command.hidden) {
            continue;
        }
        out += ".SS " + troff(usage_of(command)) + "\n" + troff(command.summary) + ".\n" + (command.details.empty() ? "" : troff(command.details) + "\n");
        for (const auto& flag : command.flags) {
            const auto text = flag_text(flag);
            out += ".TP\n.B " + troff(text.substr(text.find_first_not_of(' '))) + "\n" + troff(flag.help) + "\n";
        }
        for (const auto& example : command.examples) {
            out += ".PP\n.RS\n.nf\n" + troff(example) + "\n.fi\n.RE\n";
        }
    }
    out += ".SH EXIT STATUS\n";
    for (const auto& [code, meaning] : kExitCodes) {
        out += ".TP\n.B " + std::string{code} + "\n" + troff(meaning) + "\n";
    }
    out += ".SH ENVIRONMENT\n";
    for (const auto& [name, meaning] : kVariables) {
        out += ".TP\n.B " + std::string{name} + "\n" + troff(meaning) + "\n";
    }
    return out;
}

std::string_view group_summary(std::string_view noun) {
    static constexpr std::pair<std::string_view, std::string_view> kGroupSummaries[] = {
        {"config", "The server's configuration"},
        {"context", "Servers one signed in at"},
        {"model", "Business models"},
        {"snapshot", "Snapshots of models"},
        {"runtime", "Where snapshots run"},
        {"deployment", "Snapshots on runtimes"},
        {"job", "Training, scoring and test runs"},
        {"notification", "Messages and tickets"},
        {"event", "What changed, as it happens"},
        {"operation", "Long work such as imports"},
        {"credential", "AWS credentials"},
        {"user", "People who may sign in"},
        {"client", "Machines that may sign in"},
        {"ticket", "Approvals that are asked for"},
        {"lifecycle", "What runs over models, and what it is stuck on"},
        {"task", "Steps of life cycles that wait for people"},
    };
    const auto found = std::ranges::find(kGroupSummaries, noun, &std::pair<std::string_view, std::string_view>::first);
    return found == std::end(kGroupSummaries) ? std::string_view{} : found->second;
}

}  // namespace slipway::cli
