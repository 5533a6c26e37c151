-- The ledger, version 1. Times are microseconds since 1970 UTC. Contacts are stored as keyed digests only.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE job (
    id           TEXT PRIMARY KEY,
    created_at   INTEGER NOT NULL,
    input_path   TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    sheet        TEXT NOT NULL,
    output_dir   TEXT NOT NULL,
    lang         TEXT NOT NULL,
    simulated    INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    endpoint     TEXT NOT NULL,
    operator     TEXT NOT NULL,
    columns      TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE run (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    job        TEXT NOT NULL REFERENCES job (id),
    started_at INTEGER NOT NULL,
    host       TEXT NOT NULL,
    pid        INTEGER NOT NULL,
    version    TEXT NOT NULL,
    source     TEXT NOT NULL,
    again      INTEGER NOT NULL CHECK (again IN (0, 1)),
    ended_at   INTEGER,
    stop       TEXT,
    counts     TEXT
);
CREATE INDEX run_of_job ON run (job);

CREATE TABLE attempt (
    seq                INTEGER PRIMARY KEY,
    id                 TEXT NOT NULL UNIQUE,
    job                TEXT NOT NULL REFERENCES job (id),
    run                TEXT NOT NULL REFERENCES run (id),
    sn                 TEXT NOT NULL,
    sn_key             TEXT NOT NULL,
    contact            TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('open', 'succeeded', 'refused', 'unprocessed', 'unknown')),
    opened_at          INTEGER NOT NULL,
    counts_from        INTEGER NOT NULL,
    settled_at         INTEGER,
    advice             TEXT NOT NULL,
    http_status        INTEGER,
    error_code         TEXT,
    error_message      TEXT,
    service_request_id TEXT,
    not_before         INTEGER,
    CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE INDEX attempt_of_terminal ON attempt (sn_key, seq);
CREATE INDEX attempt_of_job ON attempt (job, sn_key);
-- At most one call to a terminal is under way, whatever the code above believes.
CREATE UNIQUE INDEX attempt_open_once ON attempt (sn_key) WHERE state = 'open';
CREATE INDEX attempt_open_of_run ON attempt (run) WHERE state = 'open';
