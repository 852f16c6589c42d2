#include "store/words.hpp"

#include <algorithm>
#include <array>

namespace slipway::store {

std::string_view words_of(std::string_view type) {
    struct Name {
        std::string_view type;
        std::string_view words;
    };
    static constexpr std::array kNames{
        Name{"StoredModel", "business model"},
        Name{"DeployableModel", "snapshot"},
        Name{"DeployedModel", "deployment"},
        Name{"Runtime", "runtime"},
        Name{"Job", "job"},
        Name{"Notification", "notification"},
        Name{"ModelTestResult", "test result"},
        Name{"ModelMLC", "life cycle"},
        Name{"AuditRecord", "audit record"},
        Name{"User", "user"},
        Name{"Client", "machine client"},
    };
    const auto found = std::ranges::find(kNames, type, &Name::type);
    return found == kNames.end() ? type : found->words;
}

}  // namespace slipway::store
