#include "apps/cli/output.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <ranges>

#include "apps/cli/cell_texts.hpp"
#include "apps/cli/yaml_writer.hpp"

namespace slipway::cli {
namespace {

constexpr std::size_t kLeastWidth = 8;

/// Member at an RFC 6901 pointer without escapes; json::find() would need a copy of the object.
const json::value* member_at(const json::object& object, std::string_view pointer) {
    const json::object* at = &object;
    const json::value* found = nullptr;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto end = std::min(pointer.find('/'), pointer.size());
        const auto token = pointer.substr(0, end);
        pointer.remove_prefix(end);
        if (at != nullptr) {
            found = at->if_contains(token);
        } else if (const auto* list = found->if_array()) {
            found = token == "0" && !list->empty() ? &list->front() : nullptr;
        } else {
            return nullptr;
        }
        if (found == nullptr) {
            return nullptr;
        }
        at = found->if_object();
    }
    return found;
}

const json::value* value_at(const json::object& object, std::string_view pointers) {
    while (!pointers.empty()) {
        const auto end = std::min(pointers.find('|'), pointers.size());
        const auto* found = member_at(object, pointers.substr(0, end));
        if (found != nullptr && !found->is_null()) {
            return found;
        }
        pointers.remove_prefix(std::min(end + 1, pointers.size()));
    }
    return nullptr;
}

std::string as_it_is(std::string word) {
    return word;
}

/// One word for a shell, whatever is in it.
std::string in_quotes(std::string word) {
    constexpr std::string_view kSpecial = " \t\n\r'\"\\$`&|;<>()[]{}*?!#~^";
    if (!word.empty() && word.find_first_of(kSpecial) == std::string::npos) {
        return word;
    }
    std::string out = "'";
    for (const char c : word) {
        out += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    }
    return out + "'";
}

std::string joined(const json::value& v, std::string (*in_words)(std::string) = as_it_is) {
    if (!v.is_array()) {
        return text_of_value(v);
    }
    std::string out;
    for (const auto& item : v.get_array()) {
        out += (out.empty() ? "" : " ") + in_words(text_of_value(item));
    }
    return out;
}

/// As the page says it: the largest two units, and the second one only where there is some of it.
std::string duration_text(std::int64_t ms) {
    const auto two = [](std::int64_t many, std::string_view large, std::int64_t few, std::string_view small) {
        return few == 0 ? fmt::format("{} {}", many, large) : fmt::format("{} {} {} {}", many, large, few, small);
    };
    if (ms < 1000) {
        return fmt::format("{} ms", std::max<std::int64_t>(ms, 0));
    }
    const auto seconds = (ms + 500) / 1000;
    if (seconds < 60) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 3600) {
        return two(seconds / 60, "min", seconds % 60, "s");
    }
    const auto hours = seconds / 3600;
    return hours < 48 ? two(hours, "h", seconds / 60 % 60, "min") : two(hours / 24, "d", hours % 24, "h");
}

std::string progress_text(const json::value& v) {
    if (!v.is_array()) {
        return {};
    }
    std::int64_t done = 0;
    std::int64_t total = 0;
    for (const auto& stage : v.get_array()) {
        const auto number = [&](std::string_view name) {
            const auto* found = stage.is_object() ? stage.get_object().if_contains(name) : nullptr;
            return found != nullptr && found->is_int64() ? found->get_int64() : 0;
        };
        done += number("done");
        total += std::max(number("total"), number("done"));
    }
    return fmt::format("{}/{}", done, total);
}

std::string time_text(const json::value& v, Timestamp now) {
    if (v.is_int64()) {
        return relative_time(from_epoch_ms(v.get_int64()), now);
    }
    const auto time = v.is_string() ? from_iso(v.get_string()) : fail(ErrorCode::invalid_argument, "", "");
    return time ? relative_time(*time, now) : text_of_value(v);
}

std::string coloured(std::string_view text, bool colour) {
    static constexpr std::string_view kGood[] = {"ONLINE", "COMPLETE", "DEPLOYED", "ALREADY_DEPLOYED", "APPROVED", "PASSED", "ok", "INFO"};
    static constexpr std::string_view kBad[] = {"ERROR",     "FAILED",   "TRANSFORM_FAILED", "DEPLOY_FAILED", "REJECTED",
                                                "TIMED_OUT", "CONFLICT", "CRITICAL",         "failed"};
    if (!colour || text.empty()) {
        return std::string{text};
    }
    const auto trimmed = text.substr(0, text.find_last_not_of(' ') + 1);
    const bool good = std::ranges::find(kGood, trimmed) != std::end(kGood);
    const bool bad = std::ranges::find(kBad, trimmed) != std::end(kBad);
    return fmt::format("\x1b[{}m{}\x1b[0m", good ? 32 : bad ? 31 : 33, text);
}

