#include "automation/definitions.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "automation/files.hpp"
#include "lifecycle/iso_time.hpp"
#include "store/sql_text.hpp"

namespace slipway::automation {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, definition_key, version, version_tag, name, deployment_id, resource, group_name, decision, created_at, created_by, days_kept FROM "
    "lifecycle_definitions";

Definition definition_of(const store::Row& row) {
    return {.id = row.text(0),
            .key = row.text(1),
            .version = row.integer(2),
            .version_tag = row.text(3),
            .name = row.text(4),
            .deployment_id = row.text(5),
            .resource = row.text(6),
            .group = row.text(7),
            .decision = row.integer(8) != 0,
            .deployed = row.time(9),
            .deployed_by = row.text(10),
            .days_kept = row.optional_integer(11)};
}

std::unexpected<Error> no_definition(std::string_view what) {
    return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no definition {}, or you may not see it.", what));
}

/// The file was deployed, so nobody's request is at fault: whoever asks may not take it for that, and the message for one that came too late.
std::unexpected<Error> unreadable(std::string_view id, const Error& why) {
    return fail(ErrorCode::internal, "INTERNAL", fmt::format("The file of the definition {} can no longer be read: {}", id, why.message), why.detail);
}

void add_conditions(store::SqlText& text, const Definitions::Query& query, const store::Scope& scope, store::Dialect dialect) {
    text.text(" WHERE decision = ").bind(std::int64_t{query.decisions}).text(" AND ").scope(scope);
    if (!query.key.empty()) {
        text.text(" AND definition_key = ").bind(query.key);
    }
    if (!query.name.empty()) {
        text.text(" AND name = ").bind(query.name);
    }
    if (!query.deployment_id.empty()) {
        text.text(" AND deployment_id = ").bind(query.deployment_id);
    }
    if (query.latest_only) {
        text.text(" AND latest = 1");
    }
    query.filters.write(text, dialect, {});
}

/// The first of what the rest of the statement finds.
Result<std::optional<Definition>> first(store::Session& sql, store::SqlText& text) {
    SW_TRY(const auto rows, text.query(sql));
    return rows.empty() ? std::nullopt : std::optional{definition_of(rows[0])};
}

}  // namespace

store::Scope scope_of(const identity::Access& access, const identity::Principal& who, identity::Action action) {
    auto scope = access.scope(who, action, kCollection);
    if (!scope.unrestricted && !scope.groups.empty() && action != identity::Action::write) {
        scope.groups.emplace_back();
    }
    return scope;
}

std::optional<Milliseconds> time_to_live(const lifecycle::Graph& graph) {
    const auto said = graph.properties().find("mlc.historyTimeToLive");
    if (said == graph.properties().end()) {
        return std::nullopt;
    }
    const auto& text = said->second;
    std::int64_t days = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), days);
    if (problem == std::errc{} && end == text.data() + text.size()) {
        constexpr std::int64_t most = 366'000;
        return std::chrono::days{std::clamp<std::int64_t>(days, 0, most)};
    }
    const auto period = lifecycle::parse_period(text);
    if (!period) {
        return std::nullopt;
    }
    constexpr std::int64_t days_of_month = 30;
    return period->exact + std::chrono::days{period->days + period->months * days_of_month};
}

Result<std::vector<Definition>> Definitions::list(store::Session& sql, const identity::Principal& who, const Query& query) {
    store::SqlText text;
    text.text(kColumns);
    add_conditions(text, query, scope_of(access_, who, identity::Action::read), sql.dialect());
    query.filters.write_order(text, "definition_key, group_name DESC, version DESC LIMIT ");
    text.bind(query.most).text(" OFFSET ").bind(query.first);
    SW_TRY(const auto rows, text.query(sql));
    std::vector<Definition> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(definition_of(row));
    }
    return out;
}

Result<std::int64_t> Definitions::count(store::Session& sql, const identity::Principal& who, const Query& query) {
    store::SqlText text;
    text.text("SELECT count(*) FROM lifecycle_definitions");
    add_conditions(text, query, scope_of(access_, who, identity::Action::read), sql.dialect());
    SW_TRY(const auto rows, text.query(sql));
    return rows[0].integer(0);
}

Result<Definition> Definitions::get(store::Session& sql, const identity::Principal& who, const std::string& id) {
    store::SqlText text;
    text.text(kColumns).text(" WHERE id = ").bind(id).text(" AND ").scope(scope_of(access_, who, identity::Action::read));
    SW_TRY(auto found, first(sql, text));
    if (!found) {
        return no_definition(id);
    }
    return *std::move(found);
}

