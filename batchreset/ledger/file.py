"""The ledger's file: made, checked and opened.

Opening checks that the file is ours, of this version, and has its contact key; each failure is a
`LedgerError` that says what to do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Final

from batchreset.errors import LedgerError
from batchreset.ledger.chain import check_head
from batchreset.ledger.contacts import ContactKey, key_file, make_key, read_key
from batchreset.ledger.head import is_behind, read_head, restored
from batchreset.ledger.place import check_place
from batchreset.ledger.seal import Sealer
from batchreset.ledger.upgrade import upgrade
from batchreset.ledger.writer import BATCH_MAX, ledger_error
from batchreset.model import Rules
from batchreset.text.messages import msg

APPLICATION_ID: Final = 0x62725354
"""What SQLite's header says the file is: "brST"."""
VERSION: Final = 2
OLD_VERSION: Final = 1
"""The one that is upgraded when it is opened."""
SQLITE_MIN: Final = (3, 33)
"""The first with `UPDATE … FROM`; some systems' Python comes with an older one."""
BUSY_TIMEOUT_S: Final = 10.0
KINDS: Final = {False: "real", True: "simulated"}
"""What a ledger is kept for, by "simulated?"."""
_CACHED: Final = 4 * BATCH_MAX
"""Statements kept prepared: three that differ by how many records they take, up to a batch's."""


class Presence:
    """Sees that the ledger's file stays the one that was opened, and the write-ahead log beside it.

    SQLite goes on writing into files that were deleted, replaced or emptied, where nobody finds it again.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self._log: Final = path.with_name(path.name + "-wal")
        self._was: Final = _identity(path)
        self._log_was: tuple[int, int] | None = None

    def check(self) -> None:
        """Raises LedgerError when the file is gone, emptied or another one, or its log is."""
        log = _identity(self._log)
        if self._log_was is None:
            self._log_was = log
        same = _identity(self._path) == self._was and log == self._log_was
        if not same or _is_empty(self._path):
            raise LedgerError(
                "ledger-gone",
                msg("The ledger {path} was deleted or replaced during the run.", path=self._path),
                msg("Restore it before anything else is sent, then run `rerun`."),
            )


def _identity(path: Path) -> tuple[int, int] | None:
    """What a file is known by; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _is_empty(path: Path) -> bool:
    try:
        return not path.stat().st_size
    except OSError:
        return True


def connect(path: Path) -> sqlite3.Connection:
    """A connection as the ledger needs it: autocommit, durable commits, patient with other processes."""
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=_CACHED
    )
    # NORMAL would let calls leave before their intent is on disk
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone does not reach the disk there
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")  # or what REPLACE deletes would pass the triggers
    connection.text_factory = _as_text
    return connection


_as_text: Final = partial(str, encoding="utf-8", errors="surrogateescape")
"""Damaged text is read as what no seal is of, not as an error of the driver's."""