/// Natural widths, then the widest of those that may shrink by one until all fits.
std::vector<std::size_t> widths_of(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& whole,
                                   std::size_t width) {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < titles.size(); ++column) {
        std::size_t widest = columns_of(titles[column]);
        for (const auto& row : rows) {
            widest = std::max(widest, columns_of(row[column]));
        }
        widths.push_back(widest);
    }
    const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), 2 * (widths.size() - 1)); };
    // What a row is called is the last to be shortened.
    for (std::size_t first : {1U, 0U}) {
        while (width > 0 && total() > width) {
            std::size_t widest = widths.size();
            for (std::size_t column = first; column < widths.size(); ++column) {
                const auto least = std::max(kLeastWidth, columns_of(titles[column]));
                if (!whole[column] && widths[column] > least && (widest == widths.size() || widths[column] > widths[widest])) {
                    widest = column;
                }
            }
            if (widest == widths.size()) {
                break;
            }
            --widths[widest];
        }
    }
    return widths;
}

struct Table {
    std::vector<Column> columns;
    std::vector<std::string> titles;
    std::vector<bool> whole;
    std::vector<std::vector<std::string>> rows;

    void drop(std::size_t column) {
        const auto at = static_cast<std::ptrdiff_t>(column);
        columns.erase(columns.begin() + at);
        titles.erase(titles.begin() + at);
        whole.erase(whole.begin() + at);
        for (auto& row : rows) {
            row.erase(row.begin() + at);
        }
    }
    std::size_t width() const {
        const auto widths = widths_of(titles, rows, whole, 0);
        return std::accumulate(widths.begin(), widths.end(), 2 * (widths.size() - 1));
    }
};

/// Leaves spare columns out, the last ones first, until the rest fits; the id only where every row has a name to be called by.
void make_fit(Table& table, const Resource& resource, std::size_t width) {
    const bool named = !resource.filter.empty() && std::ranges::none_of(table.rows, [](const auto& row) { return row.front().empty(); });
    for (auto column = table.columns.size(); column-- > 1 && table.width() > width;) {
        if (table.columns[column].spare && (named || table.columns[column].pointers != "/id")) {
            table.drop(column);
        }
    }
}

/// Colours the states of a laid out table, its titles bold.
std::string coloured_table(const std::string& text, const Table& table) {
    std::string out;
    std::size_t at = 0;
    for (std::size_t number = 0; at < text.size(); ++number) {
        const auto end = text.find('\n', at);
        auto line = text.substr(at, end - at);
        at = end + 1;
        for (std::size_t i = 0; number > 0 && i < table.columns.size(); ++i) {
            const auto& state = table.rows[number - 1][i];
            const auto found = table.columns[i].show == Show::status && !state.empty() ? (i == 0 ? 0 : line.find("  " + state)) : std::string::npos;
            if (found != std::string::npos) {
                line.replace(found + (i == 0 ? 0 : 2), state.size(), coloured(state, true));
            }
        }
        out += (number == 0 ? "\x1b[1m" + line + "\x1b[0m" : line) + "\n";
    }
    return out;
}

std::string render_table(const World& world, const Resource& resource, const json::array& items) {
    Table table;
    for (const auto& column : resource.columns) {
        table.columns.push_back(column);
        table.titles.emplace_back(column.title);
        table.whole.push_back(column.whole);
    }
    for (const auto& item : items) {
        if (item.is_object()) {
            auto& row = table.rows.emplace_back();
            for (const auto& column : resource.columns) {
                row.push_back(cell_of(item.get_object(), column, world.clock.now()));
            }
        }
    }
    const auto width = world.terminal.out_is_tty ? static_cast<std::size_t>(world.terminal.width) : 0;
    if (width > 0) {
        make_fit(table, resource, width);
    }
    const auto text = layout(table.titles, table.rows, table.whole, width);
    return world.colour() ? coloured_table(text, table) : text;
}

}  // namespace

