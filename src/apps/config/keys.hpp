#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

/// Every key of the configuration, in one table: the loader, `config show`, the documentation and its test read it.
namespace slipway::config {

enum class Type {
    text,
    url,           ///< http or https, no user info
    service_url,   ///< the same, or `lb://service/path`
    database_url,  ///< postgresql://…
    address,       ///< host:port
    path,
    region,
    words,  ///< list of texts, or one text with commas
    choice,
    period,       ///< ISO 8601 (`P90D`, `PT12H`) or `30s`, `5m`, `12h`, `7d`
    permissions,  ///< list of READ, WRITE, EXECUTE
    number,       ///< a positive integer
    size,         ///< bytes: `1048576`, `512KiB`, `1MiB`
    option,       ///< any single value, an empty one too
    refused,      ///< known, but not available in this version
};

/// A key. In names `[]` is an entry of a list and `*` any name.
struct Key {
    std::string_view name;
    Type type;
    std::string_view fallback;  ///< default, as it would be written; empty: none
    std::string_view description;
    bool secret{false};
    std::string_view choices{};  ///< of Type::choice, separated by `|`
};

std::span<const Key> keys();

/// How a person would name the type: `host:port`, `a list of texts`.
std::string type_name(const Key& key);
/// What is wrong with the value, as "must be …", or nothing.
std::optional<std::string> value_fault(const Key& key, const std::vector<std::string>& values);

/// `lb://NAME/path` for the ways in which files of Spring users name a service of Eureka: `eureka.NAME/path` and `http://eureka.NAME/path`, where NAME has
/// neither dots nor a port, which a host of one's own has. Any other text as it is.
std::string service_url_of(std::string_view text);

/// http, https or `lb://service/path`, or as service_url_of() takes it; without user info and query.
bool is_service_url(std::string_view text);

/// @return nothing for what is no period. A year is 365 days, a month 30.
std::optional<Milliseconds> parse_period(std::string_view text);

/// @return bytes, or nothing for what is no size.
std::optional<std::int64_t> parse_size(std::string_view text);

/// Case, `-` and `_` do not count: `key-file`, `keyFile` and `KEY_FILE` are the same.
std::string normalised(std::string_view name);

/// The table as a tree of name parts.
struct KeyNode {
    std::string name;  ///< as it is written in the table
    const Key* key{nullptr};
    std::map<std::string, std::unique_ptr<KeyNode>> children;  ///< by normalised name
    std::unique_ptr<KeyNode> any;                              ///< `*`
    std::unique_ptr<KeyNode> entry;                            ///< `[]`
};
const KeyNode& key_tree();

/// The known key or section that `part`, found below `parent` (a dotted name, empty at the top), was probably meant to be; empty when none is near.
std::string nearest_key(std::string_view parent, std::string_view part);

}  // namespace slipway::config
