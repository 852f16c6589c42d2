#include "registry/collection.hpp"

#include <array>
#include <fmt/format.h>

#include "domain/runtime.hpp"
#include "registry/assets.hpp"
#include "registry/bounds.hpp"
#include "registry/documents.hpp"
#include "registry/filter_words.hpp"
#include "registry/secrets.hpp"
#include "store/words.hpp"

namespace slipway::registry {

namespace {

/// Members that the server owns; what a body says of them is ignored.
constexpr std::array<std::string_view, 8> kEnvelope{"id", "version", "createdDate", "lastModifiedDate", "createdBy", "lastModifiedBy", "_links", "warnings"};

void drop_envelope(json::object& body) {
    for (const auto name : kEnvelope) {
        body.erase(name);
    }
}

/// Takes `group` out of a body. @return empty when it is absent or null.
Result<std::string> take_group(json::object& body) {
    const auto* found = body.if_contains("group");
    if (found == nullptr || found->is_null()) {
        body.erase("group");
        return std::string{};
    }
    if (!found->is_string() || found->get_string().empty()) {
        return invalid("/group", "the name of a group", json::describe_value(*found));
    }
    std::string group{std::string_view{found->get_string()}};
    body.erase("group");
    return group;
}

}  // namespace

Result<Changed> Collection::create(store::Unit& unit, const identity::Principal& who, json::object body) {
    drop_envelope(body);
    SW_CHECK(check_bounds(table_, asset_lists(), body));
    SW_TRY(const auto asked, take_group(body));
    SW_TRY(const auto target, target_group(unit.sql, who, body));
    SW_TRY(const auto group, foundation_.access.group_for_new(who, table_.collection, asked, target, foundation_.default_group));
    std::vector<std::string> warnings;
    SW_CHECK(seal_secrets(unit, foundation_.sealer, group, body, warnings));
    SW_TRY(auto document, prepare(unit, who, group, std::move(body), warnings));
    auto id = new_id(group, document);
    SW_TRY(auto revived, revive(unit, id, document));
    if (revived) {
        return Changed{std::move(*revived), std::move(warnings)};
    }
    SW_TRY(auto entity, store::insert(unit, table_, {std::move(id), group, std::move(document)}));
    SW_CHECK(created(unit, entity, warnings));
    return Changed{std::move(entity), std::move(warnings)};
}

Result<store::Entity> Collection::get(store::Session& sql, const identity::Principal& who, std::string_view id) {
    SW_TRY(auto entity, store::require(sql, table_, id, foundation_.access.scope(who, identity::Action::read, table_.collection)));
    SW_CHECK(complete(sql, {&entity, 1}));
    return entity;
}

Result<std::optional<store::EntityText>> Collection::get_text(store::Session& sql, const identity::Principal& who, std::string_view id) {
    if (!store::reads_as_text(table_) || !row_is_all()) {
        return std::optional<store::EntityText>{};
    }
    SW_TRY(auto found, store::require_text(sql, table_, id, foundation_.access.scope(who, identity::Action::read, table_.collection)));
    if (!asset_lists().empty() && found.text.contains(R"("contentHash")")) {
        return std::optional<store::EntityText>{};  // embedded content gets its contentUrl
    }
    return std::optional{std::move(found)};
}

Result<Changed> Collection::patch(store::Unit& unit, const identity::Principal& who, std::string_view id, json::object body,
                                  std::optional<std::int64_t> if_version) {
    SW_TRY(const auto before, require(unit.sql, who, identity::Action::write, id, if_version));
    return patch_row(unit, who, before, std::move(body));
}

Result<Changed> Collection::patch_row(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object body) {
    drop_envelope(body);
    SW_CHECK(check_bounds(table_, asset_lists(), body));
    SW_TRY(const auto asked, take_group(body));
    const auto& group = asked.empty() ? before.group : asked;
    if (group != before.group) {
        SW_CHECK(may_move(unit, before));
        SW_CHECK(foundation_.access.group_for_new(who, table_.collection, group, "", foundation_.default_group));
    }
    std::vector<std::string> warnings;
    SW_CHECK(seal_patch(unit, foundation_.sealer, group, before, body, warnings));
    json::value after(before.document);
    json::merge_patch(after, json::value(std::move(body)));
    SW_TRY(auto document, change(unit, who, before, std::move(after.get_object()), warnings));
    if (group != before.group) {
        SW_CHECK(move_secrets(unit, foundation_.sealer, before.group, group, document));
    }
    SW_TRY(auto entity, store::update(unit, table_, before, std::move(document), group));
    SW_CHECK(complete(unit.sql, {&entity, 1}));
    return Changed{std::move(entity), std::move(warnings)};
}

Result<std::optional<Drafted>> Collection::drafted(const store::Actor& actor, const std::function<Result<Changed>(store::Unit&)>& work) {
    std::optional<Changed> changed;
    auto draft = store::Draft::make(foundation_.store, actor, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(changed, work(unit));
        return {};
    });
    if (!draft && store::needs_rows(draft.error())) {
        return std::optional<Drafted>{};
    }
    SW_CHECK(draft);
    return std::optional{Drafted{std::move(*draft), std::move(*changed)}};
}

Result<std::optional<Drafted>> Collection::draft_create(const store::Actor& actor, const identity::Principal& who, json::object body) {
    return drafted(actor, [&](store::Unit& unit) { return create(unit, who, std::move(body)); });
}

