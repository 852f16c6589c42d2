-- Tickets that are decided in another system (src/tickets/remote_desk.hpp): the issue that stands for each. A call that makes something there is planned
-- here before it is made, so that a crash or a lost answer makes no second issue: what is there is looked up by its label.
-- state: PLANNED, SENT (its outcome is not known), OPEN, DECIDED (watched for a while), ENDED.
CREATE TABLE ticket_issues (
    ticket_id TEXT {{c}} PRIMARY KEY,
    label TEXT {{c}} NOT NULL,
    issue_id TEXT {{c}},
    state TEXT {{c}} NOT NULL,
    next_at BIGINT NOT NULL,
    document TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX ticket_issues_label ON ticket_issues (label);
CREATE INDEX ticket_issues_issue ON ticket_issues (issue_id);
CREATE INDEX ticket_issues_due ON ticket_issues (state, next_at);

-- What is said once about a ticket: reminders, and comments for the other system (told is 0 until the comment is there).
CREATE TABLE ticket_notes (
    ticket_id TEXT {{c}} NOT NULL,
    note TEXT {{c}} NOT NULL,
    body TEXT {{c}} NOT NULL,
    told BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, note)
);
CREATE INDEX ticket_notes_due ON ticket_notes (ticket_id) WHERE told = 0;

CREATE INDEX notifications_open_tickets ON notifications (row_id) WHERE open = 1 AND notification_type = 'MODEL_APPROVAL_NOTIFICATION';
