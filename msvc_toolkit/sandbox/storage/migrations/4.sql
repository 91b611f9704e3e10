-- Trust Hub: a customer profile or trust product. `decided` is when the review ends; NULL while it is a draft.
CREATE TABLE bundle (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
    kind TEXT NOT NULL CHECK (kind IN ('profile', 'product')), policy_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL, email TEXT NOT NULL, status_callback TEXT, reviewed INTEGER, decided INTEGER,
    verdict TEXT, errors TEXT NOT NULL DEFAULT '[]', valid_until INTEGER,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
-- What a bundle holds: end users, documents, other bundles, numbers. `endpoint_type` is NULL for the first three.
CREATE TABLE assignment (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
    bundle_sid TEXT NOT NULL REFERENCES bundle(sid) ON DELETE CASCADE, object_sid TEXT NOT NULL,
    endpoint_type TEXT, date_created INTEGER NOT NULL);
CREATE INDEX assignment_bundle ON assignment (bundle_sid);
CREATE TABLE evaluation (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
    bundle_sid TEXT NOT NULL REFERENCES bundle(sid) ON DELETE CASCADE, policy_sid TEXT NOT NULL,
    status TEXT NOT NULL, results TEXT NOT NULL, date_created INTEGER NOT NULL);
CREATE TABLE entity (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
    kind TEXT NOT NULL CHECK (kind IN ('end user', 'document')), friendly_name TEXT NOT NULL,
    type TEXT NOT NULL, attributes TEXT NOT NULL,
    date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
-- A2P 10DLC. `verdict` is NULL until the first request after `decided`; then it is the status.
CREATE TABLE brand (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
    customer_profile_bundle_sid TEXT NOT NULL, a2p_profile_bundle_sid TEXT NOT NULL, brand_type TEXT NOT NULL,
    mock INTEGER NOT NULL, skip_automatic_sec_vet INTEGER NOT NULL, reviewed INTEGER, decided INTEGER NOT NULL,
    verdict TEXT, identity_status TEXT, brand_score INTEGER, tcr_id TEXT, errors TEXT NOT NULL DEFAULT '[]',
    russell_3000 INTEGER, government_entity INTEGER, tax_exempt_status TEXT,
    updates INTEGER NOT NULL DEFAULT 0, date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
CREATE TABLE vetting (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
    brand_sid TEXT NOT NULL REFERENCES brand(sid) ON DELETE CASCADE, vetting_provider TEXT NOT NULL,
    vetting_id TEXT, decided INTEGER NOT NULL, verdict TEXT, date_created INTEGER NOT NULL);
-- A service has one campaign at most. `fields` is what was submitted; defaults are not among it.
CREATE TABLE campaign (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL REFERENCES account(sid),
    brand_sid TEXT, service_sid TEXT NOT NULL UNIQUE REFERENCES service(sid) ON DELETE CASCADE,
    usecase TEXT NOT NULL, fields TEXT NOT NULL, mock INTEGER NOT NULL, external INTEGER NOT NULL,
    campaign_id TEXT, reviewed INTEGER NOT NULL, decided INTEGER NOT NULL, verdict TEXT,
    errors TEXT NOT NULL DEFAULT '[]', date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);
CREATE INDEX campaign_brand ON campaign (brand_sid);
-- Phones whose carrier is known; that of every other is made up when it is asked for.
CREATE TABLE phone_carrier (address TEXT PRIMARY KEY, carrier TEXT NOT NULL) WITHOUT ROWID;
-- Segments a carrier took from a brand on a Pacific day, or from a campaign in a minute.
CREATE TABLE carrier_use (
    owner TEXT NOT NULL, slot INTEGER NOT NULL, segments INTEGER NOT NULL, PRIMARY KEY (owner, slot))
    WITHOUT ROWID;
