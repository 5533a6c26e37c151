"""A sheet as values: its rows, each with its SN and contact, judged; and the columns they come from.

No file in here: `sheet` reads and judges, everything else works with these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from batchreset.text.messages import Message


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the service sends the new code. At least one of `mobile` and `email` is set.

    `mobile` is E.164 (`+8613800138000`), `country` the service's own value for it (facts.md §6).
    The repr is masked: a contact must not reach a log by accident.
    """

    mobile: str | None = None
    country: str | None = None
    email: str | None = None

    def __repr__(self) -> str:
        return f"Contact({mask_mobile(self.mobile)}, {self.country}, {mask_email(self.email)})"

    def masked(self) -> str:
        """For pages and logs: `+86138****8000, u***@x.com`."""
        return ", ".join(part for part in (mask_mobile(self.mobile), mask_email(self.email)) if part)


def mask_mobile(mobile: str | None) -> str:
    """`+8613800138000` as `+86138****8000`; "" for none."""
    if not mobile:
        return ""
    return f"{mobile[:-8]}****{mobile[-4:]}" if len(mobile) > 9 else "****"


def mask_email(email: str | None) -> str:
    """`user@x.com` as `u***@x.com`; "" for none."""
    if not email:
        return ""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row can't be used (or, as a note, what was mended in it).

    `kind` is a stable word for scripts and grouping (`sn-number`, `email`, …), `cell` is written as
    people say it (`Terminals!B17`), `mend` says what the user is to do.
    """

    kind: str
    cell: str
    message: Message
    mend: Message


@dataclass(frozen=True, slots=True)
class Row:
    """One data row as the sheet says it, judged.

    `number` is the sheet's own row number. A row is usable when it has a contact, no problems, and is
    not a duplicate. `sn` is "" when the cell holds none that can be used; `shown_sn` is what a person
    sees in the cell. `awaits_contact`: its job takes the contact that the service has registered
    (`--fill-contacts`), which is kept nowhere here and asked for again before it is sent.
    """

    number: int
    sn: str
    contact: Contact | None = None
    shown_sn: str = ""
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    duplicate_of: int | None = None
    awaits_contact: bool = False

    @property
    def usable(self) -> bool:
        return bool(self.sn) and self.contact is not None and not self.problems and self.duplicate_of is None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet: 1-based index, its letter, and the header text above it."""

    index: int
    letter: str
    header: str


Field = Literal["sn", "mobile", "country", "email"]
"""What a column can hold for us."""
FIELDS: Final[tuple[Field, ...]] = get_args(Field)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; `None` where the sheet has none."""

    sn: Column
    mobile: Column | None = None
    country: Column | None = None
    email: Column | None = None

    def by_field(self) -> dict[Field, Column | None]:
        """The columns in the order of `FIELDS`."""
        return {"sn": self.sn, "mobile": self.mobile, "country": self.country, "email": self.email}


@dataclass(frozen=True, slots=True)
class Grouping:
    """The column by which reports group the rows: its header, and each row's text in it by row number."""

    header: str
    labels: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet, read and judged: all data rows in sheet order, and the numbers of the rows left out."""

    path: Path
    sheet: str
    header_row: int
    columns: Columns
    rows: tuple[Row, ...]
    ignored: tuple[int, ...] = ()
    notes: tuple[Message, ...] = ()
    hidden: tuple[int, ...] = ()
    """Numbers of the data rows that nobody sees in the sheet: hidden, or left out by a filter."""
    skipped: tuple[int, ...] = ()
    """Those of them that are not among `rows`, because that was asked for."""
    grouping: Grouping | None = None
    """By site or whatever else was named; `None` where no column offers itself."""
    parted: tuple[Column, Column] | None = None
    """The SNs and a contact where an empty column lies between them, unless that contact's column was named
    by an option: two lists side by side look so."""