Result<Definition> Definitions::latest(store::Session& sql, const identity::Principal& who, const std::string& key) {
    SW_TRY(auto found, list(sql, who, {.key = key, .latest_only = true, .most = 1}));
    if (found.empty()) {
        return no_definition(key);
    }
    return std::move(found[0]);
}

Result<Definition> Definitions::version(store::Session& sql, const identity::Principal& who, const std::string& key, std::int64_t version) {
    store::SqlText text;
    text.text(kColumns).text(" WHERE decision = 0 AND definition_key = ").bind(key).text(" AND version = ").bind(version);
    text.text(" AND ").scope(scope_of(access_, who, identity::Action::read)).text(" ORDER BY group_name DESC LIMIT 1");
    SW_TRY(auto found, first(sql, text));
    if (!found) {
        return no_definition(fmt::format("{}, version {}", key, version));
    }
    return *std::move(found);
}

Result<Definition> Definitions::row(store::Session& sql, const std::string& id) {
    SW_TRY(const auto rows, sql.query(std::string{kColumns} + " WHERE id = $1", {id}));
    if (rows.empty()) {
        return no_definition(id);
    }
    return definition_of(rows[0]);
}

Result<Resource> Definitions::resource(store::Session& sql, const identity::Principal& who, const std::string& definition_id) {
    SW_TRY(const auto definition, get(sql, who, definition_id));
    SW_TRY(auto content, read_file(sql, definition));
    return Resource{definition.resource, std::move(content)};
}

Result<std::shared_ptr<const lifecycle::Graph>> Definitions::graph(store::Session& sql, const std::string& definition_id) {
    {
        const std::scoped_lock lock{mutex_};
        if (const auto known = graphs_.find(definition_id); known != graphs_.end()) {
            return known->second;
        }
    }
    SW_TRY(const auto definition, row(sql, definition_id));
    SW_TRY(const auto content, read_file(sql, definition));
    const auto file = readers_.processes(content);
    if (!file) {
        return unreadable(definition_id, file.error());
    }
    for (const auto& process : file->found) {
        if (process.id == definition.key) {
            auto compiled = lifecycle::compile(process, lifecycle::CompileFor::running);
            if (!compiled) {
                return unreadable(definition_id, compiled.error());
            }
            const std::scoped_lock lock{mutex_};
            return graphs_.try_emplace(definition_id, std::make_shared<const lifecycle::Graph>(*std::move(compiled))).first->second;
        }
    }
    return fail(ErrorCode::internal, "INTERNAL", fmt::format("The file of the definition {} no longer holds it.", definition_id));
}

Result<std::shared_ptr<const lifecycle::Decision>> Definitions::decision(store::Session& sql, const std::string& definition_id) {
    {
        const std::scoped_lock lock{mutex_};
        if (const auto known = decisions_.find(definition_id); known != decisions_.end()) {
            return known->second;
        }
    }
    SW_TRY(const auto definition, row(sql, definition_id));
    SW_TRY(const auto content, read_file(sql, definition));
    SW_TRY(const auto file, readers_.decisions(content));
    for (const auto& table : file.found) {
        if (table.id == definition.key) {
            SW_TRY(auto compiled, lifecycle::Decision::compile(table));
            const std::scoped_lock lock{mutex_};
            return decisions_.try_emplace(definition_id, std::make_shared<const lifecycle::Decision>(std::move(compiled))).first->second;
        }
    }
    return fail(ErrorCode::internal, "INTERNAL", fmt::format("The file of the decision {} no longer holds it.", definition_id));
}

Result<std::optional<Definition>> Definitions::bound(store::Session& sql, const Definition& of, const std::string& group, bool decision, const std::string& key,
                                                     const std::string& binding, const std::string& version) {
    store::SqlText text;
    text.text(kColumns).text(" WHERE decision = ").bind(std::int64_t{decision}).text(" AND definition_key = ").bind(key);
    text.text(" AND (group_name = '' OR group_name = ").bind(group).text(")");
    if (binding == "deployment") {
        text.text(" AND deployment_id = ").bind(of.deployment_id);
    } else if (binding == "version") {
        text.text(" AND CAST(version AS TEXT) = ").bind(version);
    } else if (binding == "versionTag") {
        text.text(" AND version_tag = ").bind(version);
    }
    text.text(" ORDER BY group_name DESC, version DESC LIMIT 1");
    return first(sql, text);
}

}  // namespace slipway::automation
