#include "registry/filter_words.hpp"

#include <array>
#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "domain/job.hpp"
#include "domain/model.hpp"
#include "domain/notification.hpp"
#include "domain/runtime.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

using Words = std::vector<std::string_view>;

template <json::DescribedEnum E>
Words words_of() {
    Words words;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto one) { words.emplace_back(one.name); });
    return words;
}

/// Words of a field by the names of its table and its filter; nothing where people make them.
const Words* words_of_field(const std::string_view table, const std::string_view field) {
    static const Words engines{domain::kSparkRuntime, domain::kModelOpEngine, domain::kSageMakerRuntime};
    static const std::map<std::pair<std::string_view, std::string_view>, Words> kWords{
        {{"jobs", "status"}, words_of<domain::JobStatus>()},
        {{"jobs", "jobType"}, words_of<domain::JobType>()},
        {{"jobs", "engineType"}, engines},
        {{"runtimes", "state"}, words_of<domain::RuntimeState>()},
        {{"runtimes", "engineType"}, engines},
        {{"deployed_models", "state"}, words_of<domain::DeploymentState>()},
        {{"notifications", "severity"}, {domain::kSeverities.begin(), domain::kSeverities.end()}},
    };
    const auto found = kWords.find({table, field});
    return found == kWords.end() ? nullptr : &found->second;
}

}  // namespace

Result<void> check_filter_words(const store::EntityTable& table, const store::Filter& filter) {
    for (const auto& term : filter.terms) {
        const bool whole = term.op == store::FilterTerm::Op::equal || term.op == store::FilterTerm::Op::not_equal;
        const auto* words = whole ? words_of_field(table.table, term.field) : nullptr;
        if (words == nullptr) {
            continue;
        }
        auto wanted = term.alternatives;
        wanted.insert(wanted.begin(), term.value);
        for (const auto& word : wanted) {
            if (!word.empty() && std::ranges::find(*words, word) == words->end()) {
                return invalid("?filter", fmt::format("one of {}", fmt::join(*words, ", ")), fmt::format("{} {}", term.field, json::utf8_front(word, 60)));
            }
        }
    }
    return {};
}

Result<store::ListQuery> by_ids(store::Session& sql, const store::EntityTable& table, store::ListQuery query, const store::Scope& scope) {
    using Op = store::FilterTerm::Op;
    constexpr std::int64_t kMost = 40;
    for (auto& term : query.filter.terms) {
        if (table.table != "jobs" || term.field != "runtime") {
            continue;
        }
        if (term.op != Op::equal && term.op != Op::not_equal && term.op != Op::contains) {
            return invalid("?filter", "compared with : = != or ~", term.field);
        }
        auto named = term;
        named.field = "name";
        named.op = term.op == Op::not_equal ? Op::equal : term.op;
        SW_TRY(const auto found, store::list(sql, runtimes_table(), {.filter = {.terms = {std::move(named)}}, .size = kMost}, scope));
        if (found.total > kMost) {
            return invalid("?filter", fmt::format("a name of at most {} runtimes", kMost), term.value);
        }
        term = {.field = "engineId", .op = term.op == Op::not_equal ? Op::not_equal : Op::equal, .value = "-"};  // the id of none
        for (const auto& runtime : found.items) {
            term.alternatives.push_back(runtime.id);
        }
    }
    return query;
}

}  // namespace slipway::registry
