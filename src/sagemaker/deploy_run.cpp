#include "sagemaker/deploy_run.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

#include "sagemaker/deploy_plan.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::string_view kSelect = "SELECT operation_id, deployed_model_id, deployable_model_id, group_name, state, next_at, document FROM deploy_runs ";

Result<DeployRun> run_of(const store::Row& row) {
    SW_TRY(const auto document, json::parse(row.text(6)));
    DeployRun run{.operation_id = row.text(0), .deployed_model_id = row.text(1), .deployable_model_id = row.text(2), .group = row.text(3)};
    const auto state = json::enum_value<DeployState>(row.text(4));
    if (!state) {
        return fail(ErrorCode::internal, "INTERNAL", "A stored deployment is damaged.", row.text(0));
    }
    run.state = *state;
    run.next_at = row.time(5);
    SW_TRY(run.detail, json::decode<DeployDetail>(document));
    return run;
}

Result<std::optional<DeployRun>> first_of(Result<store::Rows> rows) {
    SW_CHECK(rows);
    if (rows->empty()) {
        return std::nullopt;
    }
    SW_TRY(auto run, run_of((*rows)[0]));
    return std::optional{std::move(run)};
}

}  // namespace

bool is_live(DeployState state) {
    using enum DeployState;
    return state == PLANNED || state == CONFIG_READY || state == REQUESTED || state == WAITING;
}

std::string DeployRun::endpoint_key() const {
    auto key = fmt::format("{}/{}/{}", detail.account, detail.region, detail.endpoint_name);
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return key;
}

void DeployRun::enter(DeployState next, Timestamp at, std::string note) {
    state = next;
    next_at = at;
    detail.looks = 0;
    if (next != DeployState::REQUESTED) {  // AWS is asked again: whether what it waits for is over shows its answer
        detail.failures = 0;
        detail.waits_since.reset();
    }
    detail.transitions.push_back({.state = std::string{json::enum_name(next)}, .at = at, .note = note.empty() ? std::nullopt : std::optional{std::move(note)}});
}

bool DeployRun::made_nothing() const {
    return detail.kind == DeployKind::DEPLOY && (state == DeployState::PLANNED || state == DeployState::CONFIG_READY);
}

std::string DeployRun::told_as_busy() const {
    const auto waits = detail.waits_since && detail.why ? fmt::format(" It waits: {}", *detail.why) : std::string{};
    return fmt::format("operation {}.{}{}", operation_id, waits,
                       made_nothing() ? fmt::format(" To give it up: slipway operation cancel {}", operation_id) : "");
}

void DeployRun::step_back() {
    if (state == DeployState::REQUESTED && detail.transitions.size() > 1) {
        state = DeployState::CONFIG_READY;
        detail.transitions.pop_back();
        detail.requested_at.reset();
    }
}

Result<void> insert_run(store::Unit& unit, const DeployRun& run) {
    SW_CHECK(unit.sql.execute(
        "INSERT INTO deploy_runs (operation_id, deployed_model_id, deployable_model_id, group_name, endpoint_key, state, live, next_at, document) "
        "VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)",
        {run.operation_id, run.deployed_model_id, run.deployable_model_id, run.group, run.endpoint_key(), std::string{json::enum_name(run.state)},
         store::to_value(run.next_at), json::write(json::encode_object(run.detail))}));
    return {};
}

Result<void> save_run(store::Unit& unit, const DeployRun& run) {
    SW_CHECK(unit.sql.execute("UPDATE deploy_runs SET state = $1, live = $2, next_at = $3, document = $4 WHERE operation_id = $5",
                              {std::string{json::enum_name(run.state)}, std::int64_t{is_live(run.state)}, store::to_value(run.next_at),
                               json::write(json::encode_object(run.detail)), run.operation_id}));
    return {};
}

Result<void> hurry_run(store::Unit& unit, const std::string& operation_id) {
    SW_CHECK(unit.sql.execute("UPDATE deploy_runs SET next_at = $1 WHERE operation_id = $2 AND live = 1", {store::to_value(unit.now), operation_id}));
    return {};
}

Result<DeployRun> run_of_operation(store::Session& sql, const std::string& operation_id) {
    SW_TRY(auto run, first_of(sql.query(fmt::format("{}WHERE operation_id = $1", kSelect), {operation_id})));
    if (!run) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no deployment of the operation {}.", operation_id));
    }
    return std::move(*run);
}

Result<std::optional<DeployRun>> last_run(store::Session& sql, const std::string& deployed_model_id) {
    return first_of(sql.query(fmt::format("{}WHERE deployed_model_id = $1 ORDER BY row_id DESC LIMIT 1", kSelect), {deployed_model_id}));
}

