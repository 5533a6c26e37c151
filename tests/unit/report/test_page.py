from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from batchreset.model import Contact, RowResult, Status, Stop
from batchreset.report import page
from batchreset.text import Lang, Text, msg
from tests.unit.report.build import NOW, of_each_status, plain, report, result

ENGLISH = Text("en-US")


class Outline(HTMLParser):
    """Tags and their attributes, and whether what was opened is closed."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def headline(rows: list[RowResult]) -> str:
    return ENGLISH(page.headline(report(rows)))


def many(status: Status, count: int, **more: Any) -> list[RowResult]:
    return [result(n, f"{status}{n}", status, **more) for n in range(2, 2 + count)]


def test_headline_when_all_is_done_then_says_so() -> None:
    assert headline(many(Status.SUCCEEDED, 2) + many(Status.RECENT, 1)) == "All done: 3 of 3"


def test_headline_when_the_sheet_is_empty_then_says_so() -> None:
    assert headline([]) == "The sheet has no rows."


def test_headline_when_some_are_left_then_done_waiting_and_for_a_person() -> None:
    later = (NOW + timedelta(hours=1)).replace(second=0)
    rows = many(Status.SUCCEEDED, 187) + many(Status.WAITING, 9, not_before=later) + many(Status.FAILED, 4)
    until = f"{later.astimezone():%H:%M}"
    if later.astimezone().date() != NOW.astimezone().date():
        until = f"{later.astimezone():%Y-%m-%d} {until}"
    assert headline(rows) == f"187 of 200 done; 9 waiting until {until}; 4 for a person to look at"


def test_headline_when_times_differ_then_the_last_is_named_with_its_day_and_rounded_up() -> None:
    soon, last = NOW + timedelta(days=2, minutes=7), NOW + timedelta(days=3)
    rows = [result(2, "A", Status.WAITING, not_before=last), result(3, "B", Status.WAITING, not_before=soon)]
    shown = (last + timedelta(minutes=1)).astimezone()
    assert headline(rows) == f"0 of 2 done; 2 waiting, the last until {shown:%Y-%m-%d %H:%M}"


def test_headline_when_nothing_was_sent_then_still_to_send() -> None:
    assert headline(many(Status.NOT_SENT, 3) + many(Status.WAITING, 1)) == (
        "0 of 4 done; 1 waiting; 3 still to send"
    )


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
@pytest.mark.parametrize("simulated", [False, True])
def test_render_when_any_language_then_whole_and_self_contained(lang: Lang, simulated: bool) -> None:
    stop = Stop("refused", 6, msg("Refused."), msg("Run `batchreset doctor`."))
    rows = of_each_status()
    html = page.render(
        report(rows, simulated=simulated, stop=stop, strays=["SN77"]), Text(lang), strangers=rows[:1]
    )
    outline = Outline(html)
    assert outline.open == []
    assert ("html", {"lang": lang}) in outline.tags
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in outline.tags}
    assert not any({"src", "href", "onclick"} & set(attributes) for _, attributes in outline.tags)
    assert not re.search(r"url\(|@import", html)
    assert sum(tag == "h1" for tag, _ in outline.tags) == 1
    tables = sum(tag == "table" for tag, _ in outline.tags)
    assert tables == sum(tag == "caption" for tag, _ in outline.tags) == 3
    assert all("scope" in attributes for tag, attributes in outline.tags if tag == "th")
    assert ("REHEARSAL / 演练" in html) is simulated
    assert "<code><span>batchreset</span> <span>doctor</span></code>" in html
    assert "SN77" in html


def test_render_when_every_status_is_there_then_the_equation_is_written_out() -> None:
    shown = plain(page.render(report(of_each_status()), ENGLISH))
    assert (
        "1 succeeded + 1 recent + 1 duplicate + 1 waiting + 1 not_sent + 1 unknown + 1 failed + 1 invalid"
        " = 8 rows in the sheet"
    ) in shown


def test_render_when_rows_have_contacts_then_only_masked_ones_are_shown() -> None:
    contact = Contact(mobile="+8613900139000", country="chinaPR", email="wang.wu@example.cn")
    reason = msg('The service said: "{text}"', text="wang.wu@example.cn / 13900139000 is blocked")
    rows = [result(2, "A", Status.FAILED, reason=reason, contact=contact), result(3, "B", contact=contact)]
    html = page.render(report(rows), ENGLISH)
    assert "wang" not in html
    assert "13900139000" not in html
    assert html.count("<span>+86139****9000</span><span>w***@example.cn</span>") == 2
    assert "w***@example.cn / 139****9000 is blocked" in html


def test_render_when_texts_hold_markup_then_escaped() -> None:
    evil = "<script>alert(1)</script>"
    row = result(
        2, evil, Status.FAILED, reason=msg("{x}", x=f"`{evil}` {evil}"), next_step=msg("{x}", x=evil),
        error_code=evil, request_id=evil,
    )  # fmt: skip
    html = page.render(
        report(
            [row],
            Path("<script>alert(1).xlsx"),
            sheet=evil,
            operator=evil,
            settings={evil: evil},
            strays=[evil],
            stop=Stop(evil, 6, msg("{x}", x=evil), msg("{x}", x=evil)),
        ),
        ENGLISH,
        strangers=[row],
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_render_when_no_row_is_left_then_says_so() -> None:
    shown = plain(page.render(report(many(Status.SUCCEEDED, 3)), ENGLISH))
    assert "Nothing: no row needs anybody." in shown
    assert "Rows that are done: 3" in shown
    assert "The sheet has no rows." in page.render(report([]), ENGLISH)


def test_render_when_there_are_too_many_rows_then_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page, "MAX_ROWS", 2)
    rows = many(Status.FAILED, 5) + many(Status.SUCCEEDED, 3)
    shown = plain(page.render(report(rows), ENGLISH))
    assert "Further rows, in the workbooks only: 3" in shown
    assert "Further rows, in the workbooks only: 1" in shown


def test_write_page_when_a_text_is_no_unicode_then_written_all_the_same(tmp_path: Path) -> None:
    target = tmp_path / "handoff.html"
    page.write_page(report([], Path("x\udc80.xlsx")), ENGLISH, target)
    assert "<h1>The sheet has no rows.</h1>" in target.read_text("utf-8")
