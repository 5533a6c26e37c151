"""`handoff.html` in a real browser: opened from a file, filtered, sorted, in the dark, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batchreset.model import DONE
from batchreset.report.page import write_page
from batchreset.text import LANGS, Lang, Text
from tests.acceptance.browser import chromium, opened
from tests.acceptance.cli import Bench, sheet, simulator
from tests.makers.reports import STATES, forty_open, large, mixed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCHEMES = ["light", "dark"]
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def written(folder: Path, state: str, lang: Lang = "en-US") -> Path:
    path = folder / "from a mail 交接.html"
    write_page(STATES[state](), Text(lang), path)
    return path


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("state", sorted(STATES))
def test_page_in_any_state_asks_for_nothing_and_breaks_no_rule_of_its_own(
    browser: Browser, tmp_path: Path, state: str, lang: Lang
) -> None:
    path = written(tmp_path, state, lang)
    with opened(browser, path) as one:
        assert one.page.locator("h1").is_visible()
        assert one.page.locator("html").get_attribute("lang") == lang
        if one.page.locator("#rows").count():
            one.page.locator("#search").fill("2102")
            one.page.locator("#rows thead button").first.click()
        one.page.emulate_media(media="print")
        assert one.asked == [path.as_uri()]
        assert one.said == []


def test_page_with_anything_put_into_it_runs_and_loads_none_of_it(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, written(tmp_path, "stuck")) as one:
        one.page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "window.ran = true";
                const image = document.createElement("img");
                image.src = "https://example.com/spy.png";
                document.body.append(script, image);
            }"""
        )
        assert one.page.evaluate("window.ran === undefined")
        assert sum("Content Security Policy" in said for said in one.said) == 2, one.said


def test_filter_by_text_leaves_what_has_all_of_its_words_and_says_how_many(
    browser: Browser, tmp_path: Path
) -> None:
    sn = mixed().results[7].row.sn
    with opened(browser, written(tmp_path, "mixed")) as one:
        one.until_told("200 of 200 rows shown")
        search = one.page.get_by_label("Filter", exact=True)
        search.fill(f"{sn} SUCCEEDED")
        one.until_told("1 of 200 rows shown")
        assert one.shown() == [sn]
        search.fill("no such thing")
        one.until_told("0 of 200 rows shown")
        assert one.page.get_by_text("No row fits the filter.").is_visible()
        search.press("Escape")
        one.until_told("200 of 200 rows shown")


def test_filter_by_status_from_legend_and_tools_shows_only_that_and_can_be_undone(
    browser: Browser, tmp_path: Path
) -> None:
    by_status = {
        status.value: [one.row.sn for one in mixed().results if one.status is status]
        for status in {one.status for one in mixed().results}
    }
    with opened(browser, written(tmp_path, "mixed")) as one:
        legend, tools = one.page.locator("header .legend"), one.page.locator(".tools .legend")
        legend.get_by_role("button", name="failed").click()
        assert one.shown() == by_status["failed"]
        one.until_told("4 of 200 rows shown")
        assert one.page.locator("#rows").is_visible()
        pressed = one.page.locator("[aria-pressed=true]").all_inner_texts()
        assert [re.sub(r"\d+\s*", "", text) for text in pressed] == ["failed", "failed"]
        tools.get_by_role("button", name="unknown").click()
        assert sorted(one.shown()) == sorted(by_status["failed"] + by_status["unknown"])
        one.page.get_by_role("button", name="Show all").click()
        assert len(one.shown()) == 200
        assert one.page.locator("#search").evaluate("element => element === document.activeElement")


def test_sort_by_keyboard_goes_up_then_down_and_says_so(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, written(tmp_path, "mixed")) as one:
        header = one.page.get_by_role("columnheader", name="Row")
        assert header.get_attribute("aria-sort") == "none"
        numbers = one.page.locator("#rows tbody td.number")
        for direction, expected in (("ascending", range(2, 202)), ("descending", range(201, 1, -1))):
            header.get_by_role("button").focus()
            one.page.keyboard.press("Enter")
            assert header.get_attribute("aria-sort") == direction
            assert numbers.all_inner_texts() == [str(number) for number in expected]
        one.page.get_by_role("columnheader", name="Not before").get_by_role("button").click()
        assert header.get_attribute("aria-sort") == "none"
        times = one.page.locator("#rows td[data-label='Not before']")
        keys = [times.nth(at).get_attribute("data-key") for at in range(6)]
        assert keys[:5] == sorted(filter(None, keys))
        assert keys[5] == "", "rows without one come last"


def test_keyboard_alone_reaches_filter_statuses_and_headers_and_shows_where_it_is(
    browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, written(tmp_path, "stuck")) as one:
        reached: list[str] = []
        one.page.keyboard.press("Tab")
        while one.page.evaluate("document.activeElement !== document.body"):
            reached.append(one.page.evaluate("document.activeElement.id || document.activeElement.innerText"))
            outline = one.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", reached[-1]
            one.page.keyboard.press("Tab")
        assert "search" in reached
        assert any("Result" in text for text in reached)
        assert any("waiting" in text for text in reached)


