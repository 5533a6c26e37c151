"""`--in-place` on a workbook that can't be replaced is refused before anything is sent."""

from __future__ import annotations

from tests.acceptance.cli import Bench, sheet, simulator

SNS = ["2102310QPD10K0000001"]


def test_run_in_place_when_the_workbook_is_open_then_refused_and_nothing_is_sent(bench: Bench) -> None:
    with simulator(bench) as service:
        site = sheet(bench.folder, SNS)
        before = site.read_bytes()
        mark = site.with_name(f".~lock.{site.name}#")
        mark.write_text("Li Wei,lee,host;", "utf-8")
        done = bench.run("run", site, "--yes", "--json", "--in-place")
        assert (done.code, done.object["error"]["code"]) == (2, "sheet-open")
        assert "Li Wei" in done.object["error"]["message"]
        assert service.log() == []
        assert site.read_bytes() == before
        assert not list((bench.folder / "output").iterdir())
        mark.unlink()
        assert bench.run("run", site, "--yes", "--json", "--in-place").code == 0
        assert len(service.log()) == 1
    assert site.read_bytes() != before
