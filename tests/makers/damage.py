"""Damaged copies of good workbooks, the same for the same number."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import xlsxwriter

from tests.makers.formats import (
    Formula,
    Grid,
    text_writer,
    write_ods,
    write_prefixed,
    write_strict,
    write_xls,
    write_xlsb,
    write_xlsx,
)

_ROWS: Final = 60


def good_books(folder: Path) -> list[Path]:
    """Good workbooks of every kind; the one with everything in it comes first."""
    folder.mkdir(parents=True, exist_ok=True)
    grid: Grid = [
        ("SN", "Mobile", "Country", "E-mail", "Since", "Formula"),
        *(
            (
                f"2102310QPD10K3{n:06d}",
                13800138000 + n,
                "CN",
                f"li{n}@example.com",
                _day(n),
                Formula("1+1", 2),
            )
            for n in range(_ROWS)
        ),
    ]
    plain = [row[:4] for row in grid]
    return [
        _rich(folder / "rich.xlsx", grid),
        write_xlsx(folder / "openpyxl", "Terminals", grid),
        write_strict(folder / "strict", "Terminals", grid),
        write_prefixed(folder / "prefixed", "Terminals", grid),
        write_xls(folder / "old", "Terminals", grid),
        write_xlsb(folder / "binary", "Terminals", plain),
        write_ods(folder / "open", "Terminals", grid),
        text_writer(".csv", ",", "utf-8")(folder / "text", "Terminals", plain),
    ]


def _day(number: int) -> datetime:
    return datetime(2021, 2, 1 + number % 28)  # noqa: DTZ001  # a spreadsheet's dates have no zone


def _rich(path: Path, grid: Grid) -> Path:
    """Merged cells, hidden rows and columns, a filter, a table, links, notes, a chart, a hidden sheet."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Terminals")
        day = book.add_format({"num_format": "yyyy/m/d;@"})
        sheet.merge_range("A1:F1", "Terminals of the site")
        for at, row in enumerate(grid, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, Formula):
                    sheet.write_formula(at, column, f"={cell.text}", None, cell.cached)
                elif isinstance(cell, datetime):
                    sheet.write_datetime(at, column, cell, day)
                elif cell is not None:
                    sheet.write(at, column, cell)
        sheet.autofilter(1, 0, _ROWS + 1, 4)
        sheet.filter_column(2, "x == CN")
        sheet.set_row(5, None, None, {"hidden": True})
        sheet.set_column(5, 5, None, None, {"hidden": True})
        sheet.write_comment("A3", "look here")
        sheet.data_validation("C3:C60", {"validate": "list", "source": ["CN", "UK"]})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Terminals!$B$3:$B$9"})
        sheet.insert_chart("H3", chart)
        other = book.add_worksheet("Other")
        other.add_table("A1:C4", {"data": [["a", 1, 2], ["b", 3, 4], ["c", 5, 6]]})
        other.hide()
    return path


def damaged(books: list[Path], number: int, folder: Path) -> Path:
    """Copy number `number` of them: which one, and what happened to it, hang on the number alone."""
    rng = random.Random(number)
    # every second copy is of a workbook that our own reader reads
    source = rng.choice(books[:4]) if number % 2 else rng.choice(books)
    content = source.read_bytes()
    ways: list[Callable[[bytes, random.Random], bytes]] = [_flipped, _truncated, _overwritten]
    if zipfile.is_zipfile(source):
        ways += [
            _swapped,
            _without_part,
            _garbled,
            _garbled,
            _retagged,
            _renumbered,
            _cut_part,
            _stored_damage,
        ]
    target = folder / f"{number}-{source.name}"
    target.write_bytes(rng.choice(ways)(content, rng))
    return target


def _flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _truncated(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def _overwritten(content: bytes, rng: random.Random) -> bytes:
    """A block of the disk that was never written, or holds something else."""
    at, size = rng.randrange(len(content)), rng.choice((16, 512, 4096))
    block = bytes(size) if rng.random() < 0.5 else rng.randbytes(size)
    return (content[:at] + block + content[at + size :])[: len(content)]


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return written.getvalue()


def _swapped(content: bytes, rng: random.Random) -> bytes:
    parts = _parts(content)
    one, other = rng.sample(sorted(parts), 2)
    return _packed({**parts, one: parts[other], other: parts[one]})


def _without_part(content: bytes, rng: random.Random) -> bytes:
    parts = _parts(content)
    del parts[rng.choice(sorted(parts))]
    return _packed(parts)


def _changed_part(content: bytes, rng: random.Random, change: Callable[[bytes], bytes]) -> bytes:
    parts = _parts(content)
    likely = [name for name in sorted(parts) if re.search(r"sheet|workbook|styles|content|rels", name)]
    name = rng.choice(likely or sorted(parts))
    return _packed({**parts, name: change(parts[name])})


def _garbled(content: bytes, rng: random.Random) -> bytes:
    def change(part: bytes) -> bytes:
        changed = bytearray(part or b" ")
        for _ in range(rng.choice((1, 3, 9))):
            changed[rng.randrange(len(changed))] = rng.choice(b'0123456789abcxyz<>/"=-. E:&;\0\xff')
        return bytes(changed)

    return _changed_part(content, rng, change)


def _retagged(content: bytes, rng: random.Random) -> bytes:
    """One element or attribute called, closed or placed otherwise."""

    def change(part: bytes) -> bytes:
        names = re.findall(rb"[<\s]([A-Za-z:]+)[\s=>/]", part)
        if not names:
            return part
        old, new = rng.choice(names), rng.choice([*names, b"x", b"row", b"c", b"v", b"r", b"t", b"ref"])
        return part.replace(old, new, rng.choice((1, -1)))

    return _changed_part(content, rng, change)


def _renumbered(content: bytes, rng: random.Random) -> bytes:
    """Numbers that are far too large, negative, or none."""

    def change(part: bytes) -> bytes:
        numbers = list(re.finditer(rb"\d+", part))
        if not numbers:
            return part
        found = rng.choice(numbers)
        new = rng.choice(
            (b"0", b"-1", b"1048576", b"99999999999999999999", b"1E999", b"NaN", b"", b"9" * 5000)
        )
        return part[: found.start()] + new + part[found.end() :]

    return _changed_part(content, rng, change)


def _cut_part(content: bytes, rng: random.Random) -> bytes:
    return _changed_part(content, rng, lambda part: part[: rng.randrange(len(part) + 1)])


def _stored_damage(content: bytes, rng: random.Random) -> bytes:
    """The parts stored as they are, so that flipped bits meet XML and checksums, not deflate."""
    return _flipped(_packed(_parts(content), zipfile.ZIP_STORED), rng)
