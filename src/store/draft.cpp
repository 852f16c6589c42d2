#include "store/draft.hpp"

#include <utility>

namespace slipway::store {

namespace {

constexpr std::string_view kNeedsRows = "NEEDS_ROWS";
constexpr std::string_view kStale = "DRAFT_STALE";
constexpr std::string_view kReturnsNumber = " RETURNING row_id";

}  // namespace

/// Takes statements down instead of running them.
class Draft::Recorder final : public Session {
public:
    explicit Recorder(Dialect dialect) : dialect_{dialect} {}

    /// Only an insert that wants to know its row's number is a change: whoever drafts does not use the number.
    Result<Rows> query(std::string_view sql, const Values& parameters) override {
        if (!sql.ends_with(kReturnsNumber)) {
            needs_rows_ = true;
            return fail(ErrorCode::failed_precondition, std::string{kNeedsRows}, "The change depends on what is stored.");
        }
        sql.remove_suffix(kReturnsNumber.size());
        statements_.push_back({std::string{sql}, parameters});
        return Rows{Row{{std::int64_t{0}}}};
    }
    Result<std::int64_t> execute(std::string_view sql, const Values& parameters) override {
        statements_.push_back({std::string{sql}, parameters});
        return 1;
    }
    Dialect dialect() const override { return dialect_; }

    bool needs_rows() const { return needs_rows_; }
    std::vector<Statement> take() { return std::move(statements_); }

private:
    Dialect dialect_;
    bool needs_rows_{false};
    std::vector<Statement> statements_;
};

Result<Draft> Draft::make(Store& store, const Actor& actor, const std::function<Result<void>(Unit&)>& work) {
    Recorder recorder{store.database().dialect()};
    Unit unit{recorder, actor, store.clock().now(), store.ids()};
    const auto done = work(unit);
    if (recorder.needs_rows()) {
        return fail(ErrorCode::failed_precondition, std::string{kNeedsRows}, "The change depends on what is stored.");
    }
    SW_CHECK(done);
    Draft draft;
    draft.statements_ = recorder.take();
    draft.events_ = std::move(unit.events);
    return draft;
}

Result<void> Draft::write(Unit& unit) const {
    for (const auto& statement : statements_) {
        SW_TRY(const auto changed, unit.sql.execute(statement.sql, statement.parameters));
        if (changed == 0 && statement.sql.starts_with("UPDATE ")) {
            return fail(ErrorCode::conflict, std::string{kStale}, "Somebody changed it meanwhile; try again.");
        }
    }
    unit.events.insert(unit.events.end(), events_.begin(), events_.end());
    return {};
}

bool is_stale(const Error& error) {
    return error.reason == kStale;
}

bool needs_rows(const Error& error) {
    return error.reason == kNeedsRows;
}

}  // namespace slipway::store
