"""Made-up terminals and the people who look after them, the same in every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

ITEMS: Final[Mapping[str, str]] = {
    "HUAWEI Box 300": "02310QPD",
    "HUAWEI Box 600": "02310RTK",
    "HUAWEI Box 900": "02312DNA",
    "TE20": "02310VBE",
    "TE40": "02113374",
    "HUAWEI Board": "02312GHW",
}
"""A model's item number: positions 3 to 10 of its SNs (facts.md §8). Only two of them are real."""

_SURNAMES: Final = ("Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang")
_GIVEN: Final = ("Wei", "Fang", "Na", "Min", "Jing", "Lei", "Jun", "Yang")
_SURNAMES_ZH: Final = "王李张刘陈杨赵黄"
_GIVEN_ZH: Final = "伟芳娜敏静磊军洋"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who gets the code: a Chinese mobile number as dialled there, and an address at example.com."""

    name: str
    name_zh: str
    mobile: str
    email: str


def people(seed: int) -> Iterator[Person]:
    """Persons without end; numbers of the 138 0013 and 139 0013 blocks, which look made up at a glance."""
    random = Random(seed)
    while True:
        first, last = random.randrange(8), random.randrange(8)
        number = f"{random.choice(('138', '139'))}0013{random.randrange(1000, 10000)}"
        name = f"{_SURNAMES[first]} {_GIVEN[last]}"
        address = f"{name.lower().replace(' ', '.')}{random.randrange(10, 100)}@example.com"
        yield Person(name, _SURNAMES_ZH[first] + _GIVEN_ZH[last], number, address)


def serial_numbers(seed: int) -> Iterator[tuple[str, str]]:
    """(model, SN) without end and without repeats: `2102310QPD10F3001263` and its like."""
    random = Random(seed)
    running = 1000
    while True:
        model, item = random.choice(list(ITEMS.items()))
        running += random.randrange(1, 40)
        yield model, f"21{item}10{random.choice('JKLMN')}{random.choice('123456789ABC')}{running:06d}"
