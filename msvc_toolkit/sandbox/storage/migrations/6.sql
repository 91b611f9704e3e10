-- The short form of a link in a message. `created` is when the message was handed over.
CREATE TABLE short_link (
    code TEXT PRIMARY KEY, message_sid TEXT NOT NULL, domain_sid TEXT NOT NULL, short TEXT NOT NULL,
    link TEXT NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX short_link_message ON short_link (message_sid);
CREATE INDEX short_link_created ON short_link (created);
-- Texts that take the place of a message's body when it is handed over.
CREATE TABLE shortened (message_seq INTEGER PRIMARY KEY, due INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE link_click (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, event_type TEXT NOT NULL, at INTEGER NOT NULL);
