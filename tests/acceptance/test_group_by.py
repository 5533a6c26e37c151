"""`--group-by` from outside: what is refused, and what a job remembers."""

from __future__ import annotations

import json
from typing import Any

from openpyxl import Workbook

from tests.acceptance.cli import Bench, contact, simulator

SNS = [f"21023113374{n:09d}" for n in range(6)]


def sites(bench: Bench) -> str:
    book = Workbook()
    page = book.worksheets[0]
    page.append(["Site", "SN", "Mobile", "E-mail", "Owner"])
    for number, (site, sn, owner) in enumerate(zip("BBACAC", SNS, "xyxyxy", strict=True), 1):
        page.append([site, sn, *contact(number), owner])
    book.save(bench.folder / "sites.xlsx")
    return str(bench.folder / "sites.xlsx")


def grouped(bench: Bench, job: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((bench.job_folder(job) / "summary.json").read_text("utf-8"))["group_by"]
    return {said["column"]: {group["label"]: group["rows"] for group in said["groups"]}}


def test_group_by_that_the_sheet_does_not_have_is_refused_before_anything_is_sent(bench: Bench) -> None:
    with simulator(bench) as service:
        done = bench.run("run", sites(bench), "--yes", "--json", "--group-by", "Floor")
        assert (done.code, done.object["error"]["code"]) == (2, "group-column"), done.err
        assert "Site, SN, Mobile, E-mail, Owner" in done.object["error"]["hint"]
        assert service.log() == []


def test_group_by_is_remembered_by_report_and_rerun_and_can_be_changed(bench: Bench) -> None:
    with simulator(bench):
        done = bench.run("run", sites(bench), "--yes", "--json", "--group-by", "owner")
        job = done.object["job"]
        assert grouped(bench, job) == {"Owner": {"x": 3, "y": 3}}, done.err
        for command in (["report", job], ["rerun", job, "--yes"]):
            assert bench.run(*command).code == 0
            assert grouped(bench, job) == {"Owner": {"x": 3, "y": 3}}
        assert bench.run("report", job, "--group-by", "Site").code == 0
        assert grouped(bench, job) == {"Site": {"A": 2, "B": 2, "C": 2}}
        refused = bench.run("report", job, "--json", "--group-by", "Floor")
        assert (refused.code, refused.object["error"]["code"]) == (2, "group-column")
        refused = bench.run("rerun", "--yes", "--json", "--group-by", "Site")
        assert (refused.code, refused.object["error"]["code"]) == (2, "wave-options")


def test_group_by_that_nobody_named_is_the_column_of_sites(bench: Bench) -> None:
    with simulator(bench):
        job = bench.run("run", sites(bench), "--yes", "--json").object["job"]
        assert grouped(bench, job) == {"Site": {"A": 2, "B": 2, "C": 2}}
