"""The texts: every sentence is in the catalogue, translated, and comes out whole in Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchreset.service.codes import load_table
from batchreset.text import Message, Text, msg
from tests.makers import catalogue

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def entry(msgid: str, msgstr: str, flags: str = "") -> str:
    return f'{flags}msgid "{msgid}"\nmsgstr "{msgstr}"\n\n'


def python_calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(catalogue.PACKAGE.rglob("*.py")):
        for call in catalogue.msg_calls(ast.parse(path.read_bytes())):
            yield f"{path.relative_to(catalogue.PACKAGE)}:{call.lineno}", call


# --- the catalogue of this program


def test_catalogue_when_checked_then_complete_translated_and_sound() -> None:
    assert catalogue.problems(catalogue.PO.read_bytes(), catalogue.sentences()) == []


def test_sentences_when_extracted_then_python_and_table_of_codes_are_in() -> None:
    found = catalogue.sentences()
    assert "HTTP {status}, {code}: {message}" in found
    assert "The service is busy." in found


def test_msg_when_called_then_with_a_plain_string() -> None:
    """What isn't a literal (an f-string, a name) is never found by the extractor, so never translated."""
    assert [place for place, call in python_calls() if catalogue.literal(call) is None] == []


def test_msg_when_values_are_given_then_exactly_those_the_sentence_has_places_for() -> None:
    wrong = [
        place
        for place, call in python_calls()
        if call.keywords
        and all(keyword.arg for keyword in call.keywords)
        and {keyword.arg for keyword in call.keywords} != catalogue.places(catalogue.literal(call) or "")
    ]
    assert wrong == []


# --- what a Chinese reader sees


def test_text_when_chinese_then_values_and_nested_sentences_are_put_in() -> None:
    reason = load_table().lookup("USG.000000003", 400, "号码 {x} 无效").reason
    shown = Text("zh-CN")(reason)
    assert "HTTP 400，USG.000000003：号码 {x} 无效" in shown
    assert "服务端" in shown


def test_text_when_chinese_then_an_instant_is_local_time_with_its_offset() -> None:
    at = datetime(2026, 11, 23, 13, 30, 5, tzinfo=UTC)
    shown = Text("zh-CN")(msg("HTTP {status}: {message}", status=503, message=at))
    match = re.fullmatch(r"HTTP 503：(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([+-]\d\d:\d\d)", shown)
    assert match is not None
    assert datetime.fromisoformat(match[1] + match[2]) == at


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_text_when_sentence_is_unknown_then_it_stays_as_it_is(lang: str) -> None:
    text = Text("zh-CN" if lang == "zh-CN" else "en-US")
    assert text(Message("not in any catalogue {n}", (("n", 3),))) == "not in any catalogue 3"
    assert text(Message("")) == ""


def test_text_when_any_code_is_shown_in_chinese_then_no_place_is_left_open() -> None:
    text, table = Text("zh-CN"), load_table()
    for listed in (*table.entries(), *(one.entry for one in table.fallbacks())):
        for sentence in (listed.reason, listed.next_step):
            assert re.search("[\u4e00-\u9fff]", text(sentence))
            assert "{" not in text(sentence)


# --- the tool


@pytest.mark.parametrize(
    ("po", "problem"),
    [
        (entry("a", "甲"), "missing: b {n}"),
        (entry("a", "甲") + entry("b {n}", ""), "not translated: b {n}"),
        (entry("a", "甲") + entry("b {n}", "乙"), "other {places}: b {n}"),
        (entry("a", "甲") + entry("b {n}", "乙 {m}"), "other {places}: b {n}"),
        (entry("a", "甲") + entry("b {n}", "乙 {n"), "other {places}: b {n}"),
        (entry("a", "甲") + entry("b {n}", "乙{n}", "#, fuzzy\n"), "fuzzy: b {n}"),
        (entry("a", "甲") + entry("b {n}", "乙{n}") + entry("c", "丙"), "not used any more: c"),
        (entry("a", "甲") + entry("b {n}", "乙{n}"), "not as --update writes it"),
    ],
)
def test_problems_when_something_is_wrong_then_it_is_named(po: str, problem: str) -> None:
    assert catalogue.problems((HEADER + po).encode(), {"a", "b {n}"}) == [problem]


def test_updated_when_sentences_change_then_translations_are_kept_and_nothing_guessed() -> None:
    po = HEADER + entry("a", "甲") + entry("gone", "去") + entry("c", "丙", "#, fuzzy\n")
    new = catalogue.written(catalogue.updated(catalogue.load(po.encode()), {"a", "a!", "c"}))
    assert re.findall(r'msgid "(.+)"\nmsgstr "(.*)"', new.decode()) == [("a", "甲"), ("a!", ""), ("c", "")]
    assert b"fuzzy" not in new
    assert b"gone" not in new


def test_written_when_written_again_then_the_same_bytes() -> None:
    wanted = {"a\nb", 'say "x" at 50% of {n}', "long " * 60}
    first = catalogue.written(catalogue.updated(catalogue.load(HEADER.encode()), wanted))
    assert catalogue.written(catalogue.updated(catalogue.load(first), wanted)) == first


def test_sentences_when_in_python_templates_and_toml_then_all_are_found(tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "codes.toml").write_text(
        '[[code]]\nreason = "r1"\nnext_step = "n1"\n[lost]\nreason = "r2"\nnext_step = "n2"\n'
    )
    (tmp_path / "a.py").write_text(
        'msg("outer {x}", x=f(msg("inner")))\nm.msg("two " "parts")\nmsg(f"no {x}")\nt("no")\n'
    )
    (tmp_path / "page.html.j2").write_text('{{ t("in a page {n}", n=t("nested")) }}{{ other("no") }}')
    assert catalogue.sentences(tmp_path) == {
        *("r1", "n1", "r2", "n2"),
        *("outer {x}", "inner", "two parts", "in a page {n}", "nested"),
    }


def test_main_when_updating_then_writes_the_file_and_tells_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    po = tmp_path / "zh_CN.po"
    monkeypatch.setattr(catalogue, "PO", po)
    monkeypatch.setattr(catalogue, "sentences", lambda: {"a"})
    assert catalogue.main(["--update"]) == 1
    assert capsys.readouterr().out == "not translated: a\n"
    po.write_bytes(
        po.read_bytes()
        .replace(b'msgstr ""\n', 'msgstr "甲"\n'.encode())
        .replace('msgid ""\nmsgstr "甲"\n'.encode(), b'msgid ""\nmsgstr ""\n')
    )
    assert catalogue.main(["--check"]) == 0
    assert catalogue.main(["--update"]) == 0
