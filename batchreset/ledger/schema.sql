-- The ledger, version 2. Times are microseconds since 1970 UTC. Contacts are stored as keyed digests only.
-- The rules of LEDGER.md §2.2 stand here once more, so that a mistake in the program can't break them.
-- Every statement ends with a line of its own that ends in ";": see file.py.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The one row is the quota that the trigger below holds every writer to: without the margin.
CREATE TABLE quota (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    calls     INTEGER NOT NULL,
    window_us INTEGER NOT NULL
);

-- Every change to a record, in the order they were made. `record` is the `seq` of the record's first
-- entry here, which is also its own `seq`; `seal` is the keyed checksum of what the record then held;
-- `link` is that of the entry and the link before it.
CREATE TABLE chain (
    seq    INTEGER PRIMARY KEY,
    kind   TEXT    NOT NULL CHECK (kind IN ('job', 'run', 'attempt', 'resolution', 'forgetting', 'restoring')),
    record INTEGER NOT NULL CHECK (record <= seq),
    seal   BLOB    NOT NULL,
    link   BLOB    NOT NULL
);

CREATE TABLE job (
    seq          INTEGER PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    input_path   TEXT    NOT NULL,
    input_sha256 TEXT    NOT NULL,
    sheet        TEXT    NOT NULL,
    output_dir   TEXT    NOT NULL,
    lang         TEXT    NOT NULL,
    simulated    INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    endpoint     TEXT    NOT NULL,
    operator     TEXT    NOT NULL,
    columns      TEXT    NOT NULL,
    seal         BLOB    NOT NULL
);

CREATE TABLE run (
    seq           INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL UNIQUE,
    job           TEXT    NOT NULL REFERENCES job (id),
    started_at    INTEGER NOT NULL,
    host          TEXT    NOT NULL,
    pid           INTEGER NOT NULL,
    version       TEXT    NOT NULL,
    source        TEXT    NOT NULL,
    again         INTEGER NOT NULL CHECK (again IN (0, 1)),
    retry_unknown INTEGER NOT NULL CHECK (retry_unknown IN (0, 1)),
    operator      TEXT    NOT NULL,
    accepted      TEXT    NOT NULL,
    ended_at      INTEGER,
    stop          TEXT,
    counts        TEXT,
    seal          BLOB    NOT NULL
);
CREATE INDEX run_of_job ON run (job);

CREATE TABLE attempt (
    seq                INTEGER PRIMARY KEY,
    id                 TEXT    NOT NULL UNIQUE,
    job                TEXT    NOT NULL REFERENCES job (id),
    run                TEXT    NOT NULL,
    sn                 TEXT    NOT NULL,
    sn_key             TEXT    NOT NULL,
    contact            TEXT    NOT NULL,
    state              TEXT    NOT NULL CHECK (state IN ('open', 'succeeded', 'refused', 'unprocessed', 'unknown')),
    opened_at          INTEGER NOT NULL,
    counts_from        INTEGER NOT NULL,
    settled_at         INTEGER,
    advice             TEXT    NOT NULL,
    http_status        INTEGER,
    error_code         TEXT,
    error_message      TEXT,
    service_request_id TEXT,
    not_before         INTEGER,
    resolved           TEXT CHECK (resolved IN ('arrived', 'not_arrived', 'retried')),
    seal               BLOB    NOT NULL,
    CHECK ((state = 'open') = (settled_at IS NULL)),
    CHECK (state <> 'open' OR resolved IS NULL)
);
CREATE INDEX attempt_of_terminal ON attempt (sn_key, seq);
CREATE INDEX attempt_of_job ON attempt (job, sn_key);
-- At most one call to a terminal is under way, whatever the code above believes.
CREATE UNIQUE INDEX attempt_open_once ON attempt (sn_key) WHERE state = 'open';
-- At most one call of a job to a terminal may have been processed, unless a person asked for another.
CREATE UNIQUE INDEX attempt_once_in_job ON attempt (job, sn_key)
    WHERE state IN ('open', 'succeeded', 'unknown') AND (resolved IS NULL OR resolved = 'arrived');

-- What people said of attempts without an answer; the last word of each stands in `attempt.resolved`.
CREATE TABLE resolution (
    seq        INTEGER PRIMARY KEY,
    attempt    TEXT    NOT NULL,
    resolution TEXT    NOT NULL CHECK (resolution IN ('arrived', 'not_arrived')),
    at         INTEGER NOT NULL,
    operator   TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    seal       BLOB    NOT NULL
);
CREATE INDEX resolution_of_attempt ON resolution (attempt);

