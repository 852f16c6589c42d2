#include <algorithm>
#include <fmt/format.h>

#include "automation/definitions.hpp"
#include "automation/engine.hpp"
#include "automation/files.hpp"
#include "automation/sagemaker_topics.hpp"
#include "automation/snapshot_starts.hpp"
#include "automation/vendor_topics.hpp"
#include "base/crypto.hpp"
#include "lifecycle/starts.hpp"
#include "store/sql_text.hpp"

/// What is deployed, file by file.
namespace slipway::automation {
namespace {

constexpr std::string_view kColumns = "SELECT id, name, source, group_name, created_at, created_by FROM lifecycle_deployments";
constexpr std::size_t kMostFiles = 100;

Deployment deployment_of(const store::Row& row) {
    return {.id = row.text(0), .name = row.text(1), .source = row.text(2), .group = row.text(3), .at = row.time(4), .by = row.text(5)};
}

std::string hash_of(const std::vector<Resource>& resources) {
    std::string all;
    for (const auto& resource : resources) {
        all += crypto::sha256_hex(resource.name) + crypto::sha256_hex(resource.content);
    }
    return crypto::sha256_hex(all);
}

std::string_view start_kind(lifecycle::EventKind kind) {
    switch (kind) {
        case lifecycle::EventKind::message: return "message";
        case lifecycle::EventKind::signal: return "signal";
        case lifecycle::EventKind::timer: return "timer";
        default: return "conditional";
    }
}

/// Delegates of the vendor that nothing here works: they are named, since their tasks wait for a worker outside.
void name_unserved(const lifecycle::Graph& graph, std::vector<Remark>& remarks) {
    for (const auto& node : graph.nodes()) {
        const auto& topic = node.element.topic;
        if (topic.starts_with("modelop.") && !is_vendor_topic_served(topic)) {
            remarks.push_back({.element = node.element.id,
                               .rule = "DELEGATE",
                               .message = fmt::format("Nothing here does the work of {}: its task waits until a worker outside fetches that topic.", topic)});
        }
    }
}

/// Nothing here asks a condition over variables of no instance by itself: said at deploy, instead of a process that never starts.
void name_conditional_starts(const lifecycle::Graph& graph, std::vector<Remark>& remarks) {
    for (const auto start : graph.starts()) {
        const auto& element = graph.node(start).element;
        if (element.event.kind == lifecycle::EventKind::conditional) {
            remarks.push_back(
                {.element = element.id,
                 .rule = "CONDITIONAL_START",
                 .message =
                     "Nothing here asks this condition by itself: POST /mlc-service/rest/condition does, with the variables to ask it over. To start with "
                     "what happens here, use a signal start event (model.changed, snapshot.created) with a gateway behind it."});
        }
    }
}

/// Its key is that of the process which new snapshots start: without their signal it stops life cycles, and nobody is told otherwise.
void name_missing_start(const lifecycle::Graph& graph, std::vector<Remark>& remarks) {
    if (graph.key() == kDeployModel && !starts_with_snapshots(graph)) {
        remarks.push_back({.element = std::string{graph.key()},
                           .rule = "NO_SNAPSHOT_START",
                           .message =
                               "New snapshots start the process of this key by the signal snapshot.created, and no start event here takes it: in place of "
                               "a version that does, this one is started by none. Add a signal start event for it, or give the process another key."});
    }
}

/// Of one file its own words; of several each fault says which it is in.
Error error_of(const std::vector<RefusedFile>& refused, std::size_t files) {
    auto error = refused.front().error;
    if (files == 1) {
        return error;
    }
    error.message = fmt::format("{}: {}", refused.front().resource, error.message);
    if (refused.size() > 1) {
        error.message += fmt::format(" {} more of the files cannot run either.", refused.size() - 1);
    }
    error.faults.clear();
    for (const auto& file : refused) {
        if (file.error.faults.empty()) {
            error.faults.push_back({file.resource, "a file that can run here", file.error.message});
        }
        for (const auto& fault : file.error.faults) {
            error.faults.push_back({fmt::format("{}#{}", file.resource, fault.pointer), fault.expected, fault.got});
        }
    }
    return error;
}

}  // namespace

/// What a file holds, checked as a whole.
struct Definitions::Parsed {
    std::vector<std::pair<Definition, std::shared_ptr<const lifecycle::Graph>>> processes;
    std::vector<std::pair<Definition, std::shared_ptr<const lifecycle::Decision>>> decisions;
    std::vector<Remark> remarks;
};

struct Definitions::ReadFiles {
    std::vector<Parsed> parsed;
    std::vector<RefusedFile> refused;
};

Result<std::string> read_file(store::Session& sql, const Definition& definition) {
    SW_TRY(const auto rows,
           sql.query("SELECT content FROM lifecycle_resources WHERE deployment_id = $1 AND name = $2", {definition.deployment_id, definition.resource}));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("The file {} is no more.", definition.resource));
    }
    return rows[0].blob(0);
}

