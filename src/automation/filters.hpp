#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/sql_text.hpp"

/// Filters and orders of lists, in the names that queries of Camunda 7 have for them.
namespace slipway::automation {

/// What is made of the text of a filter.
enum class Comparison : std::uint8_t {
    equal,
    differs,
    like,  ///< `%` is any text, `_` any letter, `\` before them means themselves
    any_of,
    none_of,
    number,
    at_least,
    at_most,
    below,
    above,
    time,
    after,
    before,
    now,   ///< a flag; the condition compares with the time now
    flag,  ///< a flag; the condition stands alone
};

/// One filter. In `condition` each `@` stands for the comparison, of a flag of the kind `now` for the time.
struct FilterRule {
    std::string_view name;
    Comparison comparison{Comparison::equal};
    std::string_view condition;
};
/// What a list may be ordered by.
struct OrderRule {
    std::string_view name;
    std::string_view column;
};
/// What a list offers.
struct ListRules {
    std::span<const FilterRule> filters;
    std::span<const OrderRule> orders;
    bool alternatives{false};  ///< Camunda offers `orQueries`
};
const ListRules& definition_rules();
const ListRules& deployment_rules();
const ListRules& running_rules();
const ListRules& past_rules();
const ListRules& incident_rules();
const ListRules& past_incident_rules();
const ListRules& job_rules();
const ListRules& external_task_rules();
const ListRules& user_task_rules();
/// Of a topic that is fetched from.
const ListRules& topic_rules();

/// The filters of one query, joined by AND, with alternatives of which one must hold, and its order.
class Filters {
public:
    /// How many values a client may give a filter.
    static constexpr std::size_t kMostValues = 500;
    /// @return whether `rules` have that filter. `invalid_argument` for values that it cannot have, and for more than `most`.
    Result<bool> add(const ListRules& rules, std::string_view name, const std::vector<std::string>& values, std::size_t most = kMostValues);
    /// One of the filters of `alternatives` must hold; without any, all is well.
    void add_any_of(const Filters& alternatives);
    /// @return whether `rules` have that order.
    bool order_by(const ListRules& rules, std::string_view name, bool descending);

    /// The values of that filter where all must hold; empty: it is not there.
    std::vector<std::string> texts_of(std::string_view name) const;

    /// ` AND …` for each.
    void write(store::SqlText& text, store::Dialect dialect, Timestamp now) const;
    /// ` ORDER BY …`. @param usual the order without a wish, which also sorts what is the same by the wish.
    void write_order(store::SqlText& text, std::string_view usual) const;

private:
    struct Term {
        const FilterRule* rule{nullptr};
        std::vector<std::string> texts{};
        std::int64_t number{0};
    };
    struct Order {
        std::string_view column;
        bool descending{false};
    };
    static void write_value(store::SqlText& text, const Term& term, store::Dialect dialect, Timestamp now);
    static void write_term(store::SqlText& text, const Term& term, store::Dialect dialect, Timestamp now);

    std::vector<Term> terms_;
    std::vector<std::vector<Term>> alternatives_;
    std::vector<Order> orders_;
};

/// Whether `text` is like the pattern, as Comparison::like.
bool is_like(std::string_view text, std::string_view pattern);

}  // namespace slipway::automation
