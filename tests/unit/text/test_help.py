"""Help and mistakes on the command line: in the reader's language, in lines that fit."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from batchreset.cli.app import app
from batchreset.cli.helping import folded
from batchreset.cli.language import early
from batchreset.settings import Settings
from batchreset.text import Message
from batchreset.text.libraries import in_our_words
from tests.wide import cells

# --- which language


@pytest.mark.parametrize(
    ("arguments", "environ", "lang"),
    [
        ("run x", {}, "en-US"),
        ("run x --lang zh-CN", {}, "zh-CN"),
        ("run x --lang=zh-CN --help", {"BATCHRESET_LANG": "en-US", "LANG": "en_US.UTF-8"}, "zh-CN"),
        ("run x --lang en-US", {"BATCHRESET_LANG": "zh-CN", "LANG": "zh_CN.UTF-8"}, "en-US"),
        ("run x --lang", {"BATCHRESET_LANG": "zh-CN"}, "zh-CN"),
        ("run x --lang fr", {"BATCHRESET_LANG": "zh-CN"}, "zh-CN"),
        ("--help", {"BATCHRESET_LANG": "en-US", "LANG": "zh_CN.UTF-8"}, "en-US"),
        ("--help", {"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ("--help", {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en-US"),
        ("--help", {"LC_ALL": "", "LC_MESSAGES": "zh_TW.UTF-8", "LANG": "C"}, "zh-CN"),
        ("--help", {"LANG": "de_DE.UTF-8"}, "en-US"),
        ("", {}, "en-US"),
        ("", {"LANG": "zh_CN.UTF-8"}, "zh-CN"),
    ],
)
def test_early_language_when_several_say_one_then_the_nearest_decides(
    arguments: str, environ: dict[str, str], lang: str
) -> None:
    assert early(arguments.split(), environ) == lang


# --- lines


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("plain words of English", 12, ["plain words", "of English"]),
        ("校验表格：不联网，不使用账本。", 10, ["校验表格：", "不联网，不", "使用账本。"]),
        ("只发送前 N 行，其余不发", 8, ["只发送前", "N 行，其", "余不发"]),
        ("（包含）或“跳过”", 6, ["（包", "含）或", "“跳过”"]),
        ("a-word-longer-than-the-line", 5, ["a-word-longer-than-the-line"]),
        ("", 5, [""]),
    ],
)
def test_folded_when_wide_then_by_width_and_never_before_a_full_stop(
    text: str, width: int, lines: list[str]
) -> None:
    assert list(folded(text, width)) == lines


@given(st.text("行发送（）“”，。：；aB- 1", max_size=60), st.integers(min_value=8, max_value=40))
def test_folded_when_read_on_then_nothing_is_lost_and_no_line_too_wide(text: str, width: int) -> None:
    lines = list(folded(text, width))
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    for line in lines:
        assert cells(line) <= width or list(folded(line, 1)) == [line], "too wide, and could be broken"


# --- what typer and pydantic say


@pytest.mark.parametrize(
    "arguments",
    [
        *("run", "forget", "rnu", "zzz", "run x y", "run x --nope", "run x --rat 3", "run x --zzz"),
        *(
            "run x --rate",
            "run x --yes=3",
            "run x --rate abc",
            "run x --only-first 0",
            "run x --only-first a",
        ),
        *("simulator --port 99999", "simulator --port x", "run x --hidden-rows foo", "schedule --kind foo"),
        *("run x --wave-pause -1", "--nope"),
    ],
)
def test_usage_error_when_met_then_its_words_are_known(arguments: str) -> None:
    """typer may word it otherwise some day: then this fails, and users meanwhile read English."""
    with pytest.raises(Exception, match=r".") as caught:
        app(args=arguments.split(), prog_name="batchreset", standalone_mode=False)
    show = getattr(caught.value, "format_message", None)
    assert show is not None
    known = in_our_words(show())
    assert isinstance(known, Message), show()
    assert isinstance(dict(known.params).get("problem", known), Message), show()


@pytest.mark.parametrize(
    "given",
    [
        *({"rate": "x"}, {"rate": -1}, {"rate": 10**6}, {"rate": float("nan")}, {"timeout": 0}),
        *({"concurrency": "x"}, {"concurrency": 1.5}, {"logout": "x"}, {"clock": "x"}, {"lang": "fr"}),
        *({"smtp_host": 7}, {"smtp_port": 0}, {"quota_calls": 0}),
    ],
)
def test_setting_when_it_cannot_be_used_then_why_is_known(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(given)
    said = caught.value.errors()[0]["msg"]
    assert isinstance(in_our_words(said), Message), said


def test_words_when_not_known_then_they_stay() -> None:
    assert in_our_words("Something new.") == "Something new."
