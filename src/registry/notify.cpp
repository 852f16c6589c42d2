#include "registry/notify.hpp"

#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

Result<std::vector<store::Entity>> open_with(store::Session& sql, const std::string& group, const std::string& key) {
    return store::find_by(sql, notifications_table(), {{"group_name", group}, {"dedup_key", key}, {"open", std::int64_t{1}}}, store::Scope::all(), 1);
}

}  // namespace

Result<void> notify(store::Unit& unit, const std::string& group, domain::Notification notification, const std::string& key) {
    notification.open = true;
    if (!key.empty()) {
        SW_TRY(const auto said, open_with(unit.sql, group, key));
        if (!said.empty()) {
            // Said already; what it says is brought up to date.
            auto document = said[0].document;
            document["message"] = notification.message;
            document["severity"] = notification.severity;
            SW_CHECK(store::update(unit, notifications_table(), said[0], std::move(document)));
            return {};
        }
        notification.extra.members["dedupKey"] = key;
    }
    SW_CHECK(store::insert(unit, notifications_table(), {{}, group, domain::to_json(notification)}));
    return {};
}

Result<void> settle(store::Unit& unit, const std::string& group, const std::string& key) {
    SW_TRY(const auto said, open_with(unit.sql, group, key));
    for (const auto& notification : said) {
        auto document = notification.document;
        document["open"] = false;
        document["settled"] = true;
        SW_CHECK(store::update(unit, notifications_table(), notification, std::move(document)));
    }
    return {};
}

}  // namespace slipway::registry
