#include "automation/step_rows.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <fmt/format.h>
#include <iterator>
#include <span>

#include "store/later.hpp"

namespace slipway::automation {
namespace {

/// Rows by one statement. Of few counts, so that each text is prepared once. SQLite has no round trips, and takes rows one by one faster than as a table.
constexpr std::array<std::size_t, 3> kRowsAtOnce{64, 8, 1};
constexpr std::array<std::size_t, 1> kRowByRow{1};

/// A statement over tuples of values: `head`, the tuples, `tail`. `tuple` has a `$` where each of its `width` values stands.
struct Statement {
    std::string_view head;
    std::string_view tuple;
    std::size_t width;
    std::string_view tail{};
    std::string_view one{};  ///< for a single tuple; empty: as for more

    std::string text(std::size_t tuples) const {
        if (tuples == 1 && !one.empty()) {
            return std::string{one};
        }
        std::string out{head};
        std::size_t number = 0;
        for (std::size_t i = 0; i < tuples; ++i) {
            out += i == 0 ? "" : ", ";
            for (const char c : tuple) {
                out += c;
                if (c == '$') {
                    fmt::format_to(std::back_inserter(out), "{}", ++number);
                }
            }
        }
        return out += tail;
    }
};

constexpr Statement kRemoveTasks{.head = "DELETE FROM lifecycle_tasks WHERE (instance_id, token) IN (VALUES ",
                                 .tuple = "($, $)",
                                 .width = 2,
                                 .tail = ")",
                                 .one = "DELETE FROM lifecycle_tasks WHERE instance_id = $1 AND token = $2"};
constexpr Statement kAddTasks{
    .head =
        "INSERT INTO lifecycle_tasks (instance_id, token, element, topic, priority, created_at, free_at, worker, retries, attempts, failures, "
        "retry_cycle, idempotency_key, error, error_details) VALUES ",
    .tuple = "($, $, $, $, $, $, $, $, -1, $, 0, $, $, '', '')",
    .width = 11};
constexpr Statement kAddHistory{.head = "INSERT INTO lifecycle_history (instance_id, at, records) VALUES ", .tuple = "($, $, $)", .width = 3};
// Both databases call the columns of VALUES so.
constexpr Statement kSaveStates{.head = "UPDATE lifecycle_instances SET document = v.column1, incidents = v.column2 + row_incidents FROM (VALUES ",
                                .tuple = "($, $, $)",
                                .width = 3,
                                .tail = ") AS v WHERE lifecycle_instances.id = v.column3",
                                .one = "UPDATE lifecycle_instances SET document = $1, incidents = $2 + row_incidents WHERE id = $3"};

Result<void> write_all(store::Session& sql, const Statement& statement, store::Values& values) {
    auto from = values.begin();
    const bool near = sql.dialect() == store::Dialect::sqlite;
    for (const auto count : near ? std::span<const std::size_t>{kRowByRow} : std::span<const std::size_t>{kRowsAtOnce}) {
        const auto size = static_cast<std::ptrdiff_t>(count * statement.width);
        const auto text = values.end() - from >= size ? statement.text(count) : std::string{};
        for (; values.end() - from >= size; from += size) {
            SW_CHECK(store::execute_later(sql, text, store::Values{std::make_move_iterator(from), std::make_move_iterator(from + size)}));
        }
    }
    values.clear();
    return {};
}

}  // namespace

void StepRows::remove_task(const std::string& instance_id, lifecycle::Id token, bool may_be_new) {
    if (may_be_new) {
        const auto kept_back =
            std::ranges::find_if(new_tasks_, [&](const NewTask& one) { return one.command.token == token && one.instance_id == instance_id; });
        if (kept_back != new_tasks_.end()) {
            new_tasks_.erase(kept_back);
            return;
        }
    }
    removed_.emplace_back(instance_id);
    removed_.emplace_back(token);
}

void StepRows::add_history(const std::string& instance_id, Timestamp at, std::string records) {
    histories_.emplace_back(instance_id);
    histories_.emplace_back(store::to_value(at));
    histories_.emplace_back(std::move(records));
}

void StepRows::save(const std::string& instance_id, std::string document, std::int64_t incidents) {
    states_.emplace_back(std::move(document));
    states_.emplace_back(incidents);
    states_.emplace_back(instance_id);
}

Result<void> StepRows::write(store::Session& sql, Timestamp now) {
    store::Values tasks;
    tasks.reserve(new_tasks_.size() * kAddTasks.width);
    for (auto& one : new_tasks_) {
        auto& command = one.command;
        for (auto& value : store::Values{std::move(one.instance_id), command.token, std::move(command.element), std::move(command.topic), command.priority,
                                         store::to_value(now), one.free_at, std::move(one.worker), one.attempts, std::move(command.retry_cycle),
                                         std::move(command.idempotency_key)}) {
            tasks.push_back(std::move(value));
        }
    }
    new_tasks_.clear();
    SW_CHECK(write_all(sql, kRemoveTasks, removed_));
    SW_CHECK(write_all(sql, kAddTasks, tasks));
    SW_CHECK(write_all(sql, kAddHistory, histories_));
    return write_all(sql, kSaveStates, states_);
}

Result<lifecycle::Id> next_row_incident(store::Session& sql, const std::string& instance_id, Timestamp now) {
    SW_TRY(const auto lowest, sql.query("SELECT COALESCE(MIN(incident), 0) FROM lifecycle_incidents WHERE instance_id = $1", {instance_id}));
    return std::min(-to_epoch_ms(now), lowest[0].integer(0) - 1);
}

std::vector<std::string> padded(std::vector<std::string> items) {
    if (!items.empty()) {
        items.resize(std::bit_ceil(items.size()), std::string{items.back()});
    }
    return items;
}

}  // namespace slipway::automation
