#pragma once

#include <string_view>

namespace slipway::store {

/// What people call a kind of object: `business model` for `StoredModel`. The type itself when it has no other name.
std::string_view words_of(std::string_view type);

}  // namespace slipway::store
