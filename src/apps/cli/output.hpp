#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/terminal.hpp"
#include "base/json.hpp"

namespace slipway::cli {

enum class Format { table, json, yaml, name };

/// How a column's value is shown.
enum class Show {
    text,
    status,     ///< coloured on a terminal
    time,       ///< relative: `3 min ago`
    duration,   ///< of milliseconds
    count,      ///< entries of an array
    list,       ///< entries joined with blanks
    command,    ///< the same, each word as a shell takes it
    yes,        ///< `yes` or empty
    progress,   ///< of an operation's stages
    present,    ///< of what is looked for: `documentation missing, schema`
    failure,    ///< why a job failed: the last thing that was said of it
    members,    ///< of an object: `manager yarn, status ALIVE`
    problems,   ///< of an operation, a line for each, with the permission that is missing
    lines,      ///< entries one below the other
    decisions,  ///< of siblings: `fraud-nn REJECTED`
    tracking,   ///< of a job, where it is followed on Spark: the driver's own page ends with it
};

struct Column {
    std::string_view title;
    std::string_view pointers;  ///< RFC 6901; several separated by `|`, the first that is there counts
    Show show{Show::text};
    bool whole{false};  ///< never shortened
    bool spare{false};  ///< left out where a terminal is too narrow
};

/// A kind of object that the server keeps.
struct Resource {
    std::string_view noun;       ///< `model`
    std::string_view words;      ///< `business model`, for sentences
    std::string_view path;       ///< `/model-manage/api/storedModels`
    std::string_view name;       ///< pointer of its name, empty when it has none
    std::string_view filter;     ///< what the name is called in filters, empty when it cannot be looked up
    std::string_view page;       ///< of one object, below `/#/`: `models/`; empty when it has none
    std::string_view list_page;  ///< of all: `models`
    std::string_view event;      ///< type in events
    std::span<const Column> columns;
    std::span<const Column> details;   ///< what `show` has besides
    std::string_view order{};          ///< of lists where nobody asked for one
    std::span<const Column> called{};  ///< where it has no name of its own, or nothing has that: those it is found by
    std::string_view only{};           ///< filter that each list of it has, where the path holds more kinds
};
const Resource& resource_of(std::string_view noun);

/// A value as people read it; empty when it is not there.
std::string cell_of(const json::object& object, const Column& column, Timestamp now);
/// `3 min ago`, `in 2 h`, `yesterday` as `1 d ago`.
std::string relative_time(Timestamp time, Timestamp now);

/// Rows under titles, two blanks between columns. Fits `width` columns by shortening the widest columns that may be; 0 is no bound.
std::string layout(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& whole,
                   std::size_t width);

/// A list or one object in the wanted format, for standard output.
std::string render_list(const World& world, const Resource& resource, const json::array& items, Format format);
std::string render_object(const World& world, const Resource& resource, const json::object& object, Format format);
/// Name of the object, or its id.
std::string name_of(const Resource& resource, const json::object& object);

/// An error for people, or (json) the problem document as the server sent it.
std::string render_error(const Error& error, Format format);

}  // namespace slipway::cli
