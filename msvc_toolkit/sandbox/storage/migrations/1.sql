CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE serial (prefix TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE account (
    sid TEXT PRIMARY KEY, owner_account_sid TEXT NOT NULL, auth_token TEXT NOT NULL,
    friendly_name TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE api_key (
    sid TEXT PRIMARY KEY, account_sid TEXT NOT NULL REFERENCES account(sid), secret TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE service (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
    friendly_name TEXT NOT NULL, inbound_request_url TEXT, inbound_method TEXT NOT NULL,
    fallback_url TEXT, fallback_method TEXT NOT NULL, status_callback TEXT,
    sticky_sender INTEGER NOT NULL, mms_converter INTEGER NOT NULL, smart_encoding INTEGER NOT NULL,
    scan_message_content TEXT NOT NULL, fallback_to_long_code INTEGER NOT NULL,
    area_code_geomatch INTEGER NOT NULL, validity_period INTEGER NOT NULL,
    synchronous_validation INTEGER NOT NULL, usecase TEXT NOT NULL,
    use_inbound_webhook_on_number INTEGER NOT NULL,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
-- A number, short code or channel sender is in one service at most, so membership is a column.
CREATE TABLE sender (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
    kind TEXT NOT NULL CHECK (kind IN ('number', 'short code', 'channel')),
    address TEXT NOT NULL UNIQUE, country_code TEXT, capabilities TEXT NOT NULL, friendly_name TEXT NOT NULL,
    sms_url TEXT, sms_method TEXT NOT NULL DEFAULT 'POST', sms_fallback_url TEXT,
    sms_fallback_method TEXT NOT NULL DEFAULT 'POST', sms_application_sid TEXT,
    status_callback TEXT, status_callback_method TEXT NOT NULL DEFAULT 'POST',
    standing TEXT NOT NULL DEFAULT 'good',
    service_sid TEXT REFERENCES service(sid) ON DELETE SET NULL, date_pooled INTEGER,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
CREATE INDEX sender_pool ON sender (service_sid, date_pooled) WHERE service_sid IS NOT NULL;
-- iso_country_code: NULL for an AlphaSender, '' or a country for a DestinationAlphaSender.
CREATE TABLE alpha (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
    service_sid TEXT NOT NULL REFERENCES service(sid) ON DELETE CASCADE,
    alpha_sender TEXT NOT NULL, iso_country_code TEXT,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
CREATE INDEX alpha_pool ON alpha (service_sid);
-- A message is written once with the times of its statuses; its status is the latest of them that has passed.
CREATE TABLE message (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
    service_sid TEXT, sender_sid TEXT, from_ TEXT, explicit INTEGER NOT NULL, to_ TEXT NOT NULL,
    body TEXT NOT NULL, direction TEXT NOT NULL, num_segments INTEGER NOT NULL, num_media INTEGER NOT NULL,
    price INTEGER, outcome TEXT, error_code INTEGER, options TEXT, decision INTEGER,
    date_created INTEGER NOT NULL, queued INTEGER, sending INTEGER, sent INTEGER, ended INTEGER,
    priced INTEGER, touched INTEGER, due INTEGER);
CREATE INDEX message_due ON message (due) WHERE due IS NOT NULL;
CREATE INDEX message_to ON message (to_);
CREATE INDEX message_from ON message (from_);
CREATE INDEX message_sent ON message (sent);
-- How senders were chosen: many messages share one decision.
CREATE TABLE decision (id INTEGER PRIMARY KEY, steps TEXT NOT NULL UNIQUE);
CREATE TABLE sticky (
    service_sid TEXT NOT NULL REFERENCES service(sid) ON DELETE CASCADE, recipient TEXT NOT NULL,
    sender_sid TEXT NOT NULL, PRIMARY KEY (service_sid, recipient)) WITHOUT ROWID;
CREATE INDEX sticky_sender ON sticky (sender_sid);
-- An opt-out applies to a service, or to one sender outside any service.
CREATE TABLE opt_out (scope TEXT, recipient TEXT, PRIMARY KEY (scope, recipient)) WITHOUT ROWID;
CREATE TABLE advanced_opt_out (
    service_sid TEXT PRIMARY KEY REFERENCES service(sid) ON DELETE CASCADE, settings TEXT NOT NULL)
    WITHOUT ROWID;
-- Queued webhooks; `taken` is when a worker started the call.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, message_sid TEXT NOT NULL, kind TEXT NOT NULL, url TEXT NOT NULL,
    method TEXT NOT NULL, fallback_url TEXT, fallback_method TEXT, status TEXT NOT NULL, word TEXT,
    due INTEGER NOT NULL, taken INTEGER);
CREATE INDEX outbox_due ON outbox (due);
CREATE INDEX outbox_message ON outbox (message_sid);
-- Webhooks that were called or skipped, and the debugger's entries.
CREATE TABLE event (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, message_sid TEXT, url TEXT, method TEXT,
    http_status INTEGER, code INTEGER, sentence TEXT NOT NULL, params TEXT);
CREATE TABLE handset (address TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE last_use (
    sender_sid TEXT PRIMARY KEY, turn INTEGER NOT NULL, free INTEGER NOT NULL) WITHOUT ROWID;
