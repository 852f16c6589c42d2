#include "store/database.hpp"

namespace slipway::store {

namespace {

template <typename T>
const T& typed(const Values& values, std::size_t column, const T& empty) {
    const auto& value = values.at(column);
    if (std::holds_alternative<std::monostate>(value)) {
        return empty;
    }
    const auto* found = std::get_if<T>(&value);
    SW_ASSERT(found != nullptr, "a column was read as another type than it has");
    return *found;
}

const std::string kNoText;
const Blob kNoBlob;

}  // namespace

std::int64_t Row::integer(std::size_t column) const {
    return typed<std::int64_t>(values_, column, 0);
}

double Row::real(std::size_t column) const {
    // SQLite hands back a whole number of an untyped expression as an integer.
    if (const auto* whole = std::get_if<std::int64_t>(&values_.at(column))) {
        return static_cast<double>(*whole);
    }
    return typed<double>(values_, column, 0);
}

const std::string& Row::text(std::size_t column) const {
    return typed<std::string>(values_, column, kNoText);
}

const std::string& Row::blob(std::size_t column) const {
    return typed<Blob>(values_, column, kNoBlob).bytes;
}

std::optional<std::string> Row::optional_text(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional{text(column)};
}

std::optional<std::int64_t> Row::optional_integer(std::size_t column) const {
    return is_null(column) ? std::nullopt : std::optional{integer(column)};
}

}  // namespace slipway::store
