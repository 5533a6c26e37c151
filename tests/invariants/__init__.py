"""What must always hold (LEDGER.md §4), as one checker for every test that lets things go wrong.

Three witnesses are joined: the service's own log, the ledger's file and the reports. None of them is
read with the program's own code (`tests/unit/invariants/test_adapters.py`), and nothing here asserts:
`check` returns what is broken, with the evidence.

- `values`: what the witnesses say, as plain values, and `Violation`
- `sending` (I1 to I6, I9), `keeping` (I7, I8, I10 to I12), `contract` (C1, C2): one small pure function each
- `reading`: the ledger's file, `results.xlsx`, logs; `adapters`: the logs of the servers in this folder

    broken = check(Evidence(calls=from_fault_server(service.resets()), ledger=read_ledger(path), …))
    assert not broken, told(broken)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from tests.invariants import contract, keeping, sending
from tests.invariants.values import Evidence, Violation

Rule = Callable[[Evidence], Iterator[Violation]]
RULES: Final[tuple[Rule, ...]] = (
    sending.i1_intent_before_call,
    sending.i2_succeeded_was_processed,
    sending.i3_not_sent_was_not_processed,
    sending.i4_failed_was_not_processed,
    sending.i5_quota_is_kept,
    sending.i6_nothing_twice,
    keeping.i7_every_row_once,
    keeping.i8_nothing_left_open,
    sending.i9_rate_is_kept,
    keeping.i10_nothing_told,
    keeping.i11_records_hold,
    keeping.i12_nothing_left_to_send,
    contract.c1_lost_is_left_alone,
    contract.c2_recent_is_left_alone,
)


def check(evidence: Evidence) -> list[Violation]:
    """Everything that does not hold; what there is no evidence for is not looked at."""
    return [violation for rule in RULES for violation in rule(evidence)]


def told(violations: Iterable[Violation], most: int = 20) -> str:
    """The violations as lines, for the message of an assert."""
    found = list(violations)
    more = [f"… and {len(found) - most} more"] if len(found) > most else []
    return "\n".join([*map(str, found[:most]), *more])