FileKind file_kind(std::string_view name) {
    if (name.ends_with(".bpmn") || name.ends_with(".bpmn20.xml")) {
        return FileKind::process;
    }
    return name.ends_with(".dmn") || name.ends_with(".dmn11.xml") ? FileKind::decision : FileKind::other;
}

lifecycle::Zone Definitions::zone_of(const lifecycle::Graph& graph) const {
    return {.rules = clocks_.zones, .name = graph.time_zone().empty() ? std::string_view{clocks_.time_zone} : graph.time_zone()};
}

/// A zone that is not known would stop the first timer, long after.
Result<void> Definitions::check_zone(const lifecycle::Graph& graph) const {
    if (const auto known = zone_of(graph).to_local({}); !known) {
        return std::unexpected(Error{ErrorCode::invalid_argument,
                                     "PROCESS",
                                     known.error().message,
                                     {{graph.key(), "mlc.timeZone: a time zone of this machine", std::string{graph.time_zone()}}},
                                     {}});
    }
    return {};
}

Result<std::vector<std::pair<std::string, lifecycle::Decision>>> Definitions::tables(std::string_view content) {
    SW_TRY(auto file, readers_.decisions(content));
    std::vector<std::pair<std::string, lifecycle::Decision>> out;
    for (auto& table : file.found) {
        auto name = table.name.empty() ? table.id : table.name;
        SW_TRY(auto decision, lifecycle::Decision::compile(std::move(table)));
        out.emplace_back(std::move(name), std::move(decision));
    }
    return out;
}

Result<Definitions::Parsed> Definitions::parse(const Resource& resource) {
    Parsed out;
    const auto kind = file_kind(resource.name);
    if (kind == FileKind::process) {
        SW_TRY(auto file, readers_.processes(resource.content));
        out.remarks = std::move(file.remarks);
        for (const auto& process : file.found) {
            SW_TRY(auto graph, lifecycle::compile(process));
            SW_CHECK(check_zone(graph));
            name_unserved(graph, out.remarks);
            name_conditional_starts(graph, out.remarks);
            name_missing_start(graph, out.remarks);
            Definition found{.key = process.id, .version_tag = process.version_tag, .name = process.name, .resource = resource.name};
            if (const auto kept = time_to_live(graph)) {
                found.days_kept = std::chrono::ceil<std::chrono::days>(*kept).count();
            } else if (!process.history_time_to_live.empty()) {
                out.remarks.push_back({.element = process.id,
                                       .rule = "TIME_TO_LIVE",
                                       .message = fmt::format("historyTimeToLive=\"{}\" is neither days nor a duration such as P180D: instances are kept.",
                                                              process.history_time_to_live)});
            }
            out.processes.emplace_back(std::move(found), std::make_shared<const lifecycle::Graph>(std::move(graph)));
        }
    } else if (kind == FileKind::decision) {
        SW_TRY(auto file, readers_.decisions(resource.content));
        out.remarks = std::move(file.remarks);
        for (const auto& table : file.found) {
            SW_TRY(auto decision, lifecycle::Decision::compile(table));
            out.decisions.emplace_back(Definition{.key = table.id, .name = table.name, .resource = resource.name, .decision = true},
                                       std::make_shared<const lifecycle::Decision>(std::move(decision)));
        }
    } else {
        out.remarks.push_back({.rule = "NO_DEFINITION", .message = "It is kept, and nothing of it runs: processes are files called .bpmn, decisions .dmn."});
    }
    for (auto& remark : out.remarks) {
        remark.resource = resource.name;
    }
    return out;
}

Result<std::vector<Remark>> Definitions::check(const Resource& resource) {
    SW_TRY(auto parsed, parse(resource));
    return std::move(parsed.remarks);
}

Result<std::optional<Deployment>> Definitions::same_as_last(store::Session& sql, const std::string& group, const DeployRequest& request,
                                                            const std::string& hash) {
    SW_TRY(const auto rows, sql.query("SELECT id, content_hash FROM lifecycle_deployments WHERE group_name = $1 AND name = $2 ORDER BY row_id DESC LIMIT 1",
                                      {group, request.name}));
    if (rows.empty() || rows[0].text(1) != hash) {
        return std::nullopt;
    }
    SW_TRY(auto there, deployment(sql, identity::Principal::service(), rows[0].text(0)));
    there.existing = true;
    return there;
}

