#include "automation/calls.hpp"

#include <algorithm>
#include <unordered_map>

#include "automation/step_rows.hpp"

namespace slipway::automation {
namespace {

constexpr std::string_view kOwn =
    "shown(row_id, instance_id, token, element, id, root, cause, called) AS (SELECT n.row_id, n.instance_id, n.token, n.element, "
    "n.instance_id || ':' || CAST(n.incident AS TEXT), n.instance_id || ':' || CAST(n.incident AS TEXT), n.instance_id || ':' || CAST(n.incident AS TEXT), "
    "n.instance_id FROM ";
constexpr std::string_view kAbove =
    " UNION ALL SELECT s.row_id, c.parent_id, c.parent_token, c.parent_element, c.parent_id || ':' || s.root, s.root, s.id, c.id "
    "FROM shown s JOIN lifecycle_instances c ON c.id = s.instance_id WHERE c.parent_id <> '') ";

std::vector<std::string> ids_where(std::span<const InstanceInfo> instances, bool (*wanted)(const InstanceInfo&)) {
    std::vector<std::string> out;
    for (const auto& one : instances) {
        if (wanted(one)) {
            out.push_back(one.id);
        }
    }
    return padded(std::move(out));
}

/// Only what runs is stuck, and what it called runs no longer than it does.
Result<void> add_incidents(store::Session& sql, std::span<InstanceInfo> instances) {
    const auto running = ids_where(instances, [](const InstanceInfo& one) { return one.state == lifecycle::InstanceState::active; });
    if (running.empty()) {
        return {};
    }
    store::SqlText text;
    text.text("WITH RECURSIVE below(top, id, incidents) AS (SELECT parent_id, id, incidents FROM lifecycle_instances WHERE parent_id IN (");
    text.bind_all(running).text(
        ") AND parent_id <> '' AND state = 'active' UNION ALL SELECT b.top, c.id, c.incidents FROM below b JOIN lifecycle_instances c ON c.parent_id = b.id "
        "WHERE c.parent_id <> '' AND c.state = 'active') SELECT top, CAST(SUM(incidents) AS BIGINT) FROM below GROUP BY top");
    SW_TRY(const auto rows, text.query(sql));
    std::unordered_map<std::string, std::int64_t> more;
    for (const auto& row : rows) {
        more[row.text(0)] = row.integer(1);
    }
    for (auto& one : instances) {
        const auto found = more.find(one.id);
        one.incidents += found == more.end() ? 0 : found->second;
    }
    return {};
}

/// The root of what was called is the last caller that is still known.
Result<void> name_roots(store::Session& sql, std::span<InstanceInfo> instances) {
    for (auto& one : instances) {
        one.root_id = one.parent_id.empty() ? one.id : one.parent_id;
    }
    const auto called = ids_where(instances, [](const InstanceInfo& one) { return !one.parent_id.empty(); });
    if (called.empty()) {
        return {};
    }
    store::SqlText text;
    text.text("WITH RECURSIVE up(id, above) AS (SELECT id, parent_id FROM lifecycle_instances WHERE id IN (").bind_all(called);
    text.text(
        ") UNION ALL SELECT u.id, p.parent_id FROM up u JOIN lifecycle_instances p ON p.id = u.above WHERE p.parent_id <> '') SELECT id, above FROM up u "
        "WHERE NOT EXISTS (SELECT 1 FROM lifecycle_instances p WHERE p.id = u.above AND p.parent_id <> '')");
    SW_TRY(const auto rows, text.query(sql));
    std::unordered_map<std::string, std::string> roots;
    for (const auto& row : rows) {
        roots[row.text(0)] = row.text(1);
    }
    for (auto& one : instances) {
        const auto found = roots.find(one.id);
        one.root_id = found == roots.end() ? one.root_id : found->second;
    }
    return {};
}

struct Call {
    std::string element;  ///< empty: not known of one from before it was kept
    std::string id;
    Timestamp at{};
};

bool is_within(const Call& call, const ActivityInfo& visit) {
    return (call.element.empty() || call.element == visit.element) && call.at >= visit.started && (!visit.ended || call.at <= *visit.ended);
}

}  // namespace

void write_shown_incidents(store::SqlText& text, const std::vector<std::string>& ids, bool resolved_too) {
    text.text("WITH RECURSIVE ");
    if (!ids.empty()) {
        text.text("below(id) AS (SELECT id FROM lifecycle_instances WHERE id IN (").bind_all(ids);
        text.text(") UNION SELECT c.id FROM below b JOIN lifecycle_instances c ON c.parent_id = b.id WHERE c.parent_id <> ''").text("), ");
    }
    text.text(kOwn).text(ids.empty() ? "lifecycle_incidents n" : "below b JOIN lifecycle_incidents n ON n.instance_id = b.id");
    text.text(resolved_too ? "" : " WHERE n.resolved_at IS NULL").text(kAbove);
}

Result<void> tell_of_calls(store::Session& sql, std::span<InstanceInfo> instances) {
    SW_CHECK(add_incidents(sql, instances));
    return name_roots(sql, instances);
}

Result<bool> is_called_by(store::Session& sql, const std::string& instance, const std::string& caller) {
    SW_TRY(const auto rows,
           sql.query("WITH RECURSIVE up(id) AS (SELECT parent_id FROM lifecycle_instances WHERE id = $1 AND parent_id <> '' UNION ALL SELECT p.parent_id "
                     "FROM up u JOIN lifecycle_instances p ON p.id = u.id WHERE p.parent_id <> '') SELECT 1 FROM up WHERE id = $2",
                     {instance, caller}));
    return !rows.empty();
}

/// A token that passes an activity twice, or tries it again, has called more than one: each belongs to the visit in which it began, and the last one of a visit
/// counts.
Result<void> name_called(store::Session& sql, const std::string& instance_id, std::span<ActivityInfo> visits) {
    std::unordered_map<std::int64_t, std::vector<ActivityInfo*>> by_token;
    for (auto& visit : visits) {
        if (visit.type == "callActivity") {
            by_token[visit.token].push_back(&visit);
        }
    }
    if (by_token.empty()) {
        return {};
    }
    SW_TRY(const auto rows,
           sql.query("SELECT parent_token, parent_element, id, started_at FROM lifecycle_instances WHERE parent_id = $1 AND parent_id <> '' ORDER BY row_id",
                     {instance_id}));
    for (const auto& row : rows) {
        const Call call{.element = row.text(1), .id = row.text(2), .at = row.time(3)};
        ActivityInfo* its = nullptr;
        for (auto* visit : by_token[row.integer(0)]) {
            if (is_within(call, *visit)) {
                its = visit;
                if (visit->called_id.empty()) {
                    break;
                }
            }
        }
        if (its != nullptr) {
            its->called_id = call.id;
        }
    }
    return {};
}

}  // namespace slipway::automation