Result<std::optional<DeployRun>> deploying_run(store::Session& sql, const std::string& deployed_model_id) {
    // A deployment begins with its only run of that kind.
    SW_TRY(auto first, first_of(sql.query(fmt::format("{}WHERE deployed_model_id = $1 ORDER BY row_id LIMIT 1", kSelect), {deployed_model_id})));
    return first && first->detail.kind == DeployKind::DEPLOY ? std::move(first) : std::nullopt;
}

Result<std::vector<DeployRun>> runs_of(store::Session& sql, const std::string& deployed_model_id) {
    SW_TRY(const auto rows, sql.query(fmt::format("{}WHERE deployed_model_id = $1 ORDER BY row_id", kSelect), {deployed_model_id}));
    std::vector<DeployRun> runs;
    runs.reserve(rows.size());
    for (const auto& row : rows) {
        SW_TRY(runs.emplace_back(), run_of(row));
    }
    return runs;
}

json::array history_of(const std::vector<DeployRun>& runs) {
    json::array history;
    for (const auto& run : runs) {
        for (const auto& transition : run.detail.transitions) {
            auto one = json::encode_object(transition);
            one["kind"] = json::enum_name(run.detail.kind);
            history.push_back(std::move(one));
        }
    }
    return history;
}

Result<std::optional<DeployRun>> given_up_run(store::Session& sql, const store::Entity& deployment) {
    if (json::text_of(deployment.document, "state") != "DEPLOYING") {
        return std::nullopt;
    }
    SW_TRY(const auto last, last_run(sql, deployment.id));
    if (!last || is_live(last->state)) {
        return std::nullopt;
    }
    SW_TRY(auto asked, deploying_run(sql, deployment.id));
    return asked && asked->state == DeployState::TIMED_OUT ? std::move(asked) : std::nullopt;
}

Result<std::optional<DeployRun>> live_run(store::Session& sql, const std::string& endpoint_key, const std::string& deployable_model_id) {
    SW_TRY(auto of_endpoint, first_of(sql.query(fmt::format("{}WHERE endpoint_key = $1 AND live = 1", kSelect), {endpoint_key})));
    if (of_endpoint) {
        return of_endpoint;
    }
    return first_of(sql.query(fmt::format("{}WHERE deployable_model_id = $1 AND live = 1", kSelect), {deployable_model_id}));
}

Result<std::optional<DeployRun>> live_deployment(store::Session& sql, const std::string& deployable_model_id) {
    SW_TRY(const auto rows, sql.query(fmt::format("{}WHERE deployable_model_id = $1 AND live = 1", kSelect), {deployable_model_id}));
    for (const auto& row : rows) {
        SW_TRY(auto run, run_of(row));
        if (run.detail.kind == DeployKind::DEPLOY) {
            return run;
        }
    }
    return std::nullopt;
}

Result<std::optional<DeployRun>> run_that_made(store::Session& sql, const std::string& deployable_model_id, Timestamp created) {
    SW_TRY(const auto rows, sql.query(fmt::format("{}WHERE deployable_model_id = $1 ORDER BY row_id DESC", kSelect), {deployable_model_id}));
    for (const auto& row : rows) {
        SW_TRY(auto run, run_of(row));
        if (run.detail.kind == DeployKind::DEPLOY && run.detail.make_configuration && run.detail.configuration_created == created) {
            return run;
        }
    }
    return std::nullopt;
}

Result<bool> makes_configuration(store::Session& sql, const std::string& group, const std::string& account, const std::string& region,
                                 const std::string& name) {
    SW_TRY(const auto rows, sql.query(fmt::format("{}WHERE live = 1 AND state = 'PLANNED' AND group_name = $1", kSelect), {group}));
    for (const auto& row : rows) {
        SW_TRY(const auto run, run_of(row));
        const auto& detail = run.detail;
        if (detail.kind == DeployKind::DEPLOY && detail.make_configuration && detail.account == account && detail.region == region &&
            detail.configuration_name == name) {
            return true;
        }
    }
    return false;
}

Result<std::vector<std::string>> due_runs(store::Session& sql, Timestamp now, std::size_t limit) {
    SW_TRY(const auto rows, sql.query("SELECT operation_id FROM deploy_runs WHERE live = 1 AND (next_at <= $1 OR next_at > $2) ORDER BY next_at LIMIT $3",
                                      {store::to_value(now), store::to_value(now + kLongestPause), static_cast<std::int64_t>(limit)}));
    std::vector<std::string> ids;
    ids.reserve(rows.size());
    for (const auto& row : rows) {
        ids.push_back(row.text(0));
    }
    return ids;
}

}  // namespace slipway::sagemaker