std::string relative_time(Timestamp time, Timestamp now) {
    const bool past = time <= now;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(past ? now - time : time - now).count();
    std::string span;
    if (seconds < 10) {
        return past ? "just now" : "in a moment";
    }
    if (seconds < 90) {
        span = fmt::format("{} s", seconds);
    } else if (seconds < 90 * 60) {
        span = fmt::format("{} min", seconds / 60);
    } else if (seconds < 36 * 3600) {
        span = fmt::format("{} h", seconds / 3600);
    } else if (seconds < 60LL * 86400) {
        span = fmt::format("{} d", seconds / 86400);
    } else {
        return to_iso(time).substr(0, 10);
    }
    return past ? span + " ago" : "in " + span;
}

std::string cell_of(const json::object& object, const Column& column, Timestamp now) {
    const auto* found = value_at(object, column.pointers);
    if (found == nullptr || found->is_null()) {
        return {};
    }
    switch (column.show) {
        case Show::status:
            if (found->is_bool()) {
                return found->get_bool() ? "ok" : "failed";
            }
            return text_of_value(*found);
        case Show::time: return time_text(*found, now);
        case Show::duration: return found->is_int64() ? duration_text(found->get_int64()) : text_of_value(*found);
        case Show::count: return found->is_array() && !found->get_array().empty() ? std::to_string(found->get_array().size()) : std::string{};
        case Show::list: return joined(*found);
        case Show::command: return joined(*found, in_quotes);
        case Show::yes: return found->is_bool() && found->get_bool() ? "yes" : std::string{};
        case Show::progress: return progress_text(*found);
        case Show::problems: return problems_text(*found);
        case Show::failure: return failure_text(object, *found);
        case Show::members: return members_text(*found);
        case Show::present: return present_text(*found);
        case Show::lines: return lines_text(*found);
        case Show::decisions: return decisions_text(*found);
        case Show::tracking: return tracking_text(object, *found);
        case Show::text: break;
    }
    return text_of_value(*found);
}

std::string layout(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& whole,
                   std::size_t width) {
    const auto widths = widths_of(titles, rows, whole, width);
    std::string out;
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string text;
        for (std::size_t column = 0; column < cells.size(); ++column) {
            auto cell = shortened(cells[column], widths[column]);
            cell.append(widths[column] - columns_of(cell) + 2, ' ');
            text += cell;
        }
        out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
    };
    line(titles);
    for (const auto& row : rows) {
        line(row);
    }
    return out;
}

std::string name_of(const Resource& resource, const json::object& object) {
    const auto name = resource.name.empty() ? std::string{} : cell_of(object, Column{"", resource.name}, Timestamp{});
    return name.empty() ? cell_of(object, Column{"", "/id|/seq"}, Timestamp{}) : name;
}

std::string render_list(const World& world, const Resource& resource, const json::array& items, Format format) {
    switch (format) {
        case Format::json: return to_pretty_json(items);
        case Format::yaml: return to_yaml(items);
        case Format::name: {
            std::string out;
            for (const auto& item : items) {
                out += item.is_object() ? name_of(resource, item.get_object()) + "\n" : std::string{};
            }
            return out;
        }
        case Format::table: break;
    }
    return render_table(world, resource, items);
}

std::string render_object(const World& world, const Resource& resource, const json::object& object, Format format) {
    switch (format) {
        case Format::json: return to_pretty_json(object);
        case Format::yaml: return to_yaml(object);
        case Format::name: return name_of(resource, object) + "\n";
        case Format::table: break;
    }
    std::vector<std::pair<std::string, std::string>> lines;
    std::size_t width = 0;
    for (const auto* columns : {&resource.columns, &resource.details}) {
        for (const auto& column : *columns) {
            auto text = cell_of(object, column, world.clock.now());
            if (!text.empty()) {
                width = std::max(width, column.title.size());
                lines.emplace_back(column.title, column.show == Show::status ? coloured(text, world.colour()) : std::move(text));
            }
        }
    }
    std::string out;
    for (const auto& [title, text] : lines) {
        std::string_view rest = text;
        out += fmt::format("{:<{}}  {}\n", title, width, rest.substr(0, rest.find('\n')));
        while (rest.contains('\n')) {
            rest.remove_prefix(rest.find('\n') + 1);
            out += fmt::format("{:<{}}  {}\n", "", width, rest.substr(0, rest.find('\n')));
        }
    }
    return out;
}

}  // namespace slipway::cli
