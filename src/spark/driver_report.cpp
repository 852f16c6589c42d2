#include "spark/driver_report.hpp"

#include <array>

#include "domain/visible_text.hpp"

namespace slipway::spark {
namespace {

constexpr std::array kOutcomes{std::pair{std::string_view{"returned"}, DriverResult::Outcome::returned},
                               std::pair{std::string_view{"raised"}, DriverResult::Outcome::raised},
                               std::pair{std::string_view{"exited"}, DriverResult::Outcome::exited}};

/// What Spark calls an application that no cluster has accepted, with the time behind it.
constexpr std::string_view kMadeUp = "spark-application-";

/// A report is a program's word: neither journal nor model-manage takes NUL, and nobody wants control characters.
std::string text_in(const json::object& object, std::string_view name) {
    return domain::visible_text(json::text_of(object, name), true);
}

Result<json::object> parse_report(std::string_view text, std::string_view tag) {
    SW_TRY(auto report, json::parse_object(text));
    if (json::text_of(report, "tag") != tag) {
        return invalid("/tag", fmt::format("{}", tag), std::string{json::text_of(report, "tag")});
    }
    return report;
}

std::vector<DriverApplication> applications_of(const json::object& report) {
    std::vector<DriverApplication> out;
    const auto* list = json::array_of(report, "applications");
    for (const auto& item : list != nullptr ? *list : json::array{}) {
        const auto* one = item.if_object();
        if (one != nullptr && !json::text_of(*one, "id").starts_with(kMadeUp)) {
            out.push_back({text_in(*one, "id"), text_in(*one, "master"), text_in(*one, "trackingUrl")});
        }
    }
    return out;
}

void read_error(const json::object& report, DriverResult& result) {
    if (const auto* error = json::object_of(report, "error")) {
        result.error_type = text_in(*error, "type");
        result.error_message = text_in(*error, "message");
        result.traceback = text_in(*error, "traceback");
    }
}

}  // namespace

Result<DriverResult> parse_driver_result(std::string_view text, std::string_view tag) {
    SW_TRY(const auto report, parse_report(text, tag));
    const auto word = json::text_of(report, "outcome");
    const auto* known = std::ranges::find(kOutcomes, word, &std::pair<std::string_view, DriverResult::Outcome>::first);
    if (known == kOutcomes.end()) {
        return invalid("/outcome", "returned, raised or exited", std::string{word});
    }
    DriverResult result{.outcome = known->second, .applications = applications_of(report)};
    if (const auto* code = report.if_contains("exitCode"); code != nullptr && code->is_int64()) {
        result.exit_code = static_cast<int>(code->as_int64());
    }
    if (const auto* ended = report.if_contains("endedAt"); ended != nullptr && ended->is_int64()) {
        result.ended_ms = ended->as_int64();
    }
    read_error(report, result);
    if (const auto* values = json::array_of(report, "values")) {
        result.values.assign(values->begin(), values->end());
    }
    if (const auto* notes = json::array_of(report, "notes")) {
        for (const auto& note : *notes) {
            if (note.is_string()) {
                result.notes.push_back(domain::visible_text(std::string_view{note.get_string()}, true));
            }
        }
    }
    return result;
}

Result<std::vector<DriverApplication>> parse_driver_applications(std::string_view text, std::string_view tag) {
    SW_TRY(const auto report, parse_report(text, tag));
    return applications_of(report);
}

Result<std::string> parse_driver_id(std::string_view text, std::string_view tag) {
    SW_TRY(const auto report, parse_report(text, tag));
    return text_in(report, "driverId");
}

}  // namespace slipway::spark
