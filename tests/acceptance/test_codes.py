"""`batchreset codes` from outside: the table, one's own file, and what stands in for unlisted codes."""

from __future__ import annotations

import re

import pytest

from batchreset.service.codes import load_table
from tests.acceptance.cli import Bench, results, sheet, simulator

OWN = """
[[code]]
code = "USG.201059001"
http = [400]
http_known = true
advice = "later"
wait_s = 7200
reason = "This terminal is being moved to another department."
next_step = "Run `batchreset rerun` tomorrow."
"""


def test_codes_lists_every_code_with_all_that_is_known_of_it(bench: Bench) -> None:
    done = bench.run("codes", "--json")
    assert (done.code, done.err) == (0, "")
    found = done.object
    known = load_table().entries()
    assert [one["code"] for one in found["codes"]] == [entry.code for entry in known]
    throttled = next(one for one in found["codes"] if one["code"] == "APIG.0308")
    assert throttled == {
        "code": "APIG.0308",
        "http": [429],
        "http_known": True,
        "class": "retry",
        "wait_s": 5.0,
        "quota": False,
        "reason": "The gateway's rate was exceeded.",
        "next_step": "Run `batchreset rerun`; if it happens often, lower `--rate`.",
        "basis": "documented",
        "own": False,
    }
    assert all(one["reason"] and one["next_step"] and one["basis"] for one in found["codes"])
    assert found["exit_code"] == 0
    shown = bench.run("codes")
    assert {entry.code for entry in known} <= {line.split(" ")[1] for line in shown.out.splitlines() if line}


def test_codes_in_chinese_has_no_english_sentence(bench: Bench) -> None:
    found = bench.run("codes", "--json", "--lang", "zh-CN").object
    for one in (*found["codes"], *found["fallbacks"]):
        assert re.search("[\u4e00-\u9fff]", one["reason"])
        assert re.search("[\u4e00-\u9fff]", one["next_step"])
    shown = bench.run("codes", "USG.000000003", "--lang", "zh-CN").out
    assert "须修改该行" in shown
    assert "推断" in shown


def test_a_code_nobody_knows_shows_what_stands_in_for_it(bench: Bench) -> None:
    found = bench.run("codes", "USG.201059999", "206020002", "--json").object
    assert found["unlisted"] == ["USG.201059999"]
    assert [one["code"] for one in found["codes"]] == ["USG.206020002"]
    classes = {one["when"]: one["class"] for one in found["fallbacks"]}
    assert classes["HTTP 400/409"] == "row"
    assert classes["HTTP 401"] == "auth"
    assert classes["HTTP 408/500/502/503/504"] == "none"
    assert classes["HTTP 200/400, in words that mean the quota"] == "later"
    shown = bench.run("codes", "USG.201059999").out
    assert "USG.201059999 is not listed" in shown
    assert "in words that mean the quota" in shown


def test_a_code_nobody_knows_is_shown_in_full_in_the_results_so_that_support_can_be_asked(
    bench: Bench,
) -> None:
    sheet(bench.folder, ["SN1"])
    faults = '[[fault]]\nkind = "status-before"\nstatus = 409\ncode = "USG.201059999"\ntext = "odd state"\n'
    with simulator(bench, faults):
        done = bench.run("run", "site.xlsx", "--yes", "--json")
    row = results(bench, done.object["job"])["SN1"]
    assert "HTTP 409, USG.201059999: odd state" in row["Reason"]
    assert (row["HTTP status"], row["Error code"]) == (409, "USG.201059999")
    assert row["Request ID"]


@pytest.mark.parametrize("where", ["environment", "file"])
def test_ones_own_file_extends_the_table_for_codes_and_for_runs(bench: Bench, where: str) -> None:
    (bench.folder / "codes.toml").write_text(OWN)
    if where == "environment":
        bench.env["BATCHRESET_CODES"] = "codes.toml"
    else:
        (bench.folder / "batchreset.toml").write_text('codes = "codes.toml"\n')
    found = bench.run("codes", "USG.201059001", "--json").object
    (own,) = found["codes"]
    assert (own["own"], own["class"], own["wait_s"], own["http_known"]) == (True, "later", 7200, True)
    shown = bench.run("codes").out
    assert "USG.201059001*" in shown
    assert "APIG.0308" in shown
    assert "Extended by codes.toml" in shown
    sheet(bench.folder, ["SN1"])
    with simulator(bench, '[[fault]]\nkind = "unknown-terminal"\n'):
        done = bench.run("run", "site.xlsx", "--yes", "--json")
    row = results(bench, done.object["job"])["SN1"]
    assert row["Result"] == "waiting"
    assert "This terminal is being moved" in row["Reason"]


def test_a_file_of_codes_that_cannot_be_used_is_refused_with_its_entry(bench: Bench) -> None:
    (bench.folder / "codes.toml").write_text(OWN.replace('"later"', '"sometime"'))
    bench.env["BATCHRESET_CODES"] = "codes.toml"
    done = bench.run("codes", "--json")
    assert done.code == 2
    assert done.object["error"]["code"] == "codes-file"
    assert "[[code]] 1 (USG.201059001), advice" in done.object["error"]["message"]
