"""The table of codes: complete, sound, and asked in the right order."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchreset.errors import UsageError
from batchreset.model import Advice
from batchreset.service.codefile import CodeEntry
from batchreset.service.codes import CodeTable, load_table
from batchreset.text import Text

ROW, RETRY, LATER = Advice.ROW, Advice.RETRY, Advice.LATER
AUTH, STOP, NONE = Advice.AUTH, Advice.STOP, Advice.NONE


@pytest.fixture(scope="module")
def table() -> CodeTable:
    return load_table()


def told(entry: CodeEntry) -> str:
    """Reason and next step as a reader of English sees them."""
    text = Text()
    return f"{text(entry.reason)} {text(entry.next_step)}"


def test_entries_when_shown_then_every_place_is_filled(table: CodeTable) -> None:
    for entry in (*table.entries(), *(one.entry for one in table.fallbacks())):
        assert told(entry).strip()
        assert "{" not in told(entry)


@pytest.mark.parametrize(
    ("code", "wait_s"),
    [
        ("USG.206030004", 180),
        ("USG.206030015", 60),
        ("USG.000000005", 60),
        ("APIG.0308", 5),
        ("USG.000000003", None),
    ],
)
def test_lookup_when_a_wait_is_known_then_it_is_told(
    table: CodeTable, code: str, wait_s: float | None
) -> None:
    assert table.lookup(code, 400, "").wait_s == wait_s


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("201050012", "USG.201050012"),
        ("000000008", "USG.000000008"),
        ("USG.100000429", "100000429"),
    ],
)
def test_lookup_when_the_prefix_differs_then_nine_digits_decide(
    table: CodeTable, written: str, listed: str
) -> None:
    assert table.known(written)
    assert table.lookup(written, 400, "").code == listed


@pytest.mark.parametrize("code", ["usg.201050012", "20105001", "MMC.201050012", "111070001", ""])
def test_known_when_written_otherwise_then_not(table: CodeTable, code: str) -> None:
    assert not table.known(code)


def test_lookup_when_a_code_has_two_meanings_then_the_status_decides(table: CodeTable) -> None:
    advices = {status: table.lookup("APIG.0201", status, "").advice for status in (400, 413, 502, 504, 599)}
    assert advices == {400: ROW, 413: ROW, 502: RETRY, 504: NONE, 599: ROW}


def test_fallbacks_when_listed_then_each_says_for_which_answers(table: CodeTable) -> None:
    when = [Text()(one.when) for one in table.fallbacks()]
    assert when[0] == "HTTP 200/400, in words that mean the quota"
    assert {"HTTP 200 with any code", "HTTP 401", "HTTP 502/503 with a code APIG.…"} <= {*when}
    assert when[-2:] == ["any other answer", "no answer that could be read"]
    assert len(when) == len({*when})


def test_fallbacks_when_one_entry_is_for_two_statuses_then_it_is_listed_once(table: CodeTable) -> None:
    assert [Text()(one.when) for one in table.fallbacks()].count("HTTP 400/409") == 1


def test_own_when_a_file_names_a_code_then_only_that_one_is_its_own(tmp_path: Path) -> None:
    extended = table_with(
        tmp_path, '[[code]]\ncode = "201050012"\nadvice = "row"\nreason = "R."\nnext_step = "N."\n'
    )
    assert [entry.code for entry in extended.entries() if extended.own(entry)] == ["201050012"]


@pytest.mark.parametrize("asked", ["USG.201050012", "201050012"])
def test_is_one_of_when_the_prefix_differs_then_it_is(table: CodeTable, asked: str) -> None:
    assert [entry.code for entry in table.entries() if table.is_one_of(entry, ["X", asked])] == [
        "USG.201050012"
    ]


# --- answers without a listed code


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (200, "1", ROW),
        (302, None, STOP),
        (400, None, ROW),
        (400, "USG.201050099", ROW),
        (401, None, AUTH),
        (403, None, ROW),
        (404, None, ROW),
        (405, None, ROW),
        (409, None, ROW),
        (412, None, STOP),
        (423, None, LATER),
        (429, None, RETRY),
        (408, None, NONE),
        (500, "USG.999999999", NONE),
        (502, None, NONE),
        (503, "USG.999999999", NONE),
        (502, "APIG.9999", RETRY),
        (503, "APIG.9999", RETRY),
        (504, "APIG.9999", NONE),
    ],
)
def test_lookup_when_code_is_unlisted_then_the_status_decides(
    table: CodeTable, status: int, code: str | None, advice: Advice
) -> None:
    entry = table.lookup(code, status, "odd")
    assert (entry.code, entry.advice, entry.quota) == ("", advice, False)


@pytest.mark.parametrize(("status", "code"), [(400, "USG.201050099"), (500, "X"), (418, "X"), (599, "X")])
def test_lookup_when_code_is_unlisted_then_the_answer_is_shown_in_full(
    table: CodeTable, status: int, code: str
) -> None:
    assert f"HTTP {status}, {code}: words {{of}} the service" in told(
        table.lookup(code, status, "words {of} the service")
    )


@pytest.mark.parametrize(
    ("code", "message", "shown"),
    [
        (None, "", "(HTTP 400)"),
        (None, "why", "(HTTP 400: why)"),
        ("X", "", "(HTTP 400, X)"),
        ("X", "why", "(HTTP 400, X: why)"),
    ],
)
def test_lookup_when_parts_of_the_answer_lack_then_only_the_others_show(
    table: CodeTable, code: str | None, message: str, shown: str
) -> None:
    assert shown in told(table.lookup(code, 400, message))


def test_lookup_when_status_is_unheard_of_then_no_advice_and_fate_unknown(table: CodeTable) -> None:
    entry = table.lookup(None, 418, "I'm a teapot")
    assert entry.advice is NONE
    assert "does not say whether the reset was done" in told(entry)


def test_lost_when_nothing_came_back_then_says_so_and_how_to_settle(table: CodeTable) -> None:
    entry = table.lost()
    assert entry.advice is NONE
    assert "answer was lost" in told(entry)
    assert "`batchreset rerun --retry-unknown`" in told(entry)


def test_lost_when_an_answer_left_it_open_then_shows_it_whatever_its_code(table: CodeTable) -> None:
    entry = table.lost("USG.000000002", 500, "boom")
    assert entry.advice is NONE
    assert "HTTP 500, USG.000000002: boom" in told(entry)
    assert "`batchreset rerun --retry-unknown`" in told(entry)


# --- words that mean the terminal's own quota


@pytest.mark.parametrize(
    "message",
    [
        "The API can be called five times for each hard terminal every 24 hours.",
        "Only 5 resets every 24H",
        "Maximum number of resets EXCEEDED",
        "Operation too frequent",
        "Daily limit reached",
        "该终端24小时内重置激活码已达上限",
        "激活码重置次数已用完",
        "请求过于频繁",
        "超过限制",
        "You have exceeded the limit",
        "RESET_LIMIT_EXCEEDED",
        "at most 5 times",
        "no more within 24 h",
        "no more within 24h",
        "24-hour quota",
        "超过上限",
    ],
)
def test_lookup_when_words_mean_the_quota_then_later(table: CodeTable, message: str) -> None:
    for code in (None, "USG.201050099"):
        entry = table.lookup(code, 400, message)
        assert (entry.advice, entry.quota) == (LATER, True)
        assert message.rstrip(".") in told(entry)


def test_lookup_when_an_old_style_refusal_means_the_quota_then_later(table: CodeTable) -> None:
    assert table.lookup("1", 200, "5 times every 24 hours").quota


@pytest.mark.parametrize(
    ("code", "status"),
    [("USG.000000003", 400), ("USG.201050012", 400), (None, 403), (None, 429), (None, 500)],
)
def test_lookup_when_code_is_listed_or_status_another_then_words_say_nothing(
    table: CodeTable, code: str | None, status: int
) -> None:
    entry = table.lookup(code, status, "limit: 5 times every 24 hours")
    assert entry.advice is not LATER
    assert not entry.quota


def test_lookup_when_words_mean_anything_else_then_the_row(table: CodeTable) -> None:
    assert table.lookup("USG.201050099", 400, "the terminal does not exist").advice is ROW


@pytest.mark.parametrize(
    "message",
    [
        "request timestamp is invalid",
        "time stamp exceeds the limit",
        "SN length exceeds the limit",
        "the limit of 30 characters is exceeded",
        "SN长度超过上限",
        "超过30个字符的上限",
        "时间戳超过允许范围",
        "sometimes unlimited",
        "terminal 124 here",
    ],
)
def test_lookup_when_words_speak_of_length_or_clock_then_the_row(table: CodeTable, message: str) -> None:
    entry = table.lookup("USG.201050099", 400, message)
    assert (entry.advice, entry.quota) == (ROW, False)


# --- override files


CAP = """
[[code]]
code = "USG.201050099"
http = [400]
advice = "later"
quota = true
reason = "Five resets in 24 hours are used up."
next_step = "Wait."
"""


def table_with(tmp_path: Path, text: str) -> CodeTable:
    path = tmp_path / "codes.toml"
    path.write_text(text, "utf-8")
    return load_table(path)


def test_override_when_code_is_new_then_listed_last_and_found(tmp_path: Path) -> None:
    table = table_with(tmp_path, CAP)
    entry = table.lookup("201050099", 400, "")
    assert (entry.advice, entry.quota, entry.basis) == (LATER, True, "observed")
    assert table.entries()[-1] == entry
    assert table.lookup("USG.201050012", 400, "").advice is ROW


def test_override_when_code_is_packaged_then_all_its_entries_are_replaced(tmp_path: Path) -> None:
    table = table_with(
        tmp_path,
        '[[code]]\ncode = "APIG.0201"\nadvice = "stop"\nreason = "No: {answer}."\nnext_step = "Stop."',
    )
    assert {table.lookup("APIG.0201", status, "").advice for status in (400, 502, 504)} == {STOP}
    assert told(table.lookup("APIG.0201", 400, "big")) == "No: HTTP 400, APIG.0201: big. Stop."
    assert "HTTP …, APIG.0201" in told(next(e for e in table.entries() if e.code == "APIG.0201"))


def test_override_when_fallbacks_are_given_then_they_replace_theirs_only(tmp_path: Path) -> None:
    table = table_with(
        tmp_path,
        """
        [[http]]
        status = [409]
        advice = "retry"
        wait_s = 1.5
        reason = "Clash."
        next_step = "Wait."
        [fallback]
        http = [400]
        patterns = ["quota"]
        advice = "later"
        reason = "Quota."
        next_step = "Wait."
        [lost]
        advice = "none"
        reason = "Lost."
        next_step = "Ask."
        """,
    )
    assert table.lookup(None, 409, "").wait_s == 1.5
    assert table.lookup(None, 400, "24 hours").advice is ROW
    assert table.lookup(None, 400, "QUOTA").advice is LATER
    assert told(table.lost()) == "Lost. Ask."
    assert table.lookup(None, 418, "") == load_table().lookup(None, 418, "")


def test_override_when_saved_with_a_byte_order_mark_then_read(tmp_path: Path) -> None:
    assert table_with(tmp_path, "\ufeff" + CAP).known("USG.201050099")


REST = 'reason = "R."\nnext_step = "N."\n'
ENTRY = f'[[code]]\ncode = "C"\nadvice = "row"\n{REST}'
STATUS = f'[[http]]\nstatus = [400]\nadvice = "row"\n{REST}'
FALLBACK = f'[fallback]\nhttp = [400]\nadvice = "later"\n{REST}'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[code]\n", "is not TOML"),
        (ENTRY + f'[[code]]\ncode = "D"\n{REST}', "[[code]] 2 (D), advice: Field required"),
        (f'[[code]]\nadvice = "row"\n{REST}', "[[code]] 1 (), code: Field required"),
        (ENTRY.replace('"C"', '" "'), "[[code]] 1 ( ), code: String should match"),
        (ENTRY.replace('"row"', '"perm"'), "[[code]] 1 (C), advice: Input should be 'none', 'row', 'retry'"),
        (ENTRY.replace('"R."', '" "'), "[[code]] 1 (C), reason: Input should be a sentence"),
        (ENTRY.replace('"R."', "1"), "[[code]] 1 (C), reason: Input should be a sentence"),
        (
            ENTRY.replace('"R."', '"{code}"'),
            "reason: Input should be a sentence without braces other than {answer}",
        ),
        (ENTRY.replace('"N."', '"a }"'), "next_step: Input should be a sentence without braces"),
        (ENTRY + "wait = 3\n", "[[code]] 1 (C), wait: Extra inputs are not permitted"),
        (ENTRY + 'http = "400"\n', "http: Input should be a valid tuple"),
        (ENTRY + "http = [99]\n", "http: Input should be greater than or equal to 100"),
        (ENTRY + "http = [600]\n", "http: Input should be less than or equal to 599"),
        (ENTRY + "http = [true]\n", "http: Input should be a valid integer"),
        (ENTRY + "quota = 1\n", "quota: Input should be a valid boolean"),
        (ENTRY + "quota = true\n", "[[code]] 1 (C): quota needs an advice of later"),
        (ENTRY + "wait_s = 3\n", "[[code]] 1 (C): wait_s needs an advice of retry or later"),
        (ENTRY.replace('"row"', '"retry"') + "wait_s = 0\n", "wait_s: Input should be greater than 0"),
        (ENTRY.replace('"row"', '"retry"') + "wait_s = nan\n", "wait_s: Input should be a finite number"),
        (ENTRY.replace('"row"', '"retry"') + "wait_s = true\n", "wait_s: Input should be a valid number"),
        (ENTRY + 'basis = "guessed"\n', "basis: Input should be 'documented', 'observed' or 'inferred'"),
        (ENTRY + ENTRY, "[[code]] 2 (C): an earlier entry is for the same code and status"),
        (STATUS + STATUS, "[[http]] 2 ([400]): an earlier entry is for the same code and status"),
        (STATUS.replace("[400]", "[]"), "[[http]] 1 ([]), status: Tuple should have at least 1 item"),
        (STATUS + "http = [400]\n", "[[http]] 1 ([400]), http: Extra inputs are not permitted"),
        (STATUS + 'code = "C"\n', "[[http]] 1 (C), code: String should have at most 0 characters"),
        (STATUS + "code_prefix = 1\n", "code_prefix: Input should be a valid string"),
        ("code = 1", "[[code]]: Input should be a valid list"),
        ("code = [1]", "[[code]] 1 (): Input should be a valid dictionary"),
        ("lost = 1", "[lost]: Input should be a valid dictionary"),
        ("[codes]", "[codes]: Extra inputs are not permitted"),
        (FALLBACK, "[fallback], patterns: Field required"),
        (f"{FALLBACK}patterns = []\n", "[fallback], patterns: Tuple should have at least 1 item"),
        (
            f'{FALLBACK}patterns = ["("]\n',
            "[fallback], patterns: Input should be a regular expression (missing )",
        ),
        (f'{FALLBACK}patterns = [""]\n', "[fallback], patterns: Input should be a regular expression"),
        (f'[generic]\nadvice = "none"\nx = 1\n{REST}', "[generic], x: Extra inputs are not permitted"),
    ],
)
def test_override_when_entry_is_bad_then_usage_error_names_it(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        table_with(tmp_path, text)
    message = Text()(caught.value.message)
    assert caught.value.code == "codes-file"
    assert str(tmp_path / "codes.toml") in message
    assert named in message


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_override_when_file_cannot_be_read_then_usage_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "codes.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_table(path)
    assert "can't be read" in Text()(caught.value.message)
