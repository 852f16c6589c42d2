#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <unordered_map>

#include "automation/calls.hpp"
#include "automation/instances.hpp"
#include "automation/step_rows.hpp"
#include "automation/turn.hpp"
#include "base/json_codec.hpp"
#include "lifecycle/state_bounds.hpp"
#include "store/sql_text.hpp"

/// Instances as lists show them.
namespace slipway::automation {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, definition_id, definition_key, business_key, group_name, state, created_by, start_element, started_at, ended_at, reason, parent_id, outcome, "
    "incidents, ticket_id, remove_at, (SELECT d.name FROM lifecycle_definitions d WHERE d.id = definition_id), "
    "(SELECT d.version FROM lifecycle_definitions d WHERE d.id = definition_id), "
    "COALESCE((SELECT s.name FROM deployable_models s WHERE s.id = business_key AND s.group_name = lifecycle_instances.group_name), "
    "(SELECT m.name FROM stored_models m WHERE m.id = business_key AND m.group_name = lifecycle_instances.group_name)), "
    "(SELECT count(*) FROM lifecycle_user_tasks t WHERE t.instance_id = lifecycle_instances.id) FROM lifecycle_instances";

InstanceInfo info_of(const store::Row& row) {
    InstanceInfo out{.id = row.text(0),
                     .definition_id = row.text(1),
                     .definition_key = row.text(2),
                     .definition_name = row.optional_text(16).value_or(""),
                     .definition_version = row.optional_integer(17).value_or(0),
                     .business_key = row.text(3),
                     .subject = row.optional_text(18).value_or(""),
                     .group = row.text(4),
                     .state = state_of(row.text(5)),
                     .started_by = row.text(6),
                     .start_element = row.text(7),
                     .started = row.time(8),
                     .reason = row.text(10),
                     .parent_id = row.text(11),
                     .outcome = row.text(12),
                     .incidents = row.integer(13),
                     .open_tasks = row.integer(19),
                     .ticket_id = row.text(14)};
    if (const auto ended = row.optional_integer(9)) {
        out.ended = from_epoch_ms(*ended);
    }
    if (const auto removal = row.optional_integer(15)) {
        out.removal = from_epoch_ms(*removal);
    }
    return out;
}

void add_conditions(store::SqlText& text, const Instances::Query& query, const store::Scope& scope, store::Dialect dialect) {
    text.text(" WHERE ").scope(scope);
    const auto equal = [&](std::string_view column, const std::string& value) {
        if (!value.empty()) {
            text.text(" AND ").text(column).text(" = ").bind(value);
        }
    };
    equal("definition_key", query.definition_key);
    equal("definition_id", query.definition_id);
    equal("business_key", query.business_key);
    if (query.running) {
        text.text(*query.running ? " AND state = 'active'" : " AND state <> 'active'");
    }
    query.filters.write(text, dialect, {});
    // Of what is asked for by its document only that is read which may hold it.
    for (std::size_t i = 0; i < query.activities.size(); ++i) {
        text.text(i == 0 ? " AND (" : " OR ").text("document LIKE ").bind(fmt::format("%\"e\":{}%", json::write(json::value(query.activities[i]))));
    }
    text.text(query.activities.empty() ? "" : ")");
}

bool reads_documents(const Instances::Query& query) {
    return !query.variables.empty() || !query.activities.empty();
}

constexpr std::size_t kReadAtOnce = 200;

/// Variables of the instance itself: of an ended one they are the document, else they stand in its first scope (state_codec.cpp).
json::object variables_in(const InstanceInfo& info, const json::object& members) {
    if (info.state != lifecycle::InstanceState::active) {
        return members;
    }
    const auto* tokens = json::array_of(members, "t");
    const auto* root = tokens == nullptr || tokens->empty() ? nullptr : tokens->front().if_object();
    const auto* variables = root == nullptr ? nullptr : json::object_of(*root, "v");
    return variables == nullptr ? json::object{} : *variables;
}

/// Whether a running instance waits in one of them: scopes around what it waits in do not count.
bool waits_in(const std::vector<std::string>& activities, const InstanceInfo& info, const json::object& members) {
    const auto* tokens = info.state == lifecycle::InstanceState::active ? json::array_of(members, "t") : nullptr;
    return tokens != nullptr && std::ranges::any_of(*tokens, [&](const json::value& one) {
               const auto* token = one.if_object();
               const auto state = token == nullptr ? std::string_view{"scope"} : json::text_of(*token, "k");
               return state != "scope" && state != "repeating" && std::ranges::find(activities, json::text_of(*token, "e")) != activities.end();
           });
}

/// Looks into the documents of instances in the order of their ids, by their sizes, so that neither their number nor their size fills the memory.
class DocumentReader {
public:
    DocumentReader(store::Session& sql, const Instances::Query& query, const DocumentBounds& bounds, const std::function<bool(InstanceInfo)>& use)
        : sql_{sql}, query_{query}, bounds_{bounds}, use_{use} {}