@pytest.mark.parametrize("state", ["forty-open", "stopped"])
def test_dark_mode_changes_every_surface_and_paper_stays_white(
    browser: Browser, tmp_path: Path, state: str
) -> None:
    path = written(tmp_path, state)
    colors = {}
    for scheme in SCHEMES:
        with opened(browser, path, color_scheme=scheme) as one:
            colors[scheme] = [one.color("body"), one.color(".card"), one.color("h1", "color")]
            one.page.emulate_media(media="print", color_scheme="dark")
            assert one.color(".card") == "rgb(255, 255, 255)"
    assert all(light != dark for light, dark in zip(*colors.values(), strict=True))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_accessibility_checker_finds_nothing(
    browser: Browser, tmp_path: Path, screen: dict[str, Any], scheme: str, lang: Lang
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, written(tmp_path, "sampler", lang), color_scheme=scheme, **screen) as one:
        one.page.locator("summary").click()
        one.page.locator("header .legend button").last.click()
        found = Axe().run(one.page)
    assert found.violations_count == 0, found.generate_report()
    # text on a pattern or a gradient, whose contrast it can not measure; nor can it that of a lone sign
    unsure = [
        (check["data"]["messageKey"], node["html"])
        for rule in found.response["incomplete"]
        for node in rule["nodes"]
        for check in node["any"]
        if rule["id"] == "color-contrast" and check["data"]["messageKey"] not in _LONE_SIGNS
    ]
    assert unsure == []


_LONE_SIGNS = {"nonBmp", "shortTextContent"}


@pytest.mark.parametrize("lang", LANGS)
def test_printed_page_of_forty_open_rows_is_one_sheet_with_all_of_them(
    browser: Browser, tmp_path: Path, lang: Lang
) -> None:
    from pypdf import PdfReader

    report = forty_open()
    with opened(browser, written(tmp_path, "forty-open", lang)) as one:
        one.page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    printed = PdfReader(tmp_path / "page.pdf")
    assert len(printed.pages) == 1
    width, height = (round(float(side) / 72 * 25.4) for side in printed.pages[0].mediabox[2:])
    assert (width, height) == (210, 297)
    text = re.sub(r"\s+", "", printed.pages[0].extract_text())
    left = [result for result in report.results if result.status not in DONE]
    assert len(left) == 40
    assert [one.row.sn for one in left if one.row.sn not in text] == []
    lost = [one.request_id for one in left if one.status == "unknown"]
    assert [request for request in lost if not request or request not in text] == []
    assert not any(one.row.sn in text for one in report.results if one.status in DONE)
    assert "example.com" in text
    assert "user1" not in text


@pytest.mark.parametrize("lang", LANGS)
def test_page_on_a_phone_shows_every_figure_of_the_groups_without_scrolling_sideways(
    browser: Browser, tmp_path: Path, lang: Lang
) -> None:
    with opened(browser, written(tmp_path, "mixed", lang), **PHONE) as one:
        table = one.page.locator(".groups")
        assert table.locator("tbody tr").count() > 0
        assert one.page.locator(".scroll:has(.groups)").evaluate("box => box.scrollWidth <= box.clientWidth")
        for cell in table.locator("tbody td").all():
            box = cell.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= PHONE["viewport"]["width"]


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_page_without_scripts_says_all_and_shows_no_dead_control(
    browser: Browser, tmp_path: Path, screen: dict[str, Any]
) -> None:
    with opened(browser, written(tmp_path, "mixed"), java_script_enabled=False, **screen) as one:
        assert one.page.locator("button:visible, input:visible, select:visible").count() == 0
        assert one.page.locator("[aria-sort]").count() == 0
        rows = one.page.locator("#rows tbody tr")
        assert rows.count() == 200
        statuses = [rows.nth(at).get_attribute("data-status") for at in range(20)]
        assert statuses[:16] == [
            *["invalid"] * 2, *["failed"] * 4, *["unknown"] * 3, "not_sent", *["waiting"] * 5, "succeeded",
        ]  # fmt: skip
        assert rows.last.is_visible()


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("state", ["forty-open", "rehearsal"])
def test_page_on_a_phone_is_no_wider_than_it(
    browser: Browser, tmp_path: Path, state: str, lang: Lang
) -> None:
    with opened(browser, written(tmp_path, state, lang), **PHONE) as one:
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 390
        one.page.locator("#sort").select_option(index=1)
        assert one.page.locator("#rows tbody td.number").first.inner_text() == "2"


def test_page_of_two_thousand_rows_filters_and_sorts_too(browser: Browser, tmp_path: Path) -> None:
    report = large()
    with opened(browser, written(tmp_path, "large")) as one:
        one.until_told("2,000 of 2,000 rows shown")
        one.page.get_by_role("columnheader", name="SN").get_by_role("button").click()
        one.page.locator("#search").fill(report.results[1900].row.sn)
        one.until_told("1 of 2,000 rows shown")


def test_page_of_a_real_job_tells_after_a_rerun_what_has_changed(browser: Browser, bench: Bench) -> None:
    sns = [f"21023113374{n:09d}" for n in range(6)]
    faults = "\n".join(f'[[fault]]\nkind = "unknown-terminal"\nsn = "{sn}"\n' for sn in (sns[1], sns[3]))
    with simulator(bench, faults) as service:
        job = bench.run("run", sheet(bench.folder, sns), "--yes", "--json", "--only-first", "4").object["job"]
        path = bench.job_folder(job) / "handoff.html"
        with opened(browser, path) as one:
            assert one.page.locator("h1").inner_text().startswith("2 of 6 done")
            assert one.page.get_by_text("Since the previous run").count() == 0
        service.post("faults", "")
        again = bench.run("rerun", job, "--yes", "--json")
        assert again.object["counts"]["succeeded"] == 4, again.err
        with opened(browser, path) as one:
            changed = one.page.locator("section", has=one.page.locator("#changes"))
            assert changed.locator(".tally dd").all_inner_texts() == ["2", "2"]
            assert all(sn in changed.inner_text() for sn in (sns[4], sns[5]))
            assert changed.locator(".stuck li").count() == 1
            assert one.asked == [path.as_uri()]
            assert one.said == []
