#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/parker.hpp"
#include "base/secret_names.hpp"
#include "base/write_all.hpp"

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

constexpr std::size_t kMostPending = 256U << 10;
constexpr std::chrono::milliseconds kCollect{2};

/// Standard error, with the lines that are still to be written to it.
class Output {
public:
    /// Never destroyed: threads may still log while static objects go away.
    static Output& get() {
        static auto* const output = new Output;
        return *output;
    }
    void add(std::string_view line, bool at_once) {
        bool ask = false;
        {
            const std::lock_guard lock{mutex_};
            (pending_ += line) += '\n';
            if (at_once || pending_.size() >= kMostPending) {
                write_pending();
            } else {
                ask = !std::exchange(asked_, true);
            }
        }
        if (ask) {
            start_thread();
            due_.unpark();
        }
    }

private:
    void start_thread() {
        static std::once_flag once;
        std::call_once(once, [this] {
            std::atexit([] { get().flush(); });
            std::thread{[this] {
                while (true) {
                    due_.park();
                    std::this_thread::sleep_for(kCollect);
                    flush();
                }
            }}.detach();
        });
    }
    void flush() {
        const std::lock_guard lock{mutex_};
        asked_ = false;
        write_pending();
    }
    void write_pending() {
        write_all(STDERR_FILENO, pending_);  // where nobody reads it any more, nothing can be said
        pending_.clear();
    }

    std::mutex mutex_;
    std::string pending_;
    bool asked_{false};  ///< the thread knows of what is pending
    Parker due_;
};

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

/// One member of a line, behind the first one.
void add_member(std::string& line, std::string_view name, std::string_view text) {
    line += line.empty() ? '{' : ',';
    json::write_string_to(line, name);
    line += ':';
    json::write_string_to(line, text);
}

std::string line_of(Level level, std::string_view event, Fields fields) {
    std::string line;
    line.reserve(512);
    const auto& id = thread_request_id();
    add_member(line, "time", to_iso(SystemClock{}.now()));
    add_member(line, "level", name_of(level));
    add_member(line, "event", event);
    if (!id.empty() && std::ranges::find(fields, "requestId", &Field::name) == fields.end()) {
        add_member(line, "requestId", id);
    }
    for (const auto& [name, v] : fields) {
        line += ',';
        json::write_string_to(line, name);
        line += ':';
        json::write_to(line, v.is_structured() || known_secret(name) ? masked(name, v) : v);
    }
    line += '}';
    return line;
}

void add_line(Level level, std::string_view event, Fields fields, bool at_once) {
    if (level < least().load(std::memory_order_relaxed)) {
        return;
    }
    try {
        Output::get().add(line_of(level, event, fields), at_once);
    } catch (...) {
        // A line that cannot be written must not take the work down with it.
        return;
    }
}

}  // namespace

void write(Level level, std::string_view event, Fields fields) {
    add_line(level, event, fields, true);
}

void later(std::string_view event, Fields fields) {
    add_line(Level::info, event, fields, false);
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
    const auto words = words_of(name);
    std::string squeezed;
    for (const auto& word : words) {
        squeezed += word;
        if (std::ranges::find(secret_names::kWords, std::string_view{word}) != secret_names::kWords.end()) {
            return true;
        }
    }
    const auto has = [&](std::string_view part) { return squeezed.contains(part); };
    // `kmsKeyId` and `keyFile` name a key, `accessKey` is one; `max_tokens` is a count, `hftoken` is not.
    return std::ranges::any_of(secret_names::kEnds, [&](std::string_view end) { return squeezed.ends_with(end); }) ||
           std::ranges::any_of(secret_names::kParts, has) || std::ranges::any_of(secret_names::kPartsOfFields, has);
}

}  // namespace slipway::log
