#include "apps/serve/retention.hpp"

namespace slipway::serve {

Result<std::int64_t> prune_operations(store::Unit& unit, Timestamp before) {
    return unit.sql.execute("DELETE FROM operations WHERE finished_at < $1 AND state <> 'RUNNING'", {store::to_value(before)});
}

}  // namespace slipway::serve
