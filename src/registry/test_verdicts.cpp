#include "registry/test_verdicts.hpp"

namespace slipway::registry {

Result<void> keep_test_verdict(store::Unit& unit, const std::string& job_id, const json::object& verdict) {
    SW_CHECK(unit.sql.execute("INSERT INTO test_verdicts (job_id, document) VALUES ($1, $2) ON CONFLICT (job_id) DO UPDATE SET document = excluded.document",
                              {job_id, json::write(verdict)}));
    return {};
}

Result<json::object> test_verdict(store::Session& sql, const std::string& job_id) {
    SW_TRY(const auto rows, sql.query("SELECT document FROM test_verdicts WHERE job_id = $1", {job_id}));
    return rows.empty() ? Result<json::object>{json::object{}} : json::parse_object(rows[0].text(0));
}

}  // namespace slipway::registry
