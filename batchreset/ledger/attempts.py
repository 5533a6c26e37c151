"""Attempts in the ledger's tables: claimed, settled, recovered and resolved, each in one transaction.

Everything here runs inside a transaction of the writer's (`ledger.writer`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from batchreset.errors import LedgerError
from batchreset.ledger.chain import Chain
from batchreset.ledger.codec import (
    ATTEMPT_COLUMNS,
    RESOLUTION_COLUMNS,
    attempt_from,
    attempt_record,
    resolved_record,
    settled,
)
from batchreset.ledger.port import Claim, Resolved
from batchreset.ledger.seal import Sealer
from batchreset.ledger.sql import Record, insert_one, many, marks
from batchreset.model import Attempt, AttemptState, Outcome, Resolution, Rules, Verdict, sn_key
from batchreset.plan.terminal import judge_terminal
from batchreset.text.messages import msg

KIND: Final = "attempt"
SELECT: Final = f"SELECT {ATTEMPT_COLUMNS}, seal FROM attempt"
_INSERT: Final = f"INSERT INTO attempt ({ATTEMPT_COLUMNS}, seal) VALUES {{rows}}"
_SETTLE: Final = (
    "UPDATE attempt SET state = new.state, counts_from = new.counts_from, settled_at = new.settled_at,"
    " advice = new.advice, http_status = new.http_status, error_code = new.error_code,"
    " error_message = new.error_message, service_request_id = new.service_request_id,"
    " not_before = new.not_before, seal = new.seal"
    " FROM (WITH new (seq, id, state, counts_from, settled_at, advice, http_status, error_code,"
    " error_message, service_request_id, not_before, seal) AS (VALUES {rows}) SELECT * FROM new) AS new"
    " WHERE attempt.seq = new.seq AND attempt.id = new.id AND attempt.state"
)
_RUN_DIED: Final = "the run ended before an answer was recorded"


class Attempts:
    """The attempts of one ledger; `sealer` and `rules` are the ledger's."""

    def __init__(self, sealer: Sealer, rules: Rules) -> None:
        self._sealer: Final = sealer
        self._rules: Final = rules

    def read(self, records: Iterable[Record]) -> Iterator[Attempt]:
        """Attempts from records of `SELECT`; a changed one is a `LedgerError`."""
        for record in records:
            yield attempt_from(self._sealer.checked(KIND, record))

    def claim(self, connection: sqlite3.Connection, claims: Sequence[Claim]) -> list[Attempt | Verdict]:
        """Judge one after the other, each on all before it, and write those that may be sent."""
        histories = self._histories_of(connection, claims)
        chain = Chain(connection, self._sealer)
        answers: list[Attempt | Verdict] = []
        records: list[Record] = []
        for claim in claims:
            history = histories[sn_key(claim.sn)]
            verdict = judge_terminal(history, claim.asking, claim.at, self._rules)
            if not verdict.sendable:
                answers.append(verdict)
                continue
            for lost in _given_up(history, claim, self._rules):
                self._mark(connection, chain, replace(lost, resolved=Resolution.RETRIED))
            attempt = _opened(claim, chain.next_seq)
            records.append(self._sealed(attempt))
            chain.add(KIND, records[-1][-1])
            history.append(attempt)
            answers.append(attempt)
        many(connection, _INSERT, records)
        chain.flush()
        return answers

    def settle(
        self, connection: sqlite3.Connection, outcomes: Sequence[tuple[Attempt, Outcome, datetime]]
    ) -> list[None]:
        """Write outcomes. A lost attempt may still learn better by its own answer, though not often."""
        records = [self._sealed(settled(*one)) for one in outcomes]
        if _write_settled(connection, records, "= 'open'") != len(records):
            records = [self._settled_late(connection, *one) for one in outcomes]
        chain = Chain(connection, self._sealer)
        for record in records:
            chain.add(KIND, record[-1], record[0])
        chain.flush()
        return [None] * len(outcomes)

    def _settled_late(
        self, connection: sqlite3.Connection, attempt: Attempt, outcome: Outcome, at: datetime
    ) -> Record:
        """The same for one of them, where some have been settled by others meanwhile."""
        own = settled(attempt, outcome, at)
        found = list(self.read(connection.execute(f"{SELECT} WHERE seq = ?", (attempt.seq,))))
        if found != [own]:  # this one is not among those just written
            if not found or found[0].id != attempt.id:
                raise _no_longer_open(attempt)
            own = settled(found[0], outcome, at)
            if _write_settled(connection, [self._sealed(own)], "= 'unknown'") != 1:
                raise _no_longer_open(attempt)
        return self._sealed(own)

    def settle_dead(self, connection: sqlite3.Connection, runs: Sequence[str], at: datetime) -> int:
        """What these runs left open is unknown from now on; how many attempts that were.

        They count from where they did: a call whose sender is dead is not processed any later.
        """
        where = f"WHERE state = 'open' AND run IN ({marks(len(runs))})"
        chain = Chain(connection, self._sealer)
        dead = list(self.read(connection.execute(f"{SELECT} {where}", tuple(runs))))
        for attempt in dead:
            lost = replace(attempt, state=AttemptState.UNKNOWN, settled_at=at, error_message=_RUN_DIED)
            record = self._sealed(lost)
            _write_settled(connection, [record], "= 'open'")
            chain.add(KIND, record[-1], record[0])
        chain.flush()
        return len(dead)

    def resolve(self, connection: sqlite3.Connection, said: Sequence[Resolved]) -> list[bool]:
        """Keep what a person said; of each whether it was kept (see `ledger.port`)."""
        return [self._resolve(connection, one) for one in said]

    def _resolve(self, connection: sqlite3.Connection, said: Resolved) -> bool:
        found = list(self.read(connection.execute(f"{SELECT} WHERE id = ?", (said.attempt,))))
        if not found or found[0].state is not AttemptState.UNKNOWN or _sent_again(connection, found[0]):
            return False
        chain = Chain(connection, self._sealer)
        record = resolved_record(said, chain.next_seq)
        seal = self._sealer.seal("resolution", record)
        insert_one(connection, "resolution", f"{RESOLUTION_COLUMNS}, seal", (*record, seal))
        chain.add("resolution", seal)
        self._mark(connection, chain, replace(found[0], resolved=said.resolution))
        chain.flush()
        return True

    def _mark(self, connection: sqlite3.Connection, chain: Chain, attempt: Attempt) -> None:
        """Write an unknown attempt's `resolved`."""
        seal = self._sealer.seal(KIND, attempt_record(attempt))
        connection.execute(
            "UPDATE attempt SET resolved = ?, seal = ? WHERE seq = ?", (attempt.resolved, seal, attempt.seq)
        )
        chain.add(KIND, seal, attempt.seq)

    def _sealed(self, attempt: Attempt) -> Record:
        record = attempt_record(attempt)
        return (*record, self._sealer.seal(KIND, record))

    def _histories_of(
        self, connection: sqlite3.Connection, claims: Sequence[Claim]
    ) -> dict[str, list[Attempt]]:
        found: dict[str, list[Attempt]] = {sn_key(claim.sn): [] for claim in claims}
        records = connection.execute(
            f"{SELECT} WHERE sn_key IN ({marks(len(found))}) ORDER BY seq", tuple(found)
        )
        for attempt in self.read(records):
            found[sn_key(attempt.sn)].append(attempt)
        return found


