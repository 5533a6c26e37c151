"""The file of `--faults`: faults, assumptions, the enterprise's terminals, who signs in. TOML, all optional.

[assumptions]
quota_window_s = 60

[account]
admin_type = 2

[[terminal]]
sn = "2102310QPD10F3001263"
disabled = true

[[fault]]
kind = "reset-after"
share = 0.02
times = 1
"""

from __future__ import annotations

import tomllib
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from batchreset.errors import UsageError
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.config import APP_ID, APP_KEY
from batchreset.simulator.faults import Fault, problem
from batchreset.simulator.terminals import Terminal
from batchreset.simulator.tokens import DEFAULT_ADMIN
from batchreset.text.messages import Message, msg

_KINDS = msg("`batchreset simulator --list-faults` lists the kinds and what they take.")
_ASSUMED = msg("`batchreset simulator --list-assumptions` lists all and what they mean.")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs in (`SimulatorConfig`): `corp_id` for an app of several enterprises."""

    app_id: str = APP_ID
    app_key: str = field(default=APP_KEY, repr=False)
    corp_id: str | None = None
    admin_type: int = DEFAULT_ADMIN


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a file sets. `terminals` None, as without an entry of them: any SN is one."""

    faults: tuple[Fault, ...] = ()
    assumptions: Assumptions = field(default_factory=Assumptions)
    terminals: tuple[Terminal, ...] | None = None
    account: Signer = field(default_factory=Signer)


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
    for name in tables.keys() - {"fault", "assumptions", "terminal", "account"}:
        raise _refused(
            source,
            msg(
                "There may be [[fault]], [[terminal]], [assumptions] and [account], but no {name}.",
                name=repr(name),
            ),
        )
    faults = [
        _fault(entry, f"{source}, [[fault]] {number}")
        for number, entry in enumerate(_list(tables, "fault", source), 1)
    ]
    terminals = [
        _terminal(entry, f"{source}, [[terminal]] {number}")
        for number, entry in enumerate(_list(tables, "terminal", source), 1)
    ]
    return Scenario(
        tuple(faults),
        _changed(assumptions or Assumptions(), _table(tables, "assumptions", source), source, "assumptions"),
        tuple(terminals) or None,
        _changed(Signer(), _table(tables, "account", source), source, "account"),
    )


def assume(wishes: Iterable[str], assumptions: Assumptions) -> Assumptions:
    """The assumptions changed by texts of the form NAME=VALUE. `UsageError` names the one that can't be."""
    hints = typing.get_type_hints(Assumptions)
    for wish in wishes:
        name, equals, text = (part.strip() for part in wish.partition("="))
        where = f"--assume {wish}"
        if not equals:
            raise _refused(where, msg("Write it as NAME=VALUE."), _ASSUMED)
        if name not in hints:
            raise _refused(where, msg("There is no field {name}.", name=repr(name)), _ASSUMED)
        value = text if _fits(text, hints[name]) else _literal(text)
        assumptions = replace(assumptions, **_typed({name: value}, Assumptions, where, _ASSUMED))
    return assumptions


def _literal(text: str) -> object:
    """A value as TOML reads it; text that is none stays text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def parse_faults(text: str, source: str) -> tuple[Fault, ...]:
    """Only the faults of a text."""
    return parse_scenario(text, source).faults


def _list(tables: dict[str, Any], name: str, source: str) -> list[dict[str, Any]]:
    entries = tables.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _refused(source, msg("`{name}` is written as [[{name}]].", name=name))
    return entries


def _table(tables: dict[str, Any], name: str, source: str) -> dict[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise _refused(source, msg("`{name}` is written as one table [{name}].", name=name))
    return table


def _fault(entry: dict[str, Any], where: str) -> Fault:
    if "kind" not in entry:
        raise _refused(where, msg("The fault has no `kind`."))
    if _fits(entry.get("retry_after"), float):
        entry = {**entry, "retry_after": str(entry["retry_after"])}
    fault = Fault(**_typed(entry, Fault, where))
    if wrong := problem(fault):
        raise _refused(where, wrong)
    return fault


def _terminal(entry: dict[str, Any], where: str) -> Terminal:
    if "sn" not in entry:
        raise _refused(where, msg("The terminal has no `sn`."))
    return Terminal(**_typed(entry, Terminal, where))


_Changed = TypeVar("_Changed", Assumptions, Signer)


def _changed(value: _Changed, changes: dict[str, Any], source: str, table: str) -> _Changed:
    return replace(value, **_typed(changes, type(value), f"{source}, [{table}]"))


def _typed(
    entry: dict[str, Any],
    kind: type[Fault | Assumptions | Signer | Terminal],
    where: str,
    hint: Message = _KINDS,
) -> dict[str, Any]:
    """The entry's values as the dataclass wants them."""
    hints = typing.get_type_hints(kind)
    names = {one.name for one in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in entry.items():
        if name not in names:
            raise _refused(where, msg("There is no field {name}.", name=repr(name)), hint)
        if not _fits(value, hints[name]):
            wrong = msg("The value of `{name}` is not of the type it must be.", name=name)
            raise _refused(where, wrong, hint)
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


def _refused(where: str, wrong: Message, hint: Message = _KINDS) -> UsageError:
    return UsageError("faults-file", msg("{where}: {problem}", where=where, problem=wrong), hint)
