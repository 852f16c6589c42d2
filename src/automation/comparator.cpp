#include <fmt/format.h>

#include "automation/definitions.hpp"
#include "automation/vendor_topics.hpp"

namespace slipway::automation {
namespace {

bool says_yes(const json::object& row) {
    const auto* passes = row.if_contains("passes");
    return passes != nullptr && (*passes == json::value(true) || (passes->is_string() && passes->get_string() == "true"));
}

/// Metrics come as `{"auc": 0.9}` or as a list of such objects, the vendor's `testResults`: the names in all of them count.
json::object names_of(const json::object& results) {
    auto out = results;
    for (const auto* member : {"testResults", "results"}) {
        if (const auto* inner = json::object_of(results, member)) {
            for (const auto& [name, value] : *inner) {
                out[name] = value;
            }
        }
        const auto* list = json::array_of(results, member);
        for (const auto& item : list != nullptr ? *list : json::array{}) {
            for (const auto& [name, value] : item.is_object() ? item.get_object() : json::object{}) {
                out[name] = value;
            }
        }
    }
    return out;
}

}  // namespace

std::string_view to_string(Verdict::Kind kind) {
    switch (kind) {
        case Verdict::Kind::passed: return "PASSED";
        case Verdict::Kind::failed: return "FAILED";
        case Verdict::Kind::not_evaluated: break;
    }
    return "NOT_EVALUATED";
}

Result<Verdict> compare(Definitions& definitions, const std::string& content, const json::object& results) {
    SW_TRY(const auto tables, definitions.tables(content));
    const auto named = names_of(results);
    const lifecycle::ObjectNames names{named};
    Verdict out{.kind = Verdict::Kind::passed};
    for (const auto& [name, table] : tables) {
        SW_TRY(const auto rows, table.evaluate(names));
        if (rows.empty()) {
            out.kind = Verdict::Kind::failed;
            out.reasons.push_back(fmt::format("No rule of {} fits the results.", name));
        }
        for (const auto& row : rows) {
            if (!says_yes(row)) {
                out.kind = Verdict::Kind::failed;
                const auto reason = json::text_of(row, "reason");
                out.reasons.emplace_back(reason.empty() ? fmt::format("A rule of {} does not pass them.", name) : std::string{reason});
            }
        }
    }
    return tables.empty() ? Verdict{.reasons = {"The comparator holds no table."}} : out;
}

}  // namespace slipway::automation
