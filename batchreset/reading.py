"""How a job's sheet is read: as order and settings say, and again so by its re-runs and reports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from batchreset.errors import NotConfirmedError
from batchreset.model import Job
from batchreset.rows import Table
from batchreset.settings import Settings, with_values
from batchreset.sheet.criteria import HIDDEN_ROWS
from batchreset.sheet.load import load
from batchreset.text.messages import counted, msg

if TYPE_CHECKING:
    from batchreset.prepare import Order, Prepared

_OPTIONS: Final = (
    "header-row",
    "hidden-rows",
    "first-contact",
    "allow-domain",
    "allow-country",
    "group-by",
)
"""Options of reading, by which they stand among the fields of `Job.columns`."""
_HEADER_ROW, _HIDDEN_ROWS, _FIRST_CONTACT, _ALLOW_DOMAINS, _ALLOW_COUNTRIES, _GROUP_BY = _OPTIONS


def read_sheet(sheet: Path, order: Order, settings: Settings) -> Table:
    """Read and judge a workbook as order and settings say; may raise SheetError."""
    return load(
        sheet,
        rules=settings.rules(),
        sheet=order.sheet,
        columns=order.columns,
        header_row=order.header_row,
        default_country=settings.country,
        hidden_rows=order.hidden_rows,
        first_contact=order.first_contact,
        allow_domains=settings.allow_domains,
        allow_countries=settings.allow_countries,
        group_by=order.group_by,
    )


def refuse_hidden(prepared: Prepared) -> None:
    """Ask what is to become of rows that nobody sees in the sheet; `plan` only shows them.

    Raises:
        NotConfirmedError: there are some, and nobody has said.
    """
    hidden = prepared.table.hidden
    if hidden and prepared.order.hidden_rows is None and prepared.plan.to_send:
        raise NotConfirmedError(
            "hidden-rows",
            counted(
                "A row of {sheet} is hidden or filtered out: nobody said what is to become of it. Nothing was"
                " sent.",
                "{rows} rows of {sheet} are hidden or filtered out: nobody said what is to become of them."
                " Nothing was sent.",
                rows=len(hidden),
                sheet=prepared.table.sheet,
            ),
            msg("Say --hidden-rows include or --hidden-rows skip, or unhide them in the sheet."),
        )


def kept_reading(order: Order, settings: Settings) -> tuple[tuple[str, str], ...]:
    """How the sheet is read, for `Job.columns`: a re-run and a report read and judge it in the same way."""
    options = {
        _HEADER_ROW: "" if order.header_row is None else str(order.header_row),
        _HIDDEN_ROWS: order.hidden_rows or "",
        _FIRST_CONTACT: "yes" if order.first_contact else "",
        _ALLOW_DOMAINS: ",".join(settings.allow_domains),
        _ALLOW_COUNTRIES: ",".join(settings.allow_countries),
        _GROUP_BY: order.group_by.asked or "",
    }
    return (*order.columns.items(), *((name, value) for name, value in options.items() if value))


def as_read_before(order: Order, settings: Settings, job: Job) -> tuple[Order, Settings]:
    """Order and settings with what an old job kept of its reading, where nothing else is asked for now."""
    kept = dict(job.columns)
    header_row, hidden_rows, first_contact, domains, allowed, group_by = (
        kept.pop(name, "") for name in _OPTIONS
    )
    asked = replace(
        order,
        sheet=order.sheet or job.sheet,
        columns={**kept, **order.columns},
        header_row=order.header_row or (int(header_row) if header_row else None),
        hidden_rows=order.hidden_rows or next((one for one in HIDDEN_ROWS if one == hidden_rows), None),
        first_contact=order.first_contact or bool(first_contact),
        group_by=order.group_by._replace(kept=group_by or None),
    )
    return asked, with_values(
        settings,
        allow_domains=settings.allow_domains or tuple(filter(None, domains.split(","))),
        allow_countries=settings.allow_countries or tuple(filter(None, allowed.split(","))),
    )
