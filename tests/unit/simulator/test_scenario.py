from __future__ import annotations

from pathlib import Path

import pytest

from batchreset.errors import UsageError
from batchreset.simulator.assumptions import Assumptions, SuccessBody, Window
from batchreset.simulator.faults import Fault
from batchreset.simulator.scenario import Signer, assume, load_scenario, parse_faults, parse_scenario
from batchreset.simulator.terminals import Terminal
from batchreset.text.catalogue import Text


def test_parse_when_all_fields_are_used_then_values() -> None:
    text = """
        [[fault]]
        kind = "throttle"
        sn = "*07"
        share = 1
        times = 2
        after = 10
        until = 20
        retry_after = 1

        [[fault]]
        kind = "timeout-after"
        on = "auth"
        seconds = 2
    """
    assert parse_faults(text, "x") == (
        Fault("throttle", "*07", 1.0, 2, 10, 20, retry_after="1"),
        Fault("timeout-after", on="auth", seconds=2.0),
    )


def test_parse_when_empty_then_no_faults_and_assumptions_as_given() -> None:
    base = Assumptions(quota_calls=3)
    scenario = parse_scenario("", "x", base)
    assert (scenario.faults, scenario.assumptions) == ((), base)


def test_parse_when_assumptions_are_set_then_the_others_stay() -> None:
    text = """
        [assumptions]
        quota_window = "calendar"
        success_body = "{}"
        token_life_s = 30
        rate_per = "second"
        latency_median_s = 0.5
        sms_enabled = false
    """
    assert parse_scenario(text, "x", Assumptions(quota_calls=3)).assumptions == Assumptions(
        quota_calls=3,
        quota_window=Window.CALENDAR,
        success_body=SuccessBody.OBJECT,
        token_life_s=30,
        rate_per="second",
        latency_median_s=0.5,
        sms_enabled=False,
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind =", "f.toml: This is no TOML"),
        (
            "[faults]",
            "f.toml: There may be [[fault]], [[terminal]], [assumptions] and [account], but no 'faults'.",
        ),
        ("[fault]\nkind='html'", "f.toml: `fault` is written as [[fault]]."),
        ("fault = [1]", "f.toml: `fault` is written as [[fault]]."),
        ("assumptions = 1", "f.toml: `assumptions` is written as one table [assumptions]."),
        ("[[terminal]]\nname='x'", "f.toml, [[terminal]] 1: The terminal has no `sn`."),
        ("[[terminal]]\nsn=7", "f.toml, [[terminal]] 1: The value of `sn` is not of the type it must be."),
        ("[account]\nkey='x'", "f.toml, [account]: There is no field 'key'."),
        ("[[account]]\n", "f.toml: `account` is written as one table [account]."),
        ("[[fault]]\nsn='*'", "f.toml, [[fault]] 1: The fault has no `kind`."),
        (
            "[[fault]]\nkind='html'\n[[fault]]\nkind='x'",
            "f.toml, [[fault]] 2: There is no kind of fault 'x'.",
        ),
        ("[[fault]]\nkind='html'\nserial='1'", "f.toml, [[fault]] 1: There is no field 'serial'."),
        ("[[fault]]\nkind='html'\ntimes='1'", "[[fault]] 1: The value of `times` is not of the type"),
        ("[[fault]]\nkind='html'\ntimes=true", "[[fault]] 1: The value of `times` is not of the type"),
        ("[[fault]]\nkind='html'\nshare=true", "[[fault]] 1: The value of `share` is not of the type"),
        ("[[fault]]\nkind='throttle'\nretry_after=true", "The value of `retry_after` is not of the type"),
        ("[[fault]]\nkind='html'\nshare=2", "[[fault]] 1: `share` must be from 0 to 1."),
        ("[assumptions]\nquota=5", "f.toml, [assumptions]: There is no field 'quota'."),
        ("[assumptions]\nquota_window='weekly'", "[assumptions]: The value of `quota_window` is not of the"),
        ("[assumptions]\nquota_window=[1]", "[assumptions]: The value of `quota_window` is not of the"),
        ("[assumptions]\nrate_per='hour'", "[assumptions]: The value of `rate_per` is not of the type"),
        ("[assumptions]\nquota_window_s=0", "The assumption `quota_window_s` must be from 1 to 1000000."),
        ("[assumptions]\nlatency_median_s=nan", "The assumption `latency_median_s` must be from 0"),
    ],
)
def test_parse_when_something_is_wrong_then_usage_error_names_the_entry(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_scenario(text, "f.toml")
    assert says in Text()(caught.value.message)


def test_parse_when_terminals_and_account_are_set_then_values() -> None:
    text = """
        [account]
        corp_id = "807074304"
        admin_type = 2

        [[terminal]]
        sn = "A"
        name = "Hall"
        disabled = true

        [[terminal]]
        sn = "B"
        foreign = true
    """
    scenario = parse_scenario(text, "x")
    assert scenario.terminals == (Terminal("A", name="Hall", disabled=True), Terminal("B", foreign=True))
    assert scenario.account == Signer(corp_id="807074304", admin_type=2)
    assert "0123456789abcdef" not in repr(scenario)


# --- assumptions by option


def test_assume_when_values_are_of_any_type_then_each_is_read() -> None:
    wishes = [
        "rate_calls=25",
        "rate_per = second",
        "sms_enabled=false",
        "success_body={}",
        "latency_median_s=0.5",
        "code_disabled=USG.1",
        "tls_newest=1.2",
    ]
    assert assume(wishes, Assumptions(quota_calls=3)) == Assumptions(
        quota_calls=3,
        rate_calls=25,
        rate_per="second",
        sms_enabled=False,
        success_body=SuccessBody.OBJECT,
        latency_median_s=0.5,
        code_disabled="USG.1",
        tls_newest="1.2",
    )


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ("rate_calls", "--assume rate_calls: Write it as NAME=VALUE."),
        ("rate=1", "--assume rate=1: There is no field 'rate'."),
        ("rate_calls=many", "--assume rate_calls=many: The value of `rate_calls` is not of the type"),
        ("sms_enabled=1", "The value of `sms_enabled` is not of the type"),
        ("quota_calls=-1", "The assumption `quota_calls` must be from 0"),
        ("status_disabled=200", "The assumption `status_disabled` must be from 400 to 599."),
    ],
)
def test_assume_when_something_is_wrong_then_usage_error_names_the_wish(wish: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        assume([wish], Assumptions())
    assert says in Text()(caught.value.message)
    assert "--list-assumptions" in Text()(caught.value.hint)


def test_load_when_file_is_there_then_read_with_or_without_bom(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text('[[fault]]\nkind = "html"\n', "utf-8-sig")
    assert load_scenario(path).faults == (Fault("html"),)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_load_when_file_cannot_be_read_then_usage_error_names_it(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "faults.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_scenario(path)
    assert str(path) in Text()(caught.value.message)