Result<std::optional<Drafted>> Collection::draft_patch(const store::Actor& actor, const identity::Principal& who, std::string_view id, json::object body,
                                                       std::optional<std::int64_t> if_version) {
    SW_TRY(const auto before, store::read<store::Entity>(foundation_.store.database(),
                                                         [&](store::Session& sql) { return require(sql, who, identity::Action::write, id, if_version); }));
    return drafted(actor, [&](store::Unit& unit) { return patch_row(unit, who, before, std::move(body)); });
}

Result<void> Collection::write(store::Unit& unit, const Drafted& drafted) const {
    return store::in_words_of(table_, drafted.draft.write(unit));
}

Result<void> Collection::remove(store::Unit& unit, const identity::Principal& who, std::string_view id, std::optional<std::int64_t> if_version) {
    SW_TRY(const auto before, require(unit.sql, who, identity::Action::write, id, if_version));
    SW_CHECK(may_remove(unit, before));
    SW_CHECK(store::remove(unit, table_, before));
    return removed(unit, before);
}

Result<store::Page> Collection::list(store::Session& sql, const identity::Principal& who, const store::ListQuery& query) {
    SW_CHECK(check_filter_words(table_, query.filter));
    SW_TRY(const auto wanted, by_ids(sql, table_, query, foundation_.access.scope(who, identity::Action::read, "runtimes")));
    SW_TRY(auto page, store::list(sql, table_, wanted, foundation_.access.scope(who, identity::Action::read, table_.collection)));
    SW_CHECK(complete(sql, page.items));
    return page;
}

Result<AssetContent> Collection::asset_content(store::Session& sql, const identity::Principal& who, std::string_view id, std::string_view asset_id) {
    SW_TRY(const auto entity, store::require(sql, table_, id, foundation_.access.scope(who, identity::Action::read, table_.collection)));
    const auto* asset = find_asset(entity.document, asset_lists(), asset_id);
    if (asset == nullptr) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no asset {} on {} {}.", asset_id, store::words_of(table_.type), id));
    }
    const auto hash = json::text_of(*asset, "contentHash");
    const auto named = json::text_of(*asset, "filename");
    AssetContent out{{}, std::string{hash}, std::string{named.empty() ? json::text_of(*asset, "name") : named}};
    if (json::text_of(*asset, "assetType") == "SOURCE_CODE") {
        out.bytes = json::text_of(*asset, "sourceCode");
        out.hash = crypto::sha256_hex(out.bytes);
        return out;
    }
    if (json::text_of(*asset, "assetType") != "FILE" || hash.empty()) {
        return fail(ErrorCode::conflict, "EXTERNAL_ASSET", fmt::format("Asset {} is not kept here: fetch it from its fileUrl.", asset_id));
    }
    if (const auto* content = asset->if_contains("fileContent"); content != nullptr && content->is_string()) {
        SW_TRY(out.bytes, crypto::from_base64(content->get_string()));
    } else {
        SW_TRY(out.bytes, store::read_blob(sql, hash));
    }
    return out;
}

Result<std::vector<json::object>> Collection::summaries(store::Session&, const identity::Principal&, std::span<const store::Entity> items) {
    return std::vector<json::object>(items.size());
}

json::object Collection::present(const store::Entity& entity, std::string_view base_url) const {
    auto shown = entity.full();
    if (!asset_lists().empty()) {
        link_contents(shown, asset_lists(), fmt::format("{}/model-manage/api/{}/{}", base_url, table_.collection, entity.id));
    }
    return shown;
}

json::object Collection::present_to(const identity::Principal&, const store::Entity& entity, std::string_view base_url) const {
    return present(entity, base_url);
}

Result<std::string> Collection::target_group(store::Session&, const identity::Principal&, const json::object&) {
    return std::string{};
}

std::string Collection::new_id(const std::string&, const json::object&) const {
    return {};
}

Result<std::optional<store::Entity>> Collection::revive(store::Unit&, std::string_view, const json::object&) {
    return std::optional<store::Entity>{};
}

Result<void> Collection::may_move(store::Unit&, const store::Entity& before) {
    const auto* engine = json::object_of(before.document, "engine");
    const bool runs_there = engine != nullptr && json::text_of(*engine, "engineType") == domain::kSageMakerRuntime;
    if (!before.document.contains("sageMaker") && !runs_there) {
        return {};
    }
    // The next import would not find it, make it again, and take what hangs on it for gone.
    return stays_in_its_group(
        "What comes from SageMaker stays in the group of its model, where each import brings it up to date: import the model into the "
        "other group instead.");
}

Result<void> Collection::may_remove(store::Unit&, const store::Entity&) {
    return {};
}

Result<void> Collection::created(store::Unit&, store::Entity&, const std::vector<std::string>&) {
    return {};
}

Result<void> Collection::removed(store::Unit&, const store::Entity&) {
    return {};
}

Result<void> Collection::complete(store::Session&, std::span<store::Entity>) {
    return {};
}

Result<store::Entity> Collection::require(store::Session& sql, const identity::Principal& who, identity::Action action, std::string_view id,
                                          std::optional<std::int64_t> if_version) {
    SW_TRY(auto entity, store::require(sql, table_, id, foundation_.access.scope(who, identity::Action::read, table_.collection)));
    SW_CHECK(foundation_.access.require(who, action, table_.collection, entity.group, entity.created_by));
    if (if_version && *if_version != entity.version) {
        return fail(ErrorCode::conflict, "VERSION_MISMATCH",
                    fmt::format("The {} {} has version {} now, not {}: read it again and repeat the change.", store::words_of(table_.type), id, entity.version,
                                *if_version));
    }
    return entity;
}

}  // namespace slipway::registry
