"""The operators' workbooks, as values: no file is read. The terminals of one overlap with those of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from batchreset.prepare import Order
from batchreset.rows import Column, Columns, Contact, Problem, Row, Table
from batchreset.settings import Settings
from batchreset.text.messages import msg

_SPOILED: Final = Problem("email", "B2", msg("It is no address."), msg("Correct it."))


class Sheets:
    """The workbooks as they are now; `tables` by path."""

    def __init__(self, dice: Random, terminals: tuple[str, ...], count: int) -> None:
        self._dice: Final = dice
        self._contacts: Final[list[Contact]] = []
        self.tables: Final = {path: self._table(path, terminals) for path in _paths(count)}

    def read(self, path: Path, _order: Order, _settings: Settings) -> Table:
        """What `prepare.read_sheet` finds."""
        return self.tables[path]

    def shown(self) -> list[str]:
        """Every number and address that ever stood in one of them."""
        return [part for contact in self._contacts for part in (contact.mobile, contact.email) if part]

    def edit(self) -> str:
        """Somebody changes a contact in one of them, or spoils it; what was done."""
        path = self._dice.choice([*self.tables])
        rows = self.tables[path].rows
        row = self._dice.choice(rows)
        spoils = self._dice.random() < 0.1
        contact = None if spoils else self._contact()
        number = row.duplicate_of or row.number
        self.tables[path] = replace(
            self.tables[path],
            rows=tuple(
                replace(other, contact=contact, problems=(_SPOILED,) if spoils else ())
                if number in (other.number, other.duplicate_of)
                else other
                for other in rows
            ),
        )
        return f"{path.stem}: row {number} {row.sn} was {'spoiled' if spoils else 'changed'}"

    def _table(self, path: Path, terminals: tuple[str, ...]) -> Table:
        dice = self._dice
        sns = dice.sample(terminals, dice.randint(1, len(terminals)))
        rows = [
            Row(number, dice.choice((sn, sn.lower())), self._contact()) for number, sn in enumerate(sns, 2)
        ]
        if dice.random() < 0.3:
            rows.append(replace(rows[0], number=len(rows) + 2, duplicate_of=rows[0].number))
        columns = Columns(Column(1, "A", "SN"), Column(2, "B", "Mobile"), None, Column(3, "C", "E-mail"))
        return Table(path, "Terminals", 1, columns, tuple(rows))

    def _contact(self) -> Contact:
        number = self._dice.randrange(10**8)
        contact = Contact(f"+86138{number:08d}", "chinaPR", f"user{number}@example.com")
        self._contacts.append(contact)
        return contact


def _paths(count: int) -> list[Path]:
    return [Path(f"/sheets/{number}.xlsx") for number in range(count)]
