#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <map>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace slipway::log {

namespace {

constexpr std::string_view kMask = "***";

std::atomic<Level>& least() {
    static std::atomic<Level> level{Level::info};
    return level;
}

std::string& thread_request_id() {
    thread_local std::string id;
    return id;
}

spdlog::logger& sink() {
    // Never destroyed: threads may still log while static objects go away.
    static auto* const logger = [] {
        auto* made = new spdlog::logger("slipway", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->set_level(spdlog::level::trace);
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *logger;
}

std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug: return "debug";
        case Level::info: return "info";
        case Level::warn: return "warn";
        case Level::error: return "error";
    }
    return "error";
}

/// Lower-case words of a name in camelCase, snake_case, kebab-case or UPPER_CASE.
std::vector<std::string> words_of(std::string_view name) {
    std::vector<std::string> words(1);
    bool was_lower = false;
    for (const char raw : name) {
        const auto c = static_cast<unsigned char>(raw);
        if (std::isalnum(c) == 0) {
            words.emplace_back();
        } else {
            if (std::isupper(c) != 0 && was_lower) {
                words.emplace_back();
            }
            words.back() += static_cast<char>(std::tolower(c));
        }
        was_lower = std::islower(c) != 0;
    }
    std::erase_if(words, [](const auto& word) { return word.empty(); });
    return words;
}

/// looks_secret() of a field of ours: these are few, and each line has ten of them.
bool known_secret(std::string_view name) {
    constexpr std::size_t kMost = 256;
    thread_local std::map<std::string, bool, std::less<>> known;
    if (const auto found = known.find(name); found != known.end()) {
        return found->second;
    }
    const bool secret = looks_secret(name);
    if (known.size() < kMost) {
        known.emplace(name, secret);
    }
    return secret;
}

boost::json::value masked(std::string_view name, const boost::json::value& v) {
    if (known_secret(name)) {
        return boost::json::value(kMask);
    }
    if (v.is_object()) {
        boost::json::object out;
        for (const auto& [key, item] : v.get_object()) {
            out[key] = masked(key, item);
        }
        return out;
    }
    if (v.is_array()) {
        boost::json::array out;
        for (const auto& item : v.get_array()) {
            out.push_back(masked({}, item));
        }
        return out;
    }
    return v;
}

}  // namespace

void write(Level level, std::string_view event, Fields fields) {
    if (level < least().load(std::memory_order_relaxed)) {
        return;
    }
    try {
        boost::json::object line;
        line["time"] = to_iso(SystemClock{}.now());
        line["level"] = name_of(level);
        line["event"] = event;
        if (const auto& id = thread_request_id(); !id.empty()) {
            line["requestId"] = id;
        }
        for (const auto& [name, v] : fields) {
            if (v.is_structured() || known_secret(name)) {
                line[name] = masked(name, v);
            } else {
                line[name] = v;
            }
        }
        sink().log(spdlog::level::info, spdlog::string_view_t{json::write(line)});
    } catch (...) {
        // A line that cannot be written must not take the work down with it.
        return;
    }
}

void set_level(Level level) {
    least() = level;
}

Level level() {
    return least();
}

RequestScope::RequestScope(std::string_view request_id) : previous_{std::exchange(thread_request_id(), std::string{request_id})} {}

RequestScope::~RequestScope() {
    thread_request_id() = std::move(previous_);
}

bool looks_secret(std::string_view name) {
    constexpr std::array kAnywhere{"password", "passwd", "passphrase", "secret", "credential", "authorization", "cookie", "privatekey", "apikey"};
    constexpr std::array kWords{"pass", "pwd", "token", "auth", "bearer", "jwt", "pat", "signature"};
    const auto words = words_of(name);
    std::string squeezed;
    for (const auto& word : words) {
        squeezed += word;
        if (std::ranges::find(kWords, std::string_view{word}) != kWords.end()) {
            return true;
        }
    }
    // `kmsKeyId` and `keyFile` name a key, `accessKey` is one; `max_tokens` is a count, `hftoken` is not.
    return squeezed.ends_with("key") || squeezed.ends_with("keys") || squeezed.ends_with("token") ||
           std::ranges::any_of(kAnywhere, [&](std::string_view part) { return squeezed.find(part) != std::string::npos; });
}

}  // namespace slipway::log
