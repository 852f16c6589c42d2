#include "tickets/issue_rows.hpp"

#include "store/sql_text.hpp"

namespace slipway::tickets {
namespace {

constexpr std::string_view kColumns = "ticket_id, label, issue_id, state, next_at, document";

Result<IssueRow> row_of(const store::Row& row) {
    const auto phase = json::enum_value<IssuePhase>(row.text(3));
    if (!phase) {
        return fail(ErrorCode::internal, "INTERNAL", "A stored ticket cannot be read.", "state " + row.text(3));
    }
    SW_TRY(const auto document, json::parse(row.text(5)));
    SW_TRY(auto detail, json::decode<IssueDetail>(document));
    return IssueRow{.ticket_id = row.text(0),
                    .label = row.text(1),
                    .issue_id = row.optional_text(2).value_or(""),
                    .phase = *phase,
                    .next_at = row.time(4),
                    .detail = std::move(detail)};
}

Result<std::vector<IssueRow>> rows_of(const store::Rows& rows) {
    std::vector<IssueRow> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        SW_TRY(auto one, row_of(row));
        out.push_back(std::move(one));
    }
    return out;
}

std::vector<std::string> ids_of(const store::Rows& rows) {
    std::vector<std::string> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(row.text(0));
    }
    return out;
}

store::Value id_or_null(const std::string& id) {
    return id.empty() ? store::Value{} : store::Value{id};
}

}  // namespace

Result<std::vector<std::string>> tickets_without_issue(store::Session& sql, std::size_t limit) {
    SW_TRY(const auto rows, sql.query("SELECT n.id FROM notifications n LEFT JOIN ticket_issues t ON t.ticket_id = n.id WHERE n.open = 1 AND "
                                      "n.notification_type = 'MODEL_APPROVAL_NOTIFICATION' AND t.ticket_id IS NULL ORDER BY n.row_id LIMIT $1",
                                      {static_cast<std::int64_t>(limit)}));
    return ids_of(rows);
}

Result<std::vector<std::string>> overdue_tickets(store::Session& sql, Timestamp before, std::size_t limit) {
    SW_TRY(const auto rows, sql.query("SELECT n.id FROM notifications n LEFT JOIN ticket_issues t ON t.ticket_id = n.id WHERE n.open = 1 AND "
                                      "n.notification_type = 'MODEL_APPROVAL_NOTIFICATION' AND n.created_at < $1 AND (t.state IS NULL OR t.state <> 'SENT') "
                                      "ORDER BY n.row_id LIMIT $2",
                                      {store::to_value(before), static_cast<std::int64_t>(limit)}));
    return ids_of(rows);
}

Result<bool> insert_issue(store::Unit& unit, const IssueRow& row) {
    SW_TRY(const auto made, unit.sql.execute("INSERT INTO ticket_issues (ticket_id, label, issue_id, state, next_at, document) VALUES ($1, $2, $3, $4, $5, $6) "
                                             "ON CONFLICT DO NOTHING",
                                             {row.ticket_id, row.label, id_or_null(row.issue_id), std::string{json::enum_name(row.phase)},
                                              store::to_value(row.next_at), json::write(json::encode_object(row.detail))}));
    return made > 0;
}

Result<void> save_issue(store::Unit& unit, const IssueRow& row) {
    SW_CHECK(unit.sql.execute("UPDATE ticket_issues SET issue_id = $1, state = $2, next_at = $3, document = $4 WHERE ticket_id = $5",
                              {id_or_null(row.issue_id), std::string{json::enum_name(row.phase)}, store::to_value(row.next_at),
                               json::write(json::encode_object(row.detail)), row.ticket_id}));
    return {};
}

Result<std::vector<IssueRow>> due_issues(store::Session& sql, IssuePhase phase, Timestamp now, std::size_t limit) {
    SW_TRY(const auto rows, sql.query("SELECT " + std::string{kColumns} + " FROM ticket_issues WHERE state = $1 AND next_at <= $2 ORDER BY next_at LIMIT $3",
                                      {std::string{json::enum_name(phase)}, store::to_value(now), static_cast<std::int64_t>(limit)}));
    return rows_of(rows);
}

Result<std::optional<IssueRow>> issue_of_ticket(store::Session& sql, std::string_view ticket_id) {
    SW_TRY(const auto rows, sql.query("SELECT " + std::string{kColumns} + " FROM ticket_issues WHERE ticket_id = $1", {std::string{ticket_id}}));
    if (rows.empty()) {
        return std::nullopt;
    }
    SW_TRY(auto row, row_of(rows[0]));
    return std::optional{std::move(row)};
}

Result<std::vector<IssueRow>> rows_of_issues(store::Session& sql, const std::vector<std::string>& issue_ids) {
    if (issue_ids.empty()) {
        return std::vector<IssueRow>{};
    }
    store::SqlText text;
    text.text("SELECT ").text(kColumns).text(" FROM ticket_issues WHERE state IN ('OPEN', 'DECIDED') AND issue_id IN (").bind_all(issue_ids).text(")");
    SW_TRY(const auto rows, text.query(sql));
    return rows_of(rows);
}

Result<std::vector<IssueRow>> closed_here(store::Session& sql, std::size_t limit) {
    SW_TRY(const auto rows, sql.query("SELECT t.ticket_id, t.label, t.issue_id, t.state, t.next_at, t.document FROM ticket_issues t JOIN notifications n ON "
                                      "n.id = t.ticket_id WHERE t.state IN ('PLANNED', 'OPEN') AND n.open = 0 ORDER BY t.ticket_id LIMIT $1",
                                      {static_cast<std::int64_t>(limit)}));
    return rows_of(rows);
}

Result<bool> note_once(store::Unit& unit, const Note& note, bool told) {
    SW_TRY(const auto made, unit.sql.execute("INSERT INTO ticket_notes (ticket_id, note, body, told) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                                             {note.ticket_id, note.note, note.body, std::int64_t{told ? 1 : 0}}));
    return made > 0;
}

Result<std::vector<Note>> untold_notes(store::Session& sql, std::size_t limit) {
    SW_TRY(const auto rows, sql.query("SELECT m.ticket_id, m.note, m.body FROM ticket_notes m JOIN ticket_issues t ON t.ticket_id = m.ticket_id WHERE "
                                      "m.told = 0 AND t.issue_id IS NOT NULL ORDER BY m.ticket_id, m.note LIMIT $1",
                                      {static_cast<std::int64_t>(limit)}));
    std::vector<Note> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back({.ticket_id = row.text(0), .note = row.text(1), .body = row.text(2)});
    }
    return out;
}

Result<void> note_told(store::Unit& unit, const Note& note) {
    SW_CHECK(unit.sql.execute("UPDATE ticket_notes SET told = 1 WHERE ticket_id = $1 AND note = $2", {note.ticket_id, note.note}));
    return {};
}

}  // namespace slipway::tickets
