#pragma once

#include <boost/json.hpp>
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace slipway::log {

enum class Level { debug, info, warn, error };

/// One member of a log line.
struct Field {
    std::string_view name;
    boost::json::value content;

    Field(std::string_view field, boost::json::value v) : name{field}, content{std::move(v)} {}
    /// For what a JSON value can be made of but does not convert to by itself: std::string, std::string_view.
    template <typename T>
        requires std::constructible_from<boost::json::value, T&&>
    Field(std::string_view field, T&& v) : name{field}, content(std::forward<T>(v)) {}
};
using Fields = std::initializer_list<Field>;

/// Writes one JSON object as a line on standard error: `time`, `level`, `event`, the thread's `requestId` if set, then `fields`.
/// Values of fields whose name looks like a secret are masked. Lines collected by later() go ahead of it. Thread-safe; never throws.
void write(Level level, std::string_view event, Fields fields = {});

/// As info(), for what every request writes: lines are collected, and written by a thread of its own after 2 ms, ahead of the next other line,
/// at exit(), or by the caller when 256 KiB are waiting: where the log is slow, requests wait for it, none is left out.
void later(std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) {
    write(Level::debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
    write(Level::info, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
    write(Level::warn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
    write(Level::error, event, fields);
}

/// Least level that is written; `info` at start. Thread-safe.
void set_level(Level level);
Level level();

/// For the life of the object, lines of this thread carry `requestId`.
class RequestScope {
public:
    explicit RequestScope(std::string_view request_id);
    ~RequestScope();
    RequestScope(const RequestScope&) = delete;
    RequestScope& operator=(const RequestScope&) = delete;

private:
    std::string previous_;
};

/// True when a member or field of this name probably holds a secret (password, token, key, credential, …).
bool looks_secret(std::string_view name);

}  // namespace slipway::log
