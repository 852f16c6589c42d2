#include "base/object_store.hpp"

namespace slipway {

std::unexpected<Error> too_many_entries(const std::string& url) {
    return fail(ErrorCode::failed_precondition, "TOO_MANY", fmt::format("{} holds more than {} entries.", url, ObjectStore::kMostListed));
}

Result<std::string> read_all(ObjectStore& store, const std::string& url, std::size_t limit) {
    std::string out;
    bool within = true;
    SW_CHECK(store.read(url, 0, [&](std::string_view piece) {
        within = out.size() + piece.size() <= limit;
        if (within) {
            out += piece;
        }
        return within;
    }));
    if (!within) {
        return fail(ErrorCode::failed_precondition, "TOO_LARGE", fmt::format("{} is larger than {} bytes.", url, limit));
    }
    return out;
}

}  // namespace slipway
