"""Looks of new cells: entries appended to `styles.xml`, made from those of a cell beside them.

Nothing that is there is changed or moved, so every old cell's style number still means the same. What an
earlier edit appended is found again and used again: ten re-runs add nothing to what the first one did.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import open_tag, with_attributes, without_attribute
from batchreset.ooxml.outline import Draft, Element, outline
from batchreset.ooxml.shelf import Shelf
from batchreset.ooxml.spots import NO_STYLE
from batchreset.ooxml.texts import escaped

MAX_STYLES: Final = 64_000
"""Excel refuses more."""

_GENERAL: Final = 0
_TEXT: Final = 49
"""The built-in number format `@`: what is typed into the cell later stays text too."""
_FONT_PARTS: Final = ("sz", "color", "name", "family", "charset", "scheme")
"""What is taken over of a model's font where ours has its own colour, in the order Excel writes it."""
_NO_FILL: Final = '<patternFill patternType="none"/>'
_NO_FILLS: Final = (_NO_FILL, "<patternFill/>")
"""As Excel and as openpyxl write it."""
_SOLID: Final = re.compile(r'<patternFill patternType="solid"><fgColor rgb="..([0-9A-Fa-f]{6})"/>')
RULE: Final = "BFC5CC"
"""Colour of a thin line."""
_VERTICAL: Final = frozenset({"top", "center", "bottom", "justify", "distributed"})


@dataclass(frozen=True, slots=True)
class Look:
    """How a new cell looks beside its model: with its font, border and vertical alignment.

    Colours are RRGGBB. A cell with `quoted` is text even when it begins like a formula. A `heading`
    takes all of its model's looks, and is bold where the model has none of its own; another cell is only
    when it is `bold`.
    """

    text: bool = False
    quoted: bool = False
    heading: bool = False
    bold: bool = False
    ink: str = "000000"
    fill: str | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """How a cell of a sheet of our own looks, in the workbook's usual font.

    `ruled`: with a thin line below. `number_format` is the number of a built-in one.
    """

    size: float | None = None
    bold: bool = False
    underlined: bool = False
    ink: str = "000000"
    fill: str | None = None
    ruled: bool = False
    number_format: int = _GENERAL
    horizontal: str = "left"
    vertical: str = "top"
    indent: int = 0
    wrapped: bool = False
    quoted: bool = False


