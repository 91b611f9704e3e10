"""The sandbox's tables, as numbered steps that are applied once and in order."""

from __future__ import annotations

APPLICATION_ID = 0x4D535643
"""Marks a SQLite file as a sandbox store ("MSVC"), so that no other program's file is ever taken for one."""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE serial (prefix TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE account (
            sid TEXT PRIMARY KEY, owner_account_sid TEXT NOT NULL, auth_token TEXT NOT NULL,
            friendly_name TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
            date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE api_key (
            sid TEXT PRIMARY KEY, account_sid TEXT NOT NULL REFERENCES account(sid), secret TEXT NOT NULL)
            WITHOUT ROWID""",
        """CREATE TABLE service (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
            friendly_name TEXT NOT NULL, inbound_request_url TEXT, inbound_method TEXT NOT NULL,
            fallback_url TEXT, fallback_method TEXT NOT NULL, status_callback TEXT,
            sticky_sender INTEGER NOT NULL, mms_converter INTEGER NOT NULL, smart_encoding INTEGER NOT NULL,
            scan_message_content TEXT NOT NULL, fallback_to_long_code INTEGER NOT NULL,
            area_code_geomatch INTEGER NOT NULL, validity_period INTEGER NOT NULL,
            synchronous_validation INTEGER NOT NULL, usecase TEXT NOT NULL,
            use_inbound_webhook_on_number INTEGER NOT NULL,
            date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL)""",
        # A number, short code or channel sender is in one service at most, so membership is a column.
        """CREATE TABLE sender (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
            kind TEXT NOT NULL CHECK (kind IN ('number', 'short code', 'channel')),
            address TEXT NOT NULL UNIQUE, country_code TEXT, capabilities TEXT NOT NULL, friendly_name TEXT NOT NULL,
            sms_url TEXT, sms_method TEXT NOT NULL DEFAULT 'POST', sms_fallback_url TEXT,
            sms_fallback_method TEXT NOT NULL DEFAULT 'POST', sms_application_sid TEXT,
            status_callback TEXT, status_callback_method TEXT NOT NULL DEFAULT 'POST',
            standing TEXT NOT NULL DEFAULT 'good',
            service_sid TEXT REFERENCES service(sid) ON DELETE SET NULL, date_pooled INTEGER,
            date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL)""",
        "CREATE INDEX sender_pool ON sender (service_sid, date_pooled) WHERE service_sid IS NOT NULL",
        # iso_country_code: NULL for an AlphaSender, '' or a country for a DestinationAlphaSender.
        """CREATE TABLE alpha (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
            service_sid TEXT NOT NULL REFERENCES service(sid) ON DELETE CASCADE,
            alpha_sender TEXT NOT NULL, iso_country_code TEXT,
            date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL)""",
        "CREATE INDEX alpha_pool ON alpha (service_sid)",
        # A message is written once with the times of its statuses; its status is the latest of them that has passed.
        """CREATE TABLE message (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
            service_sid TEXT, sender_sid TEXT, from_ TEXT, explicit INTEGER NOT NULL, to_ TEXT NOT NULL,
            body TEXT NOT NULL, direction TEXT NOT NULL, num_segments INTEGER NOT NULL, num_media INTEGER NOT NULL,
            price INTEGER, outcome TEXT, error_code INTEGER, options TEXT, decision INTEGER,
            date_created INTEGER NOT NULL, queued INTEGER, sending INTEGER, sent INTEGER, ended INTEGER,
            priced INTEGER, touched INTEGER, due INTEGER)""",
        "CREATE INDEX message_due ON message (due) WHERE due IS NOT NULL",
        "CREATE INDEX message_to ON message (to_)",
        "CREATE INDEX message_from ON message (from_)",
        "CREATE INDEX message_sent ON message (sent)",
        # How senders were chosen: many messages share one decision.
        "CREATE TABLE decision (id INTEGER PRIMARY KEY, steps TEXT NOT NULL UNIQUE)",
        """CREATE TABLE sticky (
            service_sid TEXT NOT NULL REFERENCES service(sid) ON DELETE CASCADE, recipient TEXT NOT NULL,
            sender_sid TEXT NOT NULL, PRIMARY KEY (service_sid, recipient)) WITHOUT ROWID""",
        "CREATE INDEX sticky_sender ON sticky (sender_sid)",
        # An opt-out applies to a service, or to one sender outside any service.
        "CREATE TABLE opt_out (scope TEXT, recipient TEXT, PRIMARY KEY (scope, recipient)) WITHOUT ROWID",
        """CREATE TABLE advanced_opt_out (
            service_sid TEXT PRIMARY KEY REFERENCES service(sid) ON DELETE CASCADE, settings TEXT NOT NULL)
            WITHOUT ROWID""",
        # Queued webhooks; `taken` is when a worker started the call.
        """CREATE TABLE outbox (
            id INTEGER PRIMARY KEY, message_sid TEXT NOT NULL, kind TEXT NOT NULL, url TEXT NOT NULL,
            method TEXT NOT NULL, fallback_url TEXT, fallback_method TEXT, status TEXT NOT NULL, word TEXT,
            due INTEGER NOT NULL, taken INTEGER)""",
        "CREATE INDEX outbox_due ON outbox (due)",
        "CREATE INDEX outbox_message ON outbox (message_sid)",
        # Webhooks that were called or skipped, and the debugger's entries.
        """CREATE TABLE event (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, message_sid TEXT, url TEXT, method TEXT,
            http_status INTEGER, code INTEGER, sentence TEXT NOT NULL, params TEXT)""",
        "CREATE TABLE handset (address TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE last_use (
            sender_sid TEXT PRIMARY KEY, turn INTEGER NOT NULL, free INTEGER NOT NULL) WITHOUT ROWID""",
    ),
    (
        # The order accounts were made in; a parent comes before its subaccounts.
        "ALTER TABLE account ADD COLUMN seq INTEGER NOT NULL DEFAULT 1",
        # Media are read from the message itself; only deletions are stored.
        """CREATE TABLE media_deleted (
            message_sid TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (message_sid, seq)) WITHOUT ROWID""",
        """CREATE TABLE feedback (
            message_sid TEXT PRIMARY KEY, outcome TEXT NOT NULL,
            date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL) WITHOUT ROWID""",
        # What a v2 channel sender has more than other senders; `ready` is when it is, or is again, online.
        """CREATE TABLE channel (
            sid TEXT PRIMARY KEY REFERENCES sender(sid) ON DELETE CASCADE, configuration TEXT NOT NULL,
            webhook TEXT NOT NULL, profile TEXT NOT NULL, state TEXT NOT NULL, ready INTEGER NOT NULL)
            WITHOUT ROWID""",
        # `decided` is when the verdict is given; until it is `applied`, the number's standing is unchanged.
        """CREATE TABLE tollfree (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
            sender_sid TEXT NOT NULL REFERENCES sender(sid) ON DELETE CASCADE,
            customer_profile_sid TEXT NOT NULL, trust_product_sid TEXT NOT NULL, regulated_item_sid TEXT NOT NULL,
            external_reference_id TEXT, fields TEXT NOT NULL, verdict TEXT NOT NULL, error_code INTEGER,
            reviewed INTEGER NOT NULL, decided INTEGER NOT NULL, applied INTEGER NOT NULL DEFAULT 0,
            date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL)""",
        "CREATE INDEX tollfree_sender ON tollfree (sender_sid)",
        """CREATE TABLE domain (
            sid TEXT PRIMARY KEY, account_sid TEXT NOT NULL REFERENCES account(sid), domain_name TEXT NOT NULL UNIQUE,
            config TEXT, certificate TEXT) WITHOUT ROWID""",
        """CREATE TABLE domain_service (
            service_sid TEXT PRIMARY KEY REFERENCES service(sid) ON DELETE CASCADE,
            domain_sid TEXT NOT NULL REFERENCES domain(sid) ON DELETE CASCADE) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE export_job (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
            friendly_name TEXT NOT NULL, start_day TEXT NOT NULL, end_day TEXT NOT NULL, begins INTEGER NOT NULL,
            date_created INTEGER NOT NULL)""",
        # One file of a job, written when the job is created; `ready` is when it can be fetched. `sid` is the job's.
        """CREATE TABLE export_day (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL REFERENCES export_job(sid) ON DELETE CASCADE,
            account_sid TEXT NOT NULL, day TEXT NOT NULL, friendly_name TEXT NOT NULL, ready INTEGER NOT NULL,
            records INTEGER NOT NULL, content BLOB NOT NULL)""",
        "CREATE INDEX export_day_job ON export_day (sid)",
        """CREATE TABLE export_configuration (
            account_sid TEXT PRIMARY KEY REFERENCES account(sid), webhook_url TEXT, webhook_method TEXT)
            WITHOUT ROWID""",
    ),
    (
        # Trust Hub: a customer profile or trust product. `decided` is when the review ends; NULL while it is a draft.
        """CREATE TABLE bundle (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
            kind TEXT NOT NULL CHECK (kind IN ('profile', 'product')), policy_sid TEXT NOT NULL,
            friendly_name TEXT NOT NULL, email TEXT NOT NULL, status_callback TEXT, reviewed INTEGER, decided INTEGER,
            verdict TEXT, errors TEXT NOT NULL DEFAULT '[]', valid_until INTEGER,
            date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL)""",
        # What a bundle holds: end users, documents, other bundles, numbers. `endpoint_type` is NULL for the first three.
        """CREATE TABLE assignment (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
            bundle_sid TEXT NOT NULL REFERENCES bundle(sid) ON DELETE CASCADE, object_sid TEXT NOT NULL,
            endpoint_type TEXT, date_created INTEGER NOT NULL)""",
        "CREATE INDEX assignment_bundle ON assignment (bundle_sid)",
        """CREATE TABLE evaluation (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
            bundle_sid TEXT NOT NULL REFERENCES bundle(sid) ON DELETE CASCADE, policy_sid TEXT NOT NULL,
            status TEXT NOT NULL, results TEXT NOT NULL, date_created INTEGER NOT NULL)""",
        """CREATE TABLE entity (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
            kind TEXT NOT NULL CHECK (kind IN ('end user', 'document')), friendly_name TEXT NOT NULL,
            type TEXT NOT NULL, attributes TEXT NOT NULL,
            date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL)""",
        # A2P 10DLC. `verdict` is NULL until the first request after `decided`; then it is the status.
        """CREATE TABLE brand (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
            customer_profile_bundle_sid TEXT NOT NULL, a2p_profile_bundle_sid TEXT NOT NULL, brand_type TEXT NOT NULL,
            mock INTEGER NOT NULL, skip_automatic_sec_vet INTEGER NOT NULL, reviewed INTEGER, decided INTEGER NOT NULL,
            verdict TEXT, identity_status TEXT, brand_score INTEGER, tcr_id TEXT, errors TEXT NOT NULL DEFAULT '[]',
            russell_3000 INTEGER, government_entity INTEGER, tax_exempt_status TEXT,
            updates INTEGER NOT NULL DEFAULT 0, date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL)""",
        """CREATE TABLE vetting (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
            brand_sid TEXT NOT NULL REFERENCES brand(sid) ON DELETE CASCADE, vetting_provider TEXT NOT NULL,
            vetting_id TEXT, decided INTEGER NOT NULL, verdict TEXT, date_created INTEGER NOT NULL)""",
        # A service has one campaign at most. `fields` is what was submitted; defaults are not among it.
        """CREATE TABLE campaign (
            seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
            brand_sid TEXT, service_sid TEXT NOT NULL UNIQUE REFERENCES service(sid) ON DELETE CASCADE,
            usecase TEXT NOT NULL, fields TEXT NOT NULL, mock INTEGER NOT NULL, external INTEGER NOT NULL,
            campaign_id TEXT, reviewed INTEGER NOT NULL, decided INTEGER NOT NULL, verdict TEXT,
            errors TEXT NOT NULL DEFAULT '[]', date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL)""",
        "CREATE INDEX campaign_brand ON campaign (brand_sid)",
        # Phones whose carrier is known; that of every other is made up when it is asked for.
        "CREATE TABLE phone_carrier (address TEXT PRIMARY KEY, carrier TEXT NOT NULL) WITHOUT ROWID",
        # Segments a carrier took from a brand on a Pacific day, or from a campaign in a minute.
        """CREATE TABLE carrier_use (
            owner TEXT NOT NULL, slot INTEGER NOT NULL, segments INTEGER NOT NULL, PRIMARY KEY (owner, slot))
            WITHOUT ROWID""",
    ),
    (
        # When a person wrote last to a WhatsApp or Messenger sender; before this step the log of texts is all there is.
        """CREATE TABLE reply_window (
            sender_sid TEXT NOT NULL, person TEXT NOT NULL, opened INTEGER NOT NULL, PRIMARY KEY (sender_sid, person))
            WITHOUT ROWID""",
        """INSERT INTO reply_window SELECT sender_sid, from_, max(date_created) FROM message
            WHERE direction = 'inbound' AND sender_sid IS NOT NULL
            AND (from_ LIKE 'whatsapp:%' OR from_ LIKE 'messenger:%') GROUP BY sender_sid, from_""",
    ),
)
