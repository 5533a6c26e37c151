"""The terminals of the simulated enterprise, and each one's quota. Pure.

The quota here is written on purpose without a look at batchreset's own rule (`plan`, `ledger`): it
is the outside judge of it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Final

from batchreset.simulator.assumptions import Assumptions, Window

_SN: Final = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
THIRD_PARTY: Final = "3rd"
ROOT_DEPARTMENT: Final = "1"


@dataclass(frozen=True, slots=True)
class Terminal:
    """One terminal as the enterprise's administrator entered it (facts.md §3).

    `type` is `TE`, or `3rd` for another maker's, which has no activation code. `foreign` is one of
    another enterprise: the service knows it, this enterprise can't see it. `dept_code` "1" is the root.
    """

    sn: str
    name: str = ""
    type: str = "TE"
    model: str = "TE20"
    disabled: bool = False
    phone: str | None = None
    country: str | None = None
    email: str | None = None
    dept_code: str = ROOT_DEPARTMENT
    foreign: bool = False

    @property
    def has_activation_code(self) -> bool:
        return self.type != THIRD_PARTY

    @property
    def number(self) -> str:
        """Its call number, the same in every run."""
        return f"+9911{zlib.crc32(self.sn.encode()):010d}"


@dataclass(slots=True)
class Record:
    """A terminal with its history: the calls that count (`calls`), and how many codes it was given.

    `activated` says that it has registered with its latest code.
    """

    terminal: Terminal
    calls: list[datetime] = field(default_factory=list)
    codes: int = 0
    activated: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What a search asks for (facts.md §3): `key` is part of a name or an SN, "" any; `model` likewise."""

    offset: int
    limit: int
    key: str = ""
    model: str = ""
    dept_code: str = ROOT_DEPARTMENT
    with_sub_departments: bool = True

    def finds(self, terminal: Terminal) -> bool:
        word = self.key.casefold()
        inside = self.dept_code == ROOT_DEPARTMENT and self.with_sub_departments
        return (
            (word in terminal.sn.casefold() or word in terminal.name.casefold())
            and self.model in {"", terminal.model}
            and (inside or terminal.dept_code == self.dept_code)
        )


class Terminals:
    """The terminals the enterprise has; `known` None means: any well-formed SN is one of them."""

    def __init__(self, known: Iterable[Terminal] | None, assumptions: Assumptions) -> None:
        self._assumptions: Final = assumptions
        self._open: Final = known is None
        self._records: Final[dict[str, Record]] = {}
        self._order: Final[list[Record]] = []
        self._numbers: Final[dict[str, Record]] = {}
        self._foreign: Final[set[str]] = set()
        for terminal in known or ():
            if terminal.foreign:
                self._foreign.add(self.key(terminal.sn))
            else:
                self._add(terminal)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def well_formed(self, sn: str) -> bool:
        """Digits, letters and `_` only, and not too long (facts.md §2)."""
        return len(sn) <= self._assumptions.sn_max_length and _SN.fullmatch(sn) is not None

    def find(self, sn: str) -> Record | None:
        """The terminal of this SN; `None` if the enterprise has none such."""
        record = self._records.get(self.key(sn))
        if record is None and self._open and self.well_formed(sn) and not self.is_foreign(sn):
            return self._add(Terminal(sn))
        return record

    def by_number(self, number: str) -> Record | None:
        return self._numbers.get(number)

    def key(self, sn: str) -> str:
        return sn if self._assumptions.sn_case_matters else sn.casefold()

    def is_foreign(self, sn: str) -> bool:
        """Whether another enterprise has it."""
        return self.key(sn) in self._foreign

    def page(self, search: Search) -> tuple[int, int, list[Terminal]]:
        """(offset, count, terminals) of one page; past the end it is the last page again (facts.md §3)."""
        found = [record.terminal for record in self._order if search.finds(record.terminal)]
        offset, limit = search.offset, search.limit
        if offset >= len(found):
            offset = max(0, (len(found) - 1) // limit * limit)
        return offset, len(found), found[offset : offset + limit]

    def _add(self, terminal: Terminal) -> Record:
        record = Record(terminal)
        self._records[self.key(terminal.sn)] = record
        self._order.append(record)
        self._numbers[terminal.number] = record
        return record


def quota_used(record: Record, now: datetime, assumptions: Assumptions) -> int:
    """How many calls of the window `now` lies in are used. Forgets those too old to count."""
    since = _window_start(now, assumptions)
    record.calls = [at for at in record.calls if at > since]
    return len(record.calls)


def _window_start(now: datetime, assumptions: Assumptions) -> datetime:
    """The latest instant that no longer counts."""
    length = timedelta(seconds=assumptions.quota_window_s)
    if assumptions.quota_window is Window.ROLLING:
        return now - length
    zone = timezone(timedelta(hours=assumptions.quota_zone_hours))
    midnight = datetime(1970, 1, 1, tzinfo=zone)
    return midnight + (now - midnight) // length * length - timedelta(microseconds=1)


def terminal_json(terminal: Terminal) -> dict[str, object]:
    """The terminal as the API shows it: without activation code or a sign of activation (facts.md §3)."""
    return {
        "name": terminal.name or f"Terminal {terminal.sn}",
        "type": terminal.type,
        "model": terminal.model,
        "sn": terminal.sn,
        "account": f"{zlib.crc32(terminal.sn.encode()):032x}",
        "number": terminal.number,
        "prjCodeMode": 0,
        "deptCode": terminal.dept_code,
        "deptName": f"Department {terminal.dept_code}",
        "deptNamePath": f"Department {terminal.dept_code}",
        "phone": terminal.phone,
        "country": terminal.country,
        "email": terminal.email,
        "description": None,
        "status": int(terminal.disabled),
    }
