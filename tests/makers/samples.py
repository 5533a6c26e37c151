"""Writes the workbooks of `samples/`: what people really keep, with made-up SNs and contacts.

python -m tests.makers.samples           write them
python -m tests.makers.samples --check   say which are stale; exit 1 if any is
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.datavalidation import DataValidation

from tests.makers.books import content, dress, save
from tests.makers.dirty import dirty
from tests.makers.people import Person, people, serial_numbers

SAMPLES: Final = Path(__file__).parents[2] / "samples"

_SITES: Final = (
    ("Hangzhou Binjiang", "Building Z5", "HZ-Z5", 64),
    ("Hangzhou Binjiang", "Building Z6", "HZ-Z6", 48),
    ("Hangzhou Xixi", "Tower A", "HZ-XA", 40),
    ("Ningbo", "Building 2", "NB-2", 28),
    ("Hong Kong", "Kowloon Bay", "HK-KB", 12),
    ("London", "Paddington", "LDN-P", 8),
)
_HEADERS: Final = (
    ("No.", 6),
    ("Site", 20),
    ("Building", 16),
    ("Room", 14),
    ("Terminal name", 28),
    ("Model", 16),
    ("SN", 24),
    ("Contact person", 16),
    ("Mobile", 18),
    ("Country", 12),
    ("E-mail", 30),
    ("Department", 20),
    ("Asset tag", 13),
    ("Remarks", 28),
)
_HEADERS_ZH: Final = (
    ("序号", 6),
    ("园区", 12),
    ("楼栋", 12),
    ("会议室", 18),
    ("终端名称", 26),
    ("终端型号", 16),
    ("终端序列号*", 24),
    ("联系人", 10),
    ("手机号码", 18),
    ("国家/地区", 12),
    ("电子邮箱", 30),
    ("部门", 14),
    ("备注", 14),
)
_DEPARTMENTS: Final = ("IT Operations", "Facilities", "Workplace Services")
_REMARKS: Final = (None, None, None, "spare remote in the drawer", "wall mount", "moved 2026-03")
_PARKS: Final = (("坂田园区", "A区"), ("坂田园区", "F区"), ("南山园区", "科兴B栋"), ("龙岗园区", "2号楼"))
_ABROAD: Final = {"Hong Kong": ("chinaHKG", "+852 6123 4{:03d}"), "London": ("UK", "+44 7400 123{:03d}")}


def hangzhou() -> Workbook:
    """A clean list of 200 terminals in six buildings, with a sheet of contacts and one of notes beside it."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Terminals"
    sheet.append([header for header, _ in _HEADERS])
    for number, row in enumerate(_hangzhou_rows(), 1):
        sheet.append([number, *row])
    dress(sheet, 1, [width for _, width in _HEADERS], "GI")
    countries = DataValidation(type="list", formula1='"chinaPR,chinaHKG,UK"', allow_blank=True)
    sheet.add_data_validation(countries)
    countries.add(f"J2:J{sheet.max_row}")
    _contacts(workbook)
    return workbook


def _hangzhou_rows() -> Iterator[list[str | None]]:
    random, terminals, persons = Random(8), serial_numbers(11), people(12)
    for site, building, tag, count in _SITES:
        staff = list(islice(persons, 4))
        for place in range(count):
            model, sn = next(terminals)
            person = random.choice(staff)
            room = f"{tag}-{place // 8 + 1}F-{place % 8 + 1:02d}"
            yield [
                *(site, building, room, f"{building} {room}", model, sn, person.name),
                *_reached(random, site, person),
                *(
                    random.choice(_DEPARTMENTS),
                    f"AT-{random.randrange(10**5, 10**6)}",
                    random.choice(_REMARKS),
                ),
            ]


def _reached(random: Random, site: str, person: Person) -> list[str | None]:
    """Mobile, country and e-mail: all of them, or only what somebody took the trouble to fill in."""
    country, spelling = _ABROAD.get(site, ("chinaPR", person.mobile))
    mobile = spelling.format(random.randrange(1000))
    filled = random.choice(("both", "both", "both", "mobile", "email"))
    if filled == "email":
        return [None, None, person.email]
    return [mobile, country, person.email if filled == "both" or site in _ABROAD else None]


