"""The ways to break the code that LEDGER.md §4 names, each as a change of text, and what must notice it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SIMULATION: Final = "tests/simulation"
SENT: Final = "tests/edge/test_sent_or_not_sent.py"
REPLIES: Final = "tests/unit/service/test_replies.py"
RULES: Final = "tests/edge/test_ledger_rules.py"


@dataclass(frozen=True, slots=True)
class Change:
    """In `file`, `old` (which must stand there exactly once) becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken program; `checks` are the test files of which at least one test must fail."""

    name: str
    changes: tuple[Change, ...]
    checks: tuple[str, ...]


MUTANTS: Final = (
    Mutant(
        "the quota is not checked",
        (
            Change(
                "plan/quota.py",
                "    if len(counted) < rules.quota_calls:\n        return None\n",
                "    if len(counted) < 1_000_000:\n        return None\n",
            ),
        ),
        ("tests/unit/plan/test_terminal.py", "tests/edge/test_ledger.py", SIMULATION),
    ),
    Mutant(
        "sent or not sent is told by the exception's class",
        (
            Change(
                "service/transport.py",
                "            return NoReply(departure.begun, _describe(error), status)\n",
                "            return NoReply(not isinstance(error, aiohttp.ClientConnectionError), _describe(error))\n",
            ),
        ),
        (SENT,),
    ),
    Mutant(
        "an exception that says 400 is read as a refusal",
        (
            Change(
                "service/transport.py",
                "            return NoReply(departure.begun, _describe(error), status)\n",
                "            if isinstance(error, aiohttp.ClientResponseError) and error.status == 400:\n"
                "                return Reply(400, {}, b'')\n"
                "            return NoReply(departure.begun, _describe(error), status)\n",
            ),
        ),
        (SENT,),
    ),
    Mutant(
        "the intent is written after the call",
        (
            Change(
                "dispatch/pool.py",
                "            claimed = await self._claim(errand)\n",
                "            early = self._ports.new_id()\n"
                "            at = self._ports.now()\n"
                "            outcome, left_at_s = await self._call(\n"
                "                Attempt(early, self._policy.job, self._policy.run, errand.row.sn, errand.digest,\n"
                "                        AttemptState.OPEN, at, at), errand.contact, token)\n"
                "            claimed = await self._claim(errand, early)\n",
            ),
            Change(
                "dispatch/pool.py",
                "            outcome, left_at_s = await self._call(claimed, errand.contact, token)\n",
                "",
            ),
            Change(
                "dispatch/pool.py",
                "async def _claim(self, errand: Errand) ->",
                "async def _claim(self, errand: Errand, early: str) ->",
            ),
            Change(
                "dispatch/pool.py",
                "                id=self._ports.new_id(),\n",
                "                id=early,\n",
            ),
        ),
        ("tests/edge/test_durable_order.py", SIMULATION),
    ),
    Mutant(
        "nothing is unique",
        (
            Change(
                "ledger/schema.sql", "CREATE UNIQUE INDEX attempt_open_once", "CREATE INDEX attempt_open_once"
            ),
            Change(
                "ledger/schema.sql",
                "CREATE UNIQUE INDEX attempt_once_in_job",
                "CREATE INDEX attempt_once_in_job",
            ),
        ),
        (RULES,),
    ),
    Mutant(
        "what dead runs left open is not recovered",
        (
            Change(
                "ledger/sqlite.py",
                "        if not dead:\n            return 0\n",
                "        if dead or not dead:\n            return 0\n",
            ),
        ),
        ("tests/edge/test_ledger.py", SIMULATION),
    ),
    Mutant(
        "any 200 is a success",
        (
            Change(
                "service/replies.py",
                "        return AttemptState.SUCCEEDED if _is_api_body(reply.body) else AttemptState.UNKNOWN\n",
                "        return AttemptState.SUCCEEDED\n",
            ),
        ),
        (REPLIES, SENT),
    ),
    Mutant(
        "redirects are followed",
        (Change("service/transport.py", "allow_redirects=False", "allow_redirects=True"),),
        (SENT,),
    ),
    Mutant(
        "the window runs on this machine's clock",
        (
            Change(
                "clock.py",
                "        if anchor is None:\n            return self.wall()\n        now =",
                "        if anchor is None or anchor:\n            return self.wall()\n        now =",
            ),
        ),
        ("tests/unit/test_clock.py", "tests/edge/test_anchoring.py", SIMULATION),
    ),
    Mutant(
        "commits are not synced (NORMAL for FULL)",
        (Change("ledger/file.py", "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),),
        ("tests/edge/test_durable_order.py",),
    ),
)
