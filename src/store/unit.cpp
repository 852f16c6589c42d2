#include "store/unit.hpp"

#include <algorithm>

#include "store/outbox.hpp"

namespace slipway::store {

bool Scope::allows(std::string_view group, std::string_view created_by) const {
    if (unrestricted || std::ranges::find(groups, group) != groups.end()) {
        return true;
    }
    return !owner.empty() && created_by == owner && std::ranges::find(owner_groups, group) != owner_groups.end();
}

Result<void> Store::write(const Actor& actor, const std::function<Result<void>(Unit&)>& work) {
    bool wrote_events = false;
    std::vector<std::function<void()>> afterwards;
    auto written = database_.transact([&](Session& session) -> Result<void> {
        Unit unit{session, actor, clock_.now(), ids_};
        SW_CHECK(work(unit));
        wrote_events = !unit.events.empty();
        afterwards = std::move(unit.afterwards);
        return write_events(unit);
    });
    SW_CHECK(written);
    for (const auto& tell : afterwards) {
        tell();
    }
    if (wrote_events && listener_) {
        listener_();
    }
    return {};
}

}  // namespace slipway::store
