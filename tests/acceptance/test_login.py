"""Logging in: every kind of account and refusal over a real socket, and nothing sent where it must not be."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.acceptance.cli import Bench, ServedSimulator, fetch_token, sheet, simulator

SNS = ["SN1", "SN2"]


def run(bench: Bench, *options: str) -> Any:
    return bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", *options)


def token_status(service: ServedSimulator, token: str) -> int:
    call = urllib.request.Request(service.url + "/v1/usg/dcs/member", headers={"X-Access-Token": token})  # noqa: S310  # loopback
    try:
        with urllib.request.urlopen(call, timeout=10) as answer:  # noqa: S310  # loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("kind", "told", "to_do"),
    [
        ("account-disabled", "(HTTP 412 USG.206010007, request ID ", "administrator"),
        ("account-locked", "(HTTP 423 USG.206030015, request ID ", "waiting time"),
        ("wrong-site", "(HTTP 401 USG.206010064, request ID ", "https://api-intl.meeting.huaweicloud.com"),
        ("signature-expired", "(HTTP 401 USG.206010057, request ID ", "clock"),
    ],
)
def test_run_when_the_login_is_refused_then_told_what_it_is_and_nothing_sent(
    bench: Bench, kind: str, told: str, to_do: str
) -> None:
    with simulator(bench, f'[[fault]]\nkind = "{kind}"\non = "auth"\n') as service:
        done = run(bench)
        assert service.log() == []
    assert done.code == 6
    assert told in done.object["error"]["message"]
    assert to_do in done.object["error"]["hint"]
    assert done.object["counts"]["not_sent"] == 2


@pytest.mark.parametrize(("status", "to_do"), [(401, "Compare App ID and App Key"), (404, "endpoint")])
def test_run_when_the_login_is_refused_with_a_code_nobody_knows_then_it_is_shown_in_full(
    bench: Bench, status: int, to_do: str
) -> None:
    fault = f"""[[fault]]