def _contacts(workbook: Workbook) -> None:
    desks = workbook.create_sheet("Contacts")
    desks.append(["Site", "Service desk", "Phone", "E-mail"])
    for index, site in enumerate(("Hangzhou", "Ningbo", "Hong Kong", "London")):
        desks.append(
            [site, f"{site} IT", f"400-000-00{index:02d}", f"it.{site.lower().replace(' ', '')}@example.com"]
        )
    dress(desks, 1, (16, 20, 18, 32), "C")
    notes = workbook.create_sheet("Notes")
    notes["A1"] = "Terminal list of the Hangzhou region. Owner: IT Operations."
    notes["A2"] = "Activation codes live ten days; ask the owner before resetting terminals in use."
    notes["A1"].font = Font(bold=True)


def shenzhen() -> Workbook:
    """A clean Chinese list: title row, headers in row 3, SNs of digits kept as text, total and sign-off."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "终端台账"
    sheet.append(["深圳园区会议终端台账（2026年11月）"])
    sheet.append([])
    sheet.append([header for header, _ in _HEADERS_ZH])
    for row in _shenzhen_rows():
        sheet.append(row)
    dress(sheet, 3, [width for _, width in _HEADERS_ZH], "G")
    sheet.merge_cells("A1:M1")
    sheet["A1"].font, sheet["A1"].alignment = Font(bold=True, size=16), Alignment(horizontal="center")
    sheet.append(["合计", None, None, None, None, None, 60])
    sheet.append([])
    sheet.append(["制表人：王敏", None, None, None, None, "审核：李伟"])
    workbook.create_sheet("填写说明")["A1"] = "带*的列为必填；序列号请以文本格式填写。"
    return workbook


def _shenzhen_rows() -> Iterator[list[str | int | None]]:
    random, terminals, persons = Random(23), serial_numbers(24), list(islice(people(25), 9))
    for number in range(1, 61):
        model, sn = next(terminals)
        if number % 6 == 0:
            sn = f"2102311452104{random.randrange(10**6, 10**7)}"
        person = random.choice(persons)
        park, block = random.choice(_PARKS)
        room = f"{random.randrange(1, 20)}{random.choice('东西南北')}{random.randrange(1, 9):02d}会议室"
        yield [
            *(number, park, block, room, f"{block}{room}", model, sn, person.name_zh),
            *(_as_typed(number, person.mobile), "chinaPR" if number % 4 else None),
            person.email if number % 3 else None,
            *(random.choice(("信息技术部", "行政部")), random.choice((None, None, "吊装", "移动推车"))),
        ]


def _as_typed(number: int, mobile: str) -> str | int:
    """A mobile number as different hands type it: with blanks, as a number, as a text."""
    if number % 7 == 0:
        return f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}"
    return int(mobile) if number % 5 == 0 else mobile


BOOKS: Final[Mapping[str, Callable[[], Workbook]]] = {
    "site-hangzhou.xlsx": hangzhou,
    "site-shenzhen-zh.xlsx": shenzhen,
    "dirty.xlsx": dirty,
}


def stale(folder: Path = SAMPLES) -> list[str]:
    """The names of the samples in `folder` that are missing or say something else than this script makes."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "fresh.xlsx"
        names = []
        for name, make in BOOKS.items():
            save(make(), fresh)
            if not (folder / name).exists() or content(folder / name) != content(fresh):
                names.append(name)
        return names


def main(arguments: Sequence[str]) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.makers.samples")
    parser.add_argument("--check", action="store_true", help="only say which samples are stale")
    if parser.parse_args(arguments).check:
        names = stale()
        sys.stdout.write("".join(f"stale: samples/{name}\n" for name in names))
        return 1 if names else 0
    for name, make in BOOKS.items():
        save(make(), SAMPLES / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
