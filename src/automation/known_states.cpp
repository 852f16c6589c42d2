#include "automation/known_states.hpp"

#include <utility>

namespace slipway::automation {

std::optional<lifecycle::Instance> KnownStates::take(const std::string& id, std::string_view document) {
    States::node_type found;
    {
        const std::scoped_lock lock{mutex_};
        found = young_.extract(id);
        if (found) {
            young_bytes_ -= found.mapped().document.size();
        } else {
            found = old_.extract(id);
        }
    }
    if (!found || found.mapped().document != document) {
        return std::nullopt;
    }
    return std::move(found.mapped().instance);
}

void KnownStates::keep(const std::string& id, std::string document, lifecycle::Instance instance) {
    const auto size = document.size();
    if (size > most_bytes_ / 2) {
        return;
    }
    States forgotten;  // outlives the lock
    const std::scoped_lock lock{mutex_};
    if (young_bytes_ + size > most_bytes_ / 2) {
        forgotten = std::exchange(old_, std::exchange(young_, {}));
        young_bytes_ = 0;
    }
    auto& known = young_[id];
    young_bytes_ += size - known.document.size();
    known = {std::move(document), std::move(instance)};
}

}  // namespace slipway::automation
