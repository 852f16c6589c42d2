#include "store/database.hpp"

namespace slipway::store {

namespace {

/// Nothing where the column is null.
template <typename T>
const T* typed(const Values& values, std::size_t column) {
    const auto& value = values.at(column);
    if (std::holds_alternative<std::monostate>(value)) {
        return nullptr;
    }
    const auto* found = std::get_if<T>(&value);
    SW_ASSERT(found != nullptr, "a column was read as another type than it has");
    return found;
}

const std::string kNoText;

}  // namespace

std::int64_t Row::integer(std::size_t column) const {
    const auto* found = typed<std::int64_t>(values_, column);
    return found == nullptr ? 0 : *found;
}

double Row::real(std::size_t column) const {
    // SQLite hands back a whole number of an untyped expression as an integer.
    if (const auto* whole = std::get_if<std::int64_t>(&values_.at(column))) {
        return static_cast<double>(*whole);
    }
    const auto* found = typed<double>(values_, column);
    return found == nullptr ? 0 : *found;
}

const std::string& Row::text(std::size_t column) const {
    const auto* found = typed<std::string>(values_, column);
    return found == nullptr ? kNoText : *found;
}

const std::string& Row::blob(std::size_t column) const {
    const auto* found = typed<Blob>(values_, column);
    return found == nullptr ? kNoText : found->bytes;
}

std::optional<std::string> Row::optional_text(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional{text(column)};
}

std::optional<std::int64_t> Row::optional_integer(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional{integer(column)};
}

}  // namespace slipway::store
