#include "apps/cli/session.hpp"

#include <charconv>

#include "apps/cli/exit_codes.hpp"

namespace slipway::cli {

std::string Invocation::get(std::string_view flag) const {
    const auto found = flags.find(flag);
    return found == flags.end() || found->second.empty() ? std::string{} : found->second.back();
}

std::vector<std::string> Invocation::all(std::string_view flag) const {
    const auto found = flags.find(flag);
    return found == flags.end() ? std::vector<std::string>{} : found->second;
}

Result<ApiClient*> Session::api() {
    if (!api_) {
        ContextFile file{contexts_path(world_.environment)};
        SW_TRY(auto connection, connection_of(world_, file, line_.get("--url"), line_.get("--context")));
        api_ = std::make_unique<ApiClient>(world_, std::move(file), std::move(connection));
    }
    return api_.get();
}

Result<Format> Session::format() const {
    const auto name = line_.get("--output");
    if (name.empty() || name == "table") {
        return Format::table;
    }
    if (name == "json") {
        return Format::json;
    }
    if (name == "yaml") {
        return Format::yaml;
    }
    if (name == "name") {
        return Format::name;
    }
    return usage("there is no output format \"" + name + "\"; known are table, json, yaml and name");
}

Result<std::int64_t> Session::number(std::string_view flag, std::int64_t fallback, std::int64_t least, std::int64_t most) const {
    const auto text = line_.get(flag);
    if (!line_.has(flag)) {
        return fallback;
    }
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || number < least || number > most) {
        return usage(std::string{flag} + " must be a number from " + std::to_string(least) + " to " + std::to_string(most) + ", not \"" + text + "\"");
    }
    return number;
}

}  // namespace slipway::cli
