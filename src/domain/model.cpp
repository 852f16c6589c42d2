#include "domain/model.hpp"

#include <fmt/format.h>

#include "domain/document.hpp"

namespace slipway::domain {

namespace {

constexpr std::size_t kBehindName = 20;  ///< `-yyyymmdd_HHMM` and a number that makes it unique

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// The first `most` characters (code points).
std::string_view cut(std::string_view text, std::size_t most) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (begins_character(text[i]) && most-- == 0) {
            return text.substr(0, i);
        }
    }
    return text;
}

}  // namespace

bool may_become(DeploymentState from, DeploymentState to) {
    using enum DeploymentState;
    if (from == to) {
        return true;
    }
    switch (from) {
        case DEPLOYING: return to == DEPLOYED || to == FAILED;
        case DEPLOYED:
        case FAILED: return to == UNDEPLOYING || to == UNDEPLOYED;
        case UNDEPLOYING: return to == UNDEPLOYED || to == DEPLOYED || to == FAILED;
        case UNDEPLOYED: return false;
    }
    return false;
}

std::string default_snapshot_name(std::string_view model_name, Timestamp now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{now - day};
    return fmt::format("{}-{:04}{:02}{:02}_{:02}{:02}", cut(model_name, kLongestName - kBehindName), static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count());
}

Result<StoredModel> parse_stored_model(const json::value& document) {
    return decode_checked<StoredModel>(document, [](const StoredModel& model, json::Faults& faults) {
        check_name(model.model_meta_data.name, "/modelMetaData/name", faults);
        for (std::size_t i = 0; i < model.model_assets.size(); ++i) {
            check_asset(model.model_assets[i], "/modelAssets/" + std::to_string(i), faults);
        }
    });
}

Result<DeployableModel> parse_deployable_model(const json::value& document) {
    return decode_checked<DeployableModel>(document, [](const DeployableModel& snapshot, json::Faults& faults) {
        check_name(snapshot.meta_data.name, "/metaData/name", faults);
        if (snapshot.stored_model.empty()) {
            faults.add("/storedModel", "the model that was copied", "nothing");
        }
    });
}

Result<DeployedModel> parse_deployed_model(const json::value& document) {
    return decode_checked<DeployedModel>(document, [](const DeployedModel& deployment, json::Faults& faults) {
        if (json::text_of(deployment.deployable_model, "id").empty()) {
            faults.add("/deployableModel/id", "the id of a snapshot", "nothing");
        }
        if (json::text_of(deployment.engine, "id").empty()) {
            faults.add("/engine/id", "the id of a runtime", "nothing");
        }
    });
}

json::object to_json(const StoredModel& model) {
    return json::encode_object(model);
}

json::object to_json(const DeployableModel& snapshot) {
    return json::encode_object(snapshot);
}

json::object to_json(const DeployedModel& deployment) {
    return json::encode_object(deployment);
}

}  // namespace slipway::domain