def _write_settled(connection: sqlite3.Connection, records: Sequence[Record], in_state: str) -> int:
    """Write the outcomes in sealed records where the attempts are in this state; of how many they were."""
    written = [(r[0], r[1], r[7], r[9], *r[10:17], r[-1]) for r in records]
    return many(connection, f"{_SETTLE} {in_state}", written)


def _opened(claim: Claim, seq: int) -> Attempt:
    asking = claim.asking
    return Attempt(
        id=claim.id,
        job=asking.job,
        run=asking.run or "",
        sn=claim.sn,
        contact=asking.contact,
        state=AttemptState.OPEN,
        opened_at=claim.at,
        counts_from=claim.latest_processing_at,
        seq=seq,
    )


def _given_up(history: Sequence[Attempt], claim: Claim, rules: Rules) -> list[Attempt]:
    """A job's own attempts that may be sent again though nobody knows what became of them.

    Not taken from the verdict, but found anew: of all others the index `attempt_once_in_job` stays true.
    """
    asking = claim.asking
    own = [a for a in history if a.job == asking.job and a.state is not AttemptState.UNPROCESSED]

    def is_given_up(attempt: Attempt) -> bool:
        if attempt.state is not AttemptState.UNKNOWN or attempt.resolved is not None:
            return False
        if attempt is not own[-1]:
            return True
        old = attempt.counts_from <= claim.at - rules.freshness
        return attempt.run != asking.run and (old or asking.wishes.retry_unknown)

    return [attempt for attempt in own if is_given_up(attempt)]


def _sent_again(connection: sqlite3.Connection, attempt: Attempt) -> bool:
    """Whether another attempt has its place in its job (the index `attempt_once_in_job`)."""
    select = (
        "SELECT 1 FROM attempt WHERE job = ? AND sn_key = ? AND seq <> ?"
        " AND state IN ('open', 'succeeded', 'unknown') AND (resolved IS NULL OR resolved = 'arrived')"
    )
    values = (attempt.job, sn_key(attempt.sn), attempt.seq)
    return connection.execute(select, values).fetchone() is not None


def _no_longer_open(attempt: Attempt) -> LedgerError:
    return LedgerError(
        "ledger-changed",
        msg("The ledger no longer holds the open attempt {id}.", id=attempt.id),
        msg("Somebody replaced or edited the ledger during the run: restore it, then run `rerun`."),
    )