def open_file(path: Path, *, simulated: bool, rules: Rules, may_be_behind: bool = False) -> ContactKey:
    """Make, upgrade or check the file; its contact key. `may_be_behind`: also where it lacks what was noted.

    Raises:
        LedgerError, sqlite3.Error, OSError: it can't be used (`cant_open` has words for the others).
    """
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        raise LedgerError(
            "sqlite-too-old",
            msg("This Python comes with SQLite {version}, which is too old.", version=sqlite3.sqlite_version),
            msg("Use a Python with SQLite 3.33 or newer, for example one from python.org."),
        )
    check_place(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with closing(connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        application, version = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        empty = not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        noted = None if may_be_behind else read_head(path)
        if empty and not application and not version:
            if noted is not None and not simulated:
                raise restored(path, noted)
            key = _create(connection, path, KINDS[simulated])
        else:
            key = _check(connection, path, application, version)
            if noted is not None and _is_real(connection) and is_behind(noted, connection):
                raise restored(path, noted)
        _set_quota(connection, rules)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")  # kept in the file; only once it is known to be ours
    return key


def _create(connection: sqlite3.Connection, path: Path, kind: str) -> ContactKey:
    key = read_key(key_file(path)) or make_key(key_file(path))
    _make(connection, _schema())
    connection.executemany("INSERT INTO meta VALUES (?, ?)", [("kind", kind), ("key", key.fingerprint)])
    _seal_rules(connection, key.sealer())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    return key


def _make(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    for statement in statements:  # not executescript: it commits first, and making is one transaction
        connection.execute(statement)


def _schema() -> list[str]:
    """The schema's statements; a trigger holds several, so SQLite itself says where one ends."""
    text = resources.files("batchreset.ledger").joinpath("schema.sql").read_text("utf-8")
    statements = [""]
    for line in text.splitlines(keepends=True):
        statements[-1] += line
        if sqlite3.complete_statement(statements[-1]):
            statements.append("")
    return statements[:-1]


def _set_quota(connection: sqlite3.Connection, rules: Rules) -> None:
    """What the database itself holds writers to: for real terminals what the service documents."""
    held = Rules() if _is_real(connection) else rules
    quota = (1, held.quota_calls, held.quota_window // timedelta(microseconds=1))
    if connection.execute("SELECT * FROM quota").fetchall() != [quota]:
        connection.execute("INSERT OR REPLACE INTO quota VALUES (?, ?, ?)", quota)


def _check(connection: sqlite3.Connection, path: Path, application: int, version: int) -> ContactKey:
    if application != APPLICATION_ID:
        raise LedgerError(
            "ledger-foreign",
            msg("{path} is not a ledger of batchreset.", path=path),
            msg("Name the right file with --ledger or BATCHRESET_LEDGER."),
        )
    if version not in (VERSION, OLD_VERSION):
        raise LedgerError(
            "ledger-version",
            msg(
                "The ledger {path} is of version {found}, this program writes version {wanted}.",
                path=path,
                found=version,
                wanted=VERSION,
            ),
            msg("Use the batchreset that wrote it, or a newer one; never start a second ledger beside it."),
        )
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    key = read_key(key_file(path))
    if key is None or key.fingerprint != meta.get("key"):
        raise LedgerError(
            "ledger-key",
            msg("The key file {path} of the ledger is missing or another one.", path=key_file(path)),
            msg("Restore it from where the ledger came from: without it changed rows can't be told."),
        )
    if version == OLD_VERSION:
        upgrade(connection, key.sealer(), partial(_make, connection), _schema())
        connection.execute(f"PRAGMA user_version = {VERSION}")
        _seal_rules(connection, key.sealer())
    _check_rules(connection, path, key.sealer())
    check_head(connection, key.sealer())
    return key


def _seal_rules(connection: sqlite3.Connection, sealer: Sealer) -> None:
    """Remember the tables, indexes and triggers just made, and what kind of terminals they are for."""
    connection.execute("INSERT INTO meta VALUES ('rules', ?)", (_seal_of_rules(connection, sealer),))


def _check_rules(connection: sqlite3.Connection, path: Path, sealer: Sealer) -> None:
    kept = connection.execute("SELECT value FROM meta WHERE key = 'rules'").fetchone()
    if kept != (_seal_of_rules(connection, sealer),):
        raise LedgerError(
            "ledger-damaged",
            msg("The tables or the rules of the ledger {path} were changed or damaged.", path=path),
            msg("Restore it from a backup; send nothing for 24 hours after that."),
        )


def _seal_of_rules(connection: sqlite3.Connection, sealer: Sealer) -> str:
    parts = connection.execute(
        "SELECT value FROM meta WHERE key = 'kind' UNION ALL"
        " SELECT sql FROM (SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY type, name)"
    )
    return sealer.seal("rules", [part for (part,) in parts]).hex()


def _is_real(connection: sqlite3.Connection) -> bool:
    ((kind,),) = connection.execute("SELECT value FROM meta WHERE key = 'kind'")
    return bool(kind == KINDS[False])


def cant_open(path: Path, error: Exception) -> Exception:
    """Why the file can't be opened, as a `LedgerError`."""
    if isinstance(error, sqlite3.Error):
        return ledger_error(error)
    return LedgerError(
        "ledger-not-writable",
        msg("The ledger {path} can't be opened: {error}", path=path, error=error),
        msg("Check the folder's permissions, or name another with --ledger."),
    )
