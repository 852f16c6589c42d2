#include "http/actuator_metrics.hpp"

#include <array>
#include <charconv>
#include <map>
#include <set>

namespace slipway::http {
namespace {

constexpr std::array<std::string_view, 5> kEndings{"_seconds_total", "_seconds", "_bytes", "_total", "_files"};

/// A line of the text exposition: `name{label="v"} 12`.
struct Sample {
    std::string_view name;
    std::map<std::string, std::string> labels;
    double number{0};
};

struct Family {
    std::string_view kind;  ///< `counter`, `gauge`, `histogram`
    std::vector<Sample> samples;
};

std::string_view next_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// `a="x",b="y\"z"` as the exposition escapes it.
std::map<std::string, std::string> labels_of(std::string_view text) {
    std::map<std::string, std::string> out;
    while (!text.empty()) {
        const auto equals = text.find("=\"");
        if (equals == std::string_view::npos) {
            break;
        }
        auto& value = out[std::string{text.substr(0, equals)}];
        text.remove_prefix(equals + 2);
        while (!text.empty() && text.front() != '"') {
            const bool escaped = text.front() == '\\' && text.size() > 1;
            value += !escaped ? text.front() : text[1] == 'n' ? '\n' : text[1];
            text.remove_prefix(escaped ? 2 : 1);
        }
        text.remove_prefix(std::min<std::size_t>(2, text.size()));  // the quote and a comma
    }
    return out;
}

std::optional<Sample> sample_of(std::string_view line) {
    const auto blank = line.rfind(' ');
    if (line.empty() || line.front() == '#' || blank == std::string_view::npos) {
        return std::nullopt;
    }
    Sample sample;
    const auto brace = line.find('{');
    sample.name = line.substr(0, std::min(brace, blank));
    if (brace < blank) {
        sample.labels = labels_of(line.substr(brace + 1, line.rfind('}', blank) - brace - 1));
    }
    const auto number = line.substr(blank + 1);
    std::from_chars(number.data(), number.data() + number.size(), sample.number);
    return sample;
}

/// Samples stand behind the `# TYPE name kind` of their family. Views are into `text`.
std::map<std::string_view, Family> families_of(std::string_view text) {
    constexpr std::string_view kType = "# TYPE ";
    std::map<std::string_view, Family> out;
    Family* current = nullptr;
    while (!text.empty()) {
        auto line = next_line(text);
        if (line.starts_with(kType)) {
            line.remove_prefix(kType.size());
            const auto blank = std::min(line.find(' '), line.size());
            current = &out[line.substr(0, blank)];
            current->kind = line.substr(std::min(blank + 1, line.size()));
        } else if (auto sample = sample_of(line); sample && current != nullptr) {
            current->samples.push_back(std::move(*sample));
        }
    }
    return out;
}

using Families = std::map<std::string_view, Family>;

/// By the name as Prometheus spells it, or as Micrometer does: dots, and no ending for unit or kind.
Families::const_iterator find(const Families& families, std::string name) {
    std::ranges::replace(name, '.', '_');
    auto found = families.find(name);
    for (const auto ending : kEndings) {
        found = found == families.end() ? families.find(name + std::string{ending}) : found;
    }
    return found;
}

/// As Micrometer calls what Prometheus calls `http_server_requests_seconds`: `http.server.requests`. With its ending where that would be another one's name.
std::string dotted(const Families& families, std::string_view family) {
    for (const auto ending : kEndings) {
        const auto bare = family.substr(0, family.size() - std::min(family.size(), ending.size()));
        if (family.ends_with(ending) && !bare.empty() && find(families, std::string{bare}) == families.find(family)) {
            family = bare;
            break;
        }
    }
    std::string name{family};
    std::ranges::replace(name, '_', '.');
    return name;
}

/// The sums over all series that have the tags, by what each sample measures.
struct Sums {
    std::map<std::string_view, double> by_statistic;
    std::map<std::string, std::set<std::string>> tags;
};

std::string_view statistic_of(const Family& family, std::string_view sample) {
    if (family.kind != "histogram") {
        return family.kind == "counter" ? "COUNT" : "VALUE";
    }
    return sample.ends_with("_count") ? "COUNT" : sample.ends_with("_sum") ? "TOTAL_TIME" : "";
}

Sums sums_of(const Family& family, const std::map<std::string, std::string>& wanted) {
    Sums out;
    for (const auto& sample : family.samples) {
        const auto statistic = statistic_of(family, sample.name);
        const auto has = [&](const auto& tag) {
            const auto found = sample.labels.find(tag.first);
            return found != sample.labels.end() && found->second == tag.second;
        };
        if (statistic.empty() || !std::ranges::all_of(wanted, has)) {
            continue;
        }
        out.by_statistic[statistic] += sample.number;
        for (const auto& [name, value] : sample.labels) {
            if (!wanted.contains(name)) {
                out.tags[name].insert(value);
            }
        }
    }
    return out;
}

}  // namespace

json::object metric_names(const Metrics& metrics) {
    const auto text = metrics.expose();
    json::array names;
    const auto families = families_of(text);
    for (const auto& [name, family] : families) {
        names.push_back(json::value(dotted(families, name)));
    }
    return {{"names", std::move(names)}};
}

Result<json::object> metric(const Metrics& metrics, std::string_view name, const std::vector<std::string>& tags) {
    std::map<std::string, std::string> wanted;
    for (const auto& tag : tags) {
        const auto colon = tag.find(':');
        if (colon == std::string::npos) {
            return invalid("?tag", "key:value", tag);
        }
        wanted[tag.substr(0, colon)] = tag.substr(colon + 1);
    }
    const auto text = metrics.expose();
    const auto families = families_of(text);
    const auto found = find(families, std::string{name});
    const auto sums = found == families.end() ? Sums{} : sums_of(found->second, wanted);
    if (sums.by_statistic.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no metric {}{}.", name, tags.empty() ? "" : " with these tags"));
    }
    json::object out{{"name", dotted(families, found->first)}};
    if (found->first.contains("_seconds")) {
        out["baseUnit"] = "seconds";
    } else if (found->first.contains("_bytes")) {
        out["baseUnit"] = "bytes";
    } else if (found->first.ends_with("_files")) {
        out["baseUnit"] = "files";
    }
    json::array measurements;
    for (const auto& [statistic, number] : sums.by_statistic) {
        measurements.push_back(json::object{{"statistic", statistic}, {"value", number}});
    }
    json::array available;
    for (const auto& [tag, values] : sums.tags) {
        available.push_back(json::object{{"tag", tag}, {"values", json::array(values.begin(), values.end())}});
    }
    out["measurements"] = std::move(measurements);
    out["availableTags"] = std::move(available);
    return out;
}

}  // namespace slipway::http
