-- The short form of a link in a message. `created` is when the message was handed over.
CREATE TABLE short_link (
    code TEXT PRIMARY KEY, message_sid TEXT NOT NULL, domain_sid TEXT NOT NULL, short TEXT NOT NULL,
    link TEXT NOT NULL, place INTEGER NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX short_link_message ON short_link (message_sid);
CREATE INDEX short_link_created ON short_link (created);
-- Texts that take the place of a message's body when it is handed over.
CREATE TABLE shortened (message_seq INTEGER PRIMARY KEY, due INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE link_click (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, event_type TEXT NOT NULL, at INTEGER NOT NULL);
-- When and how somebody opted out: by a keyword, by one that the network of toll-free numbers obeys, or a consent's source.
ALTER TABLE opt_out ADD COLUMN since INTEGER;
ALTER TABLE opt_out ADD COLUMN source TEXT;
CREATE TABLE consent (
    account_sid TEXT NOT NULL, sender_id TEXT NOT NULL, contact_id TEXT NOT NULL, status TEXT NOT NULL,
    source TEXT NOT NULL, given INTEGER NOT NULL, PRIMARY KEY (account_sid, sender_id, contact_id)) WITHOUT ROWID;
CREATE TABLE contact (
    account_sid TEXT NOT NULL, contact_id TEXT NOT NULL, country_iso_code TEXT NOT NULL, zip_code TEXT NOT NULL,
    PRIMARY KEY (account_sid, contact_id)) WITHOUT ROWID;
CREATE TABLE safe_list (
    sid TEXT PRIMARY KEY, account_sid TEXT NOT NULL, phone_number TEXT NOT NULL, UNIQUE (account_sid, phone_number))
    WITHOUT ROWID;
-- Countries that an account may not send to; every other is open.
CREATE TABLE geo_closed (
    account_sid TEXT NOT NULL, country_code TEXT NOT NULL, PRIMARY KEY (account_sid, country_code)) WITHOUT ROWID;