kind = "status-before"
on = "auth"
status = {status}
code = "USG.209999999"
text = "A strange thing"
"""
    with simulator(bench, fault) as service:
        done = run(bench)
        assert service.log() == []
    assert done.code == 6
    error = done.object["error"]
    assert 'says: "A strange thing"' in error["message"]
    assert f"(HTTP {status} USG.209999999, request ID " in error["message"]
    assert to_do in error["hint"]
    assert "token" not in error["message"] + error["hint"], "there is none yet"


def test_run_when_the_account_is_no_administrator_then_nothing_is_sent(bench: Bench) -> None:
    with simulator(bench, "[account]\nadmin_type = 2\n") as service:
        done = run(bench)
        assert service.log() == []
    assert (done.code, done.object["error"]["code"]) == (6, "not-an-admin")


def test_run_with_a_ready_token_that_is_no_administrators_then_nothing_is_sent(bench: Bench) -> None:
    with simulator(bench, "[account]\nadmin_type = 2\n") as service:
        bench.env["BATCHRESET_ACCESS_TOKEN"] = fetch_token(bench, service)
        done = run(bench)
        assert service.log() == []
    assert (done.code, done.object["error"]["code"]) == (6, "not-an-admin")


def test_run_with_a_ready_token_then_every_row_is_sent_with_it(bench: Bench) -> None:
    with simulator(bench) as service:
        bench.env["BATCHRESET_ACCESS_TOKEN"] = token = fetch_token(bench, service)
        del bench.env["BATCHRESET_APP_ID"], bench.env["BATCHRESET_APP_KEY"]
        done = run(bench)
        assert len(service.log()) == 2
        assert token_status(service, token) == 200, "logged out unasked"
    assert done.code == 0, done.err
    for text in (done.out, done.err):
        assert token not in text


def test_run_for_one_of_several_enterprises_then_it_is_logged_in_for_that_one(bench: Bench) -> None:
    with simulator(bench, '[account]\ncorp_id = "807074304"\n'):
        assert run(bench).code == 0
        bench.env["BATCHRESET_CORP_ID"] = "1"
        done = bench.run("run", sheet(bench.folder, ["SN7"], "other.xlsx"), "--yes", "--json")
    assert (done.code, done.object["error"]["code"]) == (6, "auth-refused")


@pytest.mark.parametrize("by", ["flag", "setting"])
def test_run_with_logout_then_the_token_is_dead_afterwards(bench: Bench, by: str) -> None:
    with simulator(bench) as service:
        bench.env["BATCHRESET_ACCESS_TOKEN"] = token = fetch_token(bench, service)
        if by == "setting":
            bench.env["BATCHRESET_LOGOUT"] = "true"
        done = run(bench, *(["--logout"] if by == "flag" else []))
        assert done.code == 0, done.err
        assert token_status(service, token) == 401


def test_run_when_all_tokens_expire_at_once_then_one_renewal_serves_all_workers(bench: Bench) -> None:
    bench.env["BATCHRESET_CONCURRENCY"] = "16"
    faults = '[[fault]]\nkind = "expire-tokens"\nafter = 20\ntimes = 1\nsn = "SN0020"\n'
    counting = '[[fault]]\nkind = "slow"\nseconds = 0\non = "auth"\n'  # harmless: it counts the logins
    with simulator(bench, faults + counting, "--documented-latency") as service:
        done = bench.run("run", sheet(bench.folder, [f"SN{n:04d}" for n in range(60)]), "--yes", "--json")
        log = service.log()
        (logins,) = [fault["struck"] for fault in service.page("faults") if fault["on"] == "auth"]
    assert done.code == 0, done.err
    assert sum(call["status"] == 401 for call in log) >= 2, "no storm"
    assert logins == 2


def test_run_when_a_token_nears_its_end_then_it_is_renewed_before_anything_is_refused(bench: Bench) -> None:
    bench.env |= {"BATCHRESET_RATE": "3", "BATCHRESET_CONCURRENCY": "8"}  # a turn takes longer than 1.5 s
    counting = '[[fault]]\nkind = "slow"\nseconds = 0\non = "auth"\n'
    with simulator(bench, counting, "--assume", "token_life_s=15") as service:
        done = bench.run("run", sheet(bench.folder, [f"SN{n:04d}" for n in range(54)]), "--yes", "--json")
        log = service.log()
        (logins,) = [fault["struck"] for fault in service.page("faults")]
    assert done.code == 0, done.err
    assert {call["status"] for call in log} == {200}
    assert logins == 2


@pytest.mark.parametrize(
    "options", [("--preflight",), ("--wave-by", "Room", "--wave-pause", "0"), ("--canary", "1")]
)
def test_ready_token_is_ended_only_when_all_that_a_command_does_with_it_is_over(
    bench: Bench, options: tuple[str, ...]
) -> None:
    with simulator(bench) as service:
        bench.env["BATCHRESET_ACCESS_TOKEN"] = token = fetch_token(bench, service)
        done = run(bench, "--logout", *options)
        left = 1 if "--canary" in options else 0
        assert (done.code, done.object["counts"]["not_sent"]) == (4 if left else 0, left), done.err
        assert token_status(service, token) == 401


def test_ready_token_serves_every_job_of_a_bare_rerun_before_it_is_ended(bench: Bench) -> None:
    with simulator(bench) as service:
        for name, sns in (("one.xlsx", ["SN1", "SN2"]), ("two.xlsx", ["SN3", "SN4"])):
            bench.run("run", sheet(bench.folder, sns, name), "--yes", "--only-first", "1")
        bench.env["BATCHRESET_ACCESS_TOKEN"] = token = fetch_token(bench, service)
        done = bench.run("rerun", "--yes", "--json", "--logout")
        assert token_status(service, token) == 401
    assert (done.code, done.object["counts"]["succeeded"]) == (0, 4), done.err
