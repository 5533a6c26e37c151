"""The file of `--faults`: a TOML file with `[[fault]]` entries and, if wanted, an `[assumptions]` table.

[assumptions]
quota_window_s = 60

[[fault]]
kind = "reset-after"
share = 0.02
times = 1
"""

from __future__ import annotations

import tomllib
import types
import typing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from batchreset.errors import UsageError
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.faults import Fault, problem
from batchreset.text.messages import Message, msg

_HINT = msg("`batchreset simulator --list-faults` lists the kinds and what they take.")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a file sets: the faults, and the assumptions changed by its table."""

    faults: tuple[Fault, ...]
    assumptions: Assumptions


def load_scenario(path: Path, assumptions: Assumptions | None = None) -> Scenario:
    """Read a file; `assumptions` are those its table changes. `UsageError` names file and entry."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(str(path), msg("The file can't be read: {error}", error=str(error))) from error
    return parse_scenario(text, str(path), assumptions)


def parse_scenario(text: str, source: str, assumptions: Assumptions | None = None) -> Scenario:
    """As `load_scenario`; `source` is what errors call the text."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused(source, msg("This is no TOML: {error}", error=str(error))) from error
    for name in tables.keys() - {"fault", "assumptions"}:
        raise _refused(
            source, msg("There may be [[fault]] and [assumptions], but no {name}.", name=repr(name))
        )
    entries = tables.get("fault", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _refused(source, msg("Faults are written as [[fault]]."))
    faults = tuple(_fault(entry, number, source) for number, entry in enumerate(entries, 1))
    changes = tables.get("assumptions", {})
    if not isinstance(changes, dict):
        raise _refused(source, msg("Assumptions are written as one table [assumptions]."))
    return Scenario(faults, _assumptions(changes, assumptions or Assumptions(), source))


def parse_faults(text: str, source: str) -> tuple[Fault, ...]:
    """Only the faults of a text."""
    return parse_scenario(text, source).faults


def _fault(entry: dict[str, Any], number: int, source: str) -> Fault:
    where = f"{source}, [[fault]] {number}"
    if "kind" not in entry:
        raise _refused(where, msg("The fault has no `kind`."))
    if _fits(entry.get("retry_after"), float):
        entry = {**entry, "retry_after": str(entry["retry_after"])}
    fault = Fault(**_typed(entry, Fault, where))
    if wrong := problem(fault):
        raise _refused(where, wrong)
    return fault


def _assumptions(changes: dict[str, Any], assumptions: Assumptions, source: str) -> Assumptions:
    return replace(assumptions, **_typed(changes, Assumptions, f"{source}, [assumptions]"))


def _typed(entry: dict[str, Any], kind: type[Fault | Assumptions], where: str) -> dict[str, Any]:
    """The entry's values as the dataclass wants them."""
    hints = typing.get_type_hints(kind)
    names = {one.name for one in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in entry.items():
        if name not in names:
            raise _refused(where, msg("There is no field {name}.", name=repr(name)))
        if not _fits(value, hints[name]):
            raise _refused(where, msg("The value of `{name}` is not of the type it must be.", name=name))
        values[name] = hints[name](value) if isinstance(hints[name], type) else value
    return values


def _fits(value: object, hint: Any) -> bool:
    """Whether a TOML value can be a field of this type; a whole number can be a float, `true` no number."""
    origin = typing.get_origin(hint)
    if origin is Literal:
        return value in typing.get_args(hint)
    if origin is types.UnionType:
        return any(_fits(value, one) for one in typing.get_args(hint))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint in (bool, str):
        return isinstance(value, hint)
    return hint is not type(None) and isinstance(value, str) and value in list(hint)


def _refused(where: str, wrong: Message) -> UsageError:
    return UsageError("faults-file", msg("{where}: {problem}", where=where, problem=wrong), _HINT)