    /// @return whether `use` wants more; `invalid_argument` beyond the bounds.
    Result<bool> read(std::span<const std::string> ids) {
        for (std::size_t at = 0; at < ids.size(); at += kReadAtOnce) {
            SW_TRY(const bool more, read_some(ids.subspan(at, std::min(kReadAtOnce, ids.size() - at))));
            if (!more) {
                return false;
            }
        }
        return true;
    }
    std::unexpected<Error> too_much() const {
        return invalid(!query_.variables.empty() ? "?variables"
                       : query_.running          ? "?activityIdIn"
                                                 : "?activeActivityIdIn",
                       fmt::format("beside other filters, such as processDefinitionKey: it looks into at most {} instances with {} MiB", bounds_.instances,
                                   bounds_.bytes >> 20),
                       "a wider query");
    }

private:
    using Ids = std::span<const std::string>;

    Result<store::Rows> select(std::string_view what, Ids ids) {
        store::SqlText text;
        text.text(what).text(" FROM lifecycle_instances WHERE id IN (").bind_all(padded({ids.begin(), ids.end()})).text(")");
        return text.query(sql_);
    }
    Result<bool> read_some(Ids ids) {
        SW_TRY(const auto rows, select("SELECT id, " + store::bytes_of("document", sql_.dialect()), ids));
        std::unordered_map<std::string, std::int64_t> sizes;
        for (const auto& row : rows) {
            sizes[row.text(0)] = row.integer(1);
        }
        while (!ids.empty()) {
            if (bytes_ >= bounds_.bytes) {
                return too_much();
            }
            const auto count = fitting(ids, sizes);
            SW_TRY(const bool more, look_into(ids.first(count)));
            if (!more) {
                return false;
            }
            ids = ids.subspan(count);
        }
        return true;
    }
    /// How many are read at once, at least one.
    std::size_t fitting(Ids ids, std::unordered_map<std::string, std::int64_t>& sizes) {
        std::int64_t bytes = 0;
        std::size_t count = 0;
        for (; count < ids.size(); ++count) {
            const auto size = sizes[ids[count]];
            if (count > 0 && (bytes + size > bounds_.bytes_at_once || bytes_ + bytes >= bounds_.bytes)) {
                break;
            }
            bytes += size;
        }
        bytes_ += bytes;
        return count;
    }
    Result<bool> look_into(Ids ids) {
        SW_TRY(const auto rows, select(std::string{kColumns.substr(0, kColumns.rfind(" FROM "))} + ", document", ids));
        std::unordered_map<std::string, const store::Row*> by_id;
        for (const auto& row : rows) {
            by_id[row.text(0)] = &row;
        }
        for (const auto& id : ids) {
            const auto found = by_id.find(id);
            if (found == by_id.end()) {
                continue;  // removed meanwhile
            }
            auto info = info_of(*found->second);
            SW_TRY(const bool fits, is_wanted(info, found->second->text(20)));
            if (fits && !use_(std::move(info))) {
                return false;
            }
        }
        return true;
    }

