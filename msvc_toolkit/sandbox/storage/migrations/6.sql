-- Content templates. `submitted` is when approval was asked for, and `reason` why it will be refused; `state` was set by
-- the control and wins over both.
CREATE TABLE content (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
    friendly_name TEXT, language TEXT NOT NULL, variables TEXT NOT NULL, types TEXT NOT NULL,
    name TEXT, category TEXT, submitted INTEGER, reason TEXT NOT NULL DEFAULT '', state TEXT,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
