from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from batchreset.model import Status, Stop
from batchreset.report import page
from batchreset.reported import RowResult
from batchreset.rows import Contact
from batchreset.text import Lang, Text, msg
from tests.unit.report.build import of_each_status, plain, report, result

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


def many(status: Status, count: int, **more: Any) -> list[RowResult]:
    return [result(n, f"{status}{n}", status, **more) for n in range(2, 2 + count)]


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
    assert not {"link", "img", "iframe", "object", "form"} & {tag for tag, _ in outline.tags}
    assert not any({"src", "onclick", "style"} & set(attributes) for _, attributes in outline.tags)
    linked = [attributes["href"] or "" for _, attributes in outline.tags if "href" in attributes]
    assert all(target.startswith("#i-") for target in linked)
    assert not re.search(r"url\((?!#t-)|@import", html)
    assert sum(tag == "h1" for tag, _ in outline.tags) == 1
    assert sum(tag == "table" for tag, _ in outline.tags) == 1
    assert all("scope" in attributes for tag, attributes in outline.tags if tag == "th")
    assert ("REHEARSAL / 演练" in html) is simulated
    assert "<code><span>batchreset</span> <span>doctor</span></code>" in html
    assert "SN77" in html


@pytest.mark.parametrize("tag", ["style", "script"])
def test_render_when_done_then_its_policy_allows_just_what_stands_in_it(tag: str) -> None:
    html = page.render(report(of_each_status()), ENGLISH)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    digest = b64encode(sha256(content.encode()).digest()).decode()
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules[f"{tag}-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"


def test_render_when_every_status_is_there_then_the_equation_is_written_out() -> None:
    shown = plain(page.render(report(of_each_status()), ENGLISH))
    assert (
        "1 succeeded + 1 recent + 1 duplicate + 1 waiting + 1 not_sent + 1 unknown + 1 failed + 1 invalid"
        " = 8 rows"
    ) in shown


def test_render_when_rows_have_contacts_then_only_masked_ones_are_shown() -> None:
    contact = Contact(mobile="+8613900139000", country="chinaPR", email="wang.wu@example.cn")
    reason = msg('The service said: "{text}"', text="wang.wu@example.cn / 13900139000 is blocked")
    rows = [result(2, "A", Status.FAILED, reason=reason, contact=contact), result(3, "B", contact=contact)]
    html = page.render(report(rows), ENGLISH)
    assert "wang" not in html
    assert "13900139000" not in html
    masked = "<span>+86139****9000</span><span>w***@example.cn</span>"
    assert html.count(masked) == 3, "both in the table, the open one among what is to be done too"
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
    assert html.count("<script") == 1, "its own"
    assert "&lt;script&gt;" in html


def test_render_when_no_row_is_left_then_says_so() -> None:
    shown = plain(page.render(report(many(Status.SUCCEEDED, 3)), ENGLISH))
    assert "Nothing: no row needs anybody." in shown
    assert "The sheet has no rows" in page.render(report([]), ENGLISH)


def test_render_when_there_are_too_many_rows_then_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page, "MAX_ROWS", 6)
    rows = many(Status.FAILED, 5) + many(Status.SUCCEEDED, 3)
    html = page.render(report(rows), ENGLISH)
    assert "Further rows, in the workbooks only: 2" in plain(html)
    assert html.count("<tr data-status") == 6


def test_write_page_when_a_text_is_no_unicode_then_written_all_the_same(tmp_path: Path) -> None:
    target = tmp_path / "handoff.html"
    page.write_page(report([], Path("x\udc80.xlsx")), ENGLISH, target)
    assert "The sheet has no rows</span></h1>" in target.read_text("utf-8")


def test_render_when_rows_are_done_then_they_stand_behind_those_that_are_open() -> None:
    html = page.render(report(of_each_status()), ENGLISH)
    statuses = re.findall(r'<tr data-status="(\w+)"', html)
    assert statuses == [
        *("invalid", "failed", "unknown", "not_sent", "waiting"), *("succeeded", "duplicate", "recent"),
    ]  # fmt: skip
