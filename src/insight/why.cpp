#include "insight/why.hpp"

namespace slipway::insight {

json::object to_json(const Answer& answer) {
    json::array facts;
    for (const auto& fact : answer.facts) {
        json::object one{{"code", fact.code}, {"message", fact.message}};
        if (fact.since) {
            one["since"] = to_iso(*fact.since);
        }
        if (fact.ref) {
            one["ref"] = {{"kind", fact.ref->kind}, {"id", fact.ref->id}};
        }
        facts.push_back(std::move(one));
    }
    json::array next;
    for (const auto& step : answer.next) {
        json::object one{{"message", step.message}};
        if (!step.cli.empty()) {
            one["cli"] = step.cli;
        }
        if (!step.href.empty()) {
            one["href"] = step.href;
        }
        next.push_back(std::move(one));
    }
    return {{"id", answer.id},         {"kind", answer.kind},       {"question", answer.question},
            {"answer", answer.answer}, {"facts", std::move(facts)}, {"next", std::move(next)}};
}

}  // namespace slipway::insight
