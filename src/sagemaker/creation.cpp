#include "sagemaker/creation.hpp"

#include <fmt/format.h>

#include "sagemaker/deploy_plan.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::string_view kSelect =
    "SELECT entity_id, kind, group_name, account, region, aws_name, state, next_at, revision, document FROM sagemaker_creations ";

Result<Creation> creation_of(const store::Row& row) {
    const auto kind = json::enum_value<CreationKind>(row.text(1));
    const auto state = json::enum_value<CreationState>(row.text(6));
    if (!kind || !state) {
        return fail(ErrorCode::internal, "INTERNAL", "What is stored of something to be made in AWS is damaged.", row.text(0));
    }
    Creation creation{.entity_id = row.text(0),
                      .kind = *kind,
                      .group = row.text(2),
                      .account = row.text(3),
                      .region = row.text(4),
                      .aws_name = row.text(5),
                      .state = *state,
                      .next_at = row.time(7),
                      .revision = row.integer(8)};
    SW_TRY(const auto document, json::parse(row.text(9)));
    SW_TRY(creation.detail, json::decode<CreationDetail>(document));
    return creation;
}

Result<std::optional<Creation>> first_of(const Result<store::Rows>& rows) {
    SW_CHECK(rows);
    if (rows->empty()) {
        return std::nullopt;
    }
    SW_TRY(auto creation, creation_of((*rows)[0]));
    return std::optional{std::move(creation)};
}

std::int64_t is_live(const Creation& creation) {
    return creation.state == CreationState::ENDED ? 0 : 1;
}

}  // namespace

std::string_view Creation::prefix() const {
    switch (kind) {
        case CreationKind::TRANSFORM_JOB: return "TransformJob";
        case CreationKind::TRAINING_JOB: return "TrainingJob";
        case CreationKind::ENDPOINT_CONFIG: break;
    }
    return "EndpointConfig";
}

std::string Creation::batch() const {
    return fmt::format("{}/{}/{}/{}", account, region, group, json::enum_name(kind));
}

Result<void> insert_creation(store::Unit& unit, const Creation& creation) {
    SW_CHECK(
        unit.sql.execute("INSERT INTO sagemaker_creations (entity_id, kind, group_name, account, region, aws_name, state, live, next_at, revision, document) "
                         "VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, 0, $9)",
                         {creation.entity_id, std::string{json::enum_name(creation.kind)}, creation.group, creation.account, creation.region, creation.aws_name,
                          std::string{json::enum_name(creation.state)}, store::to_value(creation.next_at), json::write(json::encode_object(creation.detail))}));
    return {};
}

Result<void> save_creation(store::Unit& unit, Creation& creation) {
    SW_TRY(const auto written,
           unit.sql.execute("UPDATE sagemaker_creations SET state = $1, live = $2, next_at = $3, revision = $4, document = $5 "
                            "WHERE entity_id = $6 AND revision = $7",
                            {std::string{json::enum_name(creation.state)}, is_live(creation), store::to_value(creation.next_at), creation.revision + 1,
                             json::write(json::encode_object(creation.detail)), creation.entity_id, creation.revision}));
    if (written == 0) {
        return fail(ErrorCode::conflict, "OVERTAKEN", "Something else was decided about it meanwhile.", creation.entity_id);
    }
    ++creation.revision;
    return {};
}

Result<std::optional<Creation>> find_creation(store::Session& sql, const std::string& entity_id) {
    return first_of(sql.query(fmt::format("{}WHERE entity_id = $1", kSelect), {entity_id}));
}

Result<std::vector<Creation>> due_creations(store::Session& sql, Timestamp now, std::size_t limit, std::vector<std::string>& damaged) {
    SW_TRY(const auto rows, sql.query(fmt::format("{}WHERE live = 1 AND (next_at <= $1 OR next_at > $2) ORDER BY next_at LIMIT $3", kSelect),
                                      {store::to_value(now), store::to_value(now + kLongestPause), static_cast<std::int64_t>(limit)}));
    std::vector<Creation> due;
    due.reserve(rows.size());
    for (const auto& row : rows) {
        if (auto creation = creation_of(row)) {
            due.push_back(std::move(*creation));
        } else {
            damaged.push_back(row.text(0));
        }
    }
    return due;
}

Result<std::optional<Creation>> creation_named(store::Session& sql, CreationKind kind, const std::string& group, const std::string& account,
                                               const std::string& region, const std::string& aws_name) {
    return first_of(sql.query(fmt::format("{}WHERE live = 1 AND kind = $1 AND group_name = $2 AND account = $3 AND region = $4 AND aws_name = $5", kSelect),
                              {std::string{json::enum_name(kind)}, group, account, region, aws_name}));
}

Result<void> require_free_name(store::Session& sql, const Creation& wanted) {
    const bool is_job = wanted.kind != CreationKind::ENDPOINT_CONFIG;
    const auto* what = is_job ? "job" : "endpoint configuration";
    const store::Values name{std::string{json::enum_name(wanted.kind)}, wanted.account, wanted.region, wanted.aws_name};
    SW_TRY(const auto live, sql.query("SELECT entity_id, group_name FROM sagemaker_creations WHERE live = 1 AND kind = $1 AND account = $2 AND region = $3 AND "
                                      "LOWER(aws_name) = LOWER($4) LIMIT 1",
                                      name));
    if (!live.empty()) {
        const auto whose =
            live[0].text(1) == wanted.group ? fmt::format("the {} {}", is_job ? "job" : "snapshot", live[0].text(0)) : std::string{"another group"};
        return fail(ErrorCode::conflict, "NAME_TAKEN",
                    fmt::format("The {} {} is being made in AWS already, for {}. Choose another name.", what, wanted.aws_name, whose));
    }
    SW_TRY(const auto known, sql.query("SELECT arn FROM sagemaker_objects WHERE kind = $1 AND account = $2 AND region = $3 AND name = $4 AND "
                                       "status NOT IN ('Gone', 'Missing') LIMIT 1",
                                       name));
    if (known.empty()) {
        return {};
    }
    SW_TRY(const auto own,
           sql.query(fmt::format("SELECT id FROM {} WHERE group_name = $1 AND aws_arn = $2 ORDER BY row_id LIMIT 1", is_job ? "jobs" : "deployable_models"),
                     {wanted.group, known[0].text(0)}));
    const auto whose = own.empty() ? std::string{} : fmt::format(", of the {} {}", is_job ? "job" : "snapshot", own[0].text(0));
    return fail(ErrorCode::conflict, "NAME_TAKEN",
                fmt::format("There is a{} {} {} in AWS already{}. Choose another name.", is_job ? "" : "n", what, wanted.aws_name, whose));
}

Result<std::int64_t> live_creations(store::Session& sql, const std::string& account, const std::string& region) {
    SW_TRY(const auto rows, sql.query("SELECT COUNT(*) FROM sagemaker_creations WHERE live = 1 AND account = $1 AND region = $2", {account, region}));
    return rows.at(0).integer(0);
}

}  // namespace slipway::sagemaker