    Result<bool> is_wanted(const InstanceInfo& info, const std::string& document) const {
        SW_TRY(const auto members, json::parse_object(document, lifecycle::kStateLimits));
        if (!query_.activities.empty() && !waits_in(query_.activities, info, members)) {
            return false;
        }
        const auto variables = query_.variables.empty() ? json::object{} : variables_in(info, members);
        return std::ranges::all_of(query_.variables, [&](const auto& filter) { return matches(filter, variables); });
    }

    store::Session& sql_;
    const Instances::Query& query_;
    const DocumentBounds& bounds_;
    const std::function<bool(InstanceInfo)>& use_;
    std::int64_t bytes_{0};
};

}  // namespace

Result<InstanceInfo> Instances::require(store::Session& sql, const identity::Principal& who, identity::Action action, const std::string& id) {
    store::SqlText text;
    text.text(kColumns).text(" WHERE id = ").bind(id).text(" AND ").scope(access_.scope(who, identity::Action::read, kCollection));
    SW_TRY(const auto rows, text.query(sql));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no process instance {}, or you may not see it.", id));
    }
    auto info = info_of(rows[0]);
    SW_CHECK(access_.require(who, action, kCollection, info.group, info.started_by));
    return info;
}

Result<InstanceInfo> Instances::get(store::Session& sql, const identity::Principal& who, const std::string& id) {
    SW_TRY(auto info, require(sql, who, identity::Action::read, id));
    SW_CHECK(tell_of_calls(sql, {&info, 1}));
    return info;
}

/// Their ids come first, in one statement: a database that sorts would read all documents again for each part of the list.
Result<void> Instances::each_match(store::Session& sql, const store::Scope& scope, const Query& query, const std::function<bool(InstanceInfo)>& use) const {
    store::SqlText text;
    text.text("SELECT id FROM lifecycle_instances");
    add_conditions(text, query, scope, sql.dialect());
    query.filters.write_order(text, "row_id DESC LIMIT ");
    text.bind(bounds_.instances + 1);
    SW_TRY(const auto rows, text.query(sql));
    std::vector<std::string> ids;
    ids.reserve(rows.size());
    for (const auto& row : rows) {
        ids.push_back(row.text(0));
    }
    const auto looked = std::min(ids.size(), static_cast<std::size_t>(bounds_.instances));
    DocumentReader reader{sql, query, bounds_, use};
    SW_TRY(const bool more, reader.read({ids.data(), looked}));
    return more && looked < ids.size() ? reader.too_much() : Result<void>{};
}

Result<std::vector<InstanceInfo>> Instances::list(store::Session& sql, const identity::Principal& who, const Query& query) {
    const auto scope = access_.scope(who, identity::Action::read, kCollection);
    std::vector<InstanceInfo> out;
    if (query.most == 0) {
        return out;
    }
    if (reads_documents(query)) {
        std::int64_t passed = 0;
        SW_CHECK(each_match(sql, scope, query, [&](InstanceInfo info) {
            if (passed++ >= query.first) {
                out.push_back(std::move(info));
            }
            return static_cast<std::int64_t>(out.size()) < query.most;
        }));
        SW_CHECK(tell_of_calls(sql, out));
        return out;
    }
    store::SqlText text;
    text.text(kColumns);
    add_conditions(text, query, scope, sql.dialect());
    query.filters.write_order(text, "row_id DESC LIMIT ");
    text.bind(query.most).text(" OFFSET ").bind(query.first);
    SW_TRY(const auto rows, text.query(sql));
    for (const auto& row : rows) {
        out.push_back(info_of(row));
    }
    SW_CHECK(tell_of_calls(sql, out));
    return out;
}

Result<std::int64_t> Instances::count(store::Session& sql, const identity::Principal& who, const Query& query) {
    const auto scope = access_.scope(who, identity::Action::read, kCollection);
    if (reads_documents(query)) {
        std::int64_t found = 0;
        SW_CHECK(each_match(sql, scope, query, [&](const InstanceInfo&) {
            ++found;
            return true;
        }));
        return found;
    }
    store::SqlText text;
    text.text("SELECT count(*) FROM lifecycle_instances");
    add_conditions(text, query, scope, sql.dialect());
    SW_TRY(const auto rows, text.query(sql));
    return rows[0].integer(0);
}

}  // namespace slipway::automation
