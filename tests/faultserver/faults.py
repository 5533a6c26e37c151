"""Faults as values: what goes wrong, for which calls, and the choice for one call. Pure.

A share is drawn from (seed, fault, SN, how many calls of that SN there were), not from running dice:
the same calls are hit in whatever order a concurrent client sends them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fnmatch import translate
from typing import Any, Final, NamedTuple


class MistakeError(ValueError):
    """A test asked for something that makes no sense."""


class Endpoint(StrEnum):
    """What a request is for; `CONNECTION` stands for a client that has connected and said nothing yet."""

    LOGIN = "login"
    RESET = "reset"
    OTHER = "other"
    CONNECTION = "connection"


ANY: Final = "any"
"""All endpoints but a bare connection."""


class Shape(StrEnum):
    """What the caller gets to see."""

    OWN = "own"
    """The service's own answer: to a state the fault has changed, later, or with a false Date."""
    OTHER = "other"
    """Another whole answer in its place."""
    SILENT = "silent"
    """Not one byte; then the connection ends."""
    BROKEN = "broken"
    """Bytes that no client can read as a whole answer; then the connection ends."""


class Kind(NamedTuple):
    """One kind of fault.

    `processed`: whether the service carries the call out first, where the fault doesn't say; None goes
    with the service's own answers. The rest are presets of options (see `Fault`).
    """

    shape: Shape
    processed: bool | None
    status: int = 200
    code: str = ""
    body: str | None = None
    content_type: str = "application/json;charset=UTF-8"
    wait_s: float = 0.0


_PAGE: Final = "<!doctype html><html><title>Sign in</title><body>Sign in to the network</body></html>"
KINDS: Final[dict[str, Kind]] = {
    # the service's own answer
    "natural": Kind(Shape.OWN, None),
    "late": Kind(Shape.OWN, None, wait_s=1.0),
    "expire-tokens": Kind(Shape.OWN, None),
    # another one
    "status": Kind(Shape.OTHER, False, 500),
    "throttle": Kind(Shape.OTHER, False, 429, "APIG.0308"),
    "gateway": Kind(Shape.OTHER, False, 503, "APIG.0202"),
    "redirect": Kind(Shape.OTHER, False, 307, body=""),
    "html": Kind(Shape.OTHER, False, 200, body=_PAGE, content_type="text/html; charset=utf-8"),
    "broken-json": Kind(Shape.OTHER, True, 200, body='{"returnCode":0,"returnDe'),
    "error-json": Kind(Shape.OTHER, False, 200, "USG.000000003"),
    # none
    "stall": Kind(Shape.SILENT, False, wait_s=120.0),
    "close": Kind(Shape.SILENT, False),
    "reset": Kind(Shape.SILENT, False),
    # one that can't be read
    "cut": Kind(Shape.BROKEN, True),
    "cut-head": Kind(Shape.BROKEN, True),
    "cut-chunk": Kind(Shape.BROKEN, True),
    "bad-chunk": Kind(Shape.BROKEN, True),
    "garbage": Kind(Shape.BROKEN, True),
    "huge-header": Kind(Shape.BROKEN, True),
    "drip": Kind(Shape.BROKEN, True, wait_s=0.05),
}
"""All kinds. `late` waits before the service processes, every other wait comes after it. `expire-tokens`
puts all tokens out, then the call is judged. `close` and `reset` end the connection with a FIN and a
RST; `stall` does so (RST) after `wait_s`. `drip` sends a head byte by byte, `wait_s` apart."""

