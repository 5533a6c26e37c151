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
from tests.wide import spread

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def entry(msgid: str, msgstr: str, flags: str = "") -> str:
    return f'{flags}msgid "{msgid}"\nmsgstr "{msgstr}"\n\n'


def plural(one: str, many: str, *msgstr: str) -> str:
    forms = "".join(f'msgstr[{number}] "{text}"\n' for number, text in enumerate(msgstr))
    return f'msgid "{one}"\nmsgid_plural "{many}"\n{forms}\n'


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
    assert [place for place, call in python_calls() if not fitting(call)] == []


def fitting(call: ast.Call) -> bool:
    """Whether a call gives what its sentence shows; a number may decide on the form and not be shown."""
    given = [keyword.arg for keyword in call.keywords if keyword.arg]
    if len(given) < len(call.keywords) or not given:
        return len(given) < len(call.keywords) or catalogue.called(call) == "msg"
    shown = catalogue.places(catalogue.forms(catalogue.literal(call) or "")[-1])
    unshown = given[:1] if catalogue.called(call) == "counted" else []
    return shown is not None and {*given} - {*unshown} <= shown <= {*given}


def test_catalogue_when_it_speaks_of_a_job_then_always_by_the_same_word() -> None:
    assert [
        entry.string for entry in catalogue.load(catalogue.PO.read_bytes()) if "作业" in str(entry.string)
    ] == []


LABEL = re.compile(r"(?=.{10}\S)(?:[A-Z][\w-]*)? {2,}|Preflight ")
"""How a line of the plan begins: its label, filled up to ten cells."""


def test_catalogue_when_a_line_begins_with_a_label_then_what_follows_stands_in_one_column() -> None:
    entries = [entry for entry in catalogue.load(catalogue.PO.read_bytes()) if entry.id]
    labelled = [entry for entry in entries if LABEL.match(catalogue.forms(catalogue.msgid(entry))[0])]
    assert len(labelled) >= 15
    for entry in labelled:
        for text in [entry.string] if isinstance(entry.string, str) else entry.string or ():
            shown = spread(text)
            assert shown[9] == " ", text
            assert shown[10] not in (" ", ""), text


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


@pytest.mark.parametrize(
    ("po", "problem"),
    [
        (entry("a", "甲"), "missing: {n} b | {n} bs"),
        (entry("a", "甲") + entry("{n} b", "乙{n}"), "missing: {n} b | {n} bs"),
        (entry("a", "甲") + plural("{n} b", "{n} bs", ""), "not translated: {n} b | {n} bs"),
        (entry("a", "甲") + plural("{n} b", "{n} bs", "乙"), "other {places}: {n} b | {n} bs"),
        (entry("a", "甲") + plural("{n} b", "{n} bs", "乙{n}"), "not as --update writes it"),
        (
            entry("a", "甲") + plural("{n} b", "{n} bs", "乙{n}") + plural("c", "cs", "丙"),
            "not used any more: c | cs",
        ),
    ],
)
def test_problems_when_a_counted_sentence_is_wrong_then_it_is_named(po: str, problem: str) -> None:
    assert problem in catalogue.problems((HEADER + po).encode(), {"a", ("{n} b", "{n} bs")})


def test_problems_when_a_sentence_is_counted_and_is_not_then_it_is_named() -> None:
    """A catalogue goes by the English form for one: two entries of it would be one."""
    wanted: set[catalogue.MsgId] = {"a", ("a", "b {n}")}
    po = catalogue.written(catalogue.updated(catalogue.load(HEADER.encode()), wanted))
    assert "in several forms: a" in catalogue.problems(po, wanted)


def test_updated_when_a_sentence_becomes_counted_then_its_translation_is_asked_for_anew() -> None:
    old = catalogue.load((HEADER + entry("{n} a", "甲{n}") + plural("{n} b", "{n} bs", "乙{n}")).encode())
    new = catalogue.written(catalogue.updated(old, {("{n} a", "{n} as"), ("{n} b", "{n} bs")})).decode()
    assert 'msgid "{n} a"\nmsgid_plural "{n} as"\nmsgstr[0] ""\n' in new
    assert 'msgid "{n} b"\nmsgid_plural "{n} bs"\nmsgstr[0] "乙{n}"\n' in new


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
        'counted("{n} row", "{n} " "rows", n=f(msg("nested too")))\ncounted("no", many)\n'
    )
    (tmp_path / "page.html.j2").write_text(
        '{{ t("in a page {n}", n=t("nested")) }}{{ other("no") }}{{ counted("{n} page", "{n} pages", n=n) }}'
    )
    assert catalogue.sentences(tmp_path) == {
        *("r1", "n1", "r2", "n2"),
        *("outer {x}", "inner", "two parts", "in a page {n}", "nested", "nested too"),
        *(("{n} row", "{n} rows"), ("{n} page", "{n} pages")),
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
