"""The table of codes against facts.md §4.3, row by row: statuses, class, and what each is known from.

`facts_codes.md` is a copy of that table. Where ours says otherwise, the difference stands here with
its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from batchreset.model import Advice
from batchreset.service.codefile import CodeEntry
from batchreset.service.codes import CodeTable, load_table

TABLE = Path(__file__).with_name("facts_codes.md").read_text("utf-8")

CLASSES = {
    "perm": Advice.ROW,
    "perm (device side)": Advice.ROW,
    "–": Advice.ROW,  # codes of other functions; facts.md gives them no class, and no reset leads to them
    "now": Advice.RETRY,
    "now (few), then fail": Advice.RETRY,
    "now (long back-off)": Advice.RETRY,
    "now (back-off)": Advice.RETRY,
    "now (2–5 s back-off per Huawei FAQ)": Advice.RETRY,
    "now/perm": Advice.RETRY,
    "window": Advice.LATER,
    "window (180 s)": Advice.LATER,
    "auth": Advice.AUTH,
    "auth (re-sign, check clock)": Advice.AUTH,
    "auth→config": Advice.AUTH,  # once; a second 401 stops the job (`dispatch/breaker.py`)
    "auth/config": Advice.AUTH,
    "config": Advice.STOP,
    "config (password mode)": Advice.STOP,
    "config (wrong host)": Advice.STOP,
    "config (029: now)": Advice.STOP,
    "config/perm (use e-mail)": Advice.ROW,  # other rows may have an e-mail address
    "**ambiguous: may have been executed**": Advice.NONE,
    "perm (4xx), now (5xx)": Advice.ROW,
}
OF_ONE_CODE = {
    "USG.206010029": Advice.RETRY,  # "029: now" in a row of "config"
    "MMC.118000002": Advice.STOP,  # "account locked" in a row of "auth/config"
}
NO_CODE = "device not found / other corp / cap exceeded"
"""The row that says these codes are not public; the words of an answer stand in (`[fallback]`)."""
STATUSES = {
    # three entries; "header too large" and "5xx" are written out
    "APIG.0201": frozenset({400, 413, 414, 431, 500, 502, 503, 504}),
}


@dataclass(frozen=True)
class Fact:
    """One code of facts.md: `statuses` None where it names a range such as 4xx."""

    code: str
    statuses: frozenset[int] | None
    http_known: bool
    advice: Advice
    basis: str


def rows() -> Iterator[list[str]]:
    for line in TABLE.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        if line.startswith("| ") and cells[0] != "code":
            yield cells


def codes_in(cell: str) -> list[str]:
    """`USG.201040046 / 047`, `MBI.104000001…010`, `APIG.0103/0104` written out."""
    first = re.search(r"([A-Z]+\.)?(\d+)", cell.replace("*", ""))
    assert first, cell
    prefix, number = first[1] or "", first[2]
    found = [number]
    for sign, digits in re.findall(r"(…|/)\s*(\d+)", cell[first.end() :]):
        last = number[: len(number) - len(digits)] + digits
        found += (
            [last] if sign == "/" else [f"{n:0{len(number)}}" for n in range(int(number) + 1, int(last) + 1)]
        )
    return [prefix + one for one in found]


def statuses_in(cell: str) -> frozenset[int] | None:
    return None if "xx" in cell else frozenset(map(int, re.findall(r"\d{3}", cell)))


def basis_of(source: str, above: str) -> str:
    """What a source makes of a meaning: the vendor's own, seen in public code, or our conclusion."""
    if source == "same":
        return above
    if "not found in any source read" in source or source.startswith("HWMSDK 20000000"):
        return "inferred"  # the latter: that the client's 200000001 is the API's 000000001
    seen = ("TF", "WeLink", "public Java", "third-party fixture", "fixture")
    return "observed" if source.startswith(seen) else "documented"


def facts() -> Iterator[Fact]:
    above = ""
    for code_cell, http, _, kind, source in rows():
        above = basis_of(source, above)
        if code_cell == NO_CODE:
            continue
        known = above != "inferred" and "(" not in http.partition(" ")[0] and "?" not in http
        for code in codes_in(code_cell):
            listed = f"USG.{code}" if code.startswith("0000000") else code
            wanted = OF_ONE_CODE.get(listed, CLASSES[kind])
            yield Fact(listed, STATUSES.get(listed, statuses_in(http)), known, wanted, above)


FACTS = list(facts())


@pytest.fixture(scope="module")
def table() -> CodeTable:
    return load_table()


def listed(table: CodeTable, code: str) -> list[CodeEntry]:
    return [entry for entry in table.entries() if entry.code == code]


def test_facts_when_read_then_every_row_gives_codes_but_the_one_that_has_none() -> None:
    assert sum(cells[0] == NO_CODE for cells in rows()) == 1
    assert len(FACTS) == 110
    assert len({fact.code for fact in FACTS}) == len(FACTS)


def test_entries_when_listed_then_the_facts_and_nothing_else(table: CodeTable) -> None:
    assert {entry.code for entry in table.entries()} == {fact.code for fact in FACTS}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.code)
def test_entry_when_compared_with_the_facts_then_statuses_class_and_basis_agree(
    table: CodeTable, fact: Fact
) -> None:
    entries = listed(table, fact.code)
    first = entries[0]
    assert first.advice is fact.advice
    assert first.basis == fact.basis
    statuses = {status for entry in entries for status in entry.http}
    if fact.statuses is None:
        assert statuses
        assert all(400 <= status <= 499 for status in statuses)
    else:
        assert statuses == fact.statuses


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.code)
def test_entry_when_facts_put_its_status_in_brackets_then_it_is_called_a_conclusion(
    table: CodeTable, fact: Fact
) -> None:
    if fact.code != "APIG.0201":  # facts.md: "first two seen; rest general knowledge"
        assert [entry.http_known for entry in listed(table, fact.code)] == [fact.http_known]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.code)
def test_lookup_when_code_is_in_the_facts_then_its_entry(table: CodeTable, fact: Fact) -> None:
    first = listed(table, fact.code)[0]
    entry = table.lookup(fact.code, first.http[0] if first.http else 400, "")
    assert (entry.code, entry.advice) == (fact.code, fact.advice)
    assert table.known(fact.code)