-- What `forget` removed: `records` is the digest of the removed records' numbers, listed in `forgotten`.
CREATE TABLE forgetting (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    cutoff   INTEGER NOT NULL,
    operator TEXT    NOT NULL,
    jobs     INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    records  TEXT    NOT NULL,
    seal     BLOB    NOT NULL
);
CREATE TABLE forgotten (
    record     INTEGER PRIMARY KEY,
    forgetting INTEGER NOT NULL REFERENCES forgetting (seq)
);

-- A ledger that was put back from a copy, and who took that on himself.
CREATE TABLE restoring (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    operator TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    seal     BLOB    NOT NULL
);

-- Of its run too it could be a foreign key, but then `forget` would look through all attempts for each run.
CREATE TRIGGER attempt_is_of_a_run BEFORE INSERT ON attempt
WHEN NOT EXISTS (SELECT 1 FROM run WHERE id = NEW.run AND job = NEW.job AND ended_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'rule: an attempt is made by a run of its job that has not ended');
END;

CREATE TRIGGER run_is_kept BEFORE DELETE ON run
WHEN EXISTS (SELECT 1 FROM attempt WHERE job = OLD.job AND run = OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'rule: a run is kept for as long as its attempts are');
END;

CREATE TRIGGER attempt_begins_open BEFORE INSERT ON attempt WHEN NEW.state <> 'open'
BEGIN
    SELECT RAISE(ABORT, 'rule: an attempt begins open');
END;

CREATE TRIGGER attempt_within_quota BEFORE INSERT ON attempt
WHEN (
    SELECT count(*) FROM attempt
    WHERE sn_key = NEW.sn_key AND state <> 'unprocessed'
        AND counts_from > NEW.opened_at - (SELECT window_us FROM quota)
) >= (SELECT calls FROM quota)
BEGIN
    SELECT RAISE(ABORT, 'rule: the terminal''s quota is used up');
END;

CREATE TRIGGER attempt_settles_once BEFORE UPDATE ON attempt
WHEN OLD.state NOT IN ('open', 'unknown') OR NEW.state = 'open'
    OR (OLD.state = 'open' AND NEW.resolved IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'rule: an attempt goes from open to its outcome, and only from unknown to another');
END;

CREATE TRIGGER attempt_stays_itself BEFORE UPDATE ON attempt
WHEN OLD.seq <> NEW.seq OR OLD.id <> NEW.id OR OLD.job <> NEW.job OR OLD.run <> NEW.run OR OLD.sn <> NEW.sn
    OR OLD.sn_key <> NEW.sn_key OR OLD.contact <> NEW.contact OR OLD.opened_at <> NEW.opened_at
BEGIN
    SELECT RAISE(ABORT, 'rule: what an attempt was sent as does not change');
END;

-- A program of before the seals, still at work when the ledger was upgraded, must not spoil them.
CREATE TRIGGER attempt_is_sealed_anew BEFORE UPDATE ON attempt
WHEN OLD.seal = NEW.seal AND OLD.state <> NEW.state
BEGIN
    SELECT RAISE(ABORT, 'rule: what changes is sealed anew');
END;

CREATE TRIGGER run_is_sealed_anew BEFORE UPDATE ON run WHEN OLD.seal = NEW.seal
BEGIN
    SELECT RAISE(ABORT, 'rule: what changes is sealed anew');
END;

CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempt
WHEN OLD.state = 'open'
    OR OLD.counts_from + (SELECT window_us FROM quota) >= coalesce((SELECT max(at) FROM forgetting), 0)
BEGIN
    SELECT RAISE(ABORT, 'rule: an attempt is kept for as long as it may count');
END;

CREATE TRIGGER job_stays_itself BEFORE UPDATE ON job
BEGIN
    SELECT RAISE(ABORT, 'rule: a job does not change');
END;

CREATE TRIGGER run_ends_once BEFORE UPDATE ON run WHEN OLD.ended_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'rule: a run ends once');
END;

CREATE TRIGGER run_stays_itself BEFORE UPDATE
OF seq, id, job, started_at, host, pid, version, source, again, retry_unknown, operator, accepted ON run
BEGIN
    SELECT RAISE(ABORT, 'rule: what a run began as does not change');
END;

CREATE TRIGGER chain_is_never_changed BEFORE UPDATE ON chain
BEGIN
    SELECT RAISE(ABORT, 'rule: the chain only grows');
END;

CREATE TRIGGER chain_is_never_cut BEFORE DELETE ON chain
BEGIN
    SELECT RAISE(ABORT, 'rule: the chain only grows');
END;
