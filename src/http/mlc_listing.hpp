#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "automation/filters.hpp"
#include "automation/variable_filter.hpp"
#include "http/mlc_request.hpp"

/// What a list of `/mlc-service/rest` is asked for. Whatever a client gives is honoured or refused: who filters by what is ignored acts on everything.
namespace slipway::http::mlc {

struct Listing {
    automation::Filters filters{};
    std::vector<automation::VariableFilter> variables{};
    std::vector<std::string> activities{};
    Window window{};
};

/// What a route reads beside the filters of its rules.
struct Reads {
    bool variables{false};          ///< `variables`: NAME_OPERATOR_VALUE, or objects of name, operator and value in a body
    std::string_view activities{};  ///< what a list of ids of activities is called that instances wait in
    bool pages{true};               ///< `firstResult`, `maxResults`, `sortBy`, `sortOrder`, `sorting`
    std::initializer_list<std::string_view> others{};
};

/// @return `invalid_argument` that names the parameter: for one that is not offered, and for a value that it cannot have.
Result<Listing> listing(const Parameters& parameters, const automation::ListRules& rules, const Reads& reads);

/// A filter of views that no database holds; of a time, as the view writes it.
struct ViewRule {
    std::string_view name;
    automation::Comparison comparison{automation::Comparison::equal};
    std::string_view member;
    bool opposite{false};  ///< of a flag: the member is false or null
};
/// The views that are asked for, ordered and paged. Orders are by `column`, a member. @return as listing().
Result<json::array> pick(const json::array& views, const Parameters& parameters, std::span<const ViewRule> rules, std::span<const automation::OrderRule> orders,
                         std::initializer_list<std::string_view> others);

/// Filters of tasks for people whose values only their route knows: groups of the user are of the caller alone.
inline constexpr std::string_view kCandidateUser = "candidateUser";
/// Ours: what the caller may end, and others are not asked to: their own, what is offered to them, and what is anybody's.
inline constexpr std::string_view kMine = "mine";

/// `sorting` of a fetch: true for the newest first, false for the oldest; nothing without a wish. @return `invalid_argument`.
Result<std::optional<bool>> newest_first(const json::object& body);

/// The filters of a topic that is fetched from; `others` are its members that are none. @return `invalid_argument`.
Result<automation::Filters> topic_filters(const json::object& topic, const std::string& pointer, std::initializer_list<std::string_view> others);

/// What a body may hold; what is null, false or empty counts as left out: clients send all that they know.
/// @return `invalid_argument` that names the first other member.
Result<void> only(const json::object& body, std::initializer_list<std::string_view> names);

}  // namespace slipway::http::mlc