Result<void> Definitions::add_definition(store::Unit& unit, Deployment& deployment, Definition definition, std::vector<RefusedFile>& refused) {
    const auto same = [&](const Definition& one) { return one.decision == definition.decision && one.key == definition.key; };
    if (const auto there = std::ranges::find_if(deployment.definitions, same); there != deployment.definitions.end()) {
        refused.push_back({definition.resource, Error{ErrorCode::invalid_argument,
                                                      "DUPLICATE_KEY",
                                                      fmt::format("Two of the files hold {}.", definition.key),
                                                      {{definition.key, "another id", "the id of what is in " + there->resource}},
                                                      {}}});
        return {};
    }
    const std::int64_t decision = definition.decision ? 1 : 0;
    definition.deployment_id = deployment.id;
    definition.group = deployment.group;
    definition.deployed = unit.now;
    definition.deployed_by = deployment.by;
    SW_TRY(const auto before, unit.sql.query("SELECT max(version) FROM lifecycle_definitions WHERE decision = $1 AND definition_key = $2 AND group_name = $3",
                                             {decision, definition.key, definition.group}));
    definition.version = before[0].optional_integer(0).value_or(0) + 1;
    definition.id = fmt::format("{}:{}:{}", definition.key, definition.version, unit.new_id());
    SW_CHECK(unit.sql.execute("UPDATE lifecycle_definitions SET latest = 0 WHERE decision = $1 AND definition_key = $2 AND group_name = $3 AND latest = 1",
                              {decision, definition.key, definition.group}));
    SW_CHECK(unit.sql.execute(
        "INSERT INTO lifecycle_definitions (id, decision, definition_key, version, version_tag, name, deployment_id, resource, "
        "group_name, latest, created_at, created_by, days_kept) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $12)",
        {definition.id, decision, definition.key, definition.version, definition.version_tag, definition.name, definition.deployment_id, definition.resource,
         definition.group, store::to_value(unit.now), definition.deployed_by, definition.days_kept ? store::Value{*definition.days_kept} : store::Value{}}));
    deployment.definitions.push_back(std::move(definition));
    return {};
}

/// What starts the process by itself takes the place of what started its version before.
Result<void> Definitions::write_starts(store::Unit& unit, const Definition& definition, const lifecycle::Graph& graph) const {
    SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_starts WHERE definition_key = $1 AND group_name = $2", {definition.key, definition.group}));
    SW_TRY(const auto triggers, lifecycle::start_triggers(graph));
    for (const auto& trigger : triggers) {
        if (trigger.kind == lifecycle::EventKind::none) {
            continue;
        }
        store::Value due;
        lifecycle::Schedule schedule;
        if (trigger.kind == lifecycle::EventKind::timer) {
            SW_TRY(const auto spec, lifecycle::parse_timer(trigger.timer, trigger.timer_text));
            SW_TRY(schedule, lifecycle::first_firing(spec, unit.now, zone_of(graph)));
            due = store::to_value(schedule.due);
        }
        const auto name = trigger.kind == lifecycle::EventKind::signal ? canonical_signal(trigger.name) : trigger.name;
        SW_CHECK(
            unit.sql.execute("INSERT INTO lifecycle_starts (definition_id, definition_key, group_name, element, kind, name, due_at, anchor, position, "
                             "firings_left) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                             {definition.id, definition.key, definition.group, trigger.element, std::string{start_kind(trigger.kind)}, name, due,
                              store::to_value(schedule.anchor), schedule.index, schedule.left}));
    }
    return {};
}

Result<std::string> Definitions::group_for(const identity::Principal& who, const DeployRequest& request) const {
    if (request.resources.empty() || request.resources.size() > kMostFiles) {
        return invalid("/resources", fmt::format("one to {} files", kMostFiles), fmt::format("{} files", request.resources.size()));
    }
    return !request.group.empty() || !who.admin ? access_.group_for_new(who, kCollection, request.group, {}, {}) : request.group;
}

/// All are read before any is refused, so that each is told what is wrong in it.
Result<std::shared_ptr<const Definitions::ReadFiles>> Definitions::read(const identity::Principal& who, const DeployRequest& request) {
    SW_CHECK(group_for(who, request));
    auto out = std::make_shared<ReadFiles>();
    for (const auto& resource : request.resources) {
        auto parsed = parse(resource);
        if (!parsed && parsed.error().code != ErrorCode::invalid_argument) {
            return std::unexpected(std::move(parsed.error()));
        }
        if (parsed) {
            out->parsed.push_back(*std::move(parsed));
        } else {
            out->refused.push_back({resource.name, std::move(parsed.error())});
        }
    }
    return out;
}

