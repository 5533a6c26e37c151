"""`template`: a new workbook, and never over one that is there."""

from __future__ import annotations

from openpyxl import load_workbook

from tests.acceptance.cli import Bench


def test_template_is_filled_in_and_checked_without_options(bench: Bench) -> None:
    bench.env["BATCHRESET_RATE"] = "1000"
    made = bench.run("template", "--json")
    path = bench.folder / "terminals.xlsx"

    assert (made.code, made.object) == (0, {"template": "terminals.xlsx", "exit_code": 0})
    assert bench.run("check", path).code == 3

    book = load_workbook(path)
    for column, value in zip("ABC", ("00012345", "13800138000", "chinaPR"), strict=True):
        book.worksheets[0][f"{column}2"] = value
    book.save(path)
    checked = bench.run("check", path, "--json")

    assert (checked.code, checked.object["counts"]["usable"], checked.object["findings"]) == (0, 1, [])


def test_template_writes_over_no_file_unasked(bench: Bench) -> None:
    path = bench.folder / "list.xlsx"
    path.write_bytes(b"mine")
    refused, folder = bench.run("template", path, "--json"), bench.folder / "lists"
    wrong, nowhere = (
        bench.run("template", "list.csv", "--json"),
        bench.run("template", "no/list.xlsx", "--json"),
    )

    codes = [done.object["error"]["code"] for done in (refused, wrong, nowhere)]
    assert codes == ["template-exists", "template-suffix", "template-not-written"]
    assert {done.code for done in (refused, wrong, nowhere)} == {2}
    assert path.read_bytes() == b"mine"

    folder.mkdir()
    assert bench.run("template", path, "--force", "--lang", "zh-CN").code == 0
    assert bench.run("template", folder).code == 0
    assert load_workbook(path).sheetnames == ["终端", "填写说明", "国家和地区"]
    assert [one.name for one in folder.iterdir()] == ["terminals.xlsx"]
