"""One writer: a thread with one connection that commits what has come in, together (group commit).

It takes what is there, up to 200 operations, without waiting for more: alone a commit is as fast as
it can be, under load many share one fsync (LEDGER.md §2.5, §3). Whoever asked is answered after the
commit. A batch that fails is tried one by one, so that one bad operation does not fail the others.

What is alike in a batch is handed to SQLite together: each of its calls gives the interpreter lock
away and must win it back from the event loop's thread, which costs more than the call itself.

What a batch is and how it is committed (`Transactions`) knows no thread: in a simulation the loop
itself makes them (`tests/simulation`), in virtual time and in the same order every time.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar, cast

from batchreset.errors import LedgerError
from batchreset.text.messages import Message, msg

T = TypeVar("T")
Q = TypeVar("Q")
Work = Callable[[sqlite3.Connection, Sequence[Q]], Sequence[T]]
"""Does what is asked of it, all at once, inside a transaction; its answers in the same order."""
BATCH_MAX: Final = 200


@dataclass(slots=True, eq=False)
class Asked:
    """One question to the ledger on its way through a transaction."""

    work: Work[Any, Any]
    question: Any
    settling: bool
    """What settles is tried even after a failure; what claims never is again."""
    loop: asyncio.AbstractEventLoop | None
    answer: asyncio.Future[Any] | Future[Any]
    result: Any = None
    error: BaseException | None = None

    def resolve(self) -> None:
        """Tell who asked."""
        if self.answer.done():
            return
        if self.error is not None:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(self.result)


class Writes(Protocol):
    """Has works done inside committed transactions."""

    def submit(self, work: Work[Q, T], question: Q, *, settling: bool = False) -> asyncio.Future[T]:
        """The work's answer to one question, once it is durable. It is asked now, not when awaited.

        Raises:
            LedgerError: it could not be made durable, or (not settling) an earlier one could not.
        """

    def call(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """One operation's result, once it is durable; for code that has no event loop."""

    def close(self) -> None:
        """Finish what was asked, and end."""


class Transactions:
    """Commits what was asked together; within one transaction what settles goes before what claims.

    `check` is asked before each; a `LedgerError` it raises stops all claims. `give_room` frees what was
    kept for the outcomes of calls in flight, once the disk is full.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        check: Callable[[sqlite3.Connection], None],
        give_room: Callable[[], None],
    ) -> None:
        self._connection: Final = connection
        self._check: Final = check
        self._give_room: Final = give_room
        self._broken: LedgerError | None = None

    def commit(self, batch: Sequence[Asked]) -> None:
        """Give each its result or its error; nobody is told yet."""
        live = [asked for asked in batch if not self._refuse(asked)]
        if not live:
            return
        failure = self._try(live)
        if failure is None:
            return
        if _may_lack_room(failure):
            self._broken = cast(LedgerError, ledger_error(failure))
            self._give_room()
        for asked in live:
            if self._refuse(asked):
                continue
            # for a lock each try waits as long as the first has: it would be hours for all calls in flight
            error = failure if _is_locked(failure) else self._try([asked])
            if error is None:
                continue
            asked.error = error if isinstance(error, LedgerError) else ledger_error(error)
            if isinstance(asked.error, LedgerError):
                self._broken = asked.error

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def _refuse(self, asked: Asked) -> bool:
        if self._broken is None or asked.settling:
            return False
        asked.error = self._broken
        return True

    def _try(self, batch: Sequence[Asked]) -> Exception | None:
        connection = self._connection
        try:
            self._check(connection)
            connection.execute("BEGIN IMMEDIATE")
            for work, group in _by_work(batch).items():
                answers = work(connection, [asked.question for asked in group])
                for asked, answer in zip(group, answers, strict=True):
                    asked.result = answer
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  # whatever it is, the asker must hear of it, not wait for ever
            if connection.in_transaction:
                with suppress(sqlite3.Error):  # the next one will fail too, and those who ask will hear of it
                    connection.execute("ROLLBACK")
            return error
        return None


class Writer:
    """`Writes` in a thread of its own."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions: Final = transactions
        self._queue: Final[queue.SimpleQueue[Asked | None]] = queue.SimpleQueue()
        self._thread: Final = threading.Thread(target=self._work, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Q, T], question: Q, *, settling: bool = False) -> asyncio.Future[T]:
        """See `Writes`."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._queue.put(Asked(work, question, settling, loop, answer))
        return answer

    def call(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """See `Writes`."""
        answer: Future[Any] = Future()
        self._queue.put(asked_alone(operation, answer))
        return cast(T, answer.result())

    def close(self) -> None:
        """See `Writes`."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        more = True
        while more:
            batch: list[Asked] = []
            first = self._queue.get()
            while first is not None:
                batch.append(first)
                if len(batch) == BATCH_MAX or self._queue.empty():
                    break
                first = self._queue.get()
            more = first is not None
            self._transactions.commit(batch)
            _answer(batch)
        self._transactions.close()


