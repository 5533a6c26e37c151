"""Rows like one that was parsed, told by one pattern instead of a parser's call for every tag in them.

The rows of a long list differ in their numbers and texts only, and looking through them is a third of the
time of writing results. What has any other markup, an entity, a comment or another order goes to the
parser. A row that passes here is not looked at for characters that XML does not have; the copy of it is,
before it replaces anything (`verify.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from batchreset.ooxml.spots import Focus, Raw, RowSpot
from batchreset.sheet.raw import index_of

FORMS_MAX: Final = 12
"""So many forms are learnt: a sheet of which no two rows are alike must not pay for more."""
_TEXT: Final = rb"[^<>&\r]*+"
_ATTRIBUTES: Final = rb'(?: (?!xmlns)[\w.:]+="[^"<>&\r\n\t]*+")*+'
_CELL: Final = (
    rb'<%bc r="([A-Z]{1,3})[1-9]\d*+"(%b)(?:(/>)|>(?:(<%bv>)%b</%bv>|(<%bis><%bt(?: xml:space="preserve")?>)'
    rb"%b</%bt></%bis>)?</%bc>)"
)


@dataclass(frozen=True, slots=True)
class Form:
    """Rows of one form. `spot` is the row it was learnt from, `kept` whether rows of it are told of;
    `cut`, `resume` and `key` are the pattern's groups for what `RowSpot` says of them, 0 for none."""

    pattern: re.Pattern[bytes]
    spot: RowSpot
    kept: bool
    end_tag: int
    cut: int
    resume: int
    key: int

    def told(self, match: re.Match[bytes], number: int, begin: int) -> RowSpot | None:
        """What is to be told of a row of this form, in bytes that begin at `begin`; None: not readable."""
        spot = self.spot
        close = begin + match.end() - self.end_tag
        key = spot.key
        if key is not None and self.key:
            try:
                key = Raw(key.kind, match[self.key].decode(), key.style)
            except UnicodeDecodeError:
                return None
        return RowSpot(
            number,
            begin + match.start(),
            close,
            begin + match.start(self.cut) if self.cut else close,
            begin + match.start(self.resume) if self.resume else close,
            spot.last,
            spot.style,
            spot.filled,
            key,
        )


class Forms:
    """The forms that were met so far."""

    def __init__(self, focus: Focus) -> None:
        self._focus: Final = focus
        self._forms: Final[list[Form]] = []

    def known(self, held: bytes, at: int) -> tuple[Form, re.Match[bytes]] | None:
        """The form of the row at `at`; the one that was met last is tried first."""
        for place, form in enumerate(self._forms):
            match = form.pattern.match(held, at)
            if match is not None:
                if place:
                    self._forms.insert(0, self._forms.pop(place))
                return form, match
        return None

    def learn(self, row: bytes, spot: RowSpot, prefix: bytes, *, kept: bool) -> None:
        """Learn from a row that was parsed, unless its form is known or enough are."""
        if len(self._forms) < FORMS_MAX and self.known(row, 0) is None:
            form = form_of(row, spot, self._focus, prefix, kept=kept)
            if form is not None:
                self._forms.insert(0, form)


def form_of(row: bytes, spot: RowSpot, focus: Focus, prefix: bytes, *, kept: bool) -> Form | None:
    """The form of a parsed row, which goes from `<row` to behind its end tag; None where it is not simple."""
    p, end = re.escape(prefix), b"</%brow>" % prefix
    tag = re.match(rb'<%brow r="[1-9]\d*+"%b>' % (p, _ATTRIBUTES), row)
    cell = re.compile(_CELL % (p, _ATTRIBUTES, p, _TEXT, p, p, p, _TEXT, p, p, p))
    if tag is None or not row.endswith(end):
        return None
    pieces = [rb'<%brow r="([1-9]\d*+)"%b>' % (p, _ATTRIBUTES)]
    groups, cut, resume, key = 1, 0, 0, 0
    at = tag.end()
    while at < len(row) - len(end):
        found = cell.match(row, at)
        column = index_of(found[1].decode()) if found else None
        if found is None or column is None:
            return None
        if column >= focus.first and not cut:
            pieces.append(b"()")
            groups += 1
            cut = groups
        if column > focus.last and not resume:
            pieces.append(b"()")
            groups += 1
            resume = groups
        is_key = column == focus.key_column and (found[4] or found[5]) is not None
        if is_key:
            groups += 1
            key = groups
        pieces.append(_cell(found, p, is_key=is_key))
        at = found.end()
    pattern = re.compile(b"".join([*pieces, b"</%brow>" % p]))
    return Form(pattern, spot, kept, len(end), cut, resume, key)


def _cell(found: re.Match[bytes], p: bytes, *, is_key: bool) -> bytes:
    """The pattern of a cell like this one, in a row whose number is the pattern's first group."""
    _, attributes, empty, value, inline = found.groups()
    begins = rb'<%bc r="%b\1"%b' % (p, found[1], re.escape(attributes))
    text = b"(%b)" % _TEXT if is_key else _TEXT
    if empty:
        return begins + b"/>"
    if value:
        return begins + b"><%bv>%b</%bv></%bc>" % (p, text, p, p)
    if inline:
        return begins + b">%b%b</%bt></%bis></%bc>" % (re.escape(inline), text, p, p, p)
    return begins + b"></%bc>" % p
