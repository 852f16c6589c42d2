#include <algorithm>
#include <set>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"

namespace slipway::cli {
namespace {

constexpr std::string_view kBash = R"(# slipway completion bash
_slipway() {
    local IFS=$'\n'
    local words
    words=$(slipway __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [ "$words" = ":file" ]; then
        compopt -o default
        COMPREPLY=()
        return
    fi
    COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _slipway slipway
)";

constexpr std::string_view kZsh = R"(#compdef slipway
_slipway() {
    local -a words
    words=("${(@f)$(slipway __complete -- "${(@)words[2,$CURRENT]}" 2>/dev/null)}")
    if [[ "$words" == ":file" ]]; then
        _files
    else
        compadd -- $words
    fi
}
compdef _slipway slipway
)";

constexpr std::string_view kFish = R"(# slipway completion fish
function __slipway_complete
    set -l line (commandline -opc)[2..-1] (commandline -ct)
    set -l words (slipway __complete -- $line 2>/dev/null)
    if test "$words" = ":file"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $words
    end
end
complete -c slipway -f -a '(__slipway_complete)'
)";

/// Noun whose names are offered, or empty.
std::string_view noun_of_offer(Offers offers) {
    switch (offers) {
        case Offers::model: return "model";
        case Offers::snapshot: return "snapshot";
        case Offers::runtime: return "runtime";
        case Offers::deployment: return "deployment";
        case Offers::job: return "job";
        case Offers::notification: return "notification";
        case Offers::operation: return "operation";
        case Offers::credential: return "credential";
        case Offers::user: return "user";
        case Offers::client: return "client";
        default: return {};
    }
}

/// Names from the server; nothing when it does not answer, since a shell waits for this.
std::vector<std::string> live_names(Session& session, const Resource& resource) {
    std::vector<std::string> names;
    const auto api = session.api();
    const auto answer = api ? (*api)->get(std::string{resource.path}, {{"size", "100"}}) : Result<json::value>{json::value{}};
    if (answer) {
        for (const auto& item : items_of(*answer)) {
            if (item.is_object()) {
                names.push_back(name_of(resource, item.get_object()));
            }
        }
    }
    return names;
}

std::vector<std::string> values_for(Session& session, Offers offers) {
    if (offers == Offers::file) {
        return {":file"};
    }
    if (offers == Offers::format) {
        return {"table", "json", "yaml", "name"};
    }
    if (offers == Offers::context) {
        const auto contexts = ContextFile{contexts_path(session.world().environment)}.read();
        std::vector<std::string> names;
        for (const auto& context : contexts ? contexts->list : std::vector<Context>{}) {
            names.push_back(context.name);
        }
        return names;
    }
    const auto noun = noun_of_offer(offers);
    return noun.empty() ? std::vector<std::string>{} : live_names(session, resource_of(noun));
}

std::vector<std::string> next_words(const std::string& path) {
    const std::string prefix = path.empty() ? path : path + " ";
    std::vector<std::string> words;
    for (const auto& command : commands()) {
        if (!command.hidden && command.path.starts_with(prefix)) {
            const auto rest = command.path.substr(prefix.size());
            std::string word{rest.substr(0, rest.find(' '))};
            if (std::ranges::find(words, word) == words.end()) {
                words.push_back(std::move(word));
            }
        }
    }
    return words;
}

const Flag* flag_of(const Command& command, std::string_view word) {
    const auto found =
        std::ranges::find_if(command.flags, [&](const Flag& flag) { return flag.name == word || (!flag.letter.empty() && flag.letter == word); });
    return found == command.flags.end() ? nullptr : &*found;
}

/// What may stand after the words from `at` on, the last of which is being typed.
std::vector<std::string> offers_within(Session& session, const Command& command, const std::vector<std::string>& line, std::size_t at) {
    std::size_t arguments = 0;
    const Flag* open = nullptr;
    for (; at + 1 < line.size(); ++at) {
        if (open != nullptr) {
            open = nullptr;
        } else if (const auto* flag = flag_of(command, line[at])) {
            open = flag->value.empty() ? nullptr : flag;
        } else if (!line[at].starts_with('-')) {
            ++arguments;
        }
    }
    if (open != nullptr) {
        return open->words.empty() ? values_for(session, open->offers) : std::vector<std::string>{open->words.begin(), open->words.end()};
    }
    if (!line.empty() && line.back().starts_with('-')) {
        std::vector<std::string> names;
        names.reserve(command.flags.size());
        for (const auto& flag : command.flags) {
            names.emplace_back(flag.name);
        }
        return names;
    }
    if (command.arguments.empty()) {
        return {};
    }
    if (command.path == "completion") {
        return {"bash", "zsh", "fish"};
    }
    const bool more = arguments < command.arguments.size() || command.arguments.back().repeats;
    return more ? values_for(session, command.arguments[std::min(arguments, command.arguments.size() - 1)].offers) : std::vector<std::string>{};
}

/// What may stand where the last word of the line is being typed.
std::vector<std::string> offers_for(Session& session, const std::vector<std::string>& line) {
    std::string path;
    std::size_t at = 0;
    for (; at + 1 < line.size(); ++at) {
        const auto longer = path.empty() ? line[at] : path + " " + line[at];
        if (find_command(path) != nullptr || next_words(path).empty() || (find_command(longer) == nullptr && next_words(longer).empty())) {
            break;
        }
        path = longer;
    }
    if (const auto* command = find_command(path)) {
        return offers_within(session, *command, line, at);
    }
    return at + 1 >= line.size() ? next_words(path) : std::vector<std::string>{};
}

}  // namespace

Result<int> print_completion(Session& session) {
    const auto shell = session.line().argument(0);
    if (shell != "bash" && shell != "zsh" && shell != "fish") {
        return usage("there are completions for bash, zsh and fish, not for \"" + shell + "\"");
    }
    session.out(shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish);
    return kDone;
}

Result<int> offer_words(Session& session) {
    const auto& line = session.line().arguments;
    const std::string typed = line.empty() ? std::string{} : line.back();
    for (const auto& word : offers_for(session, line)) {
        if (word == ":file" || word.starts_with(typed)) {
            session.out(harmless(word) + "\n");
        }
    }
    return kDone;
}

}  // namespace slipway::cli