_SPOKEN: Final = {"date", "headers", "wait_s"}
_FATE: Final = {"processed", "counted"}
OPTIONS: Final[dict[Shape, set[str]]] = {
    Shape.OWN: _SPOKEN,
    Shape.OTHER: {*_SPOKEN, *_FATE, "status", "code", "text", "body", "retry_after", "location"},
    Shape.SILENT: {*_FATE, "wait_s"},
    Shape.BROKEN: {*_FATE, "wait_s", "rst"},
}
_AT_CONNECTION: Final = {"close", "reset", "stall", "garbage"}
_TEXT, _COUNT, _NUMBER, _FLAG = (str,), (int,), (int, float), (bool,)
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    **dict.fromkeys(("kind", "on", "sn", "code", "text", "body", "retry_after", "location", "date"), _TEXT),
    **dict.fromkeys(("first", "last", "every", "seed", "times", "per_sn", "status"), _COUNT),
    **dict.fromkeys(("share", "wait_s"), _NUMBER),
    **dict.fromkeys(("processed", "counted", "rst"), _FLAG),
    "headers": (dict,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and for which calls.

    Which: requests to `on` (an `Endpoint`'s value, or `any`) whose SN fits `sn` (`*`, `?`, `[…]`, case
    ignored), of these the `first` to the `last`, and of those each `every`-th from `first` on, where
    calls to `on` are counted from the moment the faults were put in force; then a `share` (0 to 1) by
    `seed`; at most `times` altogether and `per_sn` for one SN.

    What: `processed` first, where the service itself would do so; `counted` against the terminal's
    quota although it is not processed; `wait_s` held back; `status`, and `code` (of "": no body) and
    `text` of its error, or `body` as it stands; `headers` besides; `retry_after` as it stands, or
    `date+30` for the date 30 s ahead; `location`, for a redirect to elsewhere than itself; `rst` to end
    with a RST; `date`: `+90000` or `-108000` is off by so many seconds, "" leaves it out, else as it
    stands.
    """

    kind: str
    on: str = "reset"
    sn: str = "*"
    first: int = 1
    last: int | None = None
    every: int = 1
    share: float = 1.0
    seed: int = 0
    times: int | None = None
    per_sn: int | None = None
    processed: bool | None = None
    counted: bool = False
    wait_s: float | None = None
    status: int | None = None
    code: str | None = None
    text: str | None = None
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: str | None = None
    location: str | None = None
    rst: bool = False
    date: str | None = None

    def __post_init__(self) -> None:
        """`MistakeError`: a fault that could never strike as meant would make a test that can't fail."""
        if wrong := _wrong(self):
            raise MistakeError(f"fault {self.kind!r}: {wrong}")

    @property
    def what(self) -> Kind:
        return KINDS[self.kind]

    @property
    def lets_process(self) -> bool:
        """Whether the service carries the call out before the caller gets what the fault gives."""
        return bool(self.what.processed) if self.processed is None else self.processed

    @property
    def waits_s(self) -> float:
        return self.what.wait_s if self.wait_s is None else self.wait_s

    def as_json(self) -> dict[str, Any]:
        """What it says beyond the defaults."""
        return {
            one.name: value
            for one in fields(self)
            if (value := getattr(self, one.name)) != one.default and value != {}
        }


def _wrong(fault: Fault) -> str | None:
    if fault.kind not in KINDS:
        return f"no such kind; there are {', '.join(KINDS)}"
    said = fault.as_json()
    for name, value in said.items():
        known = _TYPES[name]
        if not isinstance(value, known) or (isinstance(value, bool) and bool not in known):
            return f"`{name}` is a {type(value).__name__}"
    shape = fault.what.shape
    if alien := sorted({*said} & {*set().union(*OPTIONS.values())} - OPTIONS[shape]):
        return f"takes no {', '.join(alien)}"
    if fault.on != ANY and fault.on not in set(Endpoint):
        return f"`on` must be {ANY} or one of {', '.join(Endpoint)}"
    if fault.on == Endpoint.CONNECTION and fault.kind not in _AT_CONNECTION:
        return f"only {', '.join(sorted(_AT_CONNECTION))} can strike a connection"
    if fault.on == Endpoint.CONNECTION and (fault.processed or fault.counted):
        return "at the connection there is nothing yet to process or count"
    return _out_of_range(fault)


def _out_of_range(fault: Fault) -> str | None:
    if not 0 <= fault.share <= 1:
        return "`share` must be from 0 to 1"
    if fault.first < 1 or fault.every < 1 or (fault.last is not None and fault.last < fault.first):
        return "`first` and `every` must be 1 or more, `last` not before `first`"
    if any(count is not None and count < 1 for count in (fault.times, fault.per_sn)):
        return "`times` and `per_sn` must be 1 or more"
    if fault.wait_s is not None and not 0 <= fault.wait_s <= 86400:
        return "`wait_s` must be from 0 to 86400"
    if fault.status is not None and not 200 <= fault.status <= 999:
        return "`status` must be from 200 to 999"
    return None


def faults_from(value: object) -> tuple[Fault, ...]:
    """Faults as a JSON file or the control page gives them: a list of objects, or `MistakeError`."""
    if not isinstance(value, list):
        raise MistakeError("faults are a list of objects")
    made = []
    for number, one in enumerate(value, 1):
        if not isinstance(one, dict) or not isinstance(one.get("kind"), str):
            raise MistakeError(f"fault {number} is no object with a `kind`")
        if alien := sorted({*one} - {*_TYPES}):
            raise MistakeError(f"fault {number} has {', '.join(alien)}, which no fault knows")
        made.append(Fault(**one))
    return tuple(made)


class FaultPlan:
    """All faults in force, and how often each has struck. The first that fits a call is taken."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults: Final = tuple(faults)
        self._patterns: Final = [re.compile(translate(fault.sn.casefold())) for fault in faults]
        self._calls: Final[Counter[str]] = Counter()
        self._of_sn: Final[Counter[tuple[str, str]]] = Counter()
        self._struck: Final[Counter[int]] = Counter()
        self._struck_sn: Final[Counter[tuple[int, str]]] = Counter()

    def pick(self, on: Endpoint, sn: str) -> Fault | None:
        """The fault for this call, if one applies; counts the call."""
        if not self.faults:
            return None
        key = sn.casefold()
        self._of_sn[on, key] += 1
        self._calls[on] += 1
        if on is not Endpoint.CONNECTION:
            self._calls[ANY] += 1
        for index, fault in enumerate(self.faults):
            strikes = fault.on == on or (fault.on == ANY and on is not Endpoint.CONNECTION)
            if strikes and self._applies(index, fault, on, key):
                self._struck[index] += 1
                self._struck_sn[index, key] += 1
                return fault
        return None

    def _applies(self, index: int, fault: Fault, on: Endpoint, key: str) -> bool:
        number = self._calls[fault.on]
        if number < fault.first or (fault.last is not None and number > fault.last):
            return False
        if (number - fault.first) % fault.every or not self._patterns[index].match(key):
            return False
        if fault.times is not None and self._struck[index] >= fault.times:
            return False
        if fault.per_sn is not None and self._struck_sn[index, key] >= fault.per_sn:
            return False
        return fault.share >= 1 or self._draw(index, fault, on, key) < fault.share

    def _draw(self, index: int, fault: Fault, on: Endpoint, key: str) -> float:
        word = f"{fault.seed}:{index}:{on}:{key}:{self._of_sn[on, key]}"
        return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest()) / 2**64