/// Where a file is refused, nothing of what is written counts.
Result<void> Definitions::store_files(store::Unit& unit, Deployment& out, const std::vector<Resource>& resources, const ReadFiles& files,
                                      std::vector<RefusedFile>& refused) {
    refused = files.refused;
    Graphs fresh;
    for (std::size_t i = 0; i < resources.size() && refused.empty(); ++i) {
        SW_CHECK(unit.sql.execute("INSERT INTO lifecycle_resources (deployment_id, name, content) VALUES ($1, $2, $3)",
                                  {out.id, resources[i].name, store::Blob{resources[i].content}}));
        const auto& parsed = files.parsed[i];
        for (const auto& [found, graph] : parsed.processes) {
            SW_CHECK(add_definition(unit, out, found, refused));
            if (refused.empty()) {
                SW_CHECK(write_starts(unit, out.definitions.back(), *graph));
                fresh.emplace(out.definitions.back().id, graph);
            }
        }
        for (const auto& [found, decision] : parsed.decisions) {
            SW_CHECK(add_definition(unit, out, found, refused));
        }
        out.remarks.insert(out.remarks.end(), parsed.remarks.begin(), parsed.remarks.end());
    }
    if (!refused.empty()) {
        return {};
    }
    SW_CHECK(check_cycles(unit.sql, out, fresh, refused));
    return name_missing_calls(unit.sql, out, fresh);
}

Result<Deployment> Definitions::deploy(store::Unit& unit, const identity::Principal& who, const DeployRequest& request, std::vector<RefusedFile>* refused) {
    SW_TRY(const auto files, read(who, request));
    return deploy(unit, who, request, *files, refused);
}

Result<Deployment> Definitions::deploy(store::Unit& unit, const identity::Principal& who, const DeployRequest& request, const ReadFiles& files,
                                       std::vector<RefusedFile>* refused) {
    Deployment out{.name = request.name, .source = request.source, .group = {}, .at = unit.now, .by = who.name};
    SW_TRY(out.group, group_for(who, request));
    const auto hash = hash_of(request.resources);
    if (request.filter_duplicates) {
        SW_TRY(auto there, same_as_last(unit.sql, out.group, request, hash));
        if (there) {
            return *std::move(there);
        }
    }
    out.id = unit.new_id();
    std::vector<RefusedFile> at_fault;
    SW_CHECK(store_files(unit, out, request.resources, files, at_fault));
    if (refused != nullptr) {
        *refused = at_fault;
    }
    if (!at_fault.empty()) {
        return std::unexpected(error_of(at_fault, request.resources.size()));
    }
    SW_CHECK(
        unit.sql.execute("INSERT INTO lifecycle_deployments (id, name, source, group_name, content_hash, created_at, created_by) "
                         "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                         {out.id, out.name, out.source, out.group, hash, store::to_value(unit.now), out.by}));
    return out;
}

Result<std::vector<Deployment>> Definitions::deployments(store::Session& sql, const identity::Principal& who, const Filters& filters, std::int64_t first,
                                                         std::int64_t most) {
    store::SqlText text;
    text.text(kColumns).text(" WHERE ").scope(scope_of(access_, who, identity::Action::read));
    filters.write(text, sql.dialect(), {});
    filters.write_order(text, "row_id DESC LIMIT ");
    text.bind(most).text(" OFFSET ").bind(first);
    SW_TRY(const auto rows, text.query(sql));
    std::vector<Deployment> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(deployment_of(row));
    }
    return out;
}

Result<Deployment> Definitions::deployment(store::Session& sql, const identity::Principal& who, const std::string& id) {
    store::SqlText text;
    text.text(kColumns).text(" WHERE id = ").bind(id).text(" AND ").scope(scope_of(access_, who, identity::Action::read));
    SW_TRY(const auto rows, text.query(sql));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no deployment {}, or you may not see it.", id));
    }
    auto out = deployment_of(rows[0]);
    SW_TRY(out.definitions, list(sql, who, {.deployment_id = id}));
    SW_TRY(auto decisions, list(sql, who, {.deployment_id = id, .decisions = true}));
    out.definitions.insert(out.definitions.end(), decisions.begin(), decisions.end());
    return out;
}

Result<std::vector<Resource>> Definitions::resources(store::Session& sql, const identity::Principal& who, const std::string& deployment_id) {
    SW_CHECK(deployment(sql, who, deployment_id));
    SW_TRY(const auto rows, sql.query("SELECT name, content FROM lifecycle_resources WHERE deployment_id = $1 ORDER BY name", {deployment_id}));
    std::vector<Resource> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back({row.text(0), row.blob(1)});
    }
    return out;
}

}  // namespace slipway::automation
