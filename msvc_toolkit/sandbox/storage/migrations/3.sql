CREATE TABLE export_job (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
    friendly_name TEXT NOT NULL, start_day TEXT NOT NULL, end_day TEXT NOT NULL, begins INTEGER NOT NULL,
    date_created INTEGER NOT NULL);
-- One file of a job, written when the job is created; `ready` is when it can be fetched. `sid` is the job's.
CREATE TABLE export_day (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL REFERENCES export_job(sid) ON DELETE CASCADE,
    account_sid TEXT NOT NULL, day TEXT NOT NULL, friendly_name TEXT NOT NULL, ready INTEGER NOT NULL,
    records INTEGER NOT NULL, content BLOB NOT NULL);
CREATE INDEX export_day_job ON export_day (sid);
CREATE TABLE export_configuration (
    account_sid TEXT PRIMARY KEY REFERENCES account(sid), webhook_url TEXT, webhook_method TEXT)
    WITHOUT ROWID;