class Styles:
    """The cell formats of a workbook, with those that are added. Raises UneditableError."""

    def __init__(self, xml: bytes) -> None:
        self._draft: Final = Draft(xml)
        self._fonts: Final = Shelf(self._draft, "fonts")
        self._fills: Final = Shelf(self._draft, "fills")
        self._borders: Final = Shelf(self._draft, "borders")
        self._formats: Final = Shelf(self._draft, "cellXfs")
        self._codes: Final = {
            _index(one.attributes, "numFmtId"): one.attributes.get("formatCode", "")
            for listed in self._draft.root.all("numFmts")
            for one in listed.all("numFmt")
        }
        self._known: Final[dict[tuple[int, Look], int]] = {}
        self._filled: Final[dict[tuple[int, str], int]] = {}
        self._faces: Final[dict[Face, int]] = {}

    def number(self, model: int, look: Look) -> int:
        """The style number for a look; `NO_STYLE` when the part is full, or too bare to be added to."""
        key = (model, look)
        if key not in self._known:
            self._known[key] = self._added(model, look)
        return self._known[key]

    def face(self, face: Face) -> int:
        """The style number for a cell of a sheet of our own; `NO_STYLE` as for `number`."""
        if face not in self._faces:
            self._faces[face] = NO_STYLE if self._is_full() else self._of_face(face)
        return self._faces[face]

    def has_border(self, number: int) -> bool:
        """Whether a style has a border other than the first, which is none."""
        old = self._formats.element(number)
        return old is not None and _index(old.attributes, "borderId") > 0

    def number_format(self, number: int) -> int | str:
        """The number format of a style: its code, or the number of a built-in one."""
        old = self._formats.element(number)
        wanted = _index(old.attributes, "numFmtId") if old else _GENERAL
        return self._codes.get(wanted, wanted)

    def fill(self, number: int) -> str:
        """The fill of a style as XML without prefixes, to be given to `refilled`; "" for none."""
        old = self._formats.element(number)
        at = _index(old.attributes, "fillId") if old else 0
        return self._fill_texts[at] if at < len(self._fill_texts) else ""

    def solids(self) -> dict[int, str]:
        """All styles that are filled with one colour: number → RRGGBB."""
        found = ((number, solid_colour(self.fill(number))) for number in range(self._formats.old))
        return {number: colour for number, colour in found if colour}

    def refilled(self, number: int, fill: str) -> int:
        """A style that differs from another by its fill only; `NO_STYLE` when the part is full.

        Text that is no fill stands for none.
        """
        key = (number, fill)
        if key not in self._filled:
            self._filled[key] = self._with_fill(number, fill)
        return self._filled[key]

    def _with_fill(self, number: int, fill: str) -> int:
        old = self._formats.element(number)
        if old is None or len(self._formats) >= MAX_STYLES or not len(self._fills):
            return NO_STYLE
        raw, at = self._draft.raw(old), self._fill_number(fill)
        tag = open_tag(raw)
        said = with_attributes(tag[0], {"fillId": str(at), "applyFill": "1"}) + raw[tag.end() :]
        plain = without_attribute(said, "applyFill")  # as many writers leave it
        return self._formats.add(plain if not at or self._formats.has(plain) else said)

    def _fill_number(self, fill: str) -> int:
        if fill in self._fill_texts:
            return self._fill_texts.index(fill)
        try:
            # an element without a pattern is none: Excel repairs such a file, openpyxl does not open it
            return self._fills.add(self._rebuilt(outline(f"<fill>{fill or _NO_FILL}</fill>".encode())))
        except UneditableError:
            return 0

    @cached_property
    def _fill_texts(self) -> list[str]:
        """The fills that stood there, as `fill` tells them."""
        fills = (self._fills.element(at) for at in range(self._fills.old))
        texts = ("".join(map(_plain, one.children)) if one else "" for one in fills)
        return ["" if text in _NO_FILLS else text for text in texts]

    def _rebuilt(self, element: Element) -> bytes:
        """An element in the part's own namespace, whatever it was in."""
        values = {name: escaped(value) for name, value in element.attributes.items()}
        return self._draft.tag(element.name, values, b"".join(map(self._rebuilt, element.children)))

    def parts(self, number: int) -> dict[str, bytes]:
        """Font, fill, border and alignment of a style, each a small document of its own."""
        old = self._formats.element(number)
        if old is None:
            return {}
        shelves = {"font": self._fonts, "fill": self._fills, "border": self._borders}
        found = {name: shelf.element(_index(old.attributes, f"{name}Id")) for name, shelf in shelves.items()}
        found["alignment"] = old.first("alignment")
        return {name: self._alone(element) for name, element in found.items() if element}

    def _alone(self, element: Element) -> bytes:
        """An element with its namespace declared in it."""
        prefix = self._draft.prefix.rstrip(b":").decode()
        space = f' xmlns{f":{prefix}" if prefix else ""}="{self._draft.root.space}"'.encode()
        raw = self._draft.raw(element)
        at = open_tag(raw).end(1)
        return raw[:at] + space + raw[at:]

    def done(self) -> bytes:
        """The part with what was added; as it was when nothing was."""
        draft = Draft(self._draft.xml)
        for shelf in self._shelves():
            shelf.put_into(draft)
        return draft.done()

    def _shelves(self) -> tuple[Shelf, ...]:
        return self._fonts, self._fills, self._borders, self._formats

    def _is_full(self) -> bool:
        """Whether nothing can be added: the part is full, or too bare."""
        return len(self._formats) >= MAX_STYLES or not all(len(shelf) for shelf in self._shelves())

    def _of_face(self, face: Face) -> int:
        values = {
            "numFmtId": face.number_format,
            "fontId": self._faced(face),
            "fillId": self._fill_number(solid_fill(face.fill)) if face.fill else 0,
            "borderId": self._ruled() if face.ruled else 0,
            "xfId": 0,
            **({"quotePrefix": 1} if face.quoted else {}),
            **dict.fromkeys(("applyNumberFormat", "applyFont", "applyFill", "applyBorder"), 1),
            "applyAlignment": 1,
        }
        aligned = {
            "horizontal": face.horizontal,
            "vertical": face.vertical,
            **({"wrapText": 1} if face.wrapped else {}),
            **({"indent": face.indent} if face.indent else {}),
        }
        return self._formats.add(self._draft.tag("xf", values, self._draft.tag("alignment", aligned)))

    def _faced(self, face: Face) -> int:
        usual = self._fonts.element(0)
        kept = {child.name: self._draft.raw(child) for child in (usual.children if usual else ())}
        if face.size:
            kept["sz"] = self._draft.tag("sz", {"val": f"{face.size:g}"})
        kept["color"] = self._draft.tag("color", {"rgb": f"FF{face.ink}"})
        marks = (("b", face.bold), ("u", face.underlined))
        first = b"".join(self._draft.tag(name, {}) for name, wanted in marks if wanted)
        rest = b"".join(kept[name] for name in _FONT_PARTS if name in kept)
        return self._fonts.add(self._draft.tag("font", {}, first + rest))

    def _ruled(self) -> int:
        colour = self._draft.tag("color", {"rgb": f"FF{RULE}"})
        sides = b"".join(self._draft.tag(name, {}) for name in ("left", "right", "top"))
        bottom = self._draft.tag("bottom", {"style": "thin"}, colour)
        return self._borders.add(
            self._draft.tag("border", {}, sides + bottom + self._draft.tag("diagonal", {}))
        )

    def _added(self, model: int, look: Look) -> int:
        if self._is_full():
            return NO_STYLE
        old = self._formats.element(model)
        plain = model <= 0
        said = old.attributes if old else {}
        font, fill = _index(said, "fontId"), 0
        if look.heading:
            font, fill = (self._bold(font), 0) if plain else (font, _index(said, "fillId"))
        else:
            font = self._inked(font, look.ink, bold=look.bold)
            fill = self._fill_number(solid_fill(look.fill)) if look.fill else fill
        aligned = self._aligned(old.first("alignment") if old else None, look)
        values: dict[str, object] = {
            "numFmtId": _TEXT if look.text else _GENERAL,
            "fontId": font,
            "fillId": fill,
            "borderId": _index(said, "borderId"),
            **({"xfId": _index(said, "xfId")} if "xfId" in said else {}),
            **({"quotePrefix": 1} if look.quoted else {}),
            **dict.fromkeys(("applyNumberFormat", "applyFont", "applyFill", "applyBorder"), 1),
            **({"applyAlignment": 1} if aligned else {}),
        }
        return self._formats.add(self._draft.tag("xf", values, aligned))

    def _aligned(self, model: Element | None, look: Look) -> bytes:
        if look.heading:
            return self._draft.raw(model) if model else b""
        vertical = model.attributes.get("vertical") if model else None
        values: dict[str, object] = {"vertical": vertical} if vertical in _VERTICAL else {}
        return self._draft.tag("alignment", {"horizontal": "left", **values})

    def _inked(self, font: int, ink: str, *, bold: bool) -> int:
        old = self._fonts.element(font)
        kept = {child.name: self._draft.raw(child) for child in (old.children if old else ())}
        kept["color"] = self._draft.tag("color", {"rgb": f"FF{ink}"})
        parts = b"".join(kept[name] for name in _FONT_PARTS if name in kept)
        mark = self._draft.tag("b", {}) if bold else b""
        return self._fonts.add(self._draft.tag("font", {}, mark + parts))

    def _bold(self, font: int) -> int:
        old = self._fonts.element(font)
        parts = [self._draft.raw(child) for child in (old.children if old else ()) if child.name != "b"]
        return self._fonts.add(self._draft.tag("font", {}, b"".join([self._draft.tag("b", {}), *parts])))


def solid_fill(colour: str) -> str:
    """The fill that is one colour (RRGGBB) all over."""
    front = f'<fgColor rgb="FF{colour}"/><bgColor indexed="64"/>'
    return f'<patternFill patternType="solid">{front}</patternFill>'


def solid_colour(fill: str) -> str | None:
    """The colour of a fill that is one all over; `None` for others, those of a theme among them."""
    found = _SOLID.match(fill)
    return found[1].upper() if found else None


def _plain(element: Element) -> str:
    """An element without prefixes."""
    said = "".join(f' {name}="{escaped(value)}"' for name, value in element.attributes.items())
    inner = "".join(map(_plain, element.children))
    return f"<{element.name}{said}>{inner}</{element.name}>" if inner else f"<{element.name}{said}/>"


def _index(attributes: Mapping[str, str], name: str) -> int:
    value = attributes.get(name, "")
    return int(value) if value.isdecimal() else 0
