// The one file that knows CLI11.
#include "apps/cli/parser.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/cli/exit_codes.hpp"
#include "base/nearest.hpp"

namespace slipway::cli {
namespace {

/// Where CLI11 puts what it reads for one command.
struct Slots {
    const Command* command{nullptr};
    CLI::App* app{nullptr};
    std::vector<std::string> arguments;
    std::deque<std::vector<std::string>> values;
    std::deque<std::int64_t> switches;
    std::vector<std::pair<const Flag*, CLI::Option*>> options;
};

std::string flag_names(const Flag& flag) {
    return (flag.letter.empty() ? "" : std::string{flag.letter} + ",") + std::string{flag.name};
}

void declare(Slots& slots) {
    auto& app = *slots.app;
    for (const auto& flag : slots.command->flags) {
        if (flag.value.empty()) {
            slots.options.emplace_back(&flag, app.add_flag(flag_names(flag), slots.switches.emplace_back()));
        } else {
            auto* option = app.add_option(flag_names(flag), slots.values.emplace_back());
            option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
            slots.options.emplace_back(&flag, option);
        }
    }
    if (!slots.command->arguments.empty()) {
        app.add_option("ARGUMENTS", slots.arguments)->expected(0, 1000);
    }
}

/// Words that may follow `path`.
std::vector<std::string> next_words(std::string_view path) {
    std::vector<std::string> words;
    const std::string prefix = path.empty() ? std::string{} : std::string{path} + " ";
    for (const auto& command : commands()) {
        if (!command.hidden && command.path.starts_with(prefix)) {
            const auto rest = command.path.substr(prefix.size());
            words.emplace_back(rest.substr(0, rest.find(' ')));
        }
    }
    const auto end = std::unique(words.begin(), words.end());
    words.erase(end, words.end());
    return words;
}

bool is_group(std::string_view path) {
    return path.empty() || (find_command(path) == nullptr && !next_words(path).empty());
}

/// The longest path of commands and groups that the line begins with.
std::string path_of(const std::vector<std::string>& line) {
    std::string path;
    for (const auto& word : line) {
        const std::string longer = path.empty() ? word : path + " " + word;
        if (word.starts_with('-') || (find_command(longer) == nullptr && !is_group(longer))) {
            break;
        }
        path = longer;
    }
    return path;
}

std::string see_help(std::string_view path) {
    return "; see slipway " + (path.empty() ? std::string{} : std::string{path} + " ") + "--help";
}

/// Says what is wrong with a line that CLI11 refused.
Error explain(const std::string& path, const std::string& word, const std::string& what) {
    if (word.starts_with('-')) {
        std::vector<std::string> known;
        if (const auto* command = find_command(path)) {
            for (const auto& flag : command->flags) {
                known.emplace_back(flag.name);
            }
        }
        const auto meant = nearest(word.substr(0, word.find('=')), known);
        return usage("there is no option " + word.substr(0, word.find('=')) + (meant.empty() ? "" : "; did you mean " + meant + "?") +
                     (meant.empty() ? see_help(path) : ""))
            .error();
    }
    return usage(what + see_help(path)).error();
}

Result<void> check_words(const Flag& flag, const std::vector<std::string>& values) {
    for (const auto& value : values) {
        if (flag.words.empty() || std::ranges::find(flag.words, value) != flag.words.end()) {
            continue;
        }
        if (const auto meant = nearest(value, flag.words); !meant.empty()) {
            return usage(fmt::format("{} knows no \"{}\"; did you mean {}?", flag.name, value, meant));
        }
        return usage(fmt::format("{} is one of {}, not \"{}\"", flag.name, fmt::join(flag.words, ", "), value));
    }
    return {};
}

Result<Invocation> collect(const Slots& slots) {
    Invocation invocation{.command = slots.command, .arguments = slots.arguments, .flags = {}};
    for (const auto& [flag, option] : slots.options) {
        if (option->count() == 0) {
            continue;
        }
        if (flag->value.empty()) {
            invocation.flags[std::string{flag->name}];
        } else {
            invocation.flags[std::string{flag->name}] = option->results();
            if (option->results().size() > 1 && !flag->repeats) {
                return usage(std::string{flag->name} + " is given twice");
            }
            SW_CHECK(check_words(*flag, option->results()));
        }
    }
    const auto& wanted = slots.command->arguments;
    const bool many = !wanted.empty() && wanted.back().repeats;
    for (std::size_t i = invocation.arguments.size(); i < wanted.size(); ++i) {
        if (!wanted[i].optional) {
            return usage(std::string{wanted[i].name} + " is missing" + see_help(slots.command->path));
        }
    }
    if (!many && invocation.arguments.size() > wanted.size()) {
        return usage("\"" + invocation.arguments[wanted.size()] + "\" is one argument too many" + see_help(slots.command->path));
    }
    return invocation;
}

Result<std::variant<Invocation, HelpWanted>> parse_with(const Command& command, std::vector<std::string> rest) {
    CLI::App app;
    app.set_help_flag("");
    Slots slots{.command = &command, .app = &app, .arguments = {}, .values = {}, .switches = {}, .options = {}};
    declare(slots);
    try {
        std::ranges::reverse(rest);  // CLI11 takes its words from the back
        slots.app->parse(rest);
    } catch (const CLI::ExtrasError&) {
        const auto left = slots.app->remaining();
        return std::unexpected(
            explain(std::string{command.path}, left.empty() ? "" : left.front(), left.empty() ? "" : "\"" + left.front() + "\" was not expected"));
    } catch (const CLI::ArgumentMismatch& error) {
        std::string what = error.what();
        what = what.substr(0, what.find('\n'));
        return usage(what + see_help(command.path));
    } catch (const CLI::ParseError& error) {
        return usage(std::string{error.what()} + see_help(command.path));
    }
    SW_TRY(auto invocation, collect(slots));
    return invocation;
}

}  // namespace

Result<std::variant<Invocation, HelpWanted>> parse(const std::vector<std::string>& line) {
    if (line.size() == 1 && line[0] == "--version") {
        return Invocation{.command = find_command("version"), .arguments = {}, .flags = {}};
    }
    const auto path = path_of(line);
    const auto words = static_cast<std::size_t>(std::ranges::count(path, ' ')) + (path.empty() ? 0U : 1U);
    std::vector<std::string> rest{line.begin() + static_cast<std::ptrdiff_t>(words), line.end()};
    const auto stop = std::ranges::find(rest, "--");
    if (std::find_if(rest.begin(), stop, [](const std::string& word) { return word == "--help" || word == "-h"; }) != stop) {
        return HelpWanted{path};
    }
    if (const auto* command = find_command(path)) {
        return parse_with(*command, std::move(rest));
    }
    if (rest.empty() || (path.empty() && rest.front() == "help")) {
        return rest.empty() ? Result<std::variant<Invocation, HelpWanted>>{HelpWanted{path}} : HelpWanted{path_of({rest.begin() + 1, rest.end()})};
    }
    if (rest.front().starts_with('-')) {
        return usage("there is no option " + rest.front().substr(0, rest.front().find('=')) + see_help(path));
    }
    const auto meant = nearest(rest.front(), next_words(path));
    const std::string full = path.empty() ? rest.front() : path + " " + rest.front();
    return usage("there is no command \"" + full + "\"" +
                 (meant.empty() ? see_help(path) : "; did you mean \"" + (path.empty() ? "" : path + " ") + meant + "\"?"));
}

}  // namespace slipway::cli
