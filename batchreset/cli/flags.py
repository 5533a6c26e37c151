"""The options that commands share, as one value: written once here, taken by a command as `flags`.

typer reads options from a function's signature; `takes_flags` spreads the fields of a `Flags` value over
it, so that `run` and `rerun` can't come to differ (CONTRACT.md, "Options that `run` and `rerun` share").
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from batchreset.cli import options as o


@dataclass(frozen=True, slots=True)
class Flags:
    """Shared options, as typed; None and False are "not given"."""

    output: o.Output = None
    ledger: o.LedgerPath = None
    endpoint: o.Endpoint = None
    rate: o.Rate = None
    concurrency: o.Concurrency = None
    timeout: o.Timeout = None
    only_first: o.OnlyFirst = None
    max_failures: o.MaxFailures = None
    accept: o.Accept = None
    again: o.Again = False
    retry_unknown: o.RetryUnknown = False
    preflight: o.Preflight = False
    fill_contacts: o.FillContacts = False
    logout: o.Logout = False
    lang: o.Lang = None
    sheet_name: o.SheetName = None
    column: o.ColumnHeaders = None
    header_row: o.HeaderRow = None
    hidden_rows: o.HiddenRows = None
    first_contact: o.FirstContact = False
    allow_domain: o.AllowDomain = None
    allow_country: o.AllowCountry = None
    in_place: o.InPlace = False
    simulate: o.Simulate = False
    canary: o.Canary = None
    wave_by: o.WaveBy = None
    wave_pause: o.WavePause = None
    notify: o.Notify = None


def takes_flags(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command that has a parameter `flags` the options of these names (none: all of them)."""

    def spread(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(Flags, include_extras=True)
        shared = [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=hints[field.name],
            )
            for field in fields(Flags)
            if not names or field.name in names
        ]
        own = [p for p in _own(command) if p.name != "flags"]

        @functools.wraps(command)
        def spread_out(**given: Any) -> None:
            flags = Flags(**{p.name: given.pop(p.name) for p in shared})
            command(**given, flags=flags)

        # what typer reads; `wraps` would show it the inner signature
        spread_out.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]  # set, not read
        spread_out.__annotations__ = {p.name: p.annotation for p in (*own, *shared)}
        return spread_out

    return spread


def _own(command: Callable[..., None]) -> Sequence[inspect.Parameter]:
    """The command's own parameters, keyword-only, with their annotations as objects."""
    hints = get_type_hints(command, include_extras=True)
    return [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[parameter.name])
        for parameter in inspect.signature(command).parameters.values()
    ]
