#include "registry/notify.hpp"

#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

Result<std::vector<store::Entity>> open_with(store::Session& sql, const std::string& group, const std::string& key) {
    return store::find_by(sql, notifications_table(), {{"group_name", group}, {"dedup_key", key}, {"open", std::int64_t{1}}}, store::Scope::all(), 1);
}

/// Nothing is written where it says the same.
Result<void> bring_up_to_date(store::Unit& unit, const store::Entity& said, const domain::Notification& now) {
    auto document = said.document;
    document["message"] = now.message;
    document["severity"] = now.severity;
    for (const auto& [name, value] : now.extra.members) {  // whose it is now: the life cycle that takes over what another has said
        document[name] = value;
    }
    if (document != said.document) {
        SW_CHECK(store::update(unit, notifications_table(), said, std::move(document)));
    }
    return {};
}

}  // namespace

Result<void> notify(store::Unit& unit, const std::string& group, domain::Notification notification, const std::string& key) {
    notification.open = true;
    if (!key.empty()) {
        SW_TRY(const auto said, open_with(unit.sql, group, key));
        if (!said.empty()) {
            return bring_up_to_date(unit, said[0], notification);
        }
        notification.extra.members["dedupKey"] = key;
    }
    SW_CHECK(store::insert(unit, notifications_table(), {{}, group, domain::to_json(notification)}));
    return {};
}

Result<void> say_on(store::Unit& unit, const std::string& group, const domain::Notification& notification, const std::string& key) {
    SW_TRY(const auto said, open_with(unit.sql, group, key));
    return said.empty() ? Result<void>{} : bring_up_to_date(unit, said[0], notification);
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
