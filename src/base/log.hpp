#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace slipway::log {

enum class Level { debug, info, warn, error };

using Field = std::pair<std::string_view, boost::json::value>;
using Fields = std::initializer_list<Field>;

/// Writes one JSON object as a line on standard error: `time`, `level`, `event`, the thread's `requestId` if set, then `fields`.
/// Values of fields whose name looks like a secret are masked. Thread-safe; never throws.
void write(Level level, std::string_view event, Fields fields = {});

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
