-- The order accounts were made in; a parent comes before its subaccounts.
ALTER TABLE account ADD COLUMN seq INTEGER NOT NULL DEFAULT 1;
-- Media are read from the message itself; only deletions are stored.
CREATE TABLE media_deleted (
    message_sid TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (message_sid, seq)) WITHOUT ROWID;
CREATE TABLE feedback (
    message_sid TEXT PRIMARY KEY, outcome TEXT NOT NULL,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL) WITHOUT ROWID;
-- What a v2 channel sender has more than other senders; `ready` is when it is, or is again, online.
CREATE TABLE channel (
    sid TEXT PRIMARY KEY REFERENCES sender(sid) ON DELETE CASCADE, configuration TEXT NOT NULL,
    webhook TEXT NOT NULL, profile TEXT NOT NULL, state TEXT NOT NULL, ready INTEGER NOT NULL)
    WITHOUT ROWID;
-- `decided` is when the verdict is given; until it is `applied`, the number's standing is unchanged.
CREATE TABLE tollfree (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
    sender_sid TEXT NOT NULL REFERENCES sender(sid) ON DELETE CASCADE,
    customer_profile_sid TEXT NOT NULL, trust_product_sid TEXT NOT NULL, regulated_item_sid TEXT NOT NULL,
    external_reference_id TEXT, fields TEXT NOT NULL, verdict TEXT NOT NULL, error_code INTEGER,
    reviewed INTEGER NOT NULL, decided INTEGER NOT NULL, applied INTEGER NOT NULL DEFAULT 0,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
CREATE INDEX tollfree_sender ON tollfree (sender_sid);
CREATE TABLE domain (
    sid TEXT PRIMARY KEY, account_sid TEXT NOT NULL REFERENCES account(sid), domain_name TEXT NOT NULL UNIQUE,
    config TEXT, certificate TEXT) WITHOUT ROWID;
CREATE TABLE domain_service (
    service_sid TEXT PRIMARY KEY REFERENCES service(sid) ON DELETE CASCADE,
    domain_sid TEXT NOT NULL REFERENCES domain(sid) ON DELETE CASCADE) WITHOUT ROWID;
