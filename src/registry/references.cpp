#include "registry/references.hpp"

#include <fmt/format.h>

#include "store/words.hpp"

namespace slipway::registry {

Result<void> may_refer(store::Session& sql, const identity::Access& access, const identity::Principal& who, const store::EntityTable& table,
                       std::string_view id, std::string_view pointer) {
    if (id.empty()) {
        return {};
    }
    SW_TRY(const auto known, store::find(sql, table, id, store::Scope::all()));
    if (!known || access.scope(who, identity::Action::read, table.collection).allows(known->group, known->created_by)) {
        return {};
    }
    return invalid(std::string{pointer}, fmt::format("the id of a {} that you may see", store::words_of(table.type)), std::string{id.substr(0, 100)});
}

}  // namespace slipway::registry
