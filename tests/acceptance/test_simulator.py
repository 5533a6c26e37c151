"""`batchreset simulator` from outside: TLS, a memory, assumptions by option, and what it explains."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.kinds import KINDS
from tests.acceptance.cli import Bench, ServedSimulator, results, sheet, simulator

SNS = [f"SN{number:04d}" for number in range(1, 7)]


def run(bench: Bench, *options: str) -> Any:
    done = bench.run("run", "site.xlsx", "--yes", "--json", *options)
    return done.object


def html(service: ServedSimulator, page: str, language: str) -> str:
    headers = {"Accept": "text/html", "Accept-Language": language}
    request = urllib.request.Request(f"{service.url}/_simulator/{page}", headers=headers)  # noqa: S310  # loopback
    with urllib.request.urlopen(request, timeout=10, context=service.tls) as answer:  # noqa: S310  # loopback
        return str(answer.read().decode())


def spoken_with(service: ServedSimulator) -> str | None:
    """The version of TLS a client of today comes to."""
    assert service.tls is not None
    port = int(service.url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        service.tls.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        return secured.version()


# --- TLS


def test_tls_is_trusted_by_its_own_certificate_and_by_nothing_else(bench: Bench) -> None:
    sheet(bench.folder, SNS)
    with simulator(bench, "", "--tls") as service:
        assert service.url.startswith("https://127.0.0.1:")
        ca_file = Path(bench.env["BATCHRESET_CA_FILE"])
        assert "PRIVATE" not in ca_file.read_text()
        assert run(bench)["counts"]["succeeded"] == len(SNS)
        assert len(service.log()) == len(SNS)
        shown = bench.run("doctor", "--json").object
        assert shown["settings"]["ca_file"] == str(ca_file)
        assert shown["login"]["ok"]

        del bench.env["BATCHRESET_CA_FILE"]
        refused = bench.run("doctor", "--json")
        assert refused.code == 6
        (problem,) = refused.object["problems"]
        assert "BATCHRESET_CA_FILE" in problem["hint"]
        assert run(bench, "--again")["counts"]["not_sent"] == len(SNS)
        assert len(service.log()) == len(SNS)
    assert not ca_file.exists(), "nobody can use it any more"


def test_tls_is_trusted_through_openssls_own_variable_too(bench: Bench) -> None:
    with simulator(bench, "", "--tls"):
        bench.env["SSL_CERT_FILE"] = bench.env.pop("BATCHRESET_CA_FILE")
        assert bench.run("doctor", "--json").object["login"]["ok"]


def test_tls_of_two_simulators_trusts_each_its_own(bench: Bench, tmp_path: Path) -> None:
    with simulator(bench, "", "--tls"):
        first = dict(bench.env)
        with simulator(bench, "", "--tls"):
            bench.env["BATCHRESET_CA_FILE"] = first["BATCHRESET_CA_FILE"]
            assert bench.run("doctor").code == 6


@pytest.mark.parametrize(("newest", "spoken"), [("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")])
def test_tls_is_of_the_version_assumed_to_be_the_newest(bench: Bench, newest: str, spoken: str) -> None:
    with simulator(bench, "", "--tls", "--assume", f"tls_newest={newest}") as service:
        assert spoken_with(service) == spoken


@pytest.mark.parametrize("content", [None, "no certificate", "-----BEGIN CERTIFICATE-----\n"])
def test_certificates_that_cannot_be_read_are_told_before_anything_is_sent(
    bench: Bench, content: str | None
) -> None:
    with simulator(bench, "", "--tls") as service:
        path = bench.folder / "site.pem"
        if content is not None:
            path.write_text(content)
        bench.env["BATCHRESET_CA_FILE"] = str(path)
        sheet(bench.folder, SNS)
        done = bench.run("run", "site.xlsx", "--yes", "--json")
        assert done.code == 2
        assert done.object["error"]["code"] == "ca-file"
        assert str(path) in done.object["error"]["message"]
        assert service.log() == []


# --- a memory


def test_state_outlives_a_kill_as_a_real_services_would(bench: Bench) -> None:
    sheet(bench.folder, SNS[:1])
    options = ("--state", bench.folder / "service.state")
    with simulator(bench, "", *options) as service:
        for _ in range(4):
            assert run(bench, "--again")["counts"]["succeeded"] == 1
        before = service.page("outbox")
        service.process.kill()
        service.process.communicate()
    # somebody else's ledger: the quota that counts now is the service's own
    bench.env["BATCHRESET_LEDGER"] = str(bench.folder / "other.sqlite3")
    with simulator(bench, "", *options) as service:
        assert service.page("outbox") == before
        assert [one["alive"] for one in before if one["channel"] == "mail"] == [False, False, False, True]
        assert run(bench)["counts"]["succeeded"] == 1
        mails = [one for one in service.page("outbox") if one["channel"] == "mail"]
        assert [one["alive"] for one in mails] == [False] * 4 + [True]
        assert run(bench, "--again")["counts"]["waiting"] == 1
        assert service.page("summary")["received"] == 6
        second = bench.run("simulator", *options)
        assert second.code == 2
        assert "another simulator is using it" in second.err


def test_seed_makes_two_runs_alike(bench: Bench) -> None:
    sheet(bench.folder, SNS)
    faults = '[[fault]]\nkind = "gateway"\nshare = 0.5\ntimes = 1\n'
    seen = []
    for attempt, seed in enumerate(("7", "7", "8")):
        bench.env["BATCHRESET_LEDGER"] = str(bench.folder / f"{attempt}.sqlite3")
        with simulator(bench, faults, "--seed", seed) as service:
            run(bench)
            codes = {one["sn"]: one["code"] for one in service.page("outbox")}
            struck = {one["sn"] for one in service.log() if one["fault"]}
            seen.append((codes, struck))
    assert seen[0] == seen[1]
    assert seen[0] != seen[2]
    assert 0 < len(seen[0][1]) < len(SNS)


# --- what is assumed


def test_assumptions_by_option_hold_and_are_told(bench: Bench) -> None:
    sheet(bench.folder, SNS)
    options = ("rate_calls=2", "rate_per=second", "rate_headers=false", "rate_covers_login=false")
    with simulator(bench, "", *(part for option in options for part in ("--assume", option))) as service:
        changed = {one["name"]: one["value"] for one in service.page("assumptions") if not one["default"]}
        assert changed == dict(option.split("=") for option in options)
        assert run(bench, "--concurrency", "6")["counts"]["succeeded"] == len(SNS)
        answers = service.page("summary")["answers"]
        assert answers["200"] == len(SNS)
        assert answers["429"] > 0
        assert "rate_calls = 2" in html(service, "", "en")
        assert "与默认不同的假设" in html(service, "", "zh-CN")


def test_terminals_and_account_of_the_file_are_the_services(bench: Bench) -> None:
    sheet(bench.folder, SNS[:4])
    played = """
        [[terminal]]
        sn = "SN0001"
        [[terminal]]
        sn = "SN0002"
        disabled = true
        [[terminal]]
        sn = "SN0003"
        foreign = true
        [account]
        corp_id = "807074304"
    """
    with simulator(bench, played) as service:
        rows = results(bench, run(bench)["job"])
        assert [one["sn"] for one in service.page("terminals")] == ["SN0001", "SN0002"]
    assert bench.env["BATCHRESET_CORP_ID"] == "807074304"
    found = {sn: (row["Result"], row["Error code"]) for sn, row in rows.items()}
    assert found == {
        "SN0001": ("succeeded", None),
        "SN0002": ("failed", "USG.201059003"),
        "SN0003": ("failed", "USG.201059006"),
        "SN0004": ("failed", "USG.201059001"),
    }


def test_an_app_that_is_no_administrators_is_refused(bench: Bench) -> None:
    with simulator(bench, "[account]\nadmin_type = 2\n"):
        assert bench.run("doctor", "--json").object["login"]["admin_type"] == 2


# --- what it explains


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_lists_explain_every_fault_and_every_assumption(bench: Bench, lang: str) -> None:
    done = bench.run("simulator", "--list-faults", "--list-assumptions", "--lang", lang)
    assert done.code == 0
    first = {line.split()[0] for line in done.out.splitlines() if line.strip()}
    assert {*KINDS} <= first
    assert {"kind", "sn", "share", "times", "after", "until", "on", "seconds", "retry_after"} <= first
    assert {one.name for one in Assumptions().describe()} <= first
    assert ("Every fault takes" in done.out) is (lang == "en-US")


def test_the_example_it_lists_can_be_played(bench: Bench) -> None:
    listed = bench.run("simulator", "--list-faults").out
    example = listed[listed.index("[[fault]]\nkind") :]
    with simulator(bench, example) as service:
        assert len(service.page("faults")) == 2
        assert [one["name"] for one in service.page("terminals")] == ["Hall 1"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--assume", "rate=1"), "no field 'rate'"),
        (("--assume", "quota_calls=x"), "not of the type"),
        (("--state", "."), "can't be opened"),
    ],
)
def test_options_that_cannot_be_are_refused_with_exit_code_2(
    bench: Bench, options: tuple[str, ...], says: str
) -> None:
    done = bench.run("simulator", *options)
    assert done.code == 2
    assert says in done.err
    assert done.out == ""
