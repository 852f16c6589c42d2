#include <algorithm>

#include "base/ascii.hpp"
#include "base/sort.hpp"
#include "registry/tables.hpp"
#include "sagemaker/arn.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/reader.hpp"
#include "sagemaker/service.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kMostShown = 1000;
constexpr std::size_t kMostRead = 10'000;

/// One page of ListModels into what is shown; names are compared in small letters.
void take(const json::array& items, const std::string& wanted, Browsed& browsed) {
    for (const auto& item : items) {
        if (!item.is_object()) {
            continue;
        }
        BrowsedModel model;
        model.name = json::text_of(item.get_object(), "ModelName");
        model.arn = json::text_of(item.get_object(), "ModelArn");
        model.created = time_of(item.get_object(), "CreationTime");
        if (browsed.account.empty()) {
            const auto arn = parse_arn(model.arn);
            browsed.account = arn ? arn->account : std::string{};
        }
        if (ascii_lower(model.name).contains(wanted)) {
            browsed.models.push_back(std::move(model));
        }
    }
}

/// ListModels, newest first, to its end or to where the time of the reader ends.
AwsResult<void> list_models(Reader& reader, const std::string& wanted, Browsed& browsed) {
    std::size_t read = 0;
    auto outcome = reader.list("ListModels", {{"MaxResults", 100}, {"SortBy", "CreationTime"}, {"SortOrder", "Descending"}}, "Models",
                               [&](const json::array& items) -> AwsResult<bool> {
                                   take(items, wanted, browsed);
                                   read += items.size();
                                   browsed.truncated = read >= kMostRead;
                                   return !browsed.truncated;
                               });
    if (!outcome && outcome.error().error.code == ErrorCode::timeout && read > 0) {
        // What was read until then is worth more than nothing.
        browsed.truncated = true;
        return {};
    }
    return outcome;
}

}  // namespace

Result<Browsed> SageMakerService::browse(const identity::Principal& who, const BrowseQuery& query) {
    const auto& foundation = registry_.foundation();
    SW_TRY(const auto group, foundation.access.group_for_new(who, "storedModels", "", "", foundation.default_group));
    SW_TRY(const auto chosen, query.entered ? on_trial(*query.entered, group, query.region) : choose(who, group, query.region, "", query.credential_id));
    const auto api = gateway_.connect(chosen.credential, chosen.region);
    auto reader = Reader{*api, {.ledger = nullptr, .cancelled = &stopping_, .background = false}}.within(kPatience, store().clock());
    Browsed browsed;
    browsed.region = chosen.region;
    const auto outcome = list_models(reader, ascii_lower(query.text), browsed);
    if (query.entered) {
        gateway_.forget(chosen.credential.id);
    }
    if (!outcome && is_cancelled(outcome.error())) {
        return stopped();
    }
    if (!outcome && query.entered) {
        return std::unexpected(told_of_keys(outcome.error(), ""));
    }
    if (!outcome) {
        checks_.failed(chosen.credential, store().clock().now(), outcome.error());
        return std::unexpected(told(outcome.error()));
    }
    if (!query.entered) {
        checks_.worked(chosen.credential, store().clock().now(), {"sagemaker:ListModels"}, browsed.account);
    }
    sort_stably(browsed.models, std::ranges::greater{}, &BrowsedModel::created);
    if (browsed.models.size() > kMostShown) {
        browsed.models.resize(kMostShown);
        browsed.truncated = true;
    }
    SW_CHECK(name_imported(who, browsed));
    return browsed;
}

Result<void> SageMakerService::name_imported(const identity::Principal& who, Browsed& browsed) {
    const auto scope = registry_.foundation().access.scope(who, identity::Action::read, "storedModels");
    return store().read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows,
               sql.query("SELECT aws_arn, aws_created, id, group_name, created_by FROM stored_models WHERE aws_account = $1 AND aws_region = $2",
                         {browsed.account, browsed.region}));
        std::multimap<std::string, const store::Row*> by_arn;
        for (const auto& row : rows) {
            if (!row.is_null(0) && scope.allows(row.text(3), row.text(4))) {
                by_arn.emplace(row.text(0), &row);
            }
        }
        for (auto& model : browsed.models) {
            const auto [from, to] = by_arn.equal_range(model.arn);
            for (auto at = from; at != to; ++at) {
                const auto created = at->second->optional_integer(1);
                if (same_instant(created ? std::optional{from_epoch_ms(*created)} : std::nullopt, model.created)) {
                    model.stored_model_id = at->second->text(2);
                }
            }
        }
        return {};
    });
}

}  // namespace slipway::sagemaker
