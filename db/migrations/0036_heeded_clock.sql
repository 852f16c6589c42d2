-- The row of the history whose instant lay in the future when waits were last moved for it: they are moved once, however often the server starts until its
-- clock has caught up.
CREATE TABLE lifecycle_heeded_clock (history_row BIGINT NOT NULL);