def asked_alone(operation: Callable[[sqlite3.Connection], Any], answer: Future[Any]) -> Asked:
    """An operation of its own as a question: it is tried even after a failure."""
    return Asked(_each, operation, True, None, answer)


def _by_work(batch: Sequence[Asked]) -> dict[Work[Any, Any], list[Asked]]:
    """What settles goes first: a claim is then judged on all that is known of its terminal."""
    groups: dict[Work[Any, Any], list[Asked]] = {}
    for asked in sorted(batch, key=lambda asked: not asked.settling):
        groups.setdefault(asked.work, []).append(asked)
    return groups


def _may_lack_room(error: Exception) -> bool:
    """A user's disk quota, and an index of the log that can't grow, are told as I/O errors."""
    full = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
    return isinstance(error, sqlite3.Error) and _primary(error) in full


def _is_locked(error: Exception) -> bool:
    """Another program holds the ledger, and has for as long as we have patience."""
    return isinstance(error, sqlite3.Error) and _primary(error) == sqlite3.SQLITE_BUSY


def _each(
    connection: sqlite3.Connection, operations: Sequence[Callable[[sqlite3.Connection], object]]
) -> list[object]:
    return [operation(connection) for operation in operations]


def _answer(batch: Sequence[Asked]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop | None, list[Asked]] = {}
    for asked in batch:
        by_loop.setdefault(asked.loop, []).append(asked)
    for loop, group in by_loop.items():
        if loop is None:
            _resolve(group)
        else:
            with suppress(RuntimeError):  # a loop that is closed has nobody left who asks
                loop.call_soon_threadsafe(_resolve, group)


def _resolve(group: Sequence[Asked]) -> None:
    for asked in group:
        asked.resolve()


def ledger_error(error: Exception) -> Exception:
    """SQLite's failure as a reason the job can't go on; anything else unchanged."""
    if not isinstance(error, sqlite3.Error):
        return error
    code, message, hint = _meaning(_primary(error))
    return LedgerError(code, Message(message.msgid, (*message.params, ("error", str(error)))), hint)


def _primary(error: sqlite3.Error) -> int:
    """SQLite's primary result code: the kind of failure without its details."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _meaning(primary: int) -> tuple[str, Message, Message]:
    match primary:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return (
                "ledger-locked",
                msg("The ledger is locked by another program: {error}"),
                msg("Close what holds it (another run, a database viewer, a backup), then run `rerun`."),
            )
        case sqlite3.SQLITE_FULL:
            return (
                "ledger-full",
                msg("The ledger can't be written, the disk is full: {error}"),
                msg("Free some space, then run `rerun`: calls without a recorded answer are `unknown`."),
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return (
                "ledger-not-writable",
                msg("The ledger can't be opened for writing: {error}"),
                msg("Check the folder's permissions, or name another with --ledger."),
            )
        case sqlite3.SQLITE_CONSTRAINT:
            return (
                "ledger-rule",
                msg("The ledger's own rules refused what was to be written: {error}"),
                msg("A mistake in batchreset: report it. What was sent is in the ledger; nothing more was."),
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return (
                "ledger-damaged",
                msg("The ledger is damaged or no ledger: {error}"),
                msg("Restore it from a backup; send nothing for 24 hours after that."),
            )
        case _:
            return (
                "ledger-failed",
                msg("The ledger can't be used: {error}"),
                msg("Check the disk and the ledger's folder with `batchreset doctor`."),
            )
